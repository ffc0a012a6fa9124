public import CANFrame
import LocalFiles
import LogFile

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
    /// Where the outcome goes, exactly once.
    var reply = HandoverQueue<OrderOutcome>(capacity: 1)

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

/// A batch on its way to the writer, and what is to be done behind it.
struct CapturedBatch: ~Copyable, Sendable {
    var batch: FrameBatch
    var orders: [RecorderOrder] = []
}
