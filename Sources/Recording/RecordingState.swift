import CANFrame
import LocalFiles
import Synchronization

/// What the threads of a recording share: the two queues, the figures, the notices, the wish to stop.
final class RecordingState: Sendable {
    /// Notices beyond these are dropped until some are taken; the figures still tell all.
    static let noticeLimit = 256

    /// How many batches go round. When no emptied one is left, frames stay in the kernel's buffer,
    /// and what is lost there is counted.
    static let batchCount = 32

    /// Batches with frames, from capture to writer.
    let filled = HandoverQueue<FrameBatch>(capacity: batchCount)
    /// Emptied batches, back to capture.
    let emptied = HandoverQueue<FrameBatch>(capacity: batchCount)
    /// Ended journal segments, from writer to compactor.
    let ended: SegmentQueue
    let stopRequested = Atomic<Bool>(false)

    private let progress = Mutex(RecordingProgress())
    private let notices = Mutex<[RecordingNotice]>([])

    init() throws(SystemError) {
        ended = try SegmentQueue()
    }

    /// A copy of the figures as they are now.
    func snapshot() -> RecordingProgress {
        progress.withLock { $0 }
    }

    /// Changes the figures in one step.
    func update(_ change: (inout RecordingProgress) -> Void) {
        progress.withLock { change(&$0) }
    }

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
}

/// Ended journal segments, in order.
final class SegmentQueue: Sendable {
    private let contents = Mutex<(segments: [EndedSegment], isClosed: Bool)>(([], false))
    private let bell: Doorbell

    init() throws(SystemError) {
        bell = try Doorbell()
    }

    func push(_ segment: EndedSegment) {
        contents.withLock { $0.segments.append(segment) }
        bell.ring()
    }

    func close() {
        contents.withLock { $0.isClosed = true }
        bell.ring()
    }

    /// The oldest segment, which stays in the queue until it is done with.
    func first(waiting limit: Duration) -> EndedSegment? {
        if let segment = contents.withLock({ $0.segments.first }) { return segment }
        bell.wait(limit)
        return contents.withLock { $0.segments.first }
    }

    /// Takes the oldest segment off the queue.
    func removeFirst() {
        contents.withLock { if !$0.segments.isEmpty { $0.segments.removeFirst() } }
    }

    var isClosed: Bool { contents.withLock { $0.isClosed } }
}
