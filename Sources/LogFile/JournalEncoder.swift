public import CANFrame

/// Turns batches into the bytes of journal segments, as they are appended while recording.
///
/// Rows are coded as differences from the last row of their key, across records, so that a frame
/// costs five or six bytes; every 8,192 frames at the latest a restart record forgets all that came before.
/// It allocates nothing per frame, and memory is bounded whatever the traffic.
public struct JournalEncoder: ~Copyable, Sendable {
    let recording: RecordingID
    let resolution: Int64
    /// What the CRC of records is mixed with; set by the head of each segment.
    var seed: UInt32 = 0
    /// The number that the next frame is expected to have.
    var nextFrameNumber: UInt64 = 0
    /// Frames since the last restart record; at the limit the next record is one.
    var sinceRestart = JournalFormat.restartInterval

    var keys = JournalKeys()
    var keyTable = JournalKeyTable()
    var payloads = JournalPayloads()
    var events = EventBodyCoder()
    var eventBytes: [UInt8] = []
    var scratch = JournalScratch()

    /// The number of the last row's key.
    var lastKey = 0
    var clock: JournalClock
    var lastEventStamp: Int64 = 0

    /// A writer of segments of one recording.
    ///
    /// - Parameter resolution: to how many nanoseconds the stamps are exact, at least 1. Stamps that
    ///   are not multiples are stored exactly too, for a few bytes more.
    public init(recording: RecordingID, resolution: Int64) {
        precondition(resolution >= 1, "the resolution is at least one nanosecond")
        self.recording = recording
        self.resolution = resolution
        clock = JournalClock(resolution: resolution)
    }

    /// Appends the head of a segment to `output`, which is to be the beginning of a file.
    ///
    /// - Parameters:
    ///   - ordinal: the ordinal of the group whose frames the segment will hold, from 0.
    ///   - firstFrameNumber: the number of the first frame that will be in it.
    ///   - channels: all channels known so far, at most 256.
    public mutating func beginSegment(
        ordinal: Int, firstFrameNumber: UInt64,
        channels: [(number: UInt8, description: ChannelDescription)],
        into output: inout [UInt8]
    ) {
        let head = JournalHead(
            recording: recording, ordinal: ordinal, firstFrameNumber: firstFrameNumber,
            resolution: resolution,
            channels: channels.map { .init(number: $0.number, description: $0.description) })
        output.append(contentsOf: head.encoded())
        seed = JournalFormat.seed(recording: recording, ordinal: ordinal)
        nextFrameNumber = firstFrameNumber
        sinceRestart = JournalFormat.restartInterval
    }

    /// Makes the next record a restart record: to be called when the last one could not be written,
    /// since what this remembers is then not in the file.
    public mutating func restart() {
        sinceRestart = JournalFormat.restartInterval
    }

    /// Appends a record of the given rows and events of `batch` to `output`: more than one if it
    /// would get too long or a restart is due, none if there is nothing.
    ///
    /// An event stands where its row index says; one behind the last of `rows` comes after it.
    public mutating func encode(
        _ batch: borrowing FrameBatch, rows: Range<Int>, events: Range<Int>,
        into output: inout [UInt8]
    ) {
        if batch.firstFrameNumber &+ UInt64(rows.lowerBound) != nextFrameNumber {
            nextFrameNumber = batch.firstFrameNumber &+ UInt64(rows.lowerBound)
            sinceRestart = JournalFormat.restartInterval
        }
        var (row, event) = (rows.lowerBound, events.lowerBound)
        while row < rows.upperBound || event < events.upperBound {
            let first = row
            var base: Int64?
            if sinceRestart >= JournalFormat.restartInterval {
                base = restart(before: row, of: batch, event: event)
            }
            let limit = min(
                rows.upperBound, row + JournalFormat.restartInterval - sinceRestart)
            if event == events.upperBound {
                row = append(rowsFrom: row, to: limit, of: batch)
            } else {
                (row, event) = append(
                    rowsFrom: row, to: limit, of: batch, rows: rows,
                    events: event..<events.upperBound)
            }
            finishRecord(frames: row - first, restart: base, into: &output)
        }
    }

