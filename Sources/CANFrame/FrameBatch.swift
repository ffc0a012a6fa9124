/// A reusable buffer of frames and bus events, in order of arrival.
///
/// Sources fill it, sinks read it, and it goes round: ``removeAll()`` keeps the memory, so that the
/// data path allocates nothing per frame. It never grows beyond its capacity by itself; a source
/// asks ``isFull`` and stops.
public struct FrameBatch: ~Copyable, Sendable {
    /// How many frames fit.
    public let capacity: Int
    /// The ordinal of the first frame within its recording; the others follow it, where
    /// ``numberRuns`` does not say otherwise. Of a merged log it is the place in the log.
    public var firstFrameNumber: UInt64 = 0
    /// Whether that number is known: not where frames between are damaged or were not read.
    public var isNumbered = true
    @usableFromInline var storedRows: [FrameRow]
    @usableFromInline var longPayloads: [UInt8] = []
    @usableFromInline var storedEvents: [BusEvent] = []
    @usableFromInline var storedRuns: [NumberRun] = []

    /// Makes room for `capacity` frames once.
    public init(capacity: Int) {
        precondition(capacity > 0, "a batch holds at least one frame")
        self.capacity = capacity
        storedRows = []
        storedRows.reserveCapacity(capacity)
    }

    /// How many frames are in the batch.
    @inlinable public var count: Int { storedRows.count }
    /// Whether there is neither a frame nor an event.
    @inlinable public var isEmpty: Bool { storedRows.isEmpty && storedEvents.isEmpty }
    /// Whether no further frame fits.
    @inlinable public var isFull: Bool { storedRows.count >= capacity }

    /// The frames, in order of arrival.
    @inlinable
    public var rows: Span<FrameRow> {
        @_lifetime(borrow self) borrowing get { storedRows.span }
    }

    /// The frames, to be changed in place; a payload stays where it is.
    @inlinable
    public var mutableRows: MutableSpan<FrameRow> {
        @_lifetime(&self) mutating get { storedRows.mutableSpan }
    }

    /// The events, ascending by the row before which each came.
    @inlinable
    public var events: Span<BusEvent> {
        @_lifetime(borrow self) borrowing get { storedEvents.span }
    }

    /// The payloads longer than 8 bytes, one after another; rows give their offsets.
    @inlinable
    public var longPayloadBytes: Span<UInt8> {
        @_lifetime(borrow self) borrowing get { longPayloads.span }
    }

    /// The payload of a row with more than 8 bytes; an empty span for a short one.
    @inlinable @_lifetime(borrow self)
    public borrowing func longPayload(at index: Int) -> Span<UInt8> {
        let row = storedRows[index]
        guard !row.isShort else { return longPayloads.span.extracting(0..<0) }
        let start = Int(row.payloadWord)
        return longPayloads.span.extracting(start..<start + Int(row.length))
    }

    /// The frame at `index` as a value; for edges and tests, it allocates its payload.
    public borrowing func frame(at index: Int) -> Frame {
        let row = storedRows[index]
        return Frame(
            timestamp: row.timestamp, identifier: row.identifier, channel: row.channel,
            flags: row.flags, dlc: row.dlc, payload: payloadBytes(at: index))
    }

    /// A copy of the payload at `index`; for edges and tests.
    public borrowing func payloadBytes(at index: Int) -> [UInt8] {
        let row = storedRows[index]
        guard row.isShort else {
            let start = Int(row.payloadWord)
            return Array(longPayloads[start..<start + Int(row.length)])
        }
        return (0..<UInt64(row.length)).map {
            UInt8(truncatingIfNeeded: row.payloadWord >> ($0 * 8))
        }
    }

    /// Appends a frame whose payload has at most 8 bytes.
    @inlinable
    public mutating func append(_ row: FrameRow) {
        precondition(row.isShort, "a long payload is appended with its bytes")
        storedRows.append(row)
    }

