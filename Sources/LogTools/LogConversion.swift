public import CANFrame
import CanlogFiles
import LocalFiles
public import LogFile
public import LogInterchange

/// Takes all frames of one log to another, perhaps of another format, and keeps the digits of its
/// stamps.
public struct LogConversion: ~Copyable {
    /// What the new log is to be.
    public struct Options: Sendable {
        public var format: LogFileFormat
        /// Stamps are rounded down to multiples of this many nanoseconds; `nil` keeps them.
        public var resolution: Int64?
        /// Whether ` R` or ` T` follows the frames of a text; `nil` keeps them where another tool's
        /// log has them.
        public var showsDirection: Bool?
        /// Whether the events stand among the frames of a text, as lines that begin with `#`.
        public var showsEvents = false
        /// Whether it is an error if the format cannot hold all there is.
        public var isStrict = false
        /// The earliest stamp of the source, for formats that count from a start
        /// (``LogConversion/start(of:_:for:)``); `nil` takes the first frame's.
        public var start: Timestamp?
        /// Whether an existing file is replaced.
        public var isReplacing = false
        /// The metadata of a `.canlog`: all of it if the source has none of its own, else what a
        /// person gave of it (``LogMetadata/replace(by:)``).
        public var metadata: LogMetadata

        public init(format: LogFileFormat, metadata: LogMetadata) {
            self.format = format
            self.metadata = metadata
        }
    }

    private let path: String
    private let options: Options
    private var input: LogInput
    private var output: LogOutput?
    private var batch: FrameBatch
    private var outcome: ReadOutcome
    /// What a `.canlog` says of itself; told again if the source turns out to be finer.
    private var metadata: LogMetadata
    /// The stamp of the last frame so far.
    private var last: Timestamp
    /// How many frames were taken so far.
    public private(set) var frames: UInt64 = 0
    /// What the new format could not hold; known when the new log is finished.
    public private(set) var unheld = UnheldContent()

    /// Starts to write `input` to `path`; `-` is standard output.
    public init(
        of input: consuming LogInput, to path: String, options: Options
    ) throws(StreamError) {
        var input = input
        var batch = FrameBatch(capacity: 8_192)
        // Only behind the first frames a text has shown how its stamps are written.
        let outcome = try input.read(into: &batch, waiting: .zero)
        let metadata = Self.metadata(of: input, options)
        var options = options
        if options.start == nil && batch.count > 0 { options.start = batch.rows[0].timestamp }
        if let resolution = options.resolution {
            options.start = options.start?.truncated(to: resolution)
        }
        let output = try Self.output(to: path, input.style, metadata, options)
        self.outcome = outcome
        last = metadata.created
        self.metadata = metadata
        self.output = consume output
        self.path = path
        self.options = options
        self.batch = batch
        self.input = input
    }

    /// The part that is done, 0 to 1; `nil` where it cannot be told.
    public var fraction: Double? { input.fraction }

    /// Takes the next frames; false when there are none.
    public mutating func step() throws(StreamError) -> Bool {
        guard outcome != .ended else { return false }
        frames += UInt64(batch.count)
        if batch.count > 0 {
            let stamp = batch.rows[batch.count - 1].timestamp
            last = stamp
        }
        if let resolution = options.resolution { batch.truncateStamps(to: resolution) }
        if options.resolution == nil {
            output?.widen(
                resolution: input.resolution, hasFDFBit: input.style.writesFDFBit)
        }
        try output?.write(batch)
        batch.removeAll()
        outcome = try input.read(into: &batch, waiting: .zero)
        return true
    }