    /// Appends rows until `limit` or until the record has enough, each event where it happened among
    /// them; the result is the next row and the next event.
    @inline(never)
    private mutating func append(
        rowsFrom start: Int, to limit: Int, of batch: borrowing FrameBatch, rows: Range<Int>,
        events: Range<Int>
    ) -> (row: Int, event: Int) {
        var (row, event) = (start, events.lowerBound)
        while scratch.pen.hasRoom {
            var stop = limit
            if event < events.upperBound {
                let next = batch.events[event]
                if next.rowIndex <= row || row == rows.upperBound {
                    append(next)
                    event += 1
                    continue
                }
                stop = min(limit, next.rowIndex)
            }
            guard row < stop else { break }
            row = append(rowsFrom: row, to: stop, of: batch)
        }
        return (row, event)
    }

    /// Forgets everything for a restart record, and says from which stamp on it counts.
    @inline(never)
    private mutating func restart(
        before row: Int, of batch: borrowing FrameBatch, event: Int
    ) -> Int64 {
        sinceRestart = 0
        keys.reset()
        keyTable.reset()
        payloads.reset()
        events = EventBodyCoder()
        lastKey = 0
        let base = row < batch.count ? batch.rows[row].timestamp : batch.events[event].timestamp
        clock.restart(at: base.nanoseconds)
        lastEventStamp = base.nanoseconds
        return base.nanoseconds
    }

    private mutating func append(_ event: BusEvent) {
        eventBytes.removeAll(keepingCapacity: true)
        events.append(event.cut(toText: JournalFormat.textLimit), to: &eventBytes)
        let channelBit = event.channel == nil ? 0 : JournalRowHead.channelBit
        scratch.pen.append(word: JournalRowHead.event, keeping: 2)
        scratch.pen.append(byte: EventKind(event.kind).rawValue | channelBit)
        if let channel = event.channel { scratch.pen.append(byte: channel) }
        scratch.pen.append(varint: zigzag(event.timestamp.nanoseconds &- lastEventStamp))
        lastEventStamp = event.timestamp.nanoseconds
        scratch.pen.append(eventBody: eventBytes)
    }

    @inline(__always)
    private mutating func finishRecord(
        frames: Int, restart: Int64?, into output: inout [UInt8]
    ) {
        let size = scratch.bodySize
        precondition(size > 0 && size <= JournalFormat.bodyLimit)
        let mixer = seed ^ UInt32(truncatingIfNeeded: nextFrameNumber)
        if let restart {
            let head = restartHead(frames: frames, base: restart, size: size)
            output += JournalFormat.sync
            scratch.prepend(head)
            scratch.appendRecord(headSize: head.count, mixer: mixer, to: &output)
        } else if size <= JournalFormat.shortLengthLimit, frames < 0x80 {
            scratch.prepend(word: UInt64(size | frames &<< 8), count: 2)
            scratch.appendRecord(headSize: 2, mixer: mixer, to: &output)
        } else {
            finishLongRecord(frames: frames, size: size, mixer: mixer, into: &output)
        }
        sinceRestart &+= frames
        nextFrameNumber &+= UInt64(frames)
    }

    /// A record whose size or frame count needs more than a byte.
    @inline(never)
    private mutating func finishLongRecord(
        frames: Int, size: Int, mixer: UInt32, into output: inout [UInt8]
    ) {
        let isShort = size <= JournalFormat.shortLengthLimit
        let sizeBytes = isShort ? size : Int(JournalFormat.wideLength) | size << 8
        let isFew = frames < 0x80
        let frameBytes = isFew ? frames : frames & 0x7F | 0x80 | (frames >> 7) << 8
        let headSize = (isShort ? 1 : 3) + (isFew ? 1 : 2)
        scratch.prepend(
            word: UInt64(sizeBytes | frameBytes << (isShort ? 8 : 24)), count: headSize)
        scratch.appendRecord(headSize: headSize, mixer: mixer, to: &output)
    }

    /// What stands between the sync word and the body of a restart record.
    @inline(never)
    private func restartHead(frames: Int, base: Int64, size: Int) -> [UInt8] {
        var fields: [UInt8] = []
        fields.append(littleEndian: UInt32(size))
        fields.append(littleEndian: UInt32(frames))
        fields.append(littleEndian: nextFrameNumber)
        fields.append(littleEndian: base)
        fields.append(littleEndian: clock.unit.nanoseconds)
        var head: [UInt8] = []
        head.append(littleEndian: fields.span.crc32c ^ seed)
        return head + fields
    }
}
