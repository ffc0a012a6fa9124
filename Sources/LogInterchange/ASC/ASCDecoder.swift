public import CANFrame

/// Reads Vector's ASC logs, as CANoe, CANalyzer, python-can and can-utils' log2asc write them.
///
/// Channel 1 becomes can0; a channel with a name becomes an interface of that name. See <doc:ASC>.
public struct ASCDecoder: InterchangeDecoder {
    private var lines: TextLogDecoder<ASCParser>

    /// The log's dates are those of a wall with this clock.
    public init(onFault policy: FaultPolicy = .stop, localClock: LocalClock = .utc) {
        lines = TextLogDecoder(ASCParser(localClock: localClock), onFault: policy)
    }

    /// Whether what a log begins with (256 bytes are enough) is a header of this format.
    public static func matches(_ content: [UInt8]) -> Bool {
        let text = content + [UInt8](repeating: 0, count: TextLayout.padding)
        var start = 0
        while start < content.count {
            let end = text.span.lineEnd(from: start, to: content.count)
            var cursor = LineCursor(text.span, start: start, end: end)
            cursor.skipByteOrderMark()
            cursor.skipBlanks()
            if cursor.isToken("date") || cursor.isToken("base") { return true }
            guard cursor.isAtEnd || cursor.starts(with: "//") else { return false }
            start = end + 1
        }
        return false
    }

    public mutating func read<Input: ByteStream & ~Copyable>(
        from input: inout Input, into batch: inout FrameBatch
    ) throws(StreamError) -> ReadOutcome {
        try lines.read(from: &input, into: &batch)
    }

    public var gaps: ReadingGaps { lines.gaps }
    /// The finest resolution of any stamp so far in nanoseconds, from the decimals of stamps and
    /// dates; 1 µs at first.
    public var resolution: Int64 { lines.resolution }
}
