public import CANFrame

/// Reads a journal segment record by record, believes nothing, and goes on behind damage.
///
/// What was written whole comes out; an unfinished end is told as ``tornBytes``, damage before it as
/// ``damages`` and as a loss event with the number of frames that are missing.
public struct JournalDecoder<File: ByteSource & ~Copyable>: ~Copyable {
    /// The segment's head; `nil` if it is damaged.
    public let head: JournalHead?
    /// Where bytes were damaged, the first 1,000 places.
    public private(set) var damages: [JournalDamage] = []
    /// Bytes at the end that are no whole record: an append that was cut short, zeros or garbage.
    /// Final when ``read(into:)`` has said that there is nothing more.
    public private(set) var tornBytes: UInt64 = 0
    /// The number that the next frame will have; after the end, one more than the last.
    public private(set) var nextFrameNumber: UInt64

    private var window: JournalWindow<File>
    private let seed: UInt32
    /// Where the next record begins, and the number of its first frame.
    private var position: JournalPosition
    private var rows = JournalRows()
    private var hasEnded = false
    /// Why the head cannot be read, until that is passed.
    private var headFailure: LogError?
    private let knowsFirst: Bool
    /// The frame numbers are contiguous only within a batch: this loss stands before the next one.
    private var pendingLoss: UInt64?

    /// Opens a segment and reads its head.
    ///
    /// With `expected` a segment whose head is damaged can be read too; without, it is refused. A
    /// segment of another recording, another ordinal or a later version is refused in any case.
    public init(
        file: consuming File, expected: JournalExpectation? = nil, place: String
    ) throws(StreamError) {
        var window = JournalWindow(file: file)
        try window.fill(at: 0, needed: JournalFormat.headLimit)
        let (head, size, failure) = Self.readHead(window.bytes(at: 0))
        if let failure, expected == nil || failure.isRefusal {
            throw failure.streamError(place: place)
        }
        if let head, let expected { try expected.check(head, place: place) }
        let recording = head?.recording ?? expected?.recording ?? .unknown
        seed = JournalFormat.seed(
            recording: recording, ordinal: head?.ordinal ?? expected?.ordinal ?? 0)
        nextFrameNumber = head?.firstFrameNumber ?? expected?.firstFrameNumber ?? 0
        position = JournalPosition(offset: UInt64(size), number: nextFrameNumber)
        self.head = head
        self.window = window
        headFailure = failure
        knowsFirst = head != nil || expected?.firstFrameNumber != nil
    }

    /// Appends the rows and events of whole records to the emptied `batch`, until it is full or a
    /// stretch of frames is missing. False when there was nothing more, and `batch` is empty.
    public mutating func read(into batch: inout FrameBatch) throws(StreamError) -> Bool {
        precondition(batch.isEmpty, "a journal is read into an emptied batch")
        if let headFailure { try passHead(headFailure) }
        batch.firstFrameNumber = nextFrameNumber
        if let loss = pendingLoss {
            batch.append(
                .loss(Loss(cause: .damage, frames: loss)),
                at: Timestamp(nanoseconds: rows.lastStamp))
            pendingLoss = nil
        }
        while true {
            let outcome = rows.read(
                into: &batch, eventLimit: max(1_024, batch.capacity), from: window.held,
                at: &position, seed: seed)
            nextFrameNumber = position.number &- UInt64(rows.framesLeft)
            switch outcome {
            case .full: return true
            case .finished: break
            case .malformed:
                rows.abandon()
                try resume(
                    behind: position, isKnown: true, reason: "a record's content cannot be")
            }
            if pendingLoss == nil, !hasEnded { try prepareRecord() }
            if pendingLoss != nil {
                // What is missing is told before the frames behind it, in a batch of their own.
                if batch.isEmpty { return try read(into: &batch) }
                return true
            }
            if hasEnded { return !batch.isEmpty }
        }
    }

