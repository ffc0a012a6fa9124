public import CANFrame
import LocalFiles
public import LogFile

/// Writes the frames of several logs, which were recorded at the same time, to one.
///
/// They are ordered by their stamps as far as the order of each log allows: that is never changed.
/// Stamps stay, and each frame keeps its number in its recording.
public struct LogMerge: ~Copyable {
    /// What the new log is to be.
    public struct Options: Sendable {
        /// The program that makes it, with its version; the new log's recording and moment.
        public var metadata: LogMetadata
        /// Nanoseconds to be added to the stamps of each log to find the order; 0 where there are
        /// fewer than logs.
        public var offsets: [Int64] = []
        /// Whether an existing file is replaced.
        public var isReplacing = false

        public init(metadata: LogMetadata) {
            self.metadata = metadata
        }
    }

    private let sources: [MergeSource]
    private var output: LogOutput?
    private var batch = FrameBatch(capacity: 8_192)
    private var last: Timestamp
    /// What the new log says of itself.
    public let metadata: LogMetadata
    /// How many frames the new log has so far.
    public private(set) var frames: UInt64 = 0
    /// How large the new log is; known when it is finished.
    public private(set) var fileBytes: UInt64 = 0

    /// Starts to write the logs at `paths` to the new one at `path`; `-` is standard output.
    public init(
        of paths: [String], to path: String, options: Options
    ) throws(StreamError) {
        var sources: [MergeSource] = []
        for (index, source) in paths.enumerated() {
            let offset = index < options.offsets.count ? options.offsets[index] : 0
            sources.append(
                try MergeSource(
                    path: source, offset: offset, program: options.metadata.program))
        }
        try Self.refuseTwice(sources)
        var plan = MergePlan()
        for source in sources { try plan.add(source) }
        let metadata = plan.metadata(options.metadata, of: sources)
        for (index, source) in sources.enumerated() { source.plan = plan.sources[index] }
        let file =
            path == "-"
            ? try ResultFile.standardOutput()
            : try ResultFile(path: path, replacing: options.isReplacing)
        let output = try Self.output(file, metadata, place: path)
        self.sources = sources
        self.output = consume output
        last = metadata.created
        self.metadata = metadata
    }

    private static func output(
        _ file: consuming ResultFile, _ metadata: LogMetadata, place: String
    ) throws(StreamError) -> LogOutput {
        do throws(StreamError) {
            return try LogOutput(canlog: file, metadata: metadata, place: place)
        } catch {
            throw StreamError(
                place: error.place, cause: error.cause,
                remedy: error.remedy
                    ?? "`canlog cut --without tags` makes logs with less of them first")
        }
    }

    /// A frame that is there twice would be two.
    private static func refuseTwice(_ sources: [MergeSource]) throws(StreamError) {
        var known: [RecordingID: String] = [:]
        for source in sources {
            for recording in source.recordings {
                if let other = known[recording] {
                    throw StreamError(
                        place: source.place,
                        cause: "it is of the same recording as \(other): \(recording)",
                        remedy: "merge logs of different recorders")
                }
                known[recording] = source.place
            }
        }
    }

    /// The part that is done, 0 to 1.
    public var fraction: Double? {
        let total = sources.reduce(UInt64(0)) { $0 &+ $1.frames }
        return total > 0 ? min(1, Double(frames) / Double(total)) : nil
    }

    /// Takes the next frames; false when there are none.
    public mutating func step() throws(StreamError) -> Bool {
        batch.removeAll()
        while !batch.isFull, batch.events.count < batch.capacity {
            guard let (first, limit) = try next() else { break }
            try sources[first].take(upTo: limit, into: &batch)
        }
        guard !batch.isEmpty else { return false }
        if batch.count > 0 {
            let stamp = batch.rows[batch.count - 1].timestamp
            last = stamp
        }
        frames += UInt64(batch.count)
        try output?.write(batch)
        return true
    }

    /// The source whose turn it is, and up to which moment it goes on; the earlier of two with
    /// equal stamps goes first.
    private func next() throws(StreamError) -> (source: Int, limit: Int64)? {
        var keys: [(source: Int, key: Int64)] = []
        for (index, source) in sources.enumerated() {
            if let key = try source.key() { keys.append((index, key)) }
        }
        guard let least = keys.map(\.key).min(),
            let first = keys.first(where: { $0.key == least })
        else { return nil }
        var limit = Int64.max
        for (index, key) in keys where index != first.source {
            // Those before it in the list have a later moment, and go first where it comes.
            limit = min(limit, index < first.source ? key - 1 : key)
        }
        return (first.source, limit)
    }

    /// Completes the new log and gives it its name; says what each source lacks.
    public mutating func finish() throws(StreamError) -> [LogLosses] {
        let losses = sources.map(\.losses)
        guard var output = output.take() else { return losses }
        for losses in losses where !losses.isEmpty {
            try output.write(losses.notes("merged from ", at: last))
        }
        try output.finish()
        guard var file = output.intoFile() else { return losses }
        fileBytes = file.byteCount
        try file.complete()
        return losses
    }
}
