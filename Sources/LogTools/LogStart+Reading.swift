public import CANFrame
import CanlogFiles

extension LogStart {
    /// Reads the beginning of the log at `path`; `nil` where there is no frame.
    public init?(path: String, options: LogInputOptions) throws(StreamError) {
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
            self.init(
                timestamp: row.timestamp,
                busTime: timeline.busTime(of: row.timestamp, channel: row.channel))
            return
        }
        return nil
    }
}
