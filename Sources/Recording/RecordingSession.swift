public import CANFrame
import LocalFiles
import Synchronization

/// One run of the recorder: threads from a source into a log file.
///
/// Capture, writer, disk synchronisation and compaction are threads of their own; whoever started
/// the session watches it by ``progress()`` and ``takeNotices()`` and ends it by ``finish()``.
public struct RecordingSession: ~Copyable {
    private let state: RecordingState
    private let synchronizer: JournalSynchronizer
    private let compactor: Compaction
    private let unwritten: UnwrittenBox
    private let captureThread: WorkerThread
    private let writerThread: WorkerThread
    private let synchronizerThread: WorkerThread
    private let compactorThread: WorkerThread

    /// Creates the log and starts to record from `source`.
    ///
    /// `stopping` is called once on the capture thread when the recording is to end; the source then
    /// gives what it still has and says that it has ended.
    public init<Source: FrameSource & ~Copyable & Sendable>(
        source: consuming Source, options: RecordingOptions,
        stopping: @escaping @Sendable () -> Void
    ) throws(StreamError) {
        let compactor = Compaction(
            try GroupCompactor(path: options.path, metadata: options.metadata))
        let state = try streaming { () throws(SystemError) in try RecordingState() }
        for _ in 0..<RecordingState.batchCount {
            state.emptied.put(FrameBatch(capacity: Self.batchCapacity))
        }
        let synchronizer = try streaming { () throws(SystemError) in
            try JournalSynchronizer(options: options, state: state)
        }
        let unwritten = UnwrittenBox()
        let loop = LoopBox(CaptureLoop(source: source, options: options, state: state))
        let compactorThread = try Self.thread("canlog-compact", .background) {
            compactor.run(state)
        }
        let synchronizerThread = try Self.thread("canlog-sync") { synchronizer.run() }
        let writerThread = try Self.thread("canlog-writer") {
            var writer = WriterLoop(options: options, state: state, synchronizer: synchronizer)
            unwritten.put(writer.run())
        }
        let captureThread = try Self.thread("canlog-capture", .realTime(priority: 20)) {
            loop.run(stopping: stopping)
        }
        (self.state, self.synchronizer) = (state, synchronizer)
        (self.compactor, self.unwritten) = (compactor, unwritten)
        self.captureThread = captureThread
        self.writerThread = writerThread
        self.synchronizerThread = synchronizerThread
        self.compactorThread = compactorThread
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
    public func progress() -> RecordingProgress {
        Self.figures(state, compactor)
    }

    private static func figures(
        _ state: RecordingState, _ compactor: Compaction
    ) -> RecordingProgress {
        var progress = state.snapshot()
        progress.frames -= min(progress.frames, progress.lostInMemory)
        progress.fileBytes = compactor.bytes + progress.journalBytes
        progress.fileBytes -= min(progress.fileBytes, compactor.removedBytes)
        progress.groups = compactor.groups
        return progress
    }

    /// What has happened since the last call.
    public func takeNotices() -> [RecordingNotice] { state.takeNotices() }

    /// Whether the recording has ended by itself: by a limit, by the end of its source, by a failure.
    public var hasEnded: Bool { state.filled.hasClosed }

    /// Stops, completes the file and gives the last figures.
    public consuming func finish() -> RecordingProgress {
        state.stopRequested.store(true, ordering: .relaxed)
        captureThread.join()
        writerThread.join()
        synchronizer.close()
        synchronizerThread.join()
        compactorThread.join()
        let failure = compactor.finish(state, unwritten: unwritten.take())
        var progress = Self.figures(state, compactor)
        progress.closingFailure = failure?.description
        return progress
    }
}

/// The compactor and the lock that lets its thread and the end of the session share it.
final class Compaction: Sendable {
    private let compactor: Mutex<GroupCompactor>
    private let figures = Mutex<(bytes: UInt64, removed: UInt64, groups: Int)>((0, 0, 0))

    init(_ compactor: consuming sending GroupCompactor) {
        self.compactor = Mutex(compactor)
    }

    var bytes: UInt64 { figures.withLock { $0.bytes } }
    /// Bytes of journal segments that are gone.
    var removedBytes: UInt64 { figures.withLock { $0.removed } }
    var groups: Int { figures.withLock { $0.groups } }

    /// Compacts ended segments until the queue is closed; one that fails is tried again, unless it
    /// never will succeed: then it and all behind it stay in the journal.
    func run(_ state: RecordingState) {
        var complained: EndedSegment?
        while !state.ended.isClosed {
            guard let segment = state.ended.first(waiting: .milliseconds(500)) else { continue }
            guard let failure = attempt(segment) else {
                state.ended.removeFirst()
                continue
            }
            if complained != segment {
                state.notify(.cannotCompact(reason: failure.words.description))
            }
            complained = segment
            if case .lasting = failure { return }
            HostClock.sleep(untilMonotonic: HostClock.monotonic() + 200_000_000)
        }
    }

    /// Compacts what is left at the priority of the caller, and completes the log.
    ///
    /// If that fails the journal stays, and with it every frame.
    func finish(_ state: RecordingState, unwritten: Unwritten) -> StreamError? {
        while let segment = state.ended.first(waiting: .zero) {
            if let failure = attempt(segment) { return failure.words }
            state.ended.removeFirst()
        }
        return compactor.withLock { compactor in
            do throws(CompactionFailure) {
                if unwritten.frames > 0 {
                    try compactor.appendLoss(
                        of: unwritten.frames, at: unwritten.time,
                        firstFrameNumber: unwritten.frameNumber)
                }
            } catch {
                return error.words
            }
            do throws(StreamError) { try compactor.finish() } catch { return error }
            note(compactor)
            return nil
        }
    }

    private func attempt(_ segment: EndedSegment) -> CompactionFailure? {
        compactor.withLock { compactor in
            defer { note(compactor) }
            do throws(CompactionFailure) { try compactor.compact(segment) } catch { return error }
            return nil
        }
    }

    private func note(_ compactor: borrowing GroupCompactor) {
        let (bytes, removed, groups) = (compactor.bytes, compactor.removedBytes, compactor.groups)
        figures.withLock { $0 = (bytes, removed, groups) }
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

/// Carries the writer's last word to the end of the session.
private final class UnwrittenBox: Sendable {
    private let value = Mutex(
        Unwritten(frames: 0, time: Timestamp(nanoseconds: 0), frameNumber: 0))

    func put(_ unwritten: Unwritten) { value.withLock { $0 = unwritten } }
    func take() -> Unwritten { value.withLock { $0 } }
}
