public import CANFrame
public import CanlogFiles
import LocalFiles
public import LogFile
public import LogInterchange

/// How a log is to be opened.
public struct LogInputOptions: Sendable {
    /// The format, where neither content nor name tells it; `nil` lets them tell.
    public var format: LogFileFormat?
    /// What to do with a faulty line of text.
    public var onFault = FaultPolicy.stop
    public var selection = LogSelection()
    /// Asked while standard input is silent; once it holds, reading throws. `nil` waits as long as
    /// it takes.
    public var isStopped: (@Sendable () -> Bool)?
    /// Another tool's log is copied to a temporary .canlog first, which says that this program made
    /// it: for what needs numbered frames of one recording. `nil` reads it as it is.
    public var importer: String?

    public init() {}
}

/// A log of any format as a source: a `.canlog` with its journal, or one of another tool.
public struct LogInput: FrameSource, ~Copyable {
    /// The path, or `standard input`, for messages.
    public let place: String
    public let format: LogFileFormat
    private var log: LogReader<ReadableFile>?
    private var foreign: ForeignLog?
    /// What was not read of a log that was copied first.
    private var importGaps: ReadingGaps?
    private var filter: FrameFilter?
    private var unfiltered: FrameBatch?
    private let wanted: LogSelection
    private var position: ReadingPosition?
    /// Frames given so far.
    private var frames: UInt64 = 0
    /// The stamp of the first of them.
    private var firstGiven: Timestamp?
    /// Whether that says who sent the frame.
    private var hasDirection = false

    /// Opens the log at `path`; `-` is standard input.
    public init(
        path: String, options: LogInputOptions = LogInputOptions()
    ) throws(StreamError) {
        var file = try streaming { () throws(SystemError) in
            path == "-"
                ? try StreamedFile.standardInput(isStopped: options.isStopped)
                : try StreamedFile(path: path)
        }
        let place = file.place
        let bytes = file.byteCount
        let position = file.readingPosition()
        // Made whole before it is taken over: a noncopyable value is not left half made.
        var log: LogReader<ReadableFile>?
        var foreign: ForeignLog?
        var importGaps: ReadingGaps?
        let isCompressed = try file.peek(4) == ZstdMagic.bytes
        let format: LogFileFormat
        if isCompressed {
            var stream = try LogStream(consume file, isCompressed: true)
            format = try Self.format(options.format, of: &stream, path)
            foreign = try ForeignLog(stream, format, byteCount: bytes, options)
        } else {
            format = try Self.format(options.format, of: &file, path)
            if format == .canlog {
                log = try Self.canlog(&file, path: path, options.selection)
            } else if format == .mdf {
                let readable = try Self.readable(&file, path: path)
                foreign = try ForeignLog(mdf: readable, place: place)
            } else {
                let stream = try LogStream(consume file, isCompressed: false)
                foreign = try ForeignLog(stream, format, byteCount: bytes, options)
            }
        }
        if let program = options.importer, let source = foreign.take() {
            log = try Self.imported(
                LogInput(source, place: place), of: path, by: program, options.selection,
                &importGaps)
        }
        self.place = place
        self.format = format
        self.importGaps = importGaps
        self.position = consume position
        self.log = consume log
        self.foreign = consume foreign
        wanted = options.selection
        guard self.log == nil && wanted != LogSelection() else { return }
        filter = FrameFilter(wanted)
        unfiltered = FrameBatch(capacity: 8_192)
    }

    /// All of another tool's log.
    private init(_ foreign: consuming ForeignLog, place: String) {
        self.place = place
        format = foreign.format
        self.foreign = consume foreign
        wanted = LogSelection()
    }

    /// Fills the emptied `batch` with what is wanted; waits as long as a pipe does.
    public mutating func read(
        into batch: inout FrameBatch, waiting limit: Duration
    ) throws(StreamError) -> ReadOutcome {
        let outcome = try readWanted(into: &batch, waiting: limit)
        if frames == 0, batch.count > 0 {
            firstGiven = batch.rows[0].timestamp
            hasDirection = batch.rows[0].flags.origin != .unknown
        }
        frames += UInt64(batch.count)
        return outcome
    }

