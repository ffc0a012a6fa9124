public import CANFrame

/// Turns batches into the bytes of journal segments, as they are appended while recording.
///
/// Rows are coded as differences from the last row of their key, across records, so that a frame
/// costs five bytes; every 8,192 frames at the latest a restart record forgets all that came before.
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

    var trail = JournalTrail()
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
            let restart = restartIfDue(before: row, of: batch, event: event)
            let limit = min(
                rows.upperBound, row + JournalFormat.restartInterval - sinceRestart)
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
            finishRecord(frames: row - first, restart: restart, into: &output)
        }
    }

    /// Forgets everything if a restart record is due, and says from which stamp on it counts.
    private mutating func restartIfDue(
        before row: Int, of batch: borrowing FrameBatch, event: Int
    ) -> Int64? {
        guard sinceRestart >= JournalFormat.restartInterval else { return nil }
        sinceRestart = 0
        keys.reset()
        keyTable.reset()
        payloads.reset()
        events = EventBodyCoder()
        trail = JournalTrail()
        let base = row < batch.count ? batch.rows[row].timestamp : batch.events[event].timestamp
        clock.restart(at: base.nanoseconds)
        lastEventStamp = base.nanoseconds
        return base.nanoseconds
    }

    private mutating func append(_ event: BusEvent) {
        eventBytes.removeAll(keepingCapacity: true)
        events.append(event.cut(toText: JournalFormat.textLimit), to: &eventBytes)
        let channelBit = event.channel == nil ? 0 : JournalControl.channelBit
        scratch.pen.append(byte: JournalControl.event)
        scratch.pen.append(byte: EventKind(event.kind).rawValue | channelBit)
        if let channel = event.channel { scratch.pen.append(byte: channel) }
        scratch.pen.append(varint: zigzag(event.timestamp.nanoseconds &- lastEventStamp))
        lastEventStamp = event.timestamp.nanoseconds
        scratch.pen.append(eventBody: eventBytes)
    }

    private mutating func finishRecord(
        frames: Int, restart: Int64?, into output: inout [UInt8]
    ) {
        let size = scratch.bodySize
        precondition(size > 0 && size <= JournalFormat.bodyLimit)
        let mixer = seed ^ UInt32(truncatingIfNeeded: nextFrameNumber)
        if let restart {
            var head = JournalFormat.sync
            var fields: [UInt8] = []
            fields.append(littleEndian: UInt32(size))
            fields.append(littleEndian: UInt32(frames))
            fields.append(littleEndian: nextFrameNumber)
            fields.append(littleEndian: restart)
            fields.append(littleEndian: clock.unit.nanoseconds)
            head.append(littleEndian: fields.span.crc32c ^ seed)
            head += fields
            scratch.appendRecord(
                head: head.span, checkedFrom: JournalFormat.sync.count, mixer: mixer, to: &output)
        } else {
            var head: [6 of UInt8] = .init(repeating: 0)
            let count = Self.writeHead(of: size, frames: frames, into: &head)
            scratch.appendRecord(
                head: head.span.extracting(0..<count), checkedFrom: 0, mixer: mixer, to: &output)
        }
        sinceRestart += frames
        nextFrameNumber &+= UInt64(frames)
    }

    /// Writes length and frame count as short as they go; the result is how many bytes they took.
    private static func writeHead(
        of size: Int, frames: Int, into head: inout [6 of UInt8]
    ) -> Int {
        var place = 1
        if size <= JournalFormat.shortLengthLimit {
            head[0] = UInt8(size)
        } else {
            head[0] = JournalFormat.wideLength
            head[1] = UInt8(truncatingIfNeeded: size)
            head[2] = UInt8(truncatingIfNeeded: size >> 8)
            place = 3
        }
        if frames < 0x80 {
            head[place] = UInt8(frames)
            return place + 1
        }
        head[place] = UInt8(truncatingIfNeeded: frames) | 0x80
        head[place + 1] = UInt8(truncatingIfNeeded: frames >> 7)
        return place + 2
    }
}
