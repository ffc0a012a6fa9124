public import CANFrame
import LocalFiles
import LogFile
import Synchronization

/// What a recorder did when it was told to go on in another log.
public struct LogChange: Sendable, Hashable {
    /// The log that ended; it is being completed. In trigger mode `nil` while nothing was kept.
    public var closed: String?
    /// The log that goes on; in trigger mode `nil` until a trigger.
    public var opened: String?
    /// The number of the first frame behind the change, in the recording.
    public var firstFrameNumber: UInt64
    /// When it was done, on the writer's thread.
    public var time: Timestamp
}

/// What is asked of a running recorder, carried out between two batches by the writer.
struct RecorderOrder: Sendable {
    enum Action: Sendable {
        /// What is read until then stands before it in the log.
        case mark(String)
        case next(NewLog)
        case trigger(reason: String)
    }

    var action: Action
    private let claim = OrderClaim()
    /// Where the outcome goes, exactly once.
    var reply = HandoverQueue<OrderOutcome>(capacity: 1)

    init(action: Action) { self.action = action }

    /// True for the one who may decide what becomes of it: the writer that begins to carry it out, or
    /// whoever gave it and has waited long enough.
    func take() -> Bool { claim.take() }

    /// It is not carried out; a log that was made for it is taken away.
    func refuse(_ error: StreamError) {
        if case .next(.made(let log)) = action { log.discard(segments: []) }
        reply.put(.refused(error))
    }
}

/// What became of an order.
enum OrderOutcome: Sendable {
    case done(LogChange)
    case refused(StreamError)
}

/// What the next log is about; it is made by the thread that orders it, so that nobody else waits for
/// the disk.
enum NewLog: Sendable {
    case made(OpenLog)
    /// In trigger mode: only what its header will say.
    case described(LogMetadata, notes: [String])
}

/// Taken exactly once.
private final class OrderClaim: Sendable {
    private let isTaken = Atomic<Bool>(false)

    func take() -> Bool {
        isTaken.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing)
            .exchanged
    }
}
