import CANFrame
import LocalFiles
import LogFile

/// Takes batches from capture into the journal of the current log; keeps the newest in memory while
/// the disk refuses.
struct WriterLoop: ~Copyable {
    /// How long it waits before it tries again to write what it holds.
    static let retryInterval: Int64 = 200_000_000
    /// How long it goes on trying when the recording ends and the disk is still full.
    static let lastAttempts: Int64 = 1_500_000_000
    /// Fewer frames are not worth a group of their own, even if the disk is full.
    static let smallestGroup = 1_024

    let options: RecordingOptions
    let state: RecordingState
    /// The log that is written.
    var log: OpenLog
    var journal: JournalWriter
    var held = HeldFrames()
    var standing = StandingEvents()
    /// When what is dealt with now was read, monotonic: a writer that was held up judges time as if it
    /// had not been.
    var now = HostClock.monotonic()
    /// When the log was begun, monotonic.
    var logBegan = HostClock.monotonic()
    /// In trigger mode what is kept of the time before a trigger; `nil` while a log is recorded.
    var waiting: PreTrigger?
    /// In trigger mode what the header of the next log says, and its notes.
    var described: LogMetadata
    var describedNotes: [String] = []
    /// When the log of a trigger ends, monotonic, and when the last trigger was told.
    var triggerEnd: Int64 = 0
    var triggerTold: Int64 = .min
    /// A trigger for which no log could be made yet.
    var pendingTrigger: (time: Timestamp, reason: String)?
    var nextAttempt: Int64 = 0
    /// Why the next log could not be begun, as told last.
    private var toldReason: String?
    var framesBeforeLog: UInt64 = 0
    private var observedFrames: UInt64 = 0
    private let synchronizer: JournalSynchronizer
    private var nextRetry: Int64 = 0
    /// The path of the segment that is being forced onto the disk.
    private var followed: String?
    private var lostBefore: UInt64 = 0

    init(options: RecordingOptions, state: RecordingState, synchronizer: JournalSynchronizer) {
        self.options = options
        self.state = state
        self.synchronizer = synchronizer
        log = state.log
        described = log.metadata
        describedNotes = options.notes
        journal = JournalWriter(path: log.path, metadata: log.metadata)
        if let trigger = options.trigger {
            waiting = PreTrigger(
                log: log, keeping: trigger.before, standing: standing, at: logBegan)
        }
    }

    /// Runs until the queue is closed and empty.
    mutating func run() {
        while true {
            if var captured = state.filled.take(waiting: .milliseconds(waitLimit)) {
                now = captured.readAt
                take(&captured.batch)
                for order in captured.orders { carryOut(order) }
                captured.batch.removeAll()
                state.emptied.put(captured.batch)
                publish()
            } else if state.filled.isDrained {
                break
            } else {
                now = HostClock.monotonic()
            }
            state.noteWriterAlive()
            retryIfDue()
            endTriggeredLogIfDue()
            rotateIfDue()
        }
        let deadline = HostClock.monotonic() + Self.lastAttempts
        while held.count > 0, HostClock.monotonic() < deadline {
            HostClock.sleep(untilMonotonic: HostClock.monotonic() + Self.retryInterval)
            retryIfDue()
        }
        endLastLog()
        publish()
        state.jobs.close()
    }

    private var waitLimit: Int { held.count > 0 || options.trigger != nil ? 100 : 500 }

    private mutating func take(_ batch: inout FrameBatch) {
        watchTriggers(in: &batch)
        store(&batch)
        standing.note(batch)
        guard let observer = options.observer else { return }
        // Also of a batch that the disk has refused so far.
        batch.firstFrameNumber = observedFrames
        observedFrames += UInt64(batch.count)
        observer(batch)
    }

    /// Brings a batch into the journal, or keeps it in memory.
    mutating func store(_ batch: inout FrameBatch) {
        var position = BatchPosition()
        if held.count == 0 {
            do throws(SystemError) {
                try write(&batch, from: &position)
                return
            } catch {
                state.notify(.cannotWrite(reason: error.description))
                lostBefore = held.lost
                makeRoomOnDisk()
                nextRetry = HostClock.monotonic() + Self.retryInterval
            }
        }
        held.append(batch, from: position)
    }

