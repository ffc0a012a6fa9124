import CANFrame
import LocalFiles
import LogFile

/// Appends batches to the journal's segments, and ends a segment where a group ends.
///
/// A record is in the file whole or not at all. After a failure nothing is lost here: the caller
/// keeps the batch and the position up to which it was written, and tries again.
struct JournalWriter: ~Copyable {
    /// Fewer than the format allows, so that a group of nothing but ticks stays small in memory.
    static let segmentEventLimit = 16_384

    private let path: String
    private var encoder: JournalEncoder
    /// The channels as they were described last.
    private(set) var channels: [UInt8: ChannelDescription]
    private var record: [UInt8] = []
    private var segment: WritableFile?
    private var highest: Timestamp?
    private var framesInSegment = 0
    private var eventsInSegment = 0
    /// The ordinal of the segment that is written, or will be begun next.
    private(set) var ordinal: Int
    /// The number of the next frame.
    private(set) var nextFrameNumber: UInt64
    /// Bytes in segments begun so far.
    private(set) var bytes: UInt64 = 0

    /// A journal beside the log at `path`; its first frame has the number `nextFrameNumber`.
    init(
        path: String, metadata: LogMetadata, nextFrameNumber: UInt64 = 0,
        channels: [UInt8: ChannelDescription] = [:], ordinal: Int = 0
    ) {
        self.path = path
        self.ordinal = ordinal
        self.nextFrameNumber = nextFrameNumber
        self.channels = channels
        encoder = JournalEncoder(recording: metadata.recording, resolution: metadata.resolution)
    }

    /// Whether anything stands in the current segment.
    var hasOpenSegment: Bool { segment != nil }

    /// How many frames stand in the current segment.
    var openFrames: Int { framesInSegment }

    /// A handle to force the current segment onto the disk from another thread.
    func synchronizer() throws(SystemError) -> FileSynchronizer? {
        try segment?.synchronizer()
    }

    /// Writes `batch` from `position` on, moving it forward over what is in the journal.
    ///
    /// Returns early, with `position` before the end, where a segment has ended: the caller passes
    /// that segment on and calls again.
    mutating func write(
        _ batch: borrowing FrameBatch, from position: inout BatchPosition
    ) throws(SystemError) -> Bool {
        let end = segmentEnd(in: batch, from: position)
        if end.row > position.row || end.event > position.event {
            if segment == nil { try begin() }
            batchRecord(of: batch, position, end)
            let whole = record
            do throws(SystemError) { try segment?.append(whole.span) } catch {
                // What the encoder remembers is not in the file: begin afresh.
                encoder.restart()
                throw error
            }
            bytes += UInt64(record.count)
            account(for: batch, from: position, to: end)
            position = end
        }
        return !position.isEnd(of: batch) || framesInSegment >= LogFormat.groupCapacity
    }

    /// Ends the current segment, if there is one; the next record begins a new one.
    mutating func endSegment() -> EndedSegment? {
        guard segment != nil else { return nil }
        let ended = EndedSegment(ordinal: ordinal, frames: framesInSegment)
        segment = nil
        highest = nil
        framesInSegment = 0
        eventsInSegment = 0
        ordinal += 1
        return ended
    }

    private mutating func begin() throws(SystemError) {
        var file = try WritableFile(creating: path + LogFormat.journalSuffix + "\(ordinal)")
        record.removeAll(keepingCapacity: true)
        encoder.beginSegment(
            ordinal: ordinal, firstFrameNumber: nextFrameNumber,
            channels: channels.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, into: &record)
        do throws(SystemError) { try file.append(record.span) } catch {
            try? Folder.remove(file.path)
            throw error
        }
        bytes += UInt64(record.count)
        segment = consume file
    }

    private mutating func batchRecord(
        of batch: borrowing FrameBatch, _ start: BatchPosition, _ end: BatchPosition
    ) {
        record.removeAll(keepingCapacity: true)
        encoder.encode(
            batch, rows: start.row..<end.row, events: start.event..<end.event, into: &record)
    }

    private mutating func account(
        for batch: borrowing FrameBatch, from start: BatchPosition, to end: BatchPosition
    ) {
        let frames = end.row - start.row
        framesInSegment += frames
        eventsInSegment += end.event - start.event
        nextFrameNumber += UInt64(frames)
        for index in start.event..<end.event {
            let event = batch.events[index]
            if case .channel(let description) = event.kind, let number = event.channel {
                channels[number] = description
            }
        }
        for index in start.row..<end.row {
            let stamp = batch.rows[index].timestamp
            if let top = highest, stamp <= top { continue }
            highest = stamp
        }
    }

    /// Where the current segment must end: before a step of the clock, at the capacity, or not yet.
    private func segmentEnd(
        in batch: borrowing FrameBatch, from position: BatchPosition
    ) -> BatchPosition {
        var end = BatchPosition(row: position.row, event: position.event)
        var top = highest
        let rowLimit = min(batch.count, position.row + LogFormat.groupCapacity - framesInSegment)
        while end.row < rowLimit {
            let stamp = batch.rows[end.row].timestamp
            if let top, LogFormat.endsGroup(before: stamp, highest: top) { break }
            top = top.map { max($0, stamp) } ?? stamp
            end.row += 1
        }
        while end.event < batch.events.count, batch.events[end.event].rowIndex <= end.row,
            eventsInSegment + end.event - position.event < Self.segmentEventLimit
        {
            end.event += 1
        }
        // Events that find no room hold back the rows behind them.
        if end.event < batch.events.count {
            end.row = min(end.row, max(position.row, batch.events[end.event].rowIndex))
        }
        return end
    }
}

/// A journal segment that is complete.
struct EndedSegment: Sendable, Hashable {
    var ordinal: Int
    /// How many frames were written to it.
    var frames: Int
}
