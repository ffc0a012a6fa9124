/// Turns stamps, which may step, into bus time, which does not.
///
/// With clock ties, bus time is the monotonic clock: a stamp is carried over from the tie before it.
/// Without ties (imported logs) it is the stamp itself, and a step backwards by more than
/// ``stepThreshold`` becomes a gap of zero; smaller ones are inversions between interfaces and stay.
public struct BusTimeline: Sendable {
    /// Nanoseconds a stamp must fall behind the latest to count as a step of the clock: 1 s, as for
    /// the groups of a log.
    public static let stepThreshold: Int64 = 1_000_000_000

    /// Added to a stamp, this gives bus time.
    private var offset: Int64 = 0
    /// The latest stamp on the clock as it stands now.
    private var latestStamp: Int64?
    private var hasTie = false

    public init() {}

    /// Bus time in nanoseconds of a frame or event stamped `timestamp`; call in order of arrival.
    public mutating func busTime(of timestamp: Timestamp) -> Int64 {
        let stamp = timestamp.nanoseconds
        guard let latest = latestStamp else {
            latestStamp = stamp
            return stamp &+ offset
        }
        if !hasTie, latest &- stamp > Self.stepThreshold {
            offset = offset &+ (latest &- stamp)
            latestStamp = stamp
        } else if stamp > latest {
            latestStamp = stamp
        }
        return stamp &+ offset
    }

    /// Takes note of an event; a clock tie sets how stamps from here on are carried.
    public mutating func note(_ event: borrowing BusEvent) {
        guard case .clockTie(let tie) = event.kind else { return }
        hasTie = true
        offset = tie.monotonic &- event.timestamp.nanoseconds
    }
}
