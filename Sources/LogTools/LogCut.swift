public import CANFrame
public import CanlogFiles
import LocalFiles
public import LogFile

/// Writes a part of a log to a new one, in which each frame has the number that it had.
///
/// The new log belongs to the same recording and says what it is a part of.
public struct LogCut: ~Copyable {
    /// What the new log is to be.
    public struct Options: Sendable {
        /// The program that makes it, with its version.
        public var program: String
        /// What of the metadata, markers and notes is left out.
        public var removal: LogRemoval
        /// Whether an existing file is replaced.
        public var isReplacing = false

        public init(program: String, removal: LogRemoval) {
            self.program = program
            self.removal = removal
        }
    }

    private let path: String
    private var input: LogInput
    private var removal: LogRemoval
    private var output: LogOutput?
    private var batch: FrameBatch
    private var hasToldOfNumbers = false
    private var last: Timestamp
    /// What the new log says of itself.
    public let metadata: LogMetadata
    /// How many frames the new log has so far.
    public private(set) var frames: UInt64 = 0
    /// How many frames the source has.
    public let sourceFrames: UInt64
    /// How large the new log is; known when it is finished.
    public private(set) var fileBytes: UInt64 = 0

    /// Starts to write what `selection` wants of `input`, which was opened with it and with an
    /// importer, to `path`; `-` is standard output.
    public init(
        of input: consuming LogInput, selection: LogSelection, to path: String, options: Options
    ) throws(StreamError) {
        guard let source = input.metadata, let summary = input.summary else {
            throw StreamError(place: input.place, cause: "it is no recording")
        }
        var removal = options.removal
        var metadata = source
        removal.apply(to: &metadata)
        metadata.program = options.program
        let words = selection.words(start: summary.firstStamp, without: removal.words)
        let digest = try input.frameDigest()
        metadata.cuts.append(
            LogMetadata.Cut(frames: summary.frames, frameDigest: digest, selection: words))
        let output = try Self.output(to: path, metadata, isReplacing: options.isReplacing)
        self.path = path
        self.input = input
        self.removal = removal
        self.output = consume output
        batch = FrameBatch(capacity: 8_192)
        last = metadata.created
        self.metadata = metadata
        sourceFrames = summary.frames
    }

    private static func output(
        to path: String, _ metadata: LogMetadata, isReplacing: Bool
    ) throws(StreamError) -> LogOutput {
        let file =
            path == "-"
            ? try ResultFile.standardOutput()
            : try ResultFile(path: path, replacing: isReplacing)
        return try LogOutput(canlog: file, metadata: metadata, place: path)
    }

    /// The part that is done, 0 to 1; `nil` where it cannot be told.
    public var fraction: Double? { input.fraction }

    /// Takes the next frames; false when there are none.
    public mutating func step() throws(StreamError) -> Bool {
        guard try input.read(into: &batch, waiting: .zero) != .ended else { return false }
        let removal = removal
        if !removal.isEmpty {
            batch.removeEvents { !removal.keeps($0) }
            self.removal.search(batch)
        }
        if batch.count > 0 {
            let stamp = batch.rows[batch.count - 1].timestamp
            last = stamp
            if !batch.isNumbered { tellOfNumbers() }
        }
        frames += UInt64(batch.count)
        try output?.write(batch)
        return true
    }

    /// Where frames of the source are damaged, the others' numbers may be unknown.
    private mutating func tellOfNumbers() {
        guard !hasToldOfNumbers else { return }
        hasToldOfNumbers = true
        let note = "the source is damaged here, so that numbers of frames that follow are guessed"
        let stamp = batch.rows[0].timestamp
        batch.prepend([
            BusEvent(rowIndex: 0, timestamp: stamp, channel: nil, kind: .note(note))
        ])
    }

    /// Completes the new log and gives it its name; says what the source lacks.
    public mutating func finish() throws(StreamError) -> LogLosses {
        let losses = LogLosses(of: input)
        guard var output = output.take() else { return losses }
        if !losses.isEmpty { try output.write(losses.notes("cut from ", at: last)) }
        try output.finish()
        guard var file = output.intoFile() else { return losses }
        fileBytes = file.byteCount
        try file.complete()
        return losses
    }

    /// What was removed and still occurs in the new log.
    public var remnants: [LogRemoval.Remnant] {
        removal.remnants(metadata: metadata, path: path)
    }
}
