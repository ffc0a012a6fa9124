public import CANFrame

/// Reads SavvyCAN's CSV logs, with and without directions, and those of GVRET devices.
///
/// Bus 0 becomes can0. See <doc:CSV>.
public struct CSVDecoder: InterchangeDecoder {
    private var lines: TextLogDecoder<CSVParser>

    public init(onFault policy: FaultPolicy = .stop) {
        lines = TextLogDecoder(CSVParser(), onFault: policy)
    }

    /// Whether what a log begins with (256 bytes are enough) is a header of this format.
    public static func matches(_ content: [UInt8]) -> Bool {
        let text = content + [UInt8](repeating: 0, count: TextLayout.padding)
        var cursor = LineCursor(text.span, start: 0, end: content.count)
        cursor.skipByteOrderMark()
        return cursor.starts(with: "time stamp,id,extended,")
    }

    public mutating func read<Input: ByteStream & ~Copyable>(
        from input: inout Input, into batch: inout FrameBatch
    ) throws(StreamError) -> ReadOutcome {
        try lines.read(from: &input, into: &batch)
    }

    public var gaps: ReadingGaps { lines.gaps }
    /// Always 1 µs.
    public var resolution: Int64 { lines.resolution }
}
