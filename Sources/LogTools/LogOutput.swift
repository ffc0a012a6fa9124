public import CANFrame
public import LocalFiles
public import LogFile
public import LogInterchange

/// A log of any format as a sink: a file that gets its name when it is complete, or a pipe.
public struct LogOutput: FrameSink, ~Copyable {
    public let format: LogFileFormat
    private var log: LogWriter<ResultFile>?
    private var text: CandumpTextWriter<TextSink>?
    /// The file of a text that is complete.
    private var textFile: ResultFile?

    /// Writes a `.canlog`.
    public init(
        canlog file: consuming ResultFile, metadata: LogMetadata, place: String
    ) throws(StreamError) {
        format = .canlog
        log = try LogWriter(file: file, metadata: metadata, place: place)
        text = nil
    }

    /// Writes candump text, compressed by zstd if `isCompressed`.
    public init(
        candump file: consuming ResultFile, style: CandumpTextStyle, isCompressed: Bool,
        place: String
    ) throws(StreamError) {
        format = .candump
        let sink = try TextSink(file, isCompressed: isCompressed, place: place)
        text = CandumpTextWriter(sink, style: style)
        log = nil
    }

    /// Writes text from here on with as many decimals as `style`, if these are more, and its flags.
    public mutating func widen(to style: CandumpTextStyle) {
        text?.widen(to: style)
    }

    public mutating func write(_ batch: borrowing FrameBatch) throws(StreamError) {
        try log?.write(batch)
        try text?.write(batch)
    }

    /// Completes the content; ``intoFile()`` then gives the file, which gets its name by its owner.
    public mutating func finish() throws(StreamError) {
        try log?.finish()
        guard var text = text.take() else { return }
        try text.finish()
        var sink = text.intoOutput()
        try sink.finish()
        textFile = sink.intoFile()
    }

    /// The file behind the sink, to be completed.
    public consuming func intoFile() -> ResultFile? {
        if let log = log.take() { return log.intoFile() }
        return textFile.take()
    }
}
