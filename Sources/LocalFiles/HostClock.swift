public import CANFrame
import CLinuxFiles
import Glibc

/// The clocks of this host, read by system call; whoever judges by them takes readings as arguments.
public enum HostClock {
    /// `CLOCK_REALTIME`, which may be set and step.
    public static func realTime() -> Timestamp {
        Timestamp(nanoseconds: nanoseconds(of: CLOCK_REALTIME))
    }

    /// `CLOCK_MONOTONIC` in nanoseconds, which never steps.
    public static func monotonic() -> Int64 {
        nanoseconds(of: CLOCK_MONOTONIC)
    }

    /// Real time and monotonic time at one moment: the narrowest of three attempts, or the first that
    /// is narrower than 2 µs.
    public static func tie() -> (realTime: Timestamp, monotonic: Int64) {
        var best: (realTime: Timestamp, monotonic: Int64, width: Int64)?
        for _ in 0..<3 {
            let before = monotonic()
            let real = realTime()
            let width = monotonic() - before
            if best.map({ width < $0.width }) ?? true {
                best = (real, before + width / 2, width)
            }
            if width < 2_000 { break }
        }
        return best.map { ($0.realTime, $0.monotonic) } ?? (realTime(), monotonic())
    }

    /// How many seconds east of UTC the clocks on the walls of this host's time zone are at `seconds`
    /// since 1970 UTC (`TZ`, or /etc/localtime).
    public static func secondsEastOfUTC(at seconds: Int64) -> Int64 {
        var moment = time_t(seconds)
        var broken = unsafe tm()
        // Both live for the call; without the result the zone is taken for UTC.
        guard unsafe localtime_r(&moment, &broken) != nil else { return 0 }
        return Int64(unsafe broken.tm_gmtoff)
    }

    /// Sleeps until `deadline` on the monotonic clock; returns at once if it has passed.
    ///
    /// An interrupting signal ends it early only when `untilSignal` is set.
    @discardableResult
    public static func sleep(untilMonotonic deadline: Int64, untilSignal: Bool = false) -> Bool {
        var time = timespec(
            tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
        while true {
            // The timespec lives for the call; no remainder is asked for.
            let code = unsafe clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil)
            if code == 0 { return true }
            if code != EINTR || untilSignal { return false }
        }
    }

    /// What the kernel says of its synchronisation (adjtimex); asking needs no right.
    public static func synchronisation() -> ClockSynchronisation? {
        var state = timex()
        // No mode is set, so nothing is adjusted; the call fills the local it is given.
        guard unsafe adjtimex(&state) >= 0 else { return nil }
        return ClockSynchronisation(
            isSynchronised: state.status & STA_UNSYNC == 0, estimatedError: Int64(state.esterror),
            maximumError: Int64(state.maxerror))
    }

    private static func nanoseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        // Both clocks always exist; the call fills the local it is given.
        _ = unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
