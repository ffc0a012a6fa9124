public import CANFrame

/// Reads a log: its groups, and its journal if it was not closed. It never writes.
///
/// What is damaged is named in ``damages``, told as a loss event at its place, and passed; all
/// else is read.
public struct LogReader<File: ByteSource & ~Copyable>: FrameSource, ~Copyable {
    /// Who, where and what.
    public let metadata: LogMetadata
    /// How the log ends.
    public private(set) var state: LogState
    /// What is in the whole log, whatever is selected.
    public private(set) var summary: LogSummary
    /// What cannot be read: the structure and the journal at once, columns when they are read.
    public internal(set) var damages: [LogDamage]

    let file: File
    let journal: JournalFolder<File>
    let place: String
    let scanner: LogScanner
    private(set) var layout: LogLayout
    var nextStep = 0
    var reading: GroupReading
    var segments: JournalReading<File>
    /// A loss that stands before what comes next.
    var pendingLoss: (frames: UInt64, time: Timestamp)?

    /// Opens a log, which messages call `place`.
    ///
    /// A file that is no log, or one of a later version, is refused; damage is not an error.
    public init(
        file: consuming File, journal: JournalFolder<File> = .none, writerIsAlive: Bool = false,
        selection: FrameSelection = FrameSelection(), place: String
    ) throws(StreamError) {
        let opening = try LogOpening(
            file, journal: journal, writerIsAlive: writerIsAlive, place: place)
        reading = try GroupReading(selection, place: place)
        segments = JournalReading(opening.layout, place: place, ordinals: opening.segments)
        state = opening.state
        metadata = opening.layout.metadata
        summary = opening.summary
        damages = opening.damages
        scanner = LogScanner(place: place, segments: [])
        layout = opening.layout
        self.file = file
        self.journal = journal
        self.place = place
    }

    /// Says what is wanted, before anything is read: for who must know the log to say it.
    public mutating func select(_ selection: FrameSelection) {
        precondition(nextStep == 0 && reading.isFinished, "the log is being read already")
        reading.selection = SelectionState(selection)
    }

    /// Fills `batch` with what comes next and is wanted; never waits.
    ///
    /// `FrameBatch.frameNumber(at:)` is the number of a frame in its recording, wanted or not those
    /// between, while `isNumbered` holds.
    public mutating func read(
        into batch: inout FrameBatch, waiting limit: Duration
    ) throws(StreamError) -> ReadOutcome {
        batch.removeAll()
        while true {
            if !reading.isFinished {
                reading.fill(&batch)
                if !batch.isEmpty { return .batch }
                continue
            }
            if nextStep < layout.steps.count {
                let step = layout.steps[nextStep]
                nextStep += 1
                switch step {
                case .group(let entry): try begin(entry)
                case .hole(let damage): note(lost: layout.damages[damage])
                }
                continue
            }
            if let loss = pendingLoss {
                batch.append(.loss(Loss(cause: .damage, frames: loss.frames)), at: loss.time)
                pendingLoss = nil
                return .batch
            }
            if try readJournal(into: &batch) { return .batch }
            if nextStep >= layout.steps.count { return .ended }
        }
    }

    // MARK: Groups

    private mutating func note(lost damage: LogDamage) {
        guard damage.frames != 0 else { return }
        let time = damage.from ?? damage.to ?? Timestamp(nanoseconds: 0)
        var frames = pendingLoss?.frames ?? 0
        frames.add(upToLimit: damage.frames ?? 0)
        pendingLoss = (frames, time)
    }

    /// Reads what is needed of a group; damage goes to ``damages``.
    mutating func begin(_ entry: IndexEntry) throws(StreamError) {
        guard reading.selection.overlaps(entry) else { return }
        switch try scanner.readHead(of: entry, in: file) {
        case .failure(let error): lose(error, entry: entry)
        case .success(let head): try begin(entry, head)
        }
    }

    /// A group whose head cannot be read, though the index knows it.
    private mutating func lose(_ error: LogError, entry: IndexEntry) {
        let lost = damage(
            error, entry: entry, frames: UInt64(entry.header.frameCount),
            events: UInt64(entry.header.eventCount))
        damages.append(lost)
        note(lost: lost)
    }

    // MARK: Journal

    /// Reads on in the journal; false when there is nothing more of it. A segment that went because
    /// its group was written meanwhile becomes steps to read.
    private mutating func readJournal(into batch: inout FrameBatch) throws(StreamError) -> Bool {
        while let ordinal = segments.nextOrdinal {
            if !segments.isOpen {
                guard try segments.begin(ordinal, of: journal) else {
                    segments.skip(ordinal)
                    try findNewGroups()
                    if nextStep < layout.steps.count { return false }
                    continue
                }
            }
            if try segments.read(into: &batch, selection: &reading.selection) { return true }
        }
        return false
    }

    /// A live writer has appended groups since the log was opened.
    mutating func findNewGroups() throws(StreamError) {
        let limit = file.byteCount
        guard limit > layout.end else { return }
        try scanner.scan(file, from: layout.end, to: limit, into: &layout)
        segments.pass(groupsBefore: layout.nextOrdinal, frame: layout.nextFrameNumber)
    }
}
