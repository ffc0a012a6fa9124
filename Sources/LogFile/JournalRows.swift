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
    /// The number of the last row's key.
    private var lastKey = 0
    private var payloads = JournalPayloads()
    private var events = EventBodyCoder()
    private(set) var lastStamp: Int64 = 0
    private var lastEventStamp: Int64 = 0
    private var unit: UInt64 = 1
    /// Frames of the record that are not read yet.
    private(set) var framesLeft = 0

    /// Begins a record, of which `bytes` hold all.
    private mutating func begin(_ record: JournalRecord, in bytes: Span<UInt8>) {
        body.load(bytes.extracting(record.headSize..<record.headSize + record.bodySize))
        framesLeft = record.frames
        guard let restart = record.restart else { return }
        keys.reset()
        lastKey = 0
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

    /// Reads to the end of the record, and then one whole record after another that `held` has at
    /// `position`; `finished` means that there is none that simply follows.
    mutating func read(
        into batch: inout FrameBatch, eventLimit: Int, from held: borrowing JournalHeldBytes,
        at position: inout JournalPosition, seed: UInt32
    ) -> Outcome {
        while true {
            let outcome = read(into: &batch, eventLimit: eventLimit)
            guard outcome == .finished else { return outcome }
            let bytes = held.bytes(at: position.offset)
            guard let record = JournalRecord(at: bytes, seed: seed),
                record.restart.map({ $0.firstFrameNumber == position.number }) ?? true,
                record.isIntact(in: bytes, seed: seed, expected: position.number)
            else { return .finished }
            begin(record, in: bytes)
            position.offset += UInt64(record.size)
            position.number &+= UInt64(record.frames)
        }
    }

    /// Appends rows and events to `batch` until the record ends or the batch is full.
    private mutating func read(into batch: inout FrameBatch, eventLimit: Int) -> Outcome {
        while !body.isAtEnd {
            if batch.isFull || batch.events.count >= eventLimit { return .full }
            readCommonRows(into: &batch)
            if body.isAtEnd || batch.isFull { continue }
            guard readAny(into: &batch) else { return .malformed }
        }
        return framesLeft == 0 ? .finished : .malformed
    }

    /// Reads rows up to the first with anything unusual, or that cannot be: the counterpart of the
    /// writer's loop, and without branches on what differs from row to row as that is.
    private mutating func readCommonRows(into batch: inout FrameBatch) {
        var stamp = lastStamp
        var last = lastKey
        var left = min(framesLeft, batch.capacity - batch.count)
        framesLeft -= left
        while left > 0, body.position < body.end {
            let head = body.nextWord
            let time = head & JournalRowHead.timeBits
            let keyIsTold = head &>> 14 & 1
            let maskIsTold = head &>> 15 & 1
            let toldKey = head &>> 16 & 0xFF
            let nextKey = UInt64(keys[last].next)
            let number = Int(
                truncatingIfNeeded: nextKey ^ ((nextKey ^ toldKey) & (0 &- keyIsTold)))
            guard time < JournalRowHead.wideTime, keys.contains(number) else { break }
            let slot = keys[number]
            let toldMask = UInt8(truncatingIfNeeded: head &>> (16 &+ keyIsTold &* 8))
            let mask = slot.mask ^ ((slot.mask ^ toldMask) & (0 &- UInt8(maskIsTold)))
            let changed = flags(ofMask: mask)
            guard slot.isCommon, wholeBytes(ofFlags: changed) & ~slot.valid == 0 else { break }
            let start = body.position
            body.skip(Int(truncatingIfNeeded: 2 &+ keyIsTold &+ maskIsTold))
            let word = body.bytes(flaggedBy: changed, of: slot.word)
            guard !body.isOverrun else {
                body.skip(start &- body.position)
                break
            }
            stamp &+= Int64(bitPattern: time &* unit)
            keys[last].next = UInt16(truncatingIfNeeded: number)
            keys[number].word = word
            keys[number].mask = mask
            last = number
            left &-= 1
            batch.append(
                FrameRow(
                    journalKey: slot.key, timestamp: Timestamp(nanoseconds: stamp),
                    payloadWord: word))
        }
        (lastStamp, lastKey) = (stamp, last)
        framesLeft += left
    }

    /// Reads one row of any kind or one event; false if it cannot be.
    @inline(never)
    private mutating func readAny(into batch: inout FrameBatch) -> Bool {
        let head = UInt64(body.half())
        let time = head & JournalRowHead.timeBits
        if time == JournalRowHead.event { return head == time && readEvent(into: &batch) }
        guard framesLeft > 0,
            let number = number(isTold: head & JournalRowHead.keyBit != 0)
        else { return false }
        readTime(time)
        let maskIsTold = head & JournalRowHead.maskBit != 0
        guard
            keys[number].isShort
                ? readShort(number, maskIsTold, into: &batch)
                : readLong(number, maskIsTold, into: &batch)
        else { return false }
        framesLeft -= 1
        return true
    }

    private mutating func readEvent(into batch: inout FrameBatch) -> Bool {
        let tag = body.byte()
        let channel = tag & JournalRowHead.channelBit == 0 ? nil : body.byte()
        lastEventStamp &+= unzigzag(body.varint())
        let size = body.varint()
        guard let bytes = body.take(size) else { return false }
        let time = Timestamp(nanoseconds: lastEventStamp)
        // A kind of a later minor version is passed over.
        guard let kind = EventKind(rawValue: tag & ~JournalRowHead.channelBit) else { return true }
        guard let content = events.decode(kind, at: time, channel: channel, body: bytes.span) else {
            return false
        }
        batch.append(content, at: time, channel: channel)
        return true
    }

    private mutating func readShort(
        _ number: Int, _ maskIsTold: Bool, into batch: inout FrameBatch
    ) -> Bool {
        let slot = keys[number]
        let mask = maskIsTold ? body.byte() : slot.mask
        let changed = flags(ofMask: mask)
        // A byte beyond the length would be seen by everyone who takes a payload as a word.
        guard wholeBytes(ofFlags: changed) & ~slot.valid == 0 else { return false }
        let word = body.bytes(flaggedBy: changed, of: slot.word)
        guard !body.isOverrun else { return false }
        keys[number].word = word
        keys[number].mask = mask
        batch.append(
            FrameRow(
                journalKey: slot.key, timestamp: Timestamp(nanoseconds: lastStamp),
                payloadWord: word))
        return true
    }

    private mutating func readLong(
        _ number: Int, _ groupsAreTold: Bool, into batch: inout FrameBatch
    ) -> Bool {
        let slot = keys[number]
        let length = Int(UInt8(truncatingIfNeeded: slot.key &>> 48))
        var payload: LongPayload = .init(repeating: 0)
        let groups = groupsAreTold ? body.byte() : 0
        for group in 0..<(length + 7) / 8 {
            var word = payloads.word(of: group, at: slot.long)
            if groups & 1 << UInt8(group) != 0 {
                let changed = flags(ofMask: body.byte())
                let valid = FrameRow.maskedWord(.max, length: UInt8(min(8, length - group * 8)))
                guard wholeBytes(ofFlags: changed) & ~valid == 0 else { return false }
                word = body.bytes(flaggedBy: changed, of: word)
            }
            for index in group * 8..<group * 8 + 8 {
                payload[index] = UInt8(truncatingIfNeeded: word &>> UInt64(index % 8 * 8))
            }
        }
        guard UInt(groups) >> UInt((length + 7) / 8) == 0, !body.isOverrun else { return false }
        let bytes = payload.span.extracting(0..<length)
        payloads.store(bytes, at: slot.long)
        batch.append(
            FrameRow(
                journalKey: slot.key, timestamp: Timestamp(nanoseconds: lastStamp), payloadWord: 0),
            payload: bytes)
        return true
    }

    /// The number of a row's key, or `nil` if it cannot be.
    private mutating func number(isTold: Bool) -> Int? {
        var number = Int(keys[lastKey].next)
        if isTold {
            let first = body.byte()
            number = Int(first)
            if first == JournalRowHead.newKey {
                guard addKey(body.word()) else { return nil }
                number = keys.count
            } else if number >= JournalRowHead.shortKeyLimit {
                let rest = (number - JournalRowHead.shortKeyLimit) << 8 | Int(body.byte())
                number = JournalRowHead.shortKeyLimit + rest
            }
        }
        guard keys.contains(number) else { return nil }
        keys[lastKey].next = UInt16(truncatingIfNeeded: number)
        lastKey = number
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

    private mutating func readTime(_ time: UInt64) {
        switch time {
        case JournalRowHead.exactTime: lastStamp &+= unzigzag(body.varint())
        case JournalRowHead.wideTime...:
            addUnits((time - JournalRowHead.wideTime) << 16 | UInt64(body.half()))
        default: addUnits(time)
        }
    }

    private mutating func addUnits(_ count: UInt64) {
        lastStamp &+= Int64(bitPattern: count &* unit)
    }
}
