public import CANFrame
import CanlogFiles
import LocalFiles
public import LogTools

/// How the signals of a log are written.
public enum SignalFormat: String, Sendable, CaseIterable {
    /// Comma-separated values with a column for each signal on one time axis.
    case csv
    /// Comma-separated values with a row for each value.
    case csvLong = "csv-long"
    /// A JSON object in a line for each frame.
    case jsonl
}

/// Writes the signals of a log of any size to a file or a pipe, in bounded memory.
public struct SignalExport: ~Copyable {
    public struct Options: Sendable {
        public var format = SignalFormat.csv
        public var time = TimeStyle.relative
        public var fill: TableFill?
        /// Nanoseconds between the rows of a table; `nil` for a row for each frame.
        public var period: Int64?
        /// Whether such rows go on while no frame comes for long.
        public var coversSilence = false
        /// Whether the raw values stand beside the physical ones of a table.
        public var showsRaw = false
        /// How the texts of values stand in a table.
        public var labels = Labels.none
        /// Only values that are not what they were.
        public var isOnlyChanges = false
        /// Only the physical values in JSON.
        public var isCompact = false
        /// Whether an existing file is replaced.
        public var isReplacing = false

        public init() {}
    }

    public enum Labels: String, Sendable, CaseIterable {
        case none
        /// In the place of the physical value.
        case instead
        /// In a column of their own.
        case beside
    }

    /// What was written, and what was not.
    public struct Report: Sendable {
        public var rows: UInt64
        public var tally: DecodeTally
        public var losses: LogLosses
        /// Rows of a table that another stream's columns had no place for, and these streams.
        public var homelessRows: UInt64
        public var homelessStreams: [SignalStream]
        /// Rows that were left out while no frame came.
        public var skippedTicks: UInt64
    }

    private var reader: SignalReader
    /// One of these, by the format.
    private var wide: WideTable?
    private var long: LongTable?
    private var lines: JSONLines?
    private var file: LogSink?
    private var buffer = TextBuffer(capacity: 1 << 19)
    private var batch = SignalBatch()

    /// Starts to write what `selection` wants of the log at `path` to `target`; `-` is standard input
    /// and output.
    public init(
        path: String, to target: String, databases: BoundDatabases, selection: SignalSelection,
        reading: LogInputOptions, options: Options
    ) throws(StreamError) {
        let contents = try Self.contents(of: path, reading)
        let reading = Self.reading(reading, contents, databases, selection)
        let input = try LogInput(path: path, options: reading)
        let file = try Self.file(target, isReplacing: options.isReplacing)
        reader = SignalReader(
            input, databases: databases, selection: selection, start: contents?.start)
        self.file = consume file
        switch options.format {
        case .csv: wide = Self.table(options, contents, databases, selection)
        case .csvLong:
            long = LongTable(
                time: options.time, isOnlyChanges: options.isOnlyChanges, databases: databases)
        case .jsonl:
            lines = JSONLines(
                time: options.time, isOnlyChanges: options.isOnlyChanges,
                isCompact: options.isCompact, databases: databases)
        }
        wide?.putHeader(to: &buffer)
        long?.putHeader(to: &buffer)
    }

    private static func file(
        _ target: String, isReplacing: Bool
    ) throws(StreamError) -> LogSink {
        guard target != "-" else {
            return try LogSink(.standardOutput(), isCompressed: false, place: "standard output")
        }
        return try LogSink(
            ResultFile(path: target, replacing: isReplacing, permissions: 0o666),
            isCompressed: target.hasSuffix(".zst"), place: target)
    }

    private static func contents(
        of path: String, _ reading: LogInputOptions
    ) throws(StreamError) -> LogContents? {
        guard path != "-", Folder.kind(of: path) == .file else { return nil }
        return try LogContents(path: path, options: reading)
    }

    /// A `.canlog` gives single identifiers without decoding others; in text it is for the decoder to
    /// pass over the rest.
    private static func reading(
        _ reading: LogInputOptions, _ contents: LogContents?, _ databases: BoundDatabases,
        _ selection: SignalSelection
    ) -> LogInputOptions {
        guard let contents, contents.isCanlog, !selection.isEverything,
            reading.selection.only.isEmpty
        else { return reading }
        var reading = reading
        let patterns = contents.framePatterns(of: selection, in: databases)
        // Where nothing carries it, all is looked at to say so.
        reading.selection.only = patterns
        return reading
    }

    private static func table(
        _ options: Options, _ contents: LogContents?, _ databases: BoundDatabases,
        _ selection: SignalSelection
    ) -> WideTable {
        var kinds: [CellTexts.Kind] = [
            options.labels == .instead ? .labelOrPhysical : .physical
        ]
        if options.labels == .beside { kinds.append(.label) }
        if options.showsRaw { kinds.append(.raw) }
        let plan = TableColumns(
            contents, databases: databases, selection: selection, kinds: kinds)
        var table = WideTable.Options()
        table.fill = options.fill ?? (options.period == nil ? .blank : .hold)
        table.period = options.period
        table.coversSilence = options.coversSilence
        return WideTable(plan, time: options.time, databases: databases, options: table)
    }

    /// The part that is done, 0 to 1; `nil` where it cannot be told.
    public var fraction: Double? { reader.fraction }

    /// How many frames of known messages were read so far.
    public var frames: UInt64 { reader.tally.frames }

    /// Writes the next frames; false when there are none.
    public mutating func step() throws(StreamError) -> Bool {
        guard try reader.read(into: &batch) else { return false }
        var next = 0
        while next < batch.rows.count {
            next = put(from: next)
            if buffer.isFull { try flush() }
        }
        // Who reads a pipe wants what there is.
        if reader.fraction == nil { try flush() }
        return true
    }

    /// Writes rows until the buffer is full; gives the row to go on with.
    private mutating func put(from first: Int) -> Int {
        let streams = reader.streams
        return wide?.put(batch, from: first, of: streams, to: &buffer)
            ?? long?.put(batch, from: first, of: streams, to: &buffer)
            ?? lines?.put(batch, from: first, of: streams, to: &buffer) ?? batch.rows.count
    }

    private mutating func flush() throws(StreamError) {
        guard buffer.count > 0 else { return }
        try Self.append(buffer, to: &file)
        buffer.removeAll()
    }

    private static func append(
        _ buffer: borrowing TextBuffer, to file: inout LogSink?
    ) throws(StreamError) {
        let text = buffer.text
        try file?.append(text)
    }

    /// Writes what is left, completes the file and gives it its name; says what was written.
    public mutating func finish() throws(StreamError) -> Report {
        while wide?.finish(to: &buffer) == false { try flush() }
        try flush()
        try file?.finish()
        if let sink = file.take(), var result = sink.intoFile() { try result.complete() }
        return report
    }

    private var report: Report {
        let homeless = wide?.homelessStreams ?? []
        return Report(
            rows: wide?.rows ?? long?.rows ?? lines?.rows ?? 0, tally: reader.tally,
            losses: reader.losses, homelessRows: wide?.homelessRows ?? 0,
            homelessStreams: homeless.map { reader.streams[$0] },
            skippedTicks: wide?.skippedTicks ?? 0)
    }
}