    /// Appends up to `count` frames with payloads of at most 8 bytes, all at once; for sources that
    /// know how many there are.
    @inlinable
    public mutating func append(
        upTo count: Int, initializingWith body: (inout OutputSpan<FrameRow>) -> Void
    ) {
        storedRows.append(addingCapacity: count, initializingWith: body)
    }

    /// Appends a frame of any length; `row.length` is set from `payload`, at most 64 bytes.
    @inlinable
    public mutating func append(_ row: FrameRow, payload: Span<UInt8>) {
        precondition(payload.count <= DataLengthCode.maximumLength)
        var row = row
        row.length = UInt8(truncatingIfNeeded: payload.count)
        row.payloadWord = 0
        if row.isShort {
            for index in payload.indices.reversed() {
                row.payloadWord = row.payloadWord << 8 | UInt64(payload[index])
            }
        } else {
            row.payloadWord = UInt64(longPayloads.count)
            for index in payload.indices { longPayloads.append(payload[index]) }
        }
        storedRows.append(row)
    }

    /// Appends a frame given as a value.
    public mutating func append(_ frame: Frame) {
        append(
            FrameRow(
                timestamp: frame.timestamp, identifier: frame.identifier, channel: frame.channel,
                flags: frame.flags, length: 0, dlc: frame.dlc, payloadWord: 0),
            payload: frame.payload.span)
    }

    /// Appends the frame at `index` of another batch, with its payload.
    @inlinable
    public mutating func append(frameAt index: Int, of other: borrowing FrameBatch) {
        let row = other.rows[index]
        if row.isShort {
            storedRows.append(row)
        } else {
            append(row, payload: other.longPayload(at: index))
        }
    }

    /// Appends an event that came after all frames so far.
    public mutating func append(_ kind: BusEvent.Kind, at time: Timestamp, channel: UInt8? = nil) {
        storedEvents.append(
            BusEvent(rowIndex: count, timestamp: time, channel: channel, kind: kind))
    }

    /// Inserts an event before the row it names, after the events that are already there.
    public mutating func insert(_ event: BusEvent) {
        precondition(
            event.rowIndex <= count, "an event comes before a row of its batch or at its end")
        let place = storedEvents.lastIndex { $0.rowIndex <= event.rowIndex }.map { $0 + 1 } ?? 0
        storedEvents.insert(event, at: place)
    }

    /// Puts events before everything that is in the batch, in their order.
    public mutating func prepend(_ events: [BusEvent]) {
        storedEvents.insert(
            contentsOf: events.map { event in
                var event = event
                event.rowIndex = 0
                return event
            }, at: 0)
    }

    /// Drops the events for which `isUnwanted` says so.
    public mutating func removeEvents(where isUnwanted: (BusEvent) -> Bool) {
        storedEvents.removeAll(where: isUnwanted)
    }

    /// Drops all frames behind the first `count`, and the events that came after those.
    public mutating func keepFirst(_ count: Int) {
        guard count < storedRows.count else { return }
        storedRows.removeLast(storedRows.count - count)
        storedEvents.removeAll { $0.rowIndex > count }
        storedRuns.removeAll { $0.rowIndex >= count }
    }

    /// Rounds all stamps, of frames and events, down to multiples of `resolution` nanoseconds.
    public mutating func truncateStamps(to resolution: Int64) {
        guard resolution > 1 else { return }
        for index in storedRows.indices {
            storedRows[index].timestamp = storedRows[index].timestamp.truncated(to: resolution)
        }
        for index in storedEvents.indices {
            storedEvents[index].timestamp = storedEvents[index].timestamp.truncated(to: resolution)
        }
    }

    /// Empties the batch and keeps its memory.
    @inlinable
    public mutating func removeAll() {
        storedRows.removeAll(keepingCapacity: true)
        longPayloads.removeAll(keepingCapacity: true)
        storedEvents.removeAll(keepingCapacity: true)
        storedRuns.removeAll(keepingCapacity: true)
        isNumbered = true
    }
}
