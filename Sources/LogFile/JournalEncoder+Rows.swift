import CANFrame

/// The rows of a record: the loop that decides what a recorded frame costs.
extension JournalEncoder {
    /// Appends rows until `stop` or until the record has enough; the result is the next row.
    mutating func append(
        rowsFrom start: Int, to stop: Int, of batch: borrowing FrameBatch
    ) -> Int {
        let rows = batch.rows
        var row = start
        // Held in registers while the loop runs; in memory, each row would wait for the one before.
        var (pen, trail, clock) = (scratch.pen, self.trail, self.clock)
        while row < stop && pen.hasRoom {
            let next = rows[row]
            let time = clock.time(of: next.timestamp.nanoseconds)
            let (number, keyBits) = number(of: next.journalKey, after: &trail)
            if next.isShort {
                appendShort(next, number, keyBits, time, with: &pen)
            } else {
                appendLong(batch.longPayload(at: row), number, keyBits, time, with: &pen)
            }
            row &+= 1
        }
        (scratch.pen, self.trail, self.clock) = (pen, trail, clock)
        return row
    }

    @inline(__always)
    private mutating func appendShort(
        _ row: FrameRow, _ number: Int, _ keyBits: UInt8, _ time: JournalTime,
        with pen: inout JournalPen
    ) {
        let word = FrameRow.maskedWord(row.payloadWord, length: row.length)
        let slot = keys[number]
        let expected = slot.expectedWord
        let difference = nonzeroMask(word ^ expected)
        var maskBits = JournalControl.unchanged
        if difference != 0 {
            maskBits =
                difference == slot.olderMask ? JournalControl.olderMask : JournalControl.givenMask
            if difference == slot.mask { maskBits = JournalControl.lastMask }
        }
        appendHead(keyBits | maskBits | time.bits, number, time, with: &pen)
        guard difference != 0 else { return keys[number].noteExpected(expected) }
        if maskBits != JournalControl.lastMask {
            if maskBits == JournalControl.givenMask { pen.append(byte: difference) }
            keys[number].note(mask: difference)
        }
        pen.append(bytesOf: word, in: difference)
        keys[number].note(word)
    }

    /// A payload of more than 8 bytes: a bit for each group of 8 that changed, then for each such
    /// group the mask of its bytes and these.
    @inline(never)
    private mutating func appendLong(
        _ payload: Span<UInt8>, _ number: Int, _ keyBits: UInt8, _ time: JournalTime,
        with pen: inout JournalPen
    ) {
        let before = keys[number].long
        let start = before < 0 ? nil : Int(before) * DataLengthCode.maximumLength
        var groups: UInt8 = 0
        for group in 0..<(payload.count + 7) / 8 {
            let last = start.map { payloads.bytes.span.word(at: $0 + group * 8, count: 8) } ?? 0
            if payload.word(at: group * 8, count: 8) != last { groups |= 1 << UInt8(group) }
        }
        let maskBits = groups == 0 ? JournalControl.unchanged : JournalControl.givenMask
        appendHead(keyBits | maskBits | time.bits, number, time, with: &pen)
        guard groups != 0 else { return }
        pen.append(byte: groups)
        for group in 0..<8 where groups & 1 << UInt8(group) != 0 {
            let last = start.map { payloads.bytes.span.word(at: $0 + group * 8, count: 8) } ?? 0
            let word = payload.word(at: group * 8, count: 8)
            let mask = nonzeroMask(word ^ last)
            pen.append(byte: mask)
            pen.append(bytesOf: word, in: mask)
        }
        if let start {
            for index in payload.indices { payloads.bytes[start + index] = payload[index] }
        }
    }

    /// The control byte, the key if it is told, and the time.
    @inline(__always)
    private mutating func appendHead(
        _ control: UInt8, _ number: Int, _ time: JournalTime, with pen: inout JournalPen
    ) {
        pen.append(byte: control)
        if control >= JournalControl.numberedKey {
            if control >= JournalControl.newKey {
                pen.append(word: keys[number].key)
            } else {
                appendNumber(number, with: &pen)
            }
        }
        if time.bits < JournalControl.wideTime {
            pen.append(byte: UInt8(truncatingIfNeeded: time.value))
        } else if time.bits == JournalControl.wideTime {
            pen.append(word: time.value, keeping: 2)
        } else if time.bits != JournalControl.noTime {
            pen.append(varint: time.value)
        }
    }

    @inline(__always)
    private func appendNumber(_ number: Int, with pen: inout JournalPen) {
        if number < JournalControl.shortKeyLimit {
            pen.append(byte: UInt8(truncatingIfNeeded: number))
        } else {
            let rest = number &- JournalControl.shortKeyLimit
            let limit = UInt8(truncatingIfNeeded: JournalControl.shortKeyLimit)
            pen.append(byte: limit &+ UInt8(truncatingIfNeeded: rest &>> 8))
            pen.append(byte: UInt8(truncatingIfNeeded: rest))
        }
    }

    /// The number of a key, and the bits that say how it is told.
    @inline(__always)
    private mutating func number(
        of key: UInt64, after trail: inout JournalTrail
    ) -> (number: Int, bits: UInt8) {
        // Before the first key of all, number 0 is no key, and its place holds an old one.
        var number = keys.likelyNumber(after: trail)
        var bits = JournalControl.likelyKey
        if keys[number].key != key || number >= keys.count {
            (number, bits) = numberOfUnlikely(key, after: trail)
        }
        keys.note(number, after: &trail)
        return (number, bits)
    }

    @inline(__always)
    private mutating func numberOfUnlikely(
        _ key: UInt64, after trail: JournalTrail
    ) -> (number: Int, bits: UInt8) {
        let next = keys.nextNumber(after: trail)
        if keys[next].key == key && next < keys.count { return (next, JournalControl.nextKey) }
        if let known = keyTable.find(key, in: keys) { return (known, JournalControl.numberedKey) }
        return (addKey(key), JournalControl.newKey)
    }

    @inline(never)
    private mutating func addKey(_ key: UInt64) -> Int {
        var slot = JournalSlot(key: key)
        slot.long = payloads.place(forLength: Int(UInt8(truncatingIfNeeded: key >> 48)))
        keys.add(slot)
        return keys.count - 1
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