    private mutating func readWanted(
        into batch: inout FrameBatch, waiting limit: Duration
    ) throws(StreamError) -> ReadOutcome {
        batch.removeAll()
        if let outcome = try log?.read(into: &batch, waiting: limit) { return outcome }
        guard var source = unfiltered.take() else {
            return try foreign?.read(into: &batch, waiting: limit) ?? .ended
        }
        var outcome = ReadOutcome.batch
        while batch.isEmpty && outcome != .ended {
            source.removeAll()
            outcome = try foreign?.read(into: &source, waiting: limit) ?? .ended
            filter?.copy(source, to: &batch)
        }
        unfiltered = consume source
        if outcome == .ended { try checkInterfaces() }
        return batch.isEmpty ? .ended : .batch
    }

    /// The part of the log that has been read, 0 to 1; `nil` where it cannot be told.
    public var fraction: Double? {
        if let total = summary?.frames, wanted == LogSelection() {
            return total > 0 ? Double(frames) / Double(total) : nil
        }
        if let fraction = ofLog({ $0.fraction }) { return fraction }
        switch position {
        case .some(let position): return position.fraction
        case .none: return nil
        }
    }

    // MARK: What is known of a .canlog

    /// Who, where and what; `nil` for other formats, which do not say.
    public var metadata: LogMetadata? { ofLog { $0.metadata } }
    /// What is in the log, counted without reading it; `nil` for other formats.
    public var summary: LogSummary? { ofLog { $0.summary } }
    /// How the log ends; `nil` for other formats.
    public var state: LogState? { ofLog { $0.state } }
    /// What cannot be read; more may be found while frames are read.
    public var damages: [LogDamage] { ofLog { $0.damages } ?? [] }

    /// The frame digest of the whole log; `nil` for other formats, and where it is not known.
    func frameDigest() throws(StreamError) -> [UInt8]? {
        switch log {
        case .some(let log): try log.frameDigest()
        case .none: nil
        }
    }

    /// How large the file is, compressed as it is; 0 for a pipe.
    public var fileBytes: UInt64 { summary?.fileBytes ?? ofForeign { $0.byteCount } ?? 0 }

    /// The stamp of the log's first frame, whether it was wanted or not; of text, once it was read.
    public var firstStamp: Timestamp? { summary?.firstStamp ?? filter?.start ?? firstGiven }

    // MARK: What is known of a log of another tool

    /// What of it was not read, so far.
    public var gaps: ReadingGaps { importGaps ?? ofForeign { $0.gaps } ?? ReadingGaps() }

    /// The resolution of the stamps in nanoseconds; of other tools' logs, what was read so far.
    public var resolution: Int64 {
        metadata?.resolution ?? ofForeign { $0.resolution } ?? 1_000
    }

    /// How candump would have written this log, as far as it is known so far.
    public var style: CandumpTextStyle {
        let decimals = CandumpTextLayout.decimals(resolution: resolution)
        var style = CandumpTextStyle(
            decimals: format == .candump ? decimals : CandumpTextLayout.usual(decimals),
            writesFDFBit: (ofForeign { $0.hasFDFBit } ?? nil) ?? true,
            showsDirection: hasDirection && metadata == nil)
        if let metadata { style.take(metadata.tags) }
        return style
    }

    private borrowing func ofLog<Value>(
        _ body: (borrowing LogReader<ReadableFile>) -> Value
    ) -> Value? {
        switch log {
        case .some(let log): body(log)
        case .none: nil
        }
    }

    private borrowing func ofForeign<Value>(
        _ body: (borrowing ForeignLog) -> Value
    ) -> Value? {
        switch foreign {
        case .some(let foreign): body(foreign)
        case .none: nil
        }
    }

    // MARK: Opening

    private static func canlog(
        _ file: inout StreamedFile, path: String, _ selection: LogSelection
    ) throws(StreamError) -> LogReader<ReadableFile> {
        if path != "-" { return try CanlogFile(path, place: file.place).reader(selection) }
        if !file.isRegularFile { return try spooled(&file, selection) }
        return try CanlogFile("/dev/stdin", place: file.place).reader(selection)
    }

