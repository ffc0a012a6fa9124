public import CANFrame

/// Writes Vector's ASC logs, which CANoe, python-can and can-utils' asc2log read.
///
/// The stamps count from the log's start, rounded down to the millisecond that the date can hold.
/// See <doc:ASC>.
public struct ASCEncoder: InterchangeEncoder {
    private var lines: TextLogEncoder<ASCFormatter>

    public init(_ options: EncodingOptions) {
        lines = TextLogEncoder(ASCFormatter(options))
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

    /// Stamps with more than six decimals are written from here on with as many as they need;
    /// asc2log reads no more than six.
    public mutating func widen(resolution: Int64, hasFDFBit: Bool) {
        lines.widen(resolution: resolution, hasFDFBit: hasFDFBit)
    }

    public var unheld: UnheldContent { lines.unheld }
}
