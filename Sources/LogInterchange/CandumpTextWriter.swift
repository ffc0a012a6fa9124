public import CANFrame

/// Writes frames in candump's log format, as `candump -L` prints and `canplayer` reads it.
///
/// Events are not part of the format: of them only the names of the interfaces are used, unless the
/// style asks for lines of their own.
public struct CandumpTextWriter<Output: ByteSink & ~Copyable>: FrameSink, ~Copyable {
    private var output: Output
    private var formatter: CandumpTextFormatter
    private var text: [UInt8]
    private var events = EventLine()

    /// Writes to `output` in stretches of up to 64 KiB.
    public init(_ output: consuming Output, style: CandumpTextStyle = CandumpTextStyle()) {
        self.output = output
        formatter = CandumpTextFormatter(style: style)
        text = [UInt8](repeating: 0, count: 65_536)
    }

    /// Writes from here on with as many decimals as `style`, if these are more, and its flags.
    public mutating func widen(to style: CandumpTextStyle) {
        formatter.style.decimals = max(formatter.style.decimals, style.decimals)
        formatter.style.writesFDFBit = style.writesFDFBit
    }

    /// Writes the lines of all frames; they have all reached the output when it returns.
    public mutating func write(_ batch: borrowing FrameBatch) throws(StreamError) {
        var next = 0
        if formatter.style.showsEvents {
            for index in batch.events.indices {
                let event = batch.events[index]
                try write(batch, from: &next, to: event.rowIndex)
                let line = events.text(of: event, decimals: formatter.style.decimals)
                if let line { try output.append(Array(line.utf8).span) }
            }
        }
        try write(batch, from: &next, to: batch.count)
        formatter.noteLastEvents(of: batch)
    }

    private mutating func write(
        _ batch: borrowing FrameBatch, from next: inout Int, to end: Int
    ) throws(StreamError) {
        while next < end {
            let count: Int
            (next, count) = formatter.format(batch, from: next, to: end, into: &text)
            let written = text
            try output.append(written.span.extracting(0..<count))
        }
    }

    /// Nothing is held back: the output is complete already.
    public mutating func finish() throws(StreamError) {}

    /// Gives the output back, to be closed by its owner.
    public consuming func intoOutput() -> Output { output }
}
