import CANFrame
import LocalFiles
import Synchronization

/// Forces the journal onto the disk from a thread of its own, so that a slow disk delays nobody.
final class JournalSynchronizer: Sendable {
    private struct Work {
        /// The segment that is being written.
        var current: FileSynchronizer?
        /// Segments that have ended and are to be forced once more.
        var ended: [FileSynchronizer] = []
        /// Whether there is a name in the folder that may not be on the disk.
        var hasNewName = false
        var isDirty = false
        var isClosed = false
    }

    private let work = Mutex(Work())
    private let bell: Doorbell
    private let folder: String
    private let interval: Duration
    private let state: RecordingState

    init(options: RecordingOptions, state: RecordingState) throws(SystemError) {
        bell = try Doorbell()
        folder = Folder.parent(of: state.log.path)
        interval = options.synchronizeEvery
        self.state = state
    }

    /// From now on `segment` is the one that is written.
    func begin(_ segment: FileSynchronizer) {
        work.withLock { work in
            work.current = segment
            work.hasNewName = true
            work.isDirty = true
        }
    }

    /// The current segment has ended: it is forced once more.
    func end() {
        work.withLock { work in
            if let current = work.current.take() { work.ended.append(current) }
        }
    }

    /// Something was written since the last time.
    func noteWritten() {
        work.withLock { $0.isDirty = true }
    }

    func close() {
        work.withLock { $0.isClosed = true }
        bell.ring()
    }

    /// Runs until closed; what fails is tried again the next time.
    func run() {
        var hasComplained = false
        while true {
            bell.wait(interval)
            let due = work.withLock { work in
                defer { (work.ended, work.hasNewName, work.isDirty) = ([], false, false) }
                return work
            }
            do throws(SystemError) {
                for segment in due.ended { try segment.synchronize() }
                if due.isDirty { try due.current?.synchronize() }
                if due.hasNewName { try Folder.synchronize(folder) }
                hasComplained = false
            } catch {
                if !hasComplained { state.notify(.cannotWrite(reason: error.description)) }
                hasComplained = true
                work.withLock { work in
                    work.ended.insert(contentsOf: due.ended, at: 0)
                    work.hasNewName = work.hasNewName || due.hasNewName
                    work.isDirty = true
                }
            }
            if due.isClosed { return }
        }
    }
}