    /// Makes memory hold the next record if it is whole; else finds where to go on, or the end.
    private mutating func prepareRecord() throws(StreamError) {
        let offset = position.offset
        try window.fill(at: offset, needed: JournalFormat.recordLimit)
        guard !window.bytes(at: offset).isEmpty else {
            hasEnded = true
            return
        }
        guard let record = JournalRecord(at: window.bytes(at: offset), seed: seed) else {
            return try resume(behind: position, isKnown: false, reason: "no record begins there")
        }
        let first = record.restart?.firstFrameNumber ?? nextFrameNumber
        guard
            record.isIntact(in: window.bytes(at: offset), seed: seed, expected: nextFrameNumber)
        else {
            // A restart record with a number that is over is of no use, nor what follows it.
            let behind = JournalPosition(
                offset: first < nextFrameNumber ? offset : offset + UInt64(record.size),
                number: first &+ UInt64(record.frames))
            return try resume(
                behind: behind, isKnown: false, reason: "the CRC-32C of a record is wrong")
        }
        if first > nextFrameNumber {
            // The numbers say that frames are missing, though no byte is damaged.
            pendingLoss = first - nextFrameNumber
            (nextFrameNumber, position.number) = (first, first)
        }
    }

    /// Goes on behind bytes that cannot be read at `offset`, or ends there.
    private mutating func resume(
        behind candidate: JournalPosition, isKnown: Bool, reason: String
    ) throws(StreamError) {
        let next = nextFrameNumber
        let search = JournalSearch(seed: seed, expected: next)
        let found = try search.find(
            from: position.offset, candidate: candidate, isKnown: isKnown, in: &window)
        guard let found else {
            tornBytes = window.byteCount - position.offset
            hasEnded = true
            return
        }
        let missing = found.position.number &- next
        note(
            JournalDamage(
                offset: position.offset, byteCount: found.position.offset - position.offset,
                missingFrames: missing, reason: reason))
        position = found.position
        if !found.isRestart {
            tornBytes = window.byteCount - position.offset
            hasEnded = true
        }
        pendingLoss = missing
        nextFrameNumber = position.number
    }

    /// Goes on behind a head that cannot be read.
    private mutating func passHead(_ failure: LogError) throws(StreamError) {
        headFailure = nil
        try resume(
            behind: .init(offset: 0, number: nextFrameNumber), isKnown: false,
            reason: failure.description)
        // Then nobody knows how many frames came before the first restart record that is left.
        if !knowsFirst, pendingLoss != nil {
            pendingLoss = 0
            damages[0].missingFrames = 0
        }
    }

    private mutating func note(_ damage: JournalDamage) {
        if damages.count < JournalDamage.limit { damages.append(damage) }
    }

    private static func readHead(
        _ bytes: Span<UInt8>
    ) -> (head: JournalHead?, size: Int, failure: LogError?) {
        do throws(LogError) {
            let (head, size) = try JournalHead.read(from: bytes)
            return (head, size, nil)
        } catch {
            return (nil, 0, error)
        }
    }
}

/// What a reader knows of a segment from elsewhere: from the log's header and the file's name.
public struct JournalExpectation: Sendable, Hashable {
    public var recording: RecordingID
    /// The ordinal of the group whose frames the segment holds, from 0.
    public var ordinal: Int
    /// The number of the segment's first frame, where it is known.
    public var firstFrameNumber: UInt64?

    public init(recording: RecordingID, ordinal: Int, firstFrameNumber: UInt64? = nil) {
        self.recording = recording
        self.ordinal = ordinal
        self.firstFrameNumber = firstFrameNumber
    }

    /// Refuses a segment that is not the expected one.
    func check(_ head: JournalHead, place: String) throws(StreamError) {
        guard head.recording == recording, head.ordinal == ordinal else {
            throw StreamError(
                place: place,
                cause: "this is segment \(head.ordinal) of recording \(head.recording), "
                    + "and segment \(ordinal) of \(recording) is expected",
                remedy: "put the journal back beside the log it belongs to")
        }
    }
}

extension LogError {
    /// Whether a segment is refused for it even if its head could be done without.
    fileprivate var isRefusal: Bool {
        if case .unsupportedVersion = self { return true }
        return false
    }
}
