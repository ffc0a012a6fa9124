public import CANFrame

/// Reads PEAK's TRC logs of versions 1.0 to 2.1, as PCAN-View, PCAN-Explorer and python-can write
/// them.
///
/// Bus 1 becomes can0, which is also the bus of versions without buses. See <doc:TRC>.
public struct TRCDecoder: InterchangeDecoder {
    private var lines: TextLogDecoder<TRCParser>

    /// The log's start is that of a wall with this clock.
    public init(onFault policy: FaultPolicy = .stop, localClock: LocalClock = .utc) {
        lines = TextLogDecoder(TRCParser(localClock: localClock), onFault: policy)
    }

    /// Whether what a log begins with (256 bytes are enough) is a header of this format.
    public static func matches(_ content: [UInt8]) -> Bool {
        let text = content + [UInt8](repeating: 0, count: TextLayout.padding)
        var start = 0
        while start < content.count {
            let end = text.span.lineEnd(from: start, to: content.count)
            let cursor = LineCursor(text.span, start: start, end: end)
            if cursor.starts(with: ";$fileversion=") || cursor.starts(with: ";$starttime=") {
                return true
            }
            // Version 1.0 begins with a line of these.
            if cursor.starts(with: ";##########") { return true }
            guard cursor.isAtEnd || cursor.character == UInt8(ascii: ";") else { return false }
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
    /// 1 µs, or finer if a stamp was.
    public var resolution: Int64 { lines.resolution }
}
