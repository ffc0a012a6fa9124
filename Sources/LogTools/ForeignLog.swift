import CANFrame
import LocalFiles
import LogInterchange

/// Another tool's log as a source.
struct ForeignLog: FrameSource, ~Copyable {
    let format: LogFileFormat
    /// How large it is, compressed as it is; 0 for a pipe.
    let byteCount: UInt64
    private var stream: InterchangeReader<LogStream>?
    private var measurement: MDFReader<ReadableFile>?

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
        measurement = nil
    }

    /// A measurement, which is read at any place.
    init(mdf file: consuming ReadableFile, place: String) throws(StreamError) {
        byteCount = file.byteCount
        measurement = try MDFReader(file, place: place, localClock: .host)
        format = .mdf
        stream = nil
    }

    mutating func read(
        into batch: inout FrameBatch, waiting limit: Duration
    ) throws(StreamError) -> ReadOutcome {
        if let outcome = try stream?.read(into: &batch, waiting: limit) { return outcome }
        return try measurement?.read(into: &batch, waiting: limit) ?? .ended
    }

    /// What of it was not read, so far.
    var gaps: ReadingGaps { ofStream { $0.gaps } ?? ofMeasurement { $0.gaps } ?? ReadingGaps() }
    /// All stamps so far are multiples of this many nanoseconds.
    var resolution: Int64 {
        ofStream { $0.resolution } ?? ofMeasurement { $0.resolution } ?? 1_000
    }
    /// Whether the flags of CAN FD frames had the bit `CANFD_FDF`, where the format tells.
    var hasFDFBit: Bool? { ofStream { $0.hasFDFBit } ?? nil }

    private borrowing func ofStream<Value>(
        _ body: (borrowing InterchangeReader<LogStream>) -> Value
    ) -> Value? {
        switch stream {
        case .some(let stream): body(stream)
        case .none: nil
        }
    }

    private borrowing func ofMeasurement<Value>(
        _ body: (borrowing MDFReader<ReadableFile>) -> Value
    ) -> Value? {
        switch measurement {
        case .some(let measurement): body(measurement)
        case .none: nil
        }
    }
}
