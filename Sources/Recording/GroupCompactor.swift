import CANFrame
import Glibc
import LocalFiles
import LogFile

/// Moves ended journal segments into the log: each becomes a group, and its segment is removed.
///
/// It reads the segment back rather than keeping frames in memory: a backlog costs disk and not
/// memory, and recovery goes the same way.
struct GroupCompactor: ~Copyable {
    /// Room kept free behind the last group, so that a full disk can still take what frees it.
    static let reserve: UInt64 = 2 << 20

    private let path: String
    private let recording: RecordingID
    private var file: WritableFile
    private var assembler: LogAssembler
    private var group = FrameBatch(capacity: LogFormat.groupCapacity)
    private var encoded: [UInt8] = []
    /// Groups in the log so far.
    private(set) var groups = 0

    /// Creates the log with its header, locked as that of a living writer.
    init(path: String, metadata: LogMetadata) throws(StreamError) {
        let assembler = try Self.assembler(metadata, path: path)
        let header = assembler.header
        file = try streaming(remedy: Self.remedy) { () throws(SystemError) in
            try Self.created(path, header: header)
        }
        self.path = path
        recording = metadata.recording
        self.assembler = assembler
    }

    private static func assembler(
        _ metadata: LogMetadata, path: String
    ) throws(StreamError) -> LogAssembler {
        do throws(LogError) { return try LogAssembler(metadata: metadata) } catch {
            throw error.streamError(place: path)
        }
    }

    private static func created(
        _ path: String, header: [UInt8]
    ) throws(SystemError) -> WritableFile {
        var file = try WritableFile(creating: path)
        guard try file.lock() else { throw SystemError("lock", on: path, code: EAGAIN) }
        try file.append(header.span)
        // Where nothing can be reserved, a full disk is met later and told then.
        try? file.reserve(reserve)
        try file.synchronize()
        try Folder.synchronize(Folder.parent(of: path))
        return file
    }

    /// Bytes of the log without its journal.
    var bytes: UInt64 { file.size }

    /// Makes segment `ordinal` a group of the log, on the disk, and removes the segment.
    mutating func compact(_ ordinal: Int) throws(StreamError) {
        let segmentPath = path + LogFormat.journalSuffix + "\(ordinal)"
        try readSegment(segmentPath, ordinal)
        try appendGroup()
        try streaming { () throws(SystemError) in try Folder.remove(segmentPath) }
        try? file.reserve(Self.reserve)
    }

    /// Appends a group of no frames that says how many are missing.
    mutating func appendLoss(
        of frames: UInt64, at time: Timestamp, firstFrameNumber: UInt64
    ) throws(StreamError) {
        group.removeAll()
        group.firstFrameNumber = firstFrameNumber
        group.append(.loss(Loss(cause: .recorderMemory, frames: frames)), at: time)
        try appendGroup()
    }

    /// Completes the log: index, footer, and the header's word that it is closed.
    mutating func finish() throws(StreamError) {
        let (tail, state) = assembler.finish()
        try streaming { () throws(SystemError) in
            try file.append(tail.span)
            try file.synchronize()
            try file.overwrite(at: state.offset, with: state.bytes.span)
            file.releaseReserve()
            try file.synchronize()
            try Folder.synchronize(Folder.parent(of: path))
        }
    }

    /// Fills the group with a segment; one that is damaged stays what it is, as evidence.
    private mutating func readSegment(_ segmentPath: String, _ ordinal: Int) throws(StreamError) {
        let segment = try streaming { () throws(SystemError) in
            try ReadableFile(path: segmentPath)
        }
        var decoder = try JournalDecoder(
            file: segment, expected: JournalExpectation(recording: recording, ordinal: ordinal),
            place: segmentPath)
        group.removeAll()
        _ = try decoder.read(into: &group)
        if let damage = decoder.damages.first {
            throw StreamError(
                place: segmentPath, cause: damage.description,
                remedy: "keep the log and its journal together: all else is readable")
        }
    }

    private mutating func appendGroup() throws(StreamError) {
        do throws(LogError) { try assembler.encode(group, into: &encoded) } catch {
            throw error.streamError(place: path)
        }
        let bytes = encoded
        try streaming { () throws(SystemError) in
            try file.append(bytes.span)
            try file.synchronize()
        }
        groups += 1
    }

    private static func remedy(for error: SystemError) -> String? {
        switch error.code {
        case EEXIST: "name another file with -o, or a folder, in which canlog makes a new name"
        case ENOSPC: "make room on the disk, or record to another one with -o"
        case ENOENT: "make the folder first, or name another one with -o"
        case EACCES, EROFS: "record to a folder that you may write, with -o"
        default: nil
        }
    }
}
