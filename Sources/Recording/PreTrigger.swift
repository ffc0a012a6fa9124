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

    /// Hands over what is in the segments, in order, with what stood before it; of the oldest segment,
    /// which the time before the trigger begins in, only what is not older than `earliest`. A damaged
    /// stretch is told as a loss, as by every reader. Ends early when `body` says false.
    func forEachBatch(
        from earliest: Timestamp, _ body: (inout FrameBatch, StandingEvents) -> Bool
    ) throws(StreamError) {
        var stood = segments.first?.standing ?? standingAtBegin
        for (place, segment) in segments.enumerated() {
            let path = log.segmentPath(segment.ordinal)
            var decoder = try decoder(path, segment.ordinal)
            var batch = FrameBatch(capacity: 4_096)
            while try decoder.read(into: &batch) {
                let position =
                    place > 0 ? BatchPosition() : Self.position(of: earliest, in: batch)
                var rest = FrameBatch(capacity: 4_096)
                rest.firstFrameNumber = batch.firstFrameNumber + UInt64(position.row)
                position.copyRest(of: batch, into: &rest)
                if rest.isEmpty { stood.note(batch) } else if !body(&rest, stood) { return }
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

    /// Where what is not older than `earliest` begins.
    private static func position(
        of earliest: Timestamp, in batch: borrowing FrameBatch
    ) -> BatchPosition {
        var position = BatchPosition()
        while position.row < batch.count, batch.rows[position.row].timestamp < earliest {
            position.row += 1
        }
        while position.event < batch.events.count,
            batch.events[position.event].rowIndex < position.row
                || batch.events[position.event].timestamp < earliest
        {
            position.event += 1
        }
        return position
    }
}
