public import CANFrame
import CanlogFiles
import LocalFiles
public import LogFile

/// Writes a log anew, smaller, in the place of the old one.
///
/// The old file stays until the new one is whole, on the disk, and read back with equal digests. A
/// log that is damaged or incomplete is left as it is: it is evidence.
public struct LogCompaction: ~Copyable {
    /// What has become of the log.
    public enum Outcome: Sendable {
        case replaced
        /// The new file would not have been smaller.
        case alreadyCompact
        /// It is not whole; ``LogCompaction/source`` says why.
        case refused
    }

    private let path: String
    private let place: String
    private let identity: FileIdentity
    private var verifier: LogVerifier<ReadableFile>
    private var assembler: LogAssembler
    private var file: ReplacementFile?
    private var check: LogVerifier<ReadableFile>?
    private var block: [UInt8] = []

    /// Starts with the log at `path`; refuses one that is being recorded.
    public init(path: String, effort: CodingEffort = .standard) throws(StreamError) {
        let resolved = Folder.resolved(path)
        _ = try streaming { () throws(SystemError) in try ReadableFile(path: resolved).byteCount }
        guard let identity = FileIdentity(path: resolved) else {
            throw StreamError(
                place: path, cause: "this is no regular file",
                remedy: "`canlog convert` writes what it holds to a new log")
        }
        // Opened before anything is created: what is no log leaves no trace.
        let reader = try CanlogFile(resolved, place: path).reader(LogSelection())
        let metadata = reader.metadata
        guard reader.state != .recording else {
            throw StreamError(
                place: path, cause: "the log is being recorded now",
                remedy: "end its recorder first")
        }
        let verifier = try LogVerifier(reader)
        let assembler = try Self.assembler(metadata, effort: effort, place: path)
        var file = try ReplacementFile(for: resolved)
        let header = assembler.header
        try file.append(header.span)
        self.path = resolved
        place = path
        self.identity = identity
        self.verifier = verifier
        self.assembler = assembler
        self.file = consume file
    }

    private static func assembler(
        _ metadata: LogMetadata, effort: CodingEffort, place: String
    ) throws(StreamError) -> LogAssembler {
        do throws(LogError) {
            return try LogAssembler(metadata: metadata, effort: effort, isCompact: true)
        } catch {
            throw error.streamError(place: place)
        }
    }

    /// What was found out about the old log so far.
    public var source: LogVerification { verifier.result }
    /// The part that is done, 0 to 1: to write, then to read back.
    public var fraction: Double {
        switch check {
        case .some(let check): 0.75 + 0.25 * check.fraction
        case .none: 0.75 * verifier.fraction
        }
    }
    /// Frames written so far.
    public var frames: UInt64 { verifier.result.frames }
    /// Bytes of the new file so far.
    public private(set) var newBytes: UInt64 = 0

    /// Goes on by a group; false when all is written and read back.
    public mutating func step() throws(StreamError) -> Bool {
        if isChecking { return try stepCheck() }
        if try verifier.step() {
            try writeGroup()
            return true
        }
        guard isWhole else {
            // Nothing is to be replaced: what was written goes.
            file = nil
            return false
        }
        try beginCheck()
        return true
    }

    private var isChecking: Bool {
        switch check {
        case .some: true
        case .none: false
        }
    }

    /// Whether nothing is damaged, missing or unknown.
    private var isWhole: Bool {
        let source = verifier.result
        guard source.damages.isEmpty, source.unknownBlocks == 0, source.unknownEvents == 0 else {
            return false
        }
        switch source.state {
        case .closed, .streamed, .recovered: return true
        case .recording, .journalMissing, .truncated: return false
        }
    }

    private mutating func writeGroup() throws(StreamError) {
        // Behind damage the rest is still verified, so that all of it can be told.
        guard let context = verifier.context, verifier.result.damages.isEmpty else { return }
        assembler.resume(context)
        do throws(LogError) { try assembler.encode(verifier.group, into: &block) } catch {
            throw error.streamError(place: place)
        }
        let bytes = block
        try file?.append(bytes.span)
    }

    private mutating func beginCheck() throws(StreamError) {
        let (tail, state) = assembler.finish()
        try file?.append(tail.span)
        try file?.synchronize()
        try file?.overwrite(state.bytes.span, at: state.offset)
        try file?.synchronize()
        check = try Self.check(file, place: place)
    }

    private static func check(
        _ file: borrowing ReplacementFile?, place: String
    ) throws(StreamError) -> LogVerifier<ReadableFile>? {
        switch file {
        case .some(let file):
            return try LogVerifier(LogReader(file: file.reader(), place: place))
        case .none: return nil
        }
    }

    /// Reads a group of the new file back.
    private mutating func stepCheck() throws(StreamError) -> Bool {
        guard var check = check.take() else { return false }
        let goesOn = try check.step()
        let result = check.result
        self.check = consume check
        if goesOn { return true }
        let source = verifier.result
        guard result.damages.isEmpty, result.state == .closed, result.groups == source.groups,
            result.metadata == source.metadata, result.frames == source.frames,
            result.events == source.events
        else {
            throw StreamError(
                place: place,
                cause: "the new file does not read back as the old one"
                    + (result.damages.first.map { ": \($0.error)" } ?? ""),
                remedy: "the log is as it was; check the disk and the memory of this machine")
        }
        newBytes = result.summary.fileBytes
        return false
    }

    /// Puts the new file in the place of the old one, and then removes the journal.
    public mutating func finish() throws(StreamError) -> Outcome {
        guard var file = file.take() else { return .refused }
        let source = verifier.result
        let segments = try obsoleteSegments()
        guard source.state != .closed || newBytes < source.summary.fileBytes else {
            try remove(segments)
            return .alreadyCompact
        }
        guard FileIdentity(path: path) == identity else {
            throw StreamError(
                place: place, cause: "the log was changed while it was compacted",
                remedy: "it is left as it is now; run the command again")
        }
        try file.replace()
        try remove(segments)
        return .replaced
    }

    /// The segments whose frames are in the groups of the new file.
    private func obsoleteSegments() throws(StreamError) -> [String] {
        let source = verifier.result
        var end = source.groups.last.map { $0.firstFrameNumber + UInt64($0.frames) } ?? 0
        // A dying recorder leaves a segment behind the last frame in which there is nothing yet.
        if source.state == .recovered { end += 1 }
        var paths: [String] = []
        for ordinal in CanlogFile(path, place: place).segmentOrdinals() {
            let segment = path + LogFormat.journalSuffix + String(ordinal)
            // What is not of this recording is not ours to remove.
            guard let number = firstFrame(of: segment, ordinal), number < end else { continue }
            paths.append(segment)
        }
        return paths
    }

    private func firstFrame(of segment: String, _ ordinal: Int) -> UInt64? {
        do throws(StreamError) {
            let file = try streaming { () throws(SystemError) in try ReadableFile(path: segment) }
            let decoder = try JournalDecoder(file: file, place: segment)
            guard let head = decoder.head, head.ordinal == ordinal,
                head.recording == verifier.result.metadata.recording
            else { return nil }
            return head.firstFrameNumber
        } catch {
            return nil
        }
    }

    private func remove(_ segments: [String]) throws(StreamError) {
        guard !segments.isEmpty else { return }
        try streaming { () throws(SystemError) in
            for segment in segments { try Folder.remove(segment) }
            try Folder.synchronize(Folder.parent(of: path))
        }
    }
}
