public import CANFrame

/// Writes PEAK's TRC logs of version 2.1, which PCAN-View, PCAN-Explorer and python-can read.
///
/// Stamps have microseconds. See <doc:TRC>.
public struct TRCEncoder: InterchangeEncoder {
    private var lines: TextLogEncoder<TRCFormatter>

    public init(_ options: EncodingOptions) {
        lines = TextLogEncoder(TRCFormatter(options))
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
