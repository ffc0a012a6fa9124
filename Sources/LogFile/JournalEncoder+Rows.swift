import CANFrame

/// The rows of a record: the loop that decides what a recorded frame costs.
extension JournalEncoder {
    /// Appends rows until `stop` or until the record has enough; the result is the next row.
    mutating func append(
        rowsFrom start: Int, to stop: Int, of batch: borrowing FrameBatch
    ) -> Int {
        let rows = batch.rows
        var row = start
        while row < stop && scratch.hasRoom {
            let next = rows[row]
            if next.isShort {
                appendShort(next)
            } else {
                appendLong(next, payload: batch.longPayload(at: row))
            }
            row &+= 1
        }
        return row
    }

    @inline(__always)
    private mutating func appendShort(_ row: FrameRow) {
        let word = FrameRow.maskedWord(row.payloadWord, length: row.length)
        let (number, keyBits) = number(of: row.journalKey)
        let time = time(of: row.timestamp.nanoseconds)
        let slot = slots[number]
        let difference = nonzeroMask(word ^ slot.expectedWord)
        let maskBits =
            difference == 0
            ? JournalControl.unchanged
            : keyBits != JournalControl.newKey && difference == slot.mask
                ? JournalControl.lastMask
                : keyBits != JournalControl.newKey && difference == slot.olderMask
                    ? JournalControl.olderMask : JournalControl.givenMask
        scratch.append(byte: keyBits | maskBits | time.bits)
        appendKey(number, bits: keyBits)
        append(time)
        if difference != 0 {
            if maskBits == JournalControl.givenMask { scratch.append(byte: difference) }
            scratch.append(bytesOf: word, in: difference)
            if maskBits != JournalControl.lastMask { slots[number].note(mask: difference) }
        }
        slots[number].note(word)
    }

    /// A payload of more than 8 bytes: a bit for each group of 8 that changed, then for each such
    /// group the mask of its bytes and these.
    private mutating func appendLong(_ row: FrameRow, payload: Span<UInt8>) {
        let (number, keyBits) = number(of: row.journalKey)
        let time = time(of: row.timestamp.nanoseconds)
        let before = slots[number].long
        let start = before < 0 ? nil : Int(before) * DataLengthCode.maximumLength
        var groups: UInt8 = 0
        for group in 0..<(payload.count + 7) / 8 {
            let last = start.map { payloads.bytes.span.word(at: $0 + group * 8, count: 8) } ?? 0
            if payload.word(at: group * 8, count: 8) != last { groups |= 1 << UInt8(group) }
        }
        let maskBits = groups == 0 ? JournalControl.unchanged : JournalControl.givenMask
        scratch.append(byte: keyBits | maskBits | time.bits)
        appendKey(number, bits: keyBits)
        append(time)
        guard groups != 0 else { return }
        scratch.append(byte: groups)
        for group in 0..<8 where groups & 1 << UInt8(group) != 0 {
            let last = start.map { payloads.bytes.span.word(at: $0 + group * 8, count: 8) } ?? 0
            let word = payload.word(at: group * 8, count: 8)
            let mask = nonzeroMask(word ^ last)
            scratch.append(byte: mask)
            scratch.append(bytesOf: word, in: mask)
        }
        if let start {
            for index in payload.indices { payloads.bytes[start + index] = payload[index] }
        }
    }

    /// The number of a key, and the bits that say how it is told.
    @inline(__always)
    private mutating func number(of key: UInt64) -> (number: Int, bits: UInt8) {
        let context = JournalOrder.context(order.last, order.beforeLast)
        let likely = Int(order.likely[context])
        if likely < slots.count && slots[likely].key == key {
            slots[order.last].next = UInt16(truncatingIfNeeded: likely)
            (order.beforeLast, order.last) = (order.last, likely)
            return (likely, JournalControl.likelyKey)
        }
        let (number, bits) = numberOfUnlikely(key)
        order.likely[context] = UInt16(truncatingIfNeeded: number)
        slots[order.last].next = UInt16(truncatingIfNeeded: number)
        (order.beforeLast, order.last) = (order.last, number)
        return (number, bits)
    }

    @inline(__always)
    private mutating func numberOfUnlikely(_ key: UInt64) -> (number: Int, bits: UInt8) {
        if order.last < slots.count {
            let next = Int(slots[order.last].next)
            if slots[next].key == key { return (next, JournalControl.nextKey) }
        }
        let new = slots.count
        if let known = keys.find(key, in: slots, new: new) {
            return (known, JournalControl.numberedKey)
        }
        var slot = JournalSlot(key: key)
        slot.long = payloads.place(forLength: Int(UInt8(truncatingIfNeeded: key >> 48)))
        slots.append(slot)
        return (new, JournalControl.newKey)
    }

    @inline(__always)
    private mutating func appendKey(_ number: Int, bits: UInt8) {
        if bits == JournalControl.numberedKey {
            if number < JournalControl.shortKeyLimit {
                scratch.append(byte: UInt8(truncatingIfNeeded: number))
            } else {
                let rest = number &- JournalControl.shortKeyLimit
                let limit = UInt8(truncatingIfNeeded: JournalControl.shortKeyLimit)
                scratch.append(byte: limit &+ UInt8(truncatingIfNeeded: rest &>> 8))
                scratch.append(byte: UInt8(truncatingIfNeeded: rest))
            }
        } else if bits == JournalControl.newKey {
            scratch.append(word: slots[number].key)
        }
    }

    /// A time since the last row: the low bits of the control byte, and what follows.
    private struct Time {
        var bits: UInt8
        var value: UInt64
    }

    @inline(__always)
    private mutating func time(of stamp: Int64) -> Time {
        let distance = stamp &- lastStamp
        lastStamp = stamp
        finder.note(distance)
        guard distance != 0 else { return Time(bits: JournalControl.noTime, value: 0) }
        if distance > 0, let quotient = unit.quotient(UInt64(bitPattern: distance)) {
            if quotient < UInt64(JournalControl.wideTime) &<< 8 {
                return Time(bits: UInt8(truncatingIfNeeded: quotient &>> 8), value: quotient)
            }
            return Time(
                bits: quotient <= 0xFFFF ? JournalControl.wideTime : JournalControl.longTime,
                value: quotient)
        }
        if distance > 0 { sawOtherUnit = true }
        return Time(bits: JournalControl.exactTime, value: zigzag(distance))
    }

    @inline(__always)
    private mutating func append(_ time: Time) {
        if time.bits < JournalControl.wideTime {
            scratch.append(byte: UInt8(truncatingIfNeeded: time.value))
        } else if time.bits == JournalControl.wideTime {
            scratch.append(half: UInt16(truncatingIfNeeded: time.value))
        } else if time.bits != JournalControl.noTime {
            scratch.append(varint: time.value)
        }
    }
}

extension Span<UInt8> {
    /// Up to 8 bytes from `offset` on as a little-endian word; those beyond the end are zero.
    @inline(__always)
    func word(at offset: Int, count limit: Int) -> UInt64 {
        var word: UInt64 = 0
        for index in (offset..<Swift.min(count, offset + limit)).reversed() {
            word = word << 8 | UInt64(self[index])
        }
        return word
    }
}