    /// The format that was chosen, that the content shows, or that the name promises.
    private static func format<Stream: PeekedStream & ~Copyable>(
        _ chosen: LogFileFormat?, of stream: inout Stream, _ path: String
    ) throws(StreamError) -> LogFileFormat {
        if let chosen { return chosen }
        let content = try stream.peek(256, until: LogFileFormat.isTold)
        if let format = LogFileFormat(content: content) ?? LogFileFormat(suffixOf: path) {
            return format
        }
        if content.isEmpty { return .candump }
        throw StreamError(
            place: stream.place, cause: "neither content nor name shows the format of this log",
            remedy: "--from-format says which it is: \(LogFileFormat.names)")
    }

    /// A file that is read here and there; what comes down a pipe goes to one first, which has no
    /// name any more once it is open.
    private static func readable(
        _ stream: inout StreamedFile, path: String
    ) throws(StreamError) -> ReadableFile {
        if path != "-" || stream.isRegularFile {
            return try open(path == "-" ? "/dev/stdin" : path)
        }
        let copy = try spool(&stream)
        return try open(copy.currentPath)
    }

    private static func open(_ path: String) throws(StreamError) -> ReadableFile {
        try streaming { () throws(SystemError) in try ReadableFile(path: path) }
    }

    /// A `.canlog` from a pipe, which is read here and there, so that it goes to a file first.
    private static func spooled(
        _ stream: inout StreamedFile, _ selection: LogSelection
    ) throws(StreamError) -> LogReader<ReadableFile> {
        let copy = try spool(&stream)
        return try CanlogFile(copy.currentPath, place: stream.place).reader(selection)
    }

    /// All bytes of a pipe in a file that goes away with this value.
    private static func spool(_ stream: inout StreamedFile) throws(StreamError) -> ResultFile {
        let folder = ProcessEnvironment["TMPDIR"] ?? "/tmp"
        let path = "\(folder)/canlog-\(ProcessEnvironment.processIdentifier).spool"
        var copy = try ResultFile(path: path, replacing: true)
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = try stream.fill(&bytes, in: 0..<bytes.count)
            if count == 0 { return copy }
            let filled = bytes
            try copy.append(filled.span.extracting(0..<count))
        }
    }

    /// Another tool's log as a `.canlog`, in a temporary file that goes away with its reader.
    private static func imported(
        _ input: consuming LogInput, of path: String, by program: String,
        _ selection: LogSelection, _ gaps: inout ReadingGaps?
    ) throws(StreamError) -> LogReader<ReadableFile> {
        let place = input.place
        let metadata = LogMetadata.imported(from: path, by: program)
        let folder = ProcessEnvironment["TMPDIR"] ?? "/tmp"
        let copy = "\(folder)/canlog-\(metadata.recording).canlog"
        defer { try? Folder.remove(copy) }
        var conversion = try LogConversion(
            of: input, to: copy,
            options: LogConversion.Options(format: .canlog, metadata: metadata))
        while try conversion.step() {}
        gaps = try conversion.finish().gaps
        return try CanlogFile(copy, place: place).reader(selection)
    }

    private func checkInterfaces() throws(StreamError) {
        guard let filter else { return }
        for interface in wanted.interfaces where !filter.seenInterfaces.contains(interface) {
            throw StreamError(
                place: place, cause: "the log has no channel \(interface)",
                remedy: "canlog info tells which it has")
        }
    }
}

extension LogMetadata {
    /// What a log says of itself that `program` makes now of another tool's log at `source`.
    public static func imported(from source: String, by program: String) -> LogMetadata {
        var random = SystemRandomNumberGenerator()
        var metadata = LogMetadata(
            recording: RecordingID(random: random.next(), random.next()),
            created: HostClock.realTime(), program: program)
        metadata.source = source == "-" ? nil : Folder.name(of: source)
        return metadata
    }
}
