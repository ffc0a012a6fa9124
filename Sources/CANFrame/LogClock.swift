/// Where the time axis of a log begins.
public struct LogStart: Sendable, Hashable {
    /// The stamp of its first frame.
    public var timestamp: Timestamp
    /// Bus time at that frame, in nanoseconds.
    public var busTime: Int64

    public init(timestamp: Timestamp, busTime: Int64) {
        self.timestamp = timestamp
        self.busTime = busTime
    }
}

/// The time axis of a log: bus time since its first frame.
///
/// Bus time never steps where the log has clock ties, however the clock was set meanwhile; see
/// ``BusTimeline``.
public struct LogClock: Sendable {
    private var timeline = BusTimeline()
    private var zero: Int64?
    /// Ties know nanoseconds where the stamps have microseconds.
    private let step: Int64
    /// The stamp of the latest frame.
    public private(set) var last = Timestamp(nanoseconds: 0)

    /// Without a start the first frame that is read is the first of the log.
    public init(start: LogStart?, resolution: Int64) {
        zero = start?.busTime
        step = resolution.isMultiple(of: 1_000) && resolution > 0 ? 1_000 : 1
    }

    /// Takes note of an event; see ``BusTimeline/note(_:)``.
    public mutating func note(_ event: borrowing BusEvent) { timeline.note(event) }

    /// The place of an event on the axis; `nil` before the first frame of a log whose start is not known.
    public mutating func time(of event: borrowing BusEvent) -> Int64? {
        zero.map { timeline.busTime(of: event.timestamp, channel: event.channel) &- $0 }
    }

    /// The place of a frame on the axis, in nanoseconds.
    public mutating func time(of row: FrameRow) -> Int64 {
        let time = timeline.busTime(of: row.timestamp, channel: row.channel)
        last = row.timestamp
        guard let zero else {
            self.zero = time
            return 0
        }
        let distance = time &- zero
        // Also where a later stamp of a text turns out to be finer, its digits stay.
        guard step > 1, row.timestamp.nanoseconds.isMultiple(of: step) else { return distance }
        let rest = distance % step
        return rest == 0 ? distance : distance &- rest &- (rest < 0 ? step : 0)
    }
}
