public import CANFrame
import CanlogFiles
import LogTools

/// Where the time axis of a log begins.
public struct LogStart: Sendable, Hashable {
    /// The stamp of its first frame.
    public var timestamp: Timestamp
    /// Bus time at that frame, in nanoseconds.
    var busTime: Int64

    /// Reads the beginning of the log at `path`; `nil` where there is no frame.
    init?(path: String, options: LogInputOptions) throws(StreamError) {
        var options = options
        options.selection = LogSelection()
        var input = try LogInput(path: path, options: options)
        var batch = FrameBatch(capacity: 64)
        var timeline = BusTimeline()
        while try input.read(into: &batch, waiting: .zero) != .ended {
            for index in 0..<batch.events.count {
                let event = batch.events[index]
                if event.rowIndex == 0 || batch.count == 0 { timeline.note(event) }
            }
            guard batch.count > 0 else { continue }
            let row = batch.rows[0]
            timestamp = row.timestamp
            busTime = timeline.busTime(of: row.timestamp, channel: row.channel)
            return
        }
        return nil
    }
}

/// The time axis of a log: bus time since its first frame.
///
/// Bus time never steps where the log has clock ties, however the clock was set meanwhile; see
/// ``CANFrame/BusTimeline``.
struct LogClock {
    private var timeline = BusTimeline()
    private var zero: Int64?
    /// Ties know nanoseconds where the stamps have microseconds.
    private let step: Int64
    private(set) var last = Timestamp(nanoseconds: 0)

    /// Without a start the first frame that is read is the first of the log.
    init(start: LogStart?, resolution: Int64) {
        zero = start?.busTime
        step = resolution.isMultiple(of: 1_000) && resolution > 0 ? 1_000 : 1
    }

    mutating func note(_ event: borrowing BusEvent) { timeline.note(event) }

    /// The place of an event on the axis; `nil` before the first frame of a log whose start is not known.
    mutating func time(of event: borrowing BusEvent) -> Int64? {
        zero.map { timeline.busTime(of: event.timestamp, channel: event.channel) &- $0 }
    }

    @inline(__always)
    mutating func time(of row: FrameRow) -> Int64 {
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
