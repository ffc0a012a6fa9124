import CANFrame
import LocalFiles
import LogFile

/// Takes batches from capture into the journal; keeps the newest in memory while the disk refuses.
struct WriterLoop: ~Copyable {
    /// How long it waits before it tries again to write what it holds.
    static let retryInterval: Int64 = 200_000_000
    /// How long it goes on trying when the recording ends and the disk is still full.
    static let lastAttempts: Int64 = 1_500_000_000
    /// Fewer frames are not worth a group of their own, even if the disk is full.
    static let smallestGroup = 1_024

    private var journal: JournalWriter
    private var held = HeldFrames()
    private let state: RecordingState
    private let synchronizer: JournalSynchronizer
    private var nextRetry: Int64 = 0
    /// The ordinal of the segment that is being forced onto the disk.
    private var followed: Int?
    private var lostBefore: UInt64 = 0

    init(options: RecordingOptions, state: RecordingState, synchronizer: JournalSynchronizer) {
        journal = JournalWriter(path: options.path, metadata: options.metadata)
        self.state = state
        self.synchronizer = synchronizer
    }

    /// Runs until the queue is closed and empty; what could then not be written is returned.
    mutating func run() -> Unwritten {
        while true {
            if var batch = state.filled.take(waiting: .milliseconds(held.count > 0 ? 100 : 500)) {
                take(&batch)
                batch.removeAll()
                state.emptied.put(batch)
                publish()
            } else if state.filled.isDrained {
                break
            }
            retryIfDue()
        }
        let deadline = HostClock.monotonic() + Self.lastAttempts
        while held.count > 0, HostClock.monotonic() < deadline {
            HostClock.sleep(untilMonotonic: HostClock.monotonic() + Self.retryInterval)
            retryIfDue()
        }
        endSegment()
        state.ended.close()
        let unwritten = held.giveUpAll()
        publish()
        return Unwritten(
            frames: unwritten.frames, time: unwritten.time, frameNumber: journal.nextFrameNumber)
    }

    private mutating func take(_ batch: inout FrameBatch) {
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

    /// Sees to it that the open segment is the one that is forced onto the disk.
    private mutating func followSegment() {
        guard journal.hasOpenSegment else { return }
        if followed != journal.ordinal {
            do throws(SystemError) {
                if let file = try journal.synchronizer() { synchronizer.begin(file) }
                followed = journal.ordinal
            } catch {
                state.notify(.cannotWrite(reason: error.description))
            }
        }
        synchronizer.noteWritten()
    }

    private mutating func retryIfDue() {
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

    private mutating func endSegment() {
        followSegment()
        synchronizer.end()
        if let segment = journal.endSegment() { state.ended.push(segment) }
    }

    private borrowing func publish() {
        let (frames, lost, bytes) = (held.frames, held.lost, journal.bytes)
        state.update { progress in
            progress.heldFrames = frames
            progress.lostInMemory = lost
            progress.journalBytes = bytes
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
