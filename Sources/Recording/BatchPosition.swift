import CANFrame

/// How far a batch has been dealt with: the first row and the first event that still stand.
struct BatchPosition: Equatable {
    var row = 0
    var event = 0

    /// Whether nothing of `batch` is left.
    func isEnd(of batch: borrowing FrameBatch) -> Bool {
        row >= batch.count && event >= batch.events.count
    }

    /// Appends what is left of `batch` to `other`.
    func copyRest(of batch: borrowing FrameBatch, into other: inout FrameBatch) {
        var event = event
        for row in self.row...max(self.row, batch.count) {
            while event < batch.events.count, batch.events[event].rowIndex <= row {
                let next = batch.events[event]
                other.append(next.kind, at: next.timestamp, channel: next.channel)
                event += 1
            }
            if row < batch.count { other.append(frameAt: row, of: batch) }
        }
    }
}
