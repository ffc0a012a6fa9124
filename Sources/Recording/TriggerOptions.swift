import CANFrame

/// How a recorder in trigger mode keeps frames.
public struct TriggerOptions: Sendable, Hashable {
    /// What is kept of the time before a trigger.
    public var before: Duration
    /// What is recorded behind the last trigger.
    public var after: Duration
    /// Any of them is a trigger, beside those that a person gives.
    public var conditions: [TriggerCondition]

    public init(before: Duration, after: Duration, conditions: [TriggerCondition] = []) {
        self.before = before
        self.after = after
        self.conditions = conditions
    }

    /// The first trigger in `batch`: before which row, when, and of which condition.
    func firstTrigger(
        in batch: borrowing FrameBatch
    ) -> (row: Int, time: Timestamp, condition: TriggerCondition)? {
        guard !conditions.isEmpty else { return nil }
        if conditions.contains(.busOff) {
            for index in batch.events.indices {
                let event = batch.events[index]
                guard event.kind == .controllerState(.busOff) else { continue }
                return (event.rowIndex, event.timestamp, .busOff)
            }
        }
        let rows = batch.rows
        for index in rows.indices {
            for condition in conditions where condition.fits(rows[index], at: index, of: batch) {
                return (index, rows[index].timestamp, condition)
            }
        }
        return nil
    }
}
