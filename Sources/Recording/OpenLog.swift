import CANFrame
import LocalFiles
import LogFile
import Synchronization

/// A log file of a recording, from its header until it is complete.
///
/// The writer makes its journal, the compactor its groups; both hold it, and whoever watches asks it
/// for its figures.
final class OpenLog: Sendable {
    /// What it has come to so far.
    struct Figures: Sendable {
        /// Frames that stand in its journal or its groups.
        var frames: UInt64 = 0
        var groups = 0
        /// Bytes of the log without its journal.
        var logBytes: UInt64 = 0
        /// Bytes of journal segments begun, and of those that have been removed.
        var journalBytes: UInt64 = 0
        var removedBytes: UInt64 = 0
        var isComplete = false

        /// Bytes on the disk.
        var bytes: UInt64 {
            let all = logBytes + journalBytes
            return all - min(all, removedBytes)
        }
    }

    let path: String
    let metadata: LogMetadata
    /// Words of canlog that belong at its start.
    let notes: [String]
    /// Forces its header onto the disk; whoever takes it does that, so that it does not stay open.
    private let header: Mutex<FileSynchronizer?>
    private let compactor: Mutex<GroupCompactor>
    private let figuresNow = Mutex(Figures())
    private let brokenBy = Mutex<StreamError?>(nil)

    /// Creates the log with its header; see ``GroupCompactor``.
    init(
        path: String, metadata: LogMetadata, notes: [String] = [], synchronized: Bool = true
    ) throws(StreamError) {
        let compactor = try GroupCompactor(
            path: path, metadata: metadata, synchronized: synchronized)
        do throws(StreamError) {
            header = Mutex(synchronized ? nil : try Self.synchronizer(of: compactor))
        } catch {
            // An empty log would stand in the way of the next attempt.
            try? Folder.remove(path)
            throw error
        }
        let bytes = compactor.bytes
        self.path = path
        self.metadata = metadata
        self.notes = notes
        self.compactor = Mutex(compactor)
        figuresNow.withLock { $0.logBytes = bytes }
    }

    private static func synchronizer(
        of compactor: borrowing GroupCompactor
    ) throws(StreamError) -> FileSynchronizer {
        do throws(SystemError) { return try compactor.synchronizer() } catch {
            throw error.streamError()
        }
    }

    /// What forces its header onto the disk, once; `nil` where that has been done.
    func takeHeader() -> FileSynchronizer? { header.withLock { $0.take() } }

    var figures: Figures { figuresNow.withLock { $0 } }

    /// Why the rest of it stays in its journal, if so.
    var failure: StreamError? { brokenBy.withLock { $0 } }

    /// Takes note of what the writer has brought into its journal.
    func noteJournal(bytes: UInt64, frames: UInt64) {
        figuresNow.withLock { ($0.journalBytes, $0.frames) = (bytes, frames) }
    }

    /// Makes an ended segment a group; nothing once a segment before it could never be one.
    func compact(_ segment: EndedSegment) -> CompactionFailure? {
        guard failure == nil else { return nil }
        let failure: CompactionFailure? = compactor.withLock { compactor in
            // It may have been given up while this waited.
            guard self.failure == nil else { return nil }
            defer { note(compactor) }
            do throws(CompactionFailure) { try compactor.compact(segment) } catch { return error }
            return nil
        }
        if case .lasting(let error)? = failure { brokenBy.withLock { $0 = error } }
        return failure
    }

    /// Leaves the rest in its journal.
    func giveUp(because error: StreamError) {
        brokenBy.withLock { $0 = $0 ?? error }
    }

    /// Completes it; what could not be written before is told in it. The journal of a log that
    /// cannot be completed stays, and with it every frame.
    func complete(telling unwritten: Unwritten?) -> CompactionFailure? {
        if let failure { return .lasting(failure) }
        let error: CompactionFailure? = compactor.withLock { compactor in
            defer { note(compactor) }
            do throws(CompactionFailure) {
                if let unwritten {
                    try compactor.appendLoss(
                        of: unwritten.frames, at: unwritten.time,
                        firstFrameNumber: unwritten.frameNumber)
                }
                try compactor.finish()
            } catch {
                return error
            }
            return nil
        }
        switch error {
        case .lasting(let error): giveUp(because: error)
        case .passing: break
        case nil: figuresNow.withLock { $0.isComplete = true }
        }
        return error
    }

    /// Removes the log, of which nothing is wanted, with these segments of its journal.
    func discard(segments: some Sequence<Int>) {
        giveUp(because: StreamError(place: path, cause: "it was not wanted"))
        // What the compactor does just now is waited for.
        compactor.withLock { _ in }
        for ordinal in segments { try? Folder.remove(segmentPath(ordinal)) }
        try? Folder.remove(path)
    }

    /// The path of a segment of its journal.
    func segmentPath(_ ordinal: Int) -> String {
        path + LogFormat.journalSuffix + "\(ordinal)"
    }

    private func note(_ compactor: borrowing GroupCompactor) {
        let (bytes, removed, groups) = (compactor.bytes, compactor.removedBytes, compactor.groups)
        figuresNow.withLock { ($0.logBytes, $0.removedBytes, $0.groups) = (bytes, removed, groups) }
    }
}

extension OpenLog {
    /// Creates a log of a name that nobody has yet.
    static func create(
        _ naming: LogNaming, _ metadata: LogMetadata, notes: [String] = [], synchronized: Bool
    ) throws(StreamError) -> OpenLog {
        var attempt = 1
        while true {
            let path = naming.path(for: metadata, attempt: attempt)
            attempt += 1
            if attempt < 1_000, Folder.exists(path) { continue }
            do throws(StreamError) {
                return try OpenLog(
                    path: path, metadata: metadata, notes: notes, synchronized: synchronized)
            } catch {
                // Another recorder on this folder may have been faster.
                guard attempt < 1_000, Folder.exists(path) else { throw error }
            }
        }
    }
}
