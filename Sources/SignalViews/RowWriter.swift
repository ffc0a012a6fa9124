import SignalDatabase

/// A text with rows of its own for each frame, whose parts that stay the same are made once a stream.
protocol RowWriter {
    var texts: RowTexts { get }
    /// Makes the texts of a stream.
    mutating func add(_ stream: SignalStream)
    mutating func put(
        _ row: SignalRow, of batch: borrowing SignalBatch, to buffer: inout TextBuffer)
}

extension RowWriter {
    /// Writes rows from `first` on until the buffer is full; gives the row to go on with.
    mutating func put(
        _ batch: borrowing SignalBatch, from first: Int, of streams: [SignalStream],
        to buffer: inout TextBuffer
    ) -> Int {
        var index = first
        while index < batch.rows.count, !buffer.isFull {
            let row = batch.rows[index]
            if row.stream >= texts.streams.count { add(upTo: row.stream, streams) }
            put(row, of: batch, to: &buffer)
            index += 1
        }
        return index
    }

    /// A stream may be met whose rows all come later.
    @inline(never)
    private mutating func add(upTo last: Int, _ streams: [SignalStream]) {
        for index in texts.streams.count...last { add(streams[index]) }
    }
}
