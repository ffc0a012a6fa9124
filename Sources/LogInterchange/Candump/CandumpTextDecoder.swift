public import CANFrame

/// Reads candump's log format (`candump -L`, `canplayer`).
///
/// Interfaces become channels in the order in which they appear. Blank lines and lines that begin
/// with `#` or `;` are passed over.
public struct CandumpTextDecoder: InterchangeDecoder {
    private var lines: TextLogDecoder<CandumpTextParser>

    public init(onFault policy: FaultPolicy = .stop) {
        lines = TextLogDecoder(CandumpTextParser(), onFault: policy)
    }

    /// Whether a log may begin like this: with a stamp in parentheses, or a comment.
    public static func matches(_ content: [UInt8]) -> Bool {
        let blanks: [UInt8] = [0x09, 0x0A, 0x0D, 0x20]
        let first = content.first { !blanks.contains($0) }
        return first.map { [UInt8(ascii: "("), UInt8(ascii: "#"), UInt8(ascii: ";")].contains($0) }
            ?? false
    }

    public mutating func read<Input: ByteStream & ~Copyable>(
        from input: inout Input, into batch: inout FrameBatch
    ) throws(StreamError) -> ReadOutcome {
        try lines.read(from: &input, into: &batch)
    }

    public var gaps: ReadingGaps { lines.gaps }
    /// The finest resolution of any stamp so far in nanoseconds, from its decimals; 1 µs at first.
    public var resolution: Int64 { lines.resolution }
    /// Whether the first CAN FD frame had `CANFD_FDF` in its flags digit; `nil` without such a frame.
    public var hasFDFBit: Bool? { lines.hasFDFBit }
}
