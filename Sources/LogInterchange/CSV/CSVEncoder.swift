public import CANFrame

/// Writes CSV logs as SavvyCAN does, which reads them.
///
/// Stamps have microseconds. See <doc:CSV>.
public struct CSVEncoder: InterchangeEncoder {
    private var lines: TextLogEncoder<CSVFormatter>

    public init(_ options: EncodingOptions) {
        lines = TextLogEncoder(CSVFormatter())
    }

    public mutating func write<Output: ByteSink & ~Copyable>(
        _ batch: borrowing FrameBatch, to output: inout Output
    ) throws(StreamError) {
        try lines.write(batch, to: &output)
    }

    public mutating func finish<Output: ByteSink & ~Copyable>(
        to output: inout Output
    ) throws(StreamError) {
        try lines.finish(to: &output)
    }

    public var unheld: UnheldContent { lines.unheld }
}
