import CANFrame
import LocalFiles
import LogInterchange

/// Another tool's log as a source.
struct ForeignLog: FrameSource, ~Copyable {
    let format: LogFileFormat
    /// How large it is, compressed as it is; 0 for a pipe.
    let byteCount: UInt64
    private var stream: InterchangeReader<LogStream>

    /// A log that is read from its start to its end.
    init(
        _ stream: consuming LogStream, _ format: LogFileFormat, byteCount: UInt64,
        _ options: LogInputOptions
    ) throws(StreamError) {
        guard let decoder = format.decoder(options) else {
            throw StreamError(
                place: stream.place, cause: "a .\(format.suffix) cannot be read through zstd",
                remedy: "`zstd -d` makes the log of it first")
        }
        self.stream = InterchangeReader(stream, decoder)
        self.format = format
        self.byteCount = byteCount
    }

    mutating func read(
        into batch: inout FrameBatch, waiting limit: Duration
    ) throws(StreamError) -> ReadOutcome {
        try stream.read(into: &batch, waiting: limit)
    }

    /// What of it was not read, so far.
    var gaps: ReadingGaps { stream.gaps }
    /// All stamps so far are multiples of this many nanoseconds.
    var resolution: Int64 { stream.resolution }
    /// Whether the flags of CAN FD frames had the bit `CANFD_FDF`, where the format tells.
    var hasFDFBit: Bool? { stream.hasFDFBit }
}
