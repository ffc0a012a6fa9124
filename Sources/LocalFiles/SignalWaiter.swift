import CANFrame
import CLinuxFiles
import Glibc

/// Waits for the signals that ask a program to end, on the thread that wants to know.
///
/// Made before any other thread is started: the signals are blocked there and in all threads made
/// later, so that no handler ever runs.
public struct SignalWaiter: Sendable {
    /// What ended a wait.
    public enum Outcome: Sendable, Hashable {
        /// SIGINT, SIGTERM or SIGHUP (the terminal is gone), by its number.
        case signal(CInt)
        case timeout
    }

    /// Blocks SIGINT, SIGTERM and SIGHUP for this thread and all that it will start.
    public init() {
        var set = Self.signals
        // Both sets are locals; blocking valid signals cannot fail.
        _ = unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Waits at most `limit` for one of the signals.
    public func wait(_ limit: Duration) -> Outcome {
        let nanoseconds = max(0, limit.wholeNanoseconds)
        var time = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        var set = Self.signals
        // The structures live for the call.
        let result = unsafe sigtimedwait(&set, nil, &time)
        return result > 0 ? .signal(result) : .timeout
    }

    /// A descriptor that can be read when one of the signals waits, for who waits for sockets too;
    /// `wait(.zero)` takes the signal.
    public func descriptor() throws(SystemError) -> OwnedDescriptor {
        var set = Self.signals
        // The set is a local that lives for the call.
        let opened = unsafe canlog_make_signalfd(&set)
        return try OwnedDescriptor(adopting: opened, from: "signalfd", on: "this process")
    }

    private static var signals: sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        unsafe sigaddset(&set, SIGINT)
        unsafe sigaddset(&set, SIGTERM)
        // A program under nohup outlives its terminal.
        if canlog_ignores_hangup() == 0 { unsafe sigaddset(&set, SIGHUP) }
        return set
    }
}