    private mutating func write(
        _ batch: inout FrameBatch, from position: inout BatchPosition
    ) throws(SystemError) {
        batch.firstFrameNumber = journal.nextFrameNumber &- UInt64(position.row)
        // Also when it fails half-way: what is in a segment by then is forced onto the disk.
        defer { followSegment() }
        while try journal.write(batch, from: &position) { endSegment() }
    }

    /// Sees to it that the open segment is the one that is forced onto the disk; what may never be
    /// wanted is not.
    private mutating func followSegment() {
        guard journal.hasOpenSegment, waiting == nil else { return }
        let path = log.segmentPath(journal.ordinal)
        if followed != path {
            do throws(SystemError) {
                if let file = try journal.synchronizer() { synchronizer.begin(file) }
                followed = path
            } catch {
                state.notify(.cannotWrite(reason: error.description))
            }
        }
        synchronizer.noteWritten()
    }

    mutating func retryIfDue() {
        guard held.count > 0, HostClock.monotonic() >= nextRetry else { return }
        nextRetry = HostClock.monotonic() + Self.retryInterval
        while var page = held.takeOldest() {
            var position = BatchPosition()
            do throws(SystemError) { try write(&page, from: &position) } catch {
                held.restore(page, from: position)
                makeRoomOnDisk()
                return
            }
        }
        state.notify(.writesAgain(afterLosing: held.lost - lostBefore))
        publish()
    }

    /// Ends the group early: compacted, it takes a third of its journal's room.
    private mutating func makeRoomOnDisk() {
        if journal.openFrames >= Self.smallestGroup { endSegment() }
    }

    /// Ends the current segment: the compactor makes it a group, or it waits for a trigger.
    mutating func endSegment() {
        guard waiting == nil else {
            waiting?.append(
                journal.endSegment(), at: HostClock.monotonic(), standing: standing)
            return
        }
        followSegment()
        synchronizer.end()
        noteFigures()
        if let segment = journal.endSegment() { state.jobs.push(.segment(log, segment)) }
    }

    /// Goes on in `new`, whose first frame has the number `number`; it begins with what stands.
    mutating func begin(
        _ new: OpenLog, number: UInt64, standing: StandingEvents, at time: Timestamp
    ) {
        journal = JournalWriter(
            path: new.path, metadata: new.metadata, nextFrameNumber: number,
            channels: journal.channels)
        toldReason = nil
        log = new
        framesBeforeLog = number
        logBegan = now
        state.log = new
        if let header = new.takeHeader(), waiting == nil {
            synchronizer.begin(header)
            synchronizer.end()
        }
        var head = FrameBatch(capacity: 1)
        standing.tell(into: &head, at: time)
        for note in new.notes { head.append(.note(note), at: time) }
        head.truncateStamps(to: new.metadata.resolution)
        if !head.isEmpty { store(&head) }
    }

    private mutating func endLastLog() {
        endSegment()
        let given = held.giveUpAll()
        if let waiting {
            guard let pendingTrigger else {
                waiting.discard(openSegment: journal.ordinal)
                return
            }
            let words = "a trigger (\(pendingTrigger.reason)) came, and no log could be made for it"
            state.notify(.cannotComplete(path: log.path, reason: words))
            state.update { $0.closingFailure = "\(log.path): \(words)" }
            return
        }
        let unwritten = Unwritten(
            frames: given.frames, time: given.time, frameNumber: journal.nextFrameNumber)
        state.jobs.push(.completion(log, given.frames > 0 ? unwritten : nil))
    }

    /// Says once why the next log cannot be begun; the current one goes on.
    mutating func tellCannotBegin(_ error: StreamError) {
        let words = error.description
        if toldReason != words { state.notify(.cannotBegin(reason: words)) }
        toldReason = words
    }

    private borrowing func noteFigures() {
        log.noteJournal(bytes: journal.bytes, frames: journal.nextFrameNumber - framesBeforeLog)
    }

    private borrowing func publish() {
        let (frames, lost) = (held.frames, held.lost)
        noteFigures()
        let isWaiting = waiting != nil
        state.update { progress in
            progress.heldFrames = frames
            progress.lostInMemory = lost
            progress.waitsForTrigger = isWaiting
        }
    }
}

/// Frames that could not be written until the end.
struct Unwritten: Sendable {
    var frames: UInt64
    var time: Timestamp
    /// The number that the first of them would have had.
    var frameNumber: UInt64
}
