import CANFrame
import LocalFiles
import Synchronization

/// What the threads of a recording share: queues, orders, figures, notices, the wish to stop.
final class RecordingState: Sendable {
    /// Notices beyond these are dropped until some are taken; the figures still tell all.
    static let noticeLimit = 256

    /// How many batches go round. When no emptied one is left, frames stay in the kernel's buffer,
    /// and what is lost there is counted.
    static let batchCount = 32

    /// Orders that wait at one time; more are refused.
    static let orderLimit = 64

    /// Batches with frames, from capture to writer.
    let filled = HandoverQueue<CapturedBatch>(capacity: batchCount)
    /// Emptied batches, back to capture.
    let emptied = HandoverQueue<FrameBatch>(capacity: batchCount)
    /// Ended journal segments and ended logs, from writer to compactor.
    let jobs: CompactionQueue
    let stopRequested = Atomic<Bool>(false)
    /// The paths of completed logs, for whoever removes old ones.
    private let completed = Mutex<[String]>([])

    private let hasOrders = Atomic<Bool>(false)
    private let orders = Mutex<(waiting: [RecorderOrder], isClosed: Bool)>(([], false))
    private let current: Mutex<OpenLog>
    private let progress = Mutex(RecordingProgress())
    private let notices = Mutex<[RecordingNotice]>([])

    init(first log: OpenLog) throws(SystemError) {
        jobs = try CompactionQueue()
        current = Mutex(log)
    }

    /// When capture and writer went round last, monotonic.
    private let captureAlive = Atomic<Int64>(HostClock.monotonic())
    private let writerAlive = Atomic<Int64>(HostClock.monotonic())

    func noteCaptureAlive(at now: Int64) { captureAlive.store(now, ordering: .relaxed) }
    func noteWriterAlive() { writerAlive.store(HostClock.monotonic(), ordering: .relaxed) }

    var lastCapture: Int64 { captureAlive.load(ordering: .relaxed) }
    var lastWrite: Int64 { writerAlive.load(ordering: .relaxed) }

    // MARK: Figures

    /// The log that is written now.
    var log: OpenLog {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    /// The figures as they are now.
    func snapshot() -> RecordingProgress {
        var progress = progress.withLock { $0 }
        let log = log
        let figures = log.figures
        progress.frames -= min(progress.frames, progress.lostInMemory)
        progress.path = log.path
        progress.metadata = log.metadata
        progress.fileFrames = figures.frames
        progress.fileBytes = figures.bytes
        progress.groups = figures.groups
        progress.isComplete = figures.isComplete
        progress.completing = jobs.openCompletions
        return progress
    }

    /// Changes the figures in one step.
    func update(_ change: (inout RecordingProgress) -> Void) {
        progress.withLock { change(&$0) }
    }

    /// A log is complete.
    func noteCompleted(_ log: OpenLog) {
        completed.withLock { $0.append(log.path) }
        let figures = log.figures
        update { progress in
            progress.completedFiles += 1
            progress.completedFrames += figures.frames
            progress.completedBytes += figures.bytes
        }
        notify(.completed(path: log.path, frames: figures.frames, bytes: figures.bytes))
    }

    /// The paths of the logs completed since the last call.
    func takeCompleted() -> [String] {
        completed.withLock { completed in
            defer { completed.removeAll() }
            return completed
        }
    }

    // MARK: Notices

    /// Says something to whoever watches the recording.
    func notify(_ notice: RecordingNotice) {
        notices.withLock { if $0.count < Self.noticeLimit { $0.append(notice) } }
    }

    /// The notices since the last call.
    func takeNotices() -> [RecordingNotice] {
        notices.withLock { notices in
            defer { notices.removeAll() }
            return notices
        }
    }

    // MARK: Orders

    /// Leaves an order for the capture thread; false if there are too many, or the recording ends.
    func leave(_ order: RecorderOrder) -> Bool {
        orders.withLock { orders in
            guard !orders.isClosed, orders.waiting.count < Self.orderLimit else { return false }
            orders.waiting.append(order)
            hasOrders.store(true, ordering: .releasing)
            return true
        }
    }

    /// The orders that wait; cheap where there are none.
    func takeOrders() -> [RecorderOrder] {
        guard hasOrders.load(ordering: .acquiring) else { return [] }
        return orders.withLock { orders in
            defer { orders.waiting.removeAll() }
            hasOrders.store(false, ordering: .relaxed)
            return orders.waiting
        }
    }

    /// No order is taken any more; the last ones are returned.
    func closeOrders() -> [RecorderOrder] {
        orders.withLock { $0.isClosed = true }
        return takeOrders()
    }
}
