public import CANFrame
import LocalFiles
public import LogFile

/// Tells a running recording what to do, from any thread.
public final class RecordingControl: Sendable {
    /// How long an order may take: the writer answers within milliseconds unless the disk hangs.
    static let patience: Duration = .seconds(5)

    private let state: RecordingState
    private let options: RecordingOptions

    init(state: RecordingState, options: RecordingOptions) {
        self.state = state
        self.options = options
    }

    /// The figures as they are now.
    public func progress() -> RecordingProgress { state.snapshot() }

    /// What has happened since it was asked last, by this or by the session.
    public func takeNotices() -> [RecordingNotice] { state.takeNotices() }

    /// Puts a word of the operator among the frames, behind those that have arrived.
    public func mark(_ text: String) throws(StreamError) -> LogChange {
        try carryOut(.mark(text))
    }

    /// Closes the log and goes on in a new one, at a frame boundary: what had arrived before is in the
    /// old log, what comes behind in the new one. Returns when that has been done; the old log is
    /// completed behind it.
    public func next(_ metadata: LogMetadata, notes: [String] = []) throws(StreamError) -> LogChange
    {
        try waitForCompactor()
        if options.trigger != nil {
            do throws(LogError) { _ = try LogHeader(metadata: metadata).encoded() } catch {
                throw error.streamError(place: "recorder")
            }
            return try carryOut(.next(.described(metadata, notes: notes)))
        }
        let log = try OpenLog.create(
            options.naming, metadata, notes: notes, synchronized: false)
        return try carryOut(.next(.made(log)))
    }

    /// Logs that end faster than they can be completed would use up descriptors and disk.
    private func waitForCompactor() throws(StreamError) {
        let deadline = HostClock.monotonic() + Self.patience.wholeNanoseconds
        while state.jobs.isBehind {
            guard HostClock.monotonic() < deadline else {
                throw StreamError(
                    place: "recorder",
                    cause: "\(CompactionQueue.completionLimit) logs wait to be completed",
                    remedy: "the disk or the processor does not follow: see 'canlog status'")
            }
            HostClock.sleep(untilMonotonic: HostClock.monotonic() + 10_000_000)
        }
    }

    /// Keeps what is in the memory of a recorder in trigger mode, and what comes.
    public func trigger(_ reason: String) throws(StreamError) -> LogChange {
        guard options.trigger != nil else {
            throw StreamError(
                place: "trigger",
                cause: "this recorder is not in trigger mode: it keeps everything",
                remedy:
                    "start it with --trigger-before, or put a word into the log by 'canlog mark'")
        }
        try waitForCompactor()
        return try carryOut(.trigger(reason: reason))
    }

    private func carryOut(_ action: RecorderOrder.Action) throws(StreamError) -> LogChange {
        let order = RecorderOrder(action: action)
        if !state.leave(order) {
            order.refuse(
                StreamError(
                    place: "recorder", cause: "it is ending, or too many orders wait",
                    remedy: "try again"))
        }
        var outcome = order.reply.take(waiting: Self.patience)
        if outcome == nil {
            if order.take() {
                order.refuse(
                    StreamError(
                        place: "recorder", cause: "its disk does not answer for 5 s: not done",
                        remedy: "look at 'canlog status', and try again"))
            }
            // Else the writer is at it, and says how it ends.
            outcome = order.reply.take()
        }
        switch outcome {
        case .done(let change): return change
        case .refused(let error): throw error
        case nil: throw StreamError(place: "recorder", cause: "it has ended")
        }
    }
}
