public import CANFrame
import LocalFiles
import Synchronization

/// One run of the recorder: threads from a source into log files, one after another.
///
/// Capture, writer, disk synchronisation and compaction are threads of their own; whoever started
/// the session watches it by ``progress()`` and ``takeNotices()``, tells it what to do by ``control``
/// and ends it by ``finish()``.
public struct RecordingSession: ~Copyable {
    /// Tells the recording what to do, from any thread.
    public let control: RecordingControl
    private let state: RecordingState
    private let oldLogs: OldLogsBox
    private let synchronizer: JournalSynchronizer
    private let captureThread: WorkerThread
    private let writerThread: WorkerThread
    private let synchronizerThread: WorkerThread
    private let compactorThread: WorkerThread
    private let helperThread: WorkerThread

    /// Creates the log and starts to record from `source`.
    ///
    /// `stopping` is called once on the capture thread when the recording is to end; the source then
    /// gives what it still has and says that it has ended.
    public init<Source: FrameSource & ~Copyable & Sendable>(
        source: consuming Source, options: RecordingOptions,
        stopping: @escaping @Sendable () -> Void
    ) throws(StreamError) {
        let log = try Self.firstLog(options)
        let state = try streaming { () throws(SystemError) in try RecordingState(first: log) }
        for _ in 0..<RecordingState.batchCount {
            state.emptied.put(FrameBatch(capacity: Self.batchCapacity))
        }
        let synchronizer = try streaming { () throws(SystemError) in
            try JournalSynchronizer(options: options, state: state)
        }
        let loop = LoopBox(CaptureLoop(source: source, options: options, state: state))
        let oldLogs = OldLogsBox(OldLogs(options: options))
        let compactorThread = try Self.thread("canlog-compact", .background) {
            CompactionWork(state: state).run { oldLogs.tidy(state) }
        }
        let helperThread = try Self.thread("canlog-catch-up") {
            CompactionWork(state: state).run(beyond: CompactionWork.backlog)
        }
        let synchronizerThread = try Self.thread("canlog-sync") { synchronizer.run() }
        let writerThread = try Self.thread("canlog-writer") {
            var writer = WriterLoop(options: options, state: state, synchronizer: synchronizer)
            writer.run()
        }
        let captureThread = try Self.thread("canlog-capture", .realTime(priority: 20)) {
            loop.run(stopping: stopping)
        }
        control = RecordingControl(state: state, options: options)
        (self.state, self.oldLogs, self.synchronizer) = (state, oldLogs, synchronizer)
        self.captureThread = captureThread
        self.writerThread = writerThread
        self.synchronizerThread = synchronizerThread
        self.compactorThread = compactorThread
        self.helperThread = helperThread
    }

    private static func firstLog(_ options: RecordingOptions) throws(StreamError) -> OpenLog {
        if options.trigger != nil {
            return try OpenLog.create(
                options.naming.beforeTrigger, options.metadata, synchronized: true)
        }
        if let path = options.path {
            return try OpenLog(path: path, metadata: options.metadata)
        }
        return try OpenLog.create(options.naming, options.metadata, synchronized: true)
    }

    private static func thread(
        _ name: String, _ scheduling: WorkerThread.Scheduling = .normal,
        body: @escaping @Sendable () -> Void
    ) throws(StreamError) -> WorkerThread {
        try streaming { () throws(SystemError) in try WorkerThread(name, scheduling, body: body) }
    }

    /// Frames in one batch at most; 32 of them are on their way.
    static let batchCapacity = 2_048

    /// The figures as they are now.
    public func progress() -> RecordingProgress { state.snapshot() }

    /// What has happened since the last call.
    public func takeNotices() -> [RecordingNotice] { state.takeNotices() }

    /// Whether the recording has ended by itself: by a limit, by the end of its source, by a failure.
    public var hasEnded: Bool { state.filled.hasClosed }

    /// Whether the threads go round: what a watchdog asks. The writer may wait long for a disk, which
    /// no restart would mend.
    public var isAlive: Bool {
        let now = HostClock.monotonic()
        return now - state.lastCapture <= 3_000_000_000 && now - state.lastWrite <= 60_000_000_000
    }

    /// Stops, completes the file and gives the last figures.
    public consuming func finish() -> RecordingProgress {
        state.stopRequested.store(true, ordering: .relaxed)
        captureThread.join()
        writerThread.join()
        synchronizer.close()
        synchronizerThread.join()
        compactorThread.join()
        helperThread.join()
        CompactionWork(state: state).finish()
        oldLogs.tidy(state)
        return state.snapshot()
    }
}

/// Carries the capture loop, which cannot be copied, into its thread.
private final class LoopBox<Source: FrameSource & ~Copyable & Sendable>: Sendable {
    private let loop: Mutex<CaptureLoop<Source>?>

    init(_ loop: consuming sending CaptureLoop<Source>) {
        self.loop = Mutex(loop)
    }

    func run(stopping: () -> Void) {
        guard var own = loop.withLock({ $0.take() }) else { return }
        own.run(stopping: stopping)
    }
}

/// Lets the compactor's thread and the end of the session share what is known of old logs.
private final class OldLogsBox: Sendable {
    private let oldLogs: Mutex<OldLogs>

    init(_ oldLogs: consuming sending OldLogs) { self.oldLogs = Mutex(oldLogs) }

    func tidy(_ state: RecordingState) {
        oldLogs.withLock { $0.tidy(state, at: HostClock.monotonic()) }
    }
}
