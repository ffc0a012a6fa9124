import CANFrame
import LocalFiles
import Synchronization

/// Forces the journal onto the disk from a thread of its own, so that a slow disk delays nobody.
final class JournalSynchronizer: Sendable {
    private struct Targets: ~Copyable {
        var next: FileSynchronizer?
        var hasChanged = false
        var isDirty = false
        var isClosed = false
    }

    private let targets = Mutex(Targets())
    private let bell: Doorbell
    private let folder: String
    private let interval: Duration
    private let state: RecordingState

    init(options: RecordingOptions, state: RecordingState) throws(SystemError) {
        bell = try Doorbell()
        folder = Folder.parent(of: options.path)
        interval = options.synchronizeEvery
        self.state = state
    }

    /// From now on `file` is the journal's current segment; what was written to the last is forced.
    func follow(_ file: consuming FileSynchronizer?) {
        var passed: FileSynchronizer? = file
        targets.withLock { targets in
            targets.next = passed.take()
            targets.hasChanged = true
        }
    }

    /// Something was written since the last time.
    func noteWritten() {
        targets.withLock { $0.isDirty = true }
    }

    func close() {
        targets.withLock { $0.isClosed = true }
        bell.ring()
    }

    /// Runs until closed.
    func run() {
        var current: FileSynchronizer?
        var hasComplained = false
        while true {
            bell.wait(interval)
            var next: FileSynchronizer?
            let (hasChanged, isDirty, isClosed) = targets.withLock { targets in
                next = targets.next.take()
                defer {
                    targets.hasChanged = false
                    targets.isDirty = false
                }
                return (targets.hasChanged, targets.isDirty, targets.isClosed)
            }
            do throws(SystemError) {
                if isDirty || hasChanged { try synchronize(current) }
                if hasChanged {
                    current = next.take()
                    try Folder.synchronize(folder)
                    if isDirty { try synchronize(current) }
                }
                hasComplained = false
            } catch {
                if !hasComplained { state.notify(.cannotWrite(reason: error.description)) }
                hasComplained = true
            }
            if isClosed { return }
        }
    }

    private func synchronize(_ file: borrowing FileSynchronizer?) throws(SystemError) {
        switch file {
        case .some(let file): try file.synchronize()
        case .none: break
        }
    }
}
