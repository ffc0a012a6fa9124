import CLinuxFiles
import Glibc

/// What the kernel may do so that a thread runs on time.
public enum RealTime {
    /// A measure that was asked for and not permitted, with the kernel's reason and a remedy.
    public struct Refusal: Sendable, Hashable, CustomStringConvertible {
        public var error: SystemError
        public var remedy: String

        public var description: String { "\(error); \(remedy)" }
    }

    /// Gives the calling thread `SCHED_FIFO` at `priority` (1 to 99): it runs before all others.
    public static func preferThisThread(priority: CInt = 50) -> Refusal? {
        var parameters = sched_param()
        parameters.sched_priority = priority
        // The call reads the local it is given.
        let result = unsafe sched_setscheduler(0, SCHED_FIFO, &parameters)
        return refusal(
            ofFailed: result, "sched_setscheduler", on: "real-time scheduling",
            "allow it by `setcap cap_sys_nice+ep` on canlog")
    }

    /// Keeps all pages that the process has now in memory; call it when buffers are made.
    ///
    /// Pages to come are not included: where the limit is low, locking them would fail allocations.
    public static func lockMemory() -> Refusal? {
        refusal(
            ofFailed: mlockall(CInt(MCL_CURRENT)), "mlockall", on: "locking memory",
            "allow it by `setcap cap_ipc_lock+ep` on canlog or raise `ulimit -l`")
    }

    /// Lets the calling thread's timers fire within a nanosecond; the kernel's default is 50 µs.
    public static func sharpenTimers() -> Refusal? {
        refusal(
            ofFailed: canlog_set_timer_slack(1), "prctl", on: "timer slack",
            "timers may fire 50 µs late")
    }

    private static func refusal(
        ofFailed result: CInt, _ operation: String, on place: String, _ remedy: String
    ) -> Refusal? {
        let code = errno
        guard result != 0 else { return nil }
        return Refusal(error: SystemError(operation, on: place, code: code), remedy: remedy)
    }
}
