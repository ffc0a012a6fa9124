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
    /// The bytes of the group that is pending; given back when it is stored, since a recorder waits
    /// for seconds until the next one and should be small meanwhile.
    private var encoded: [UInt8] = []
    private var pending: Pending?
    private var segmentBytes: UInt64 = 0
    /// The segment of the last group, which is removed with the next one, and its bytes.
    private var done: (path: String, bytes: UInt64)?
    private var hasToldLoss = false
    /// What is overwritten last, once the tail stands in the file.
    private var closing: (offset: UInt64, bytes: [UInt8])?
    /// Bytes of segments that have been removed.
    private(set) var removedBytes: UInt64 = 0
    /// Groups in the log so far.
    private(set) var groups = 0

    /// Creates the log with its header, locked as that of a living writer.
    ///
    /// Unless it is `synchronized`, someone else forces it and its name onto the disk.
    init(path: String, metadata: LogMetadata, synchronized: Bool = true) throws(StreamError) {
        let assembler = try Self.assembler(metadata, path: path)
        let header = assembler.header
        file = try streaming(remedy: Self.remedy) { () throws(SystemError) in
            try Self.created(path, header: header, synchronized: synchronized)
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
        _ path: String, header: [UInt8], synchronized: Bool
    ) throws(SystemError) -> WritableFile {
        var file = try WritableFile(creating: path)
        do throws(SystemError) { try prepare(&file, header: header, synchronized) } catch {
            // An empty log would stand in the way of the next attempt.
            try? Folder.remove(path)
            throw error
        }
        return file
    }

    private static func prepare(
        _ file: inout WritableFile, header: [UInt8], _ synchronized: Bool
    ) throws(SystemError) {
        guard try file.lock() else { throw SystemError("lock", on: file.path, code: EAGAIN) }
        try file.append(header.span)
        reserveRoom(behind: file)
        guard synchronized else { return }
        try file.synchronize()
        try Folder.synchronize(Folder.parent(of: file.path))
    }

    /// A handle to force the log onto the disk from another thread.
    borrowing func synchronizer() throws(SystemError) -> FileSynchronizer {
        try file.synchronizer()
    }

    /// Bytes of the log without its journal.
    var bytes: UInt64 { file.size }

    /// Makes a segment a group of the log, on the disk, and removes the segment.
    ///
    /// After a failure it goes on where it stopped when it is called again for the same segment: no
    /// group is coded twice, since each takes the place of one in digests and index.
    mutating func compact(_ segment: EndedSegment) throws(CompactionFailure) {
        let segmentPath = path + LogFormat.journalSuffix + "\(segment.ordinal)"
        if pending == nil {
            // One more than a group has: a full batch ends before the events behind its last frame.
            var group = FrameBatch(capacity: LogFormat.groupCapacity + 1)
            try readSegment(segmentPath, segment, into: &group)
            try encode(group)
        }
        try store()
        try removeDone()
        done = (segmentPath, segmentBytes)
        release()
        reserveRoom()
    }

    /// Removes the segment before the last group's. The last one stays until the log has its end, so
    /// that a reader never finds a log without both.
    private mutating func removeDone() throws(CompactionFailure) {
        guard let (path, bytes) = done else { return }
        do throws(SystemError) { try Folder.remove(path) } catch {
            throw .passing(error.streamError())
        }
        done = nil
        removedBytes += bytes
    }

    private mutating func release() {
        pending = nil
        encoded = []
        assembler.releaseBuffers()
    }

    /// Appends a group of no frames that says how many are missing.
    mutating func appendLoss(
        of frames: UInt64, at time: Timestamp, firstFrameNumber: UInt64
    ) throws(CompactionFailure) {
        guard !hasToldLoss else { return }
        if pending == nil {
            var group = FrameBatch(capacity: 1)
            group.firstFrameNumber = firstFrameNumber
            group.append(.loss(Loss(cause: .recorderMemory, frames: frames)), at: time)
            try encode(group)
        }
        try store()
        hasToldLoss = true
        release()
    }

    /// Completes the log: index, footer, and the header's word that it is closed.
    ///
    /// After a failure that passes it goes on where it stopped when it is called again.
    mutating func finish() throws(CompactionFailure) {
        guard Folder.exists(path) else {
            throw .lasting(
                StreamError(
                    place: path, cause: "the log was removed or renamed while it was recorded"))
        }
        guard pending == nil else {
            throw .lasting(
                StreamError(
                    place: path, cause: "the last group could not be written",
                    remedy: "its frames are in the journal: keep both together"))
        }
        do throws(SystemError) { try close() } catch {
            throw .passing(error.streamError())
        }
        try removeDone()
    }

    private mutating func close() throws(SystemError) {
        if closing == nil {
            let (tail, state) = assembler.finish()
            try file.append(tail.span)
            closing = state
        }
        guard let state = closing else { return }
        try file.synchronize()
        try file.overwrite(at: state.offset, with: state.bytes.span)
        file.releaseReserve()
        try file.synchronize()
        try Folder.synchronize(Folder.parent(of: path))
    }

    /// Fills the group with a segment; one that is damaged stays what it is, as evidence.
    private mutating func readSegment(
        _ segmentPath: String, _ segment: EndedSegment, into group: inout FrameBatch
    ) throws(CompactionFailure) {
        do throws(StreamError) {
            let file = try streaming { () throws(SystemError) in
                try ReadableFile(path: segmentPath)
            }
            segmentBytes = file.byteCount
            var decoder = try JournalDecoder(
                file: file,
                expected: JournalExpectation(recording: recording, ordinal: segment.ordinal),
                place: segmentPath)
            _ = try decoder.read(into: &group)
            guard decoder.damages.isEmpty, decoder.tornBytes == 0, group.count == segment.frames
            else {
                throw StreamError(
                    place: segmentPath,
                    cause: decoder.damages.first?.description
                        ?? "\(group.count) of \(segment.frames) frames can be read back",
                    remedy: "keep the log and its journal together: all else is readable")
            }
        } catch {
            throw .lasting(error)
        }
    }

    private mutating func encode(_ group: borrowing FrameBatch) throws(CompactionFailure) {
        do throws(LogError) { try assembler.encode(group, into: &encoded) } catch {
            throw .lasting(error.streamError(place: path))
        }
        pending = .coded
    }

    /// Brings the coded group onto the disk, from the step that failed the last time.
    private mutating func store() throws(CompactionFailure) {
        let bytes = encoded
        do throws(SystemError) {
            switch pending {
            case .coded:
                try file.append(bytes.span)
                groups += 1
            case .unsynchronized:
                // Linux tells of a failed write once: the bytes are handed over again.
                try file.overwrite(at: file.size - UInt64(bytes.count), with: bytes.span)
            case .stored, nil: return
            }
            pending = .unsynchronized
            try file.synchronize()
            pending = .stored
        } catch {
            reserveRoom()
            throw .passing(error.streamError())
        }
    }

    /// Where nothing can be reserved, a full disk is met later and told then.
    private borrowing func reserveRoom() {
        Self.reserveRoom(behind: file)
    }

    /// Reserves as much as there is, on a small disk less than one would like.
    private static func reserveRoom(behind file: borrowing WritableFile) {
        var wanted = reserve
        while wanted >= 16_384 {
            if (try? file.reserve(wanted)) != nil { return }
            wanted /= 2
        }
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

/// How far a group has come that is not done with.
private enum Pending {
    /// Its bytes are made, and none of them is in the file.
    case coded
    /// They are in the file, and perhaps not on the disk.
    case unsynchronized
    /// They are on the disk; the segment may still be there.
    case stored
}

/// Why a segment did not become a group.
enum CompactionFailure: Error {
    /// It may succeed later: the disk is full.
    case passing(StreamError)
    /// It will not: the segment is damaged.
    case lasting(StreamError)

    var words: StreamError {
        switch self {
        case .passing(let error), .lasting(let error): error
        }
    }
}
