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

    /// Fills `batch` with what comes next and is wanted; never waits.
    ///
    /// Without a selection the frames of a batch have consecutive numbers, beginning with its
    /// `firstFrameNumber`.
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

    private mutating func begin(_ entry: IndexEntry, _ head: GroupHead) throws(StreamError) {
        guard head.coding == GroupHead.simpleCoding else {
            throw LogError.unknownCoding(
                head.coding, at: entry.offset, writtenBy: metadata.program
            ).streamError(place: place)
        }
        reading.begin(head, entry: entry)
        if let loss = pendingLoss {
            reading.append(loss: loss.frames, at: loss.time)
            pendingLoss = nil
        }
        var (frameFailure, eventFailure): (LogError?, LogError?)
        let needsFrames = reading.needsFrames(of: head)
        var offset = entry.bodyOffset
        for section in head.sections {
            let isEvents = section.kind == GroupHead.Section.Kind.events
            if isEvents {
                eventFailure = try take(section, at: offset, head: head, entry: entry)
            } else if needsFrames, frameFailure == nil {
                frameFailure = try take(section, at: offset, head: head, entry: entry)
            }
            offset += UInt64(section.storedSize)
        }
        let count = UInt64(entry.header.frameCount)
        if needsFrames, frameFailure == nil {
            frameFailure = reading.finishFrames(head, entry: entry).map {
                .malformed(.columns, at: entry.bodyOffset, reason: $0)
            }
        }
        if let frameFailure {
            damages.append(damage(frameFailure, entry: entry, frames: count, events: 0))
            reading.append(loss: count, at: entry.first)
        }
        if let eventFailure {
            let events = UInt64(entry.header.eventCount)
            damages.append(damage(eventFailure, entry: entry, frames: 0, events: events))
        }
        reading.finish(head, entry: entry, hasEvents: eventFailure == nil)
    }

    /// Reads one section; says what is wrong with it.
    private mutating func take(
        _ section: GroupHead.Section, at offset: UInt64, head: GroupHead, entry: IndexEntry
    ) throws(StreamError) -> LogError? {
        let frames = Int(entry.header.frameCount)
        let part: LogPart =
            section.kind == GroupHead.Section.Kind.events ? .events : .columns
        guard GroupDecoder.size(of: section, head: head, frames: frames) != nil else {
            return .malformed(part, at: offset, reason: "a section does not fit its group")
        }
        switch try scanner.readSection(section, at: offset, in: file) {
        case .failure(let error): return error
        case .success(let bytes):
            var unknown = 0
            let reason = reading.take(
                section, bytes.span, head: head, entry: entry, unknownEvents: &unknown)
            return reason.map { .malformed(part, at: offset, reason: $0) }
        }
    }

    private func damage(
        _ error: LogError, entry: IndexEntry, frames: UInt64, events: UInt64
    ) -> LogDamage {
        LogDamage(
            error, bytes: entry.bytes, frames: frames, events: events, from: entry.first,
            to: entry.last, firstFrame: entry.header.firstFrameNumber)
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
