import CLinuxFiles
import Glibc
import Synchronization

/// A thread of the data path, which is joined exactly once.
public struct WorkerThread: ~Copyable, Sendable {
    /// How the kernel is to schedule it.
    public enum Scheduling: Sendable, Hashable {
        case normal
        /// `SCHED_FIFO` with this priority (1 to 99) where permitted (CAP_SYS_NICE), else normal.
        case realTime(priority: Int)
        /// Yields to everyone else (nice 19).
        case background
    }

    private let handle: pthread_t

    /// Starts `body` on a new thread; `name` (at most 15 bytes) is what `top` shows.
    public init(
        _ name: String, _ scheduling: Scheduling = .normal, body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let start = Start(name: name, scheduling: scheduling, body: body)
        var thread = pthread_t()
        // The new thread takes over the retained Start, and gives it back by takeRetainedValue.
        let argument = unsafe Unmanaged.passRetained(start)
        let code = unsafe pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer = unsafe pointer else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(pointer).takeRetainedValue()
                start.run()
                return nil
            }, argument.toOpaque())
        guard code == 0 else {
            unsafe argument.release()
            throw SystemError("pthread_create", on: name, code: code)
        }
        handle = thread
    }

    /// Waits until the thread has ended.
    public consuming func join() {
        // Nobody else joins it, since this value cannot be copied.
        _ = pthread_join(handle, nil)
    }

    private final class Start: Sendable {
        let name: String
        let scheduling: Scheduling
        let body: @Sendable () -> Void

        init(name: String, scheduling: Scheduling, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.scheduling = scheduling
            self.body = body
        }

        func run() {
            // The string lives for the call.
            unsafe canlog_name_this_thread(name)
            switch scheduling {
            case .normal: break
            case .realTime(let priority):
                var parameter = sched_param(sched_priority: CInt(priority))
                // Refused without the right; the thread then runs as any other.
                _ = unsafe pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameter)
            case .background:
                _ = canlog_nice_this_thread(19)
            }
            body()
        }
    }
}
