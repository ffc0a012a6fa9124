/// Turns stamps, which may step, into bus time, which does not.
///
/// With clock ties, bus time is the monotonic clock: a stamp is carried over from the tie before it.
/// Without ties (imported logs) it is the stamp itself, and a step backwards by more than
/// ``stepThreshold`` becomes a gap of zero; smaller ones are inversions between interfaces and stay.
/// In a merged log each recorder's stamps are carried over its own ties; bus time then begins as
/// its stamps do, since the recorders' monotonic clocks have nothing in common.
public struct BusTimeline: Sendable {
    /// Nanoseconds a stamp must fall behind the latest to count as a step of the clock: 1 s, as for
    /// the groups of a log.
    public static let stepThreshold: Int64 = 1_000_000_000

    /// The clock of one recorder.
    private struct Clock {
        /// Added to a stamp, this gives bus time.
        var offset: Int64 = 0
        /// The latest stamp on the clock as it stands now.
        var latestStamp: Int64?
        var hasTie = false
        /// Subtracted from what a tie tells, so that bus time begins with the stamps; `nil` until
        /// the first tie.
        var base: Int64?

        mutating func busTime(of stamp: Int64) -> Int64 {
            guard let latest = latestStamp else {
                latestStamp = stamp
                return stamp &+ offset
            }
            if !hasTie, latest &- stamp > BusTimeline.stepThreshold {
                offset = offset &+ (latest &- stamp)
                latestStamp = stamp
            } else if stamp > latest {
                latestStamp = stamp
            }
            return stamp &+ offset
        }
    }

    /// That of a log of one recorder.
    private var clock = Clock()
    /// Those of a merged log, by recorder, and the recorder of each channel.
    private var clocks: [UInt8: Clock] = [:]
    private var recorders: [UInt8: UInt8] = [:]

    public init() {}

    /// Bus time in nanoseconds of a frame or event stamped `timestamp`, of a frame with its channel;
    /// call in order of arrival.
    public mutating func busTime(of timestamp: Timestamp, channel: UInt8? = nil) -> Int64 {
        let stamp = timestamp.nanoseconds
        guard !clocks.isEmpty, let channel, let recorder = recorders[channel] else {
            return clock.busTime(of: stamp)
        }
        return clocks[recorder, default: Clock()].busTime(of: stamp)
    }

    /// Takes note of an event; a clock tie sets how stamps from here on are carried.
    public mutating func note(_ event: borrowing BusEvent) {
        switch event.kind {
        case .channel(let description):
            guard let channel = event.channel, let recorder = description.recorder else { return }
            recorders[channel] = recorder
            if clocks[recorder] == nil { clocks[recorder] = Clock() }
        case .clockTie(let tie):
            let offset = tie.monotonic &- event.timestamp.nanoseconds
            guard let recorder = event.channel, var own = clocks[recorder] else {
                clock.hasTie = true
                clock.offset = offset
                return
            }
            // What stepped before the first tie stays as it was.
            let base = own.base ?? (offset &- own.offset)
            own.base = base
            own.hasTie = true
            own.offset = offset &- base
            clocks[recorder] = own
        default: break
        }
    }
}
