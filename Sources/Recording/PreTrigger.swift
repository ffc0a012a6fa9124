import CANFrame
import LocalFiles
import LogFile

/// Journal segments of the time before a trigger: the newest are kept, the others removed.
struct PreTrigger {
    private struct Segment {
        var ordinal: Int
        var endedAt: Int64
        /// What stood when it began.
        var standing: StandingEvents
    }

    /// The log that the segments belong to. It has a header, so that what a crash leaves can be read.
    let log: OpenLog
    private let span: Int64
    private var segments: [Segment] = []
    private var standingAtBegin: StandingEvents
    private var beganAt: Int64

    /// Begins at this monotonic moment.
    init(log: OpenLog, keeping span: Duration, standing: StandingEvents, at now: Int64) {
        self.log = log
        self.span = span.wholeNanoseconds
        standingAtBegin = standing
        beganAt = now
    }

    /// A segment is to be ended when it is this old: an eighth of the time, between 0.25 and 10 s.
    func isDue(at now: Int64) -> Bool {
        now - beganAt >= min(max(span / 8, 250_000_000), 10_000_000_000)
    }

    /// A segment has ended at this monotonic moment; the next one begins.
    mutating func append(_ segment: EndedSegment?, at now: Int64, standing: StandingEvents) {
        if let segment {
            segments.append(
                Segment(ordinal: segment.ordinal, endedAt: now, standing: standingAtBegin))
        }
        (standingAtBegin, beganAt) = (standing, now)
    }

    /// Removes what ended too long ago.
    mutating func removeOld(at now: Int64) {
        while let first = segments.first, now - first.endedAt > span {
            try? Folder.remove(log.segmentPath(first.ordinal))
            segments.removeFirst()
        }
    }

    /// Removes everything.
    func discard(openSegment ordinal: Int) {
        log.discard(segments: segments.map(\.ordinal) + [ordinal])
    }

    /// What stood before the oldest frame that is kept.
    var standing: StandingEvents { segments.first?.standing ?? standingAtBegin }

    /// Hands over what is in the segments from `earliest` on, in order; a damaged stretch is told as a
    /// loss, as by every reader.
    func forEachBatch(
        from earliest: Timestamp, _ body: (inout FrameBatch) -> Void
    ) throws(StreamError) {
        var begun = false
        for segment in segments {
            let path = log.segmentPath(segment.ordinal)
            var decoder = try decoder(path, segment.ordinal)
            var batch = FrameBatch(capacity: 4_096)
            while try decoder.read(into: &batch) {
                if begun {
                    body(&batch)
                } else if let position = Self.position(of: earliest, in: batch) {
                    begun = true
                    var rest = FrameBatch(capacity: 4_096)
                    rest.firstFrameNumber = batch.firstFrameNumber + UInt64(position.row)
                    position.copyRest(of: batch, into: &rest)
                    body(&rest)
                }
                batch.removeAll()
            }
        }
    }

    private func decoder(
        _ path: String, _ ordinal: Int
    ) throws(StreamError) -> JournalDecoder<ReadableFile> {
        let file = try streaming { () throws(SystemError) in try ReadableFile(path: path) }
        return try JournalDecoder(
            file: file,
            expected: JournalExpectation(recording: log.metadata.recording, ordinal: ordinal),
            place: path)
    }

    /// The first row that is not older than `earliest`, with the events before it.
    private static func position(
        of earliest: Timestamp, in batch: borrowing FrameBatch
    ) -> BatchPosition? {
        guard let row = batch.rows.indices.first(where: { batch.rows[$0].timestamp >= earliest })
        else { return nil }
        var event = 0
        while event < batch.events.count, batch.events[event].rowIndex < row { event += 1 }
        return BatchPosition(row: row, event: event)
    }
}