    /// Completes the new log and gives it its name; says what was lost on the way.
    public mutating func finish() throws(StreamError) -> LogLosses {
        let losses = LogLosses(of: input)
        guard var output = output.take() else { return losses }
        if !losses.isEmpty { try output.write(losses.notes("converted from ", at: last)) }
        try output.finish()
        unheld = output.unheld
        if options.format != .canlog, var source = input.metadata {
            source.tags.removeAll(where: CandumpTextStyle.isOwn)
            if source.isTelling { unheld[.metadata] = 1 }
        }
        try checkStrictness()
        let needed = Self.metadata(of: input, options)
        guard var file = output.intoFile() else { return losses }
        let isTooCoarse = needed.resolution < metadata.resolution
        if options.format == .canlog && (isTooCoarse || needed != metadata && file.canOverwrite) {
            file = try Self.rewrite(file, to: path, needed, options)
        }
        try file.complete()
        return losses
    }

    private func checkStrictness() throws(StreamError) {
        guard options.isStrict && !unheld.isEmpty else { return }
        throw StreamError(
            place: path == "-" ? "standard output" : path,
            cause: "\(options.format.rawValue) cannot hold \(unheld)",
            remedy: "without --strict all else is written; a .canlog holds all")
    }

    /// The earliest stamp of the log at `path`, if `format` wants to know it before the first frame:
    /// it reads the log once, if that does not say. `nil` for a pipe, which can be read only once.
    public static func start(
        of path: String, _ options: LogInputOptions, for format: LogFileFormat
    ) throws(StreamError) -> Timestamp? {
        guard format.countsFromStart, path != "-" else { return nil }
        var input = try LogInput(path: path, options: options)
        if let summary = input.summary { return summary.earliest }
        guard input.fileBytes > 0 else { return nil }
        var batch = FrameBatch(capacity: 8_192)
        var earliest = Int64.max
        while try input.read(into: &batch, waiting: .zero) != .ended {
            for index in 0..<batch.count {
                earliest = min(earliest, batch.rows[index].timestamp.nanoseconds)
            }
            batch.removeAll()
        }
        return earliest == .max ? nil : Timestamp(nanoseconds: earliest)
    }

    private static func metadata(of input: borrowing LogInput, _ options: Options) -> LogMetadata {
        var metadata = options.metadata
        if let known = input.metadata {
            metadata = known
            metadata.program = options.metadata.program
            metadata.replace(by: options.metadata)
        } else if input.format == .candump {
            metadata.tags += input.style.tags
        }
        metadata.resolution = options.resolution ?? input.resolution
        return metadata
    }

    private static func output(
        to path: String, _ style: CandumpTextStyle, _ metadata: LogMetadata, _ options: Options
    ) throws(StreamError) -> LogOutput {
        let file =
            path == "-"
            ? try ResultFile.standardOutput()
            : try ResultFile(path: path, replacing: options.isReplacing)
        var style = style
        if options.resolution != nil {
            let decimals = CandumpTextLayout.decimals(resolution: metadata.resolution)
            style.decimals = CandumpTextLayout.usual(decimals)
        }
        style.showsDirection = options.showsDirection ?? style.showsDirection
        style.showsEvents = options.showsEvents
        return try LogOutput(
            options.format, to: file, metadata, style, start: options.start, place: path)
    }

    /// Writes a log again whose header says too little: later stamps of the source were finer than
    /// the first ones, or its CAN FD flags appeared late.
    private static func rewrite(
        _ file: borrowing ResultFile, to path: String, _ metadata: LogMetadata, _ options: Options
    ) throws(StreamError) -> ResultFile {
        guard file.canOverwrite else {
            throw StreamError(
                place: path == "-" ? "standard output" : path,
                cause:
                    "later stamps of the source are finer than the first, which its header does not say",
                remedy: "--resolution 1ns, or a file instead of a pipe")
        }
        var reader = try CanlogFile(file.currentPath, place: path).reader(LogSelection())
        let place = path + ".again"
        var again = try LogWriter(
            file: ResultFile(path: place, replacing: true), metadata: metadata, place: path)
        var batch = FrameBatch(capacity: 8_192)
        while try reader.read(into: &batch, waiting: .zero) != .ended {
            try again.write(batch)
            batch.removeAll()
        }
        try again.finish()
        var result = again.intoFile()
        result.rename(to: path)
        return result
    }
}
