public import CANFrame
public import LocalFiles
public import LogFile
public import LogInterchange

/// A log of any format as a sink: a file that gets its name when it is complete, or a pipe.
public struct LogOutput: FrameSink, ~Copyable {
    public let format: LogFileFormat
    private var log: LogWriter<ResultFile>?
    private var foreign: InterchangeWriter<LogSink>?
    /// The file of another tool's log that is complete.
    private var foreignFile: ResultFile?
    /// What the format could not hold.
    public private(set) var unheld = UnheldContent()

    /// Writes a `.canlog`.
    public init(
        canlog file: consuming ResultFile, metadata: LogMetadata, place: String
    ) throws(StreamError) {
        format = .canlog
        log = try LogWriter(file: file, metadata: metadata, place: place)
        foreign = nil
    }

    /// Writes a log of any format, compressed by zstd if its name, `place`, says so.
    ///
    /// `metadata` is what a `.canlog` says of itself; others take the program and the resolution of
    /// it. No stamp is before `start`, from which some formats count.
    public init(
        _ format: LogFileFormat, to file: consuming ResultFile, _ metadata: LogMetadata,
        _ style: CandumpTextStyle = CandumpTextStyle(), start: Timestamp?, place: String
    ) throws(StreamError) {
        var options = EncodingOptions()
        options.start = start ?? Timestamp(nanoseconds: 0)
        options.resolution = metadata.resolution
        options.program = metadata.program
        options.localClock = .host
        options.place = place == "-" ? "standard output" : place
        self.format = format
        guard let encoder = format.encoder(options, style) else {
            log = try LogWriter(file: file, metadata: metadata, place: place)
            foreign = nil
            return
        }
        let isCompressed = place.hasSuffix(".zst")
        let sink = try LogSink(file, isCompressed: isCompressed, place: place)
        foreign = InterchangeWriter(sink, encoder)
        log = nil
    }

    /// Writes text from here on with as many decimals as `resolution` needs, if these are more, and
    /// with this bit in the flags of CAN FD frames.
    public mutating func widen(resolution: Int64, hasFDFBit: Bool) {
        foreign?.widen(resolution: resolution, hasFDFBit: hasFDFBit)
    }

    public mutating func write(_ batch: borrowing FrameBatch) throws(StreamError) {
        try log?.write(batch)
        try foreign?.write(batch)
    }

    /// Completes the content, after which ``unheld`` is told; ``intoFile()`` then gives the file, which gets its name by its owner.
    public mutating func finish() throws(StreamError) {
        try log?.finish()
        guard var writer = foreign.take() else { return }
        try writer.finish()
        unheld = writer.unheld
        var sink = writer.intoOutput()
        try sink.finish()
        foreignFile = sink.intoFile()
    }

    /// The file behind the sink, to be completed.
    public consuming func intoFile() -> ResultFile? {
        if let log = log.take() { return log.intoFile() }
        return foreignFile.take()
    }
}
