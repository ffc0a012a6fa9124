import CANFrame

/// A payload of more than 8 bytes while it is put together; 64 is ``DataLengthCode/maximumLength``.
private typealias LongPayload = [64 of UInt8]

/// Reads the rows and events of one record after another: the counterpart of the encoder.
///
/// Records come here with a CRC that is right, so what cannot be is a writer's mistake or malice: it
/// ends the record, and never traps or reads beyond the body.
struct JournalRows: ~Copyable {
    /// How far ``read(into:)`` came.
    enum Outcome: Equatable {
        /// The record is read.
        case finished
        /// The batch is full, the record is not.
        case full
        /// The bytes cannot be; the frames before were read.
        case malformed
    }

    private var body = JournalBody()
    private var keys = JournalKeys()
    private var trail = JournalTrail()
    private var payloads = JournalPayloads()
    private var events = EventBodyCoder()
    private(set) var lastStamp: Int64 = 0
    private var lastEventStamp: Int64 = 0
    private var unit: UInt64 = 1
    /// Frames of the record that are not read yet.
    private(set) var framesLeft = 0

    /// Begins a record.
    mutating func begin(_ record: JournalRecord, body bytes: Span<UInt8>) {
        body.load(bytes)
        framesLeft = record.frames
        guard let restart = record.restart else { return }
        keys.reset()
        trail = JournalTrail()
        payloads.reset()
        events = EventBodyCoder()
        (lastStamp, lastEventStamp) = (restart.base, restart.base)
        unit = UInt64(bitPattern: restart.unit)
    }

    /// Gives up the rest of a record.
    mutating func abandon() {
        body.removeAll()
        framesLeft = 0
    }

    /// Appends rows and events to `batch` until the record ends or the batch is full.
    mutating func read(into batch: inout FrameBatch, eventLimit: Int) -> Outcome {
        while !body.isAtEnd {
            if batch.isFull || batch.events.count >= eventLimit { return .full }
            let control = body.byte()
            let isEvent = control & 0xF0 == JournalControl.event
            guard isEvent ? readEvent(control, into: &batch) : readRow(control, into: &batch) else {
                return .malformed
            }
        }
        return framesLeft == 0 ? .finished : .malformed
    }

    private mutating func readEvent(_ control: UInt8, into batch: inout FrameBatch) -> Bool {
        guard control & 0x0F == 0 else { return false }
        let tag = body.byte()
        let channel = tag & JournalControl.channelBit == 0 ? nil : body.byte()
        lastEventStamp &+= unzigzag(body.varint())
        let size = body.varint()
        guard let bytes = body.take(size) else { return false }
        let time = Timestamp(nanoseconds: lastEventStamp)
        // A kind of a later minor version is passed over.
        guard let kind = EventKind(rawValue: tag & ~JournalControl.channelBit) else { return true }
        guard let content = events.decode(kind, at: time, channel: channel, body: bytes.span) else {
            return false
        }
        batch.append(content, at: time, channel: channel)
        return true
    }

    @inline(__always)
    private mutating func readRow(_ control: UInt8, into batch: inout FrameBatch) -> Bool {
        guard framesLeft > 0, let number = number(control & 0xC0) else { return false }
        readTime(control & 0x0F)
        let key = keys[number].key
        let length = UInt8(truncatingIfNeeded: key &>> 48)
        if length > 8 { return readLong(control, number, length, into: &batch) }

        var word = keys[number].expectedWord
        let maskBits = control & 0x30
        if maskBits == JournalControl.unchanged {
            keys[number].noteExpected(word)
        } else {
            var mask = keys[number].mask
            if maskBits != JournalControl.lastMask {
                mask = maskBits == JournalControl.olderMask ? keys[number].olderMask : body.byte()
                keys[number].note(mask: mask)
            }
            // A byte beyond the length would be seen by everyone who takes a payload as a word.
            guard UInt(mask) &>> UInt(length) == 0 else { return false }
            word = body.bytes(in: mask, of: word)
            keys[number].note(word)
        }
        guard !body.isOverrun else { return false }
        framesLeft &-= 1
        batch.append(
            FrameRow(
                journalKey: key, timestamp: Timestamp(nanoseconds: lastStamp), payloadWord: word))
        return true
    }

    private mutating func readLong(
        _ control: UInt8, _ number: Int, _ length: UInt8, into batch: inout FrameBatch
    ) -> Bool {
        var payload: LongPayload = .init(repeating: 0)
        let place = Int(keys[number].long) * DataLengthCode.maximumLength
        if place >= 0 {
            for index in 0..<Int(length) { payload[index] = payloads.bytes[place + index] }
        }
        switch control & 0x30 {
        case JournalControl.unchanged: break
        case JournalControl.givenMask:
            let groups = body.byte()
            for group in 0..<8 where groups & 1 << UInt8(group) != 0 {
                let mask = body.byte()
                guard readGroup(group, mask, of: Int(length), into: &payload) else { return false }
            }
        default: return false
        }
        guard !body.isOverrun else { return false }
        if place >= 0 {
            for index in 0..<Int(length) { payloads.bytes[place + index] = payload[index] }
        }
        framesLeft -= 1
        batch.append(
            FrameRow(
                journalKey: keys[number].key, timestamp: Timestamp(nanoseconds: lastStamp),
                payloadWord: 0),
            payload: payload.span.extracting(0..<Int(length)))
        return true
    }

    /// Replaces the bytes of one group of 8 that `mask` names, all of them within `length`.
    private mutating func readGroup(
        _ group: Int, _ mask: UInt8, of length: Int,
        into payload: inout LongPayload
    ) -> Bool {
        for index in 0..<8 where mask & 1 << UInt8(index) != 0 {
            guard group * 8 + index < length else { return false }
            payload[group * 8 + index] = body.byte()
        }
        return true
    }

    /// The number of a row's key, or `nil` if it cannot be.
    @inline(__always)
    private mutating func number(_ bits: UInt8) -> Int? {
        var number = 0
        switch bits {
        case JournalControl.likelyKey: number = keys.likelyNumber(after: trail)
        case JournalControl.nextKey: number = keys.nextNumber(after: trail)
        case JournalControl.numberedKey:
            number = Int(body.byte())
            if number >= JournalControl.shortKeyLimit {
                number =
                    JournalControl.shortKeyLimit
                    + ((number &- JournalControl.shortKeyLimit) &<< 8 | Int(body.byte()))
            }
        default:
            number = keys.count
            guard addKey(body.word()) else { return nil }
        }
        guard number < keys.count else { return nil }
        keys.note(number, after: &trail)
        return number
    }

    private mutating func addKey(_ key: UInt64) -> Bool {
        let length = Int(UInt8(truncatingIfNeeded: key >> 48))
        guard keys.count < JournalFormat.restartInterval, length <= DataLengthCode.maximumLength
        else { return false }
        var slot = JournalSlot(key: key)
        slot.long = payloads.place(forLength: length)
        keys.add(slot)
        return true
    }

    @inline(__always)
    private mutating func readTime(_ bits: UInt8) {
        switch bits {
        case JournalControl.noTime: break
        case JournalControl.wideTime: addUnits(UInt64(body.half()))
        case JournalControl.longTime: addUnits(body.varint())
        case JournalControl.exactTime: lastStamp &+= unzigzag(body.varint())
        default: addUnits(UInt64(bits) &<< 8 | UInt64(body.byte()))
        }
    }

    @inline(__always)
    private mutating func addUnits(_ count: UInt64) {
        lastStamp &+= Int64(bitPattern: count &* unit)
    }
}
