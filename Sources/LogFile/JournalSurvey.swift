import CANFrame

/// Where a segment should stand, as the log and the segments before it say.
struct JournalPlace {
    let recording: RecordingID
    let ordinal: Int
    /// Known when the segment before it was read, or the group.
    let firstFrameNumber: UInt64?
    let place: String

    func open<File: ByteSource & ~Copyable>(
        _ file: consuming File
    ) throws(StreamError) -> JournalDecoder<File> {
        try JournalDecoder(
            file: file,
            expected: JournalExpectation(
                recording: recording, ordinal: ordinal, firstFrameNumber: firstFrameNumber),
            place: "\(place)\(LogFormat.journalSuffix)\(ordinal)")
    }
}

extension JournalDecoder where File: ~Copyable {
    /// How many frames are missing between what was read before and the segment, if any.
    ///
    /// A log that goes on where another one of its recording ended begins with any number: nothing is
    /// missing before its first segment.
    func missingFrames(after number: UInt64, expecting ordinal: Int) -> UInt64? {
        guard let head, head.firstFrameNumber > number, ordinal > 0 || head.ordinal > 0 else {
            return nil
        }
        return head.firstFrameNumber - number
    }
}

/// Reads the segments behind the last group once, when a log is opened: counts what is in them, and
/// notes what is damaged.
struct JournalSurvey {
    private(set) var summary: LogSummary
    private(set) var damages: [LogDamage] = []
    /// The segments that are there.
    private(set) var ordinals: [Int] = []
    private var totals: ContentTotals
    private let recording: RecordingID
    private var nextFrameNumber: UInt64
    private var expectedOrdinal: Int

    init(layout: LogLayout, summary: LogSummary) {
        self.summary = summary
        totals = layout.totals
        recording = layout.metadata.recording
        nextFrameNumber = layout.nextFrameNumber
        expectedOrdinal = Int(layout.nextOrdinal)
    }

    mutating func read<File: ByteSource & ~Copyable>(
        _ journal: JournalFolder<File>, place: String
    ) throws(StreamError) {
        for ordinal in journal.ordinals where ordinal >= expectedOrdinal {
            guard let file = try journal.open(ordinal) else { continue }
            summary.journalBytes += file.byteCount
            ordinals.append(ordinal)
            let place = JournalPlace(
                recording: recording, ordinal: ordinal,
                firstFrameNumber: ordinal == expectedOrdinal ? nextFrameNumber : nil,
                place: place)
            var decoder = try place.open(file)
            noteGap(
                decoder.missingFrames(after: nextFrameNumber, expecting: expectedOrdinal),
                before: ordinal, isCounted: expectedOrdinal > 0)
            for channel in decoder.head?.channels ?? [] {
                totals.channels[channel.number] = channel.description
            }
            var batch = FrameBatch(capacity: 4_096)
            while try decoder.read(into: &batch) {
                summary.add(batch, to: &totals)
                batch.removeAll()
            }
            note(decoder.damages, in: ordinal)
            nextFrameNumber = decoder.nextFrameNumber
            expectedOrdinal = ordinal + 1
        }
    }

    /// Where nothing was read before, nobody knows with which number the log began.
    private mutating func noteGap(
        _ missing: UInt64?, before ordinal: Int, isCounted: Bool
    ) {
        guard let missing else { return }
        damages.append(
            LogDamage(
                .malformed(.journalHead, at: 0, reason: "frames before this segment are missing"),
                bytes: 0..<0, segment: ordinal, frames: isCounted ? missing : nil,
                from: summary.lastStamp,
                firstFrame: nextFrameNumber))
    }

    private mutating func note(_ found: [JournalDamage], in ordinal: Int) {
        for damage in found {
            damages.append(
                LogDamage(
                    .malformed(.journalRecord, at: damage.offset, reason: damage.reason),
                    bytes: damage.offset..<damage.offset + damage.byteCount, segment: ordinal,
                    frames: damage.missingFrames))
        }
    }

    /// Completes the summary by the counts of groups and segments.
    mutating func finish() {
        summary.take(totals)
    }
}

extension LogSummary {
    /// Counts what is in a batch of the journal.
    mutating func add(_ batch: borrowing FrameBatch, to totals: inout ContentTotals) {
        let (rows, events) = (batch.rows, batch.events)
        frames += UInt64(rows.count)
        for index in rows.indices {
            let (row, time) = (rows[index], rows[index].timestamp)
            let key = ContentTotals.key(row.channel, row.identifier)
            if totals.streams.count < ContentTotals.streamLimit || totals.streams[key] != nil {
                totals.streams[key, default: 0] += 1
            }
            extend(first: time, last: time, earliest: time, latest: time)
        }
        for index in events.indices {
            totals.add(events[index])
            let time = events[index].timestamp
            extend(first: nil, last: nil, earliest: time, latest: time)
        }
    }
}
