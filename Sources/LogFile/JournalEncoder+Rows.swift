import CANFrame

/// The rows of a record: the loop that decides what a recorded frame costs.
extension JournalEncoder {
    /// Appends rows until `stop` or until the record has enough; the result is the next row.
    @inline(__always)
    mutating func append(
        rowsFrom start: Int, to stop: Int, of batch: borrowing FrameBatch
    ) -> Int {
        if clock.isLooking { clock.look(at: batch.rows, from: start, to: stop) }
        var row = start
        while row < stop, scratch.pen.hasRoom {
            let count = min(stop &- row, scratch.pen.roomForCommonRows)
            let done = append(commonRows: batch.rows.extracting(row..<row &+ count))
            row &+= done
            if done < count {
                appendAny(row, of: batch)
                row &+= 1
            }
        }
        return row
    }

    /// Appends rows up to the first with anything unusual: a new key or one of the numbers of two
    /// bytes, a long payload, a time that does not fit. The result is how many.
    ///
    /// What differs from row to row is computed, not branched on: a branch that is wrongly predicted
    /// costs as much as half of a row.
    @inline(__always)
    private mutating func append(commonRows rows: Span<FrameRow>) -> Int {
        // Held in registers while the loop runs; in memory, each row would wait for the one before.
        var (pen, last, stamp) = (scratch.pen, lastKey, clock.lastStamp)
        let unit = clock.unit
        var done = rows.count
        for row in rows.indices {
            let next = rows[row]
            let key = next.journalKey
            let time = unit.quotient(next.timestamp.nanoseconds &- stamp)
            let number = keyTable.probableNumber(of: key)
            let slot = keys[number]
            guard time < JournalRowHead.wideTime, slot.key == key, slot.isCommon else {
                done = row
                break
            }
            stamp = next.timestamp.nanoseconds

            let difference = (next.payloadWord ^ slot.word) & slot.valid
            let changed = nonzeroFlags(difference)
            let changedMask = mask(ofFlags: changed)
            let keyIsTold = Int(keys[last].next) != number
            let maskIsTold = changedMask != slot.mask
            let short = UInt64(changedMask) &<< 16
            let long = UInt64(changedMask) &<< 24 | UInt64(truncatingIfNeeded: number) &<< 16
            pen.append(
                word: (keyIsTold ? long | JournalRowHead.keyBit : short) | time
                    | (maskIsTold ? JournalRowHead.maskBit : 0),
                keeping: 2 &+ (keyIsTold ? 1 : 0) &+ (maskIsTold ? 1 : 0))
            pen.append(bytesOf: next.payloadWord, flaggedBy: changed)

            keys[last].next = UInt16(truncatingIfNeeded: number)
            keys[number].word = slot.word ^ difference
            keys[number].mask = changedMask
            last = number
        }
        scratch.pen = pen
        lastKey = last
        clock.skip(to: stamp)
        return done
    }

    /// Appends one row of any kind.
    @inline(never)
    private mutating func appendAny(_ index: Int, of batch: borrowing FrameBatch) {
        let row = batch.rows[index]
        let (time, extra) = clock.time(of: row.timestamp.nanoseconds)
        let (number, isNew) = number(of: row.journalKey)
        let keyBit =
            isNew || Int(keys[lastKey].next) != number ? JournalRowHead.keyBit : 0
        keys[lastKey].next = UInt16(truncatingIfNeeded: number)
        lastKey = number
        let head = { (bits: UInt64, pen: inout JournalPen) in
            pen.append(word: time | keyBit | bits, keeping: 2)
        }
        if row.isShort {
            let slot = keys[number]
            let difference = (row.payloadWord ^ slot.word) & slot.valid
            let changed = nonzeroFlags(difference)
            let changedMask = mask(ofFlags: changed)
            let isTold = changedMask != slot.mask
            head(isTold ? JournalRowHead.maskBit : 0, &scratch.pen)
            appendKeyAndTime(number, isNew, isTold: keyBit != 0, extra)
            if isTold { scratch.pen.append(byte: changedMask) }
            scratch.pen.append(bytesOf: row.payloadWord, flaggedBy: changed)
            keys[number].word = slot.word ^ difference
            keys[number].mask = changedMask
        } else {
            let payload = batch.longPayload(at: index)
            let groups = changedGroups(of: payload, keys[number].long)
            head(groups == 0 ? 0 : JournalRowHead.maskBit, &scratch.pen)
            appendKeyAndTime(number, isNew, isTold: keyBit != 0, extra)
            if groups != 0 { append(payload, in: groups, keys[number].long) }
        }
    }

    /// What comes between head and mask.
    private mutating func appendKeyAndTime(
        _ number: Int, _ isNew: Bool, isTold: Bool, _ extra: JournalClock.Extra
    ) {
        if isNew {
            scratch.pen.append(byte: JournalRowHead.newKey)
            scratch.pen.append(word: keys[number].key)
        } else if isTold {
            append(number: number)
        }
        switch extra {
        case .none: break
        case .low(let bits): scratch.pen.append(word: bits, keeping: 2)
        case .exact(let distance): scratch.pen.append(varint: zigzag(distance))
        }
    }

    private mutating func append(number: Int) {
        let limit = JournalRowHead.shortKeyLimit
        if number < limit {
            scratch.pen.append(byte: UInt8(truncatingIfNeeded: number))
        } else {
            let rest = number &- limit
            scratch.pen.append(byte: UInt8(truncatingIfNeeded: limit &+ rest &>> 8))
            scratch.pen.append(byte: UInt8(truncatingIfNeeded: rest))
        }
    }

    /// A bit for each group of 8 bytes that differs from the last payload, in the place `long`.
    private func changedGroups(of payload: Span<UInt8>, _ long: Int16) -> UInt8 {
        var groups: UInt8 = 0
        for group in 0..<(payload.count + 7) / 8
        where payload.word(at: group * 8, count: 8) != payloads.word(of: group, at: long) {
            groups |= 1 << UInt8(group)
        }
        return groups
    }

    /// A payload of more than 8 bytes: which groups of 8 changed, then for each such group the mask
    /// of its bytes and these.
    private mutating func append(_ payload: Span<UInt8>, in groups: UInt8, _ long: Int16) {
        scratch.pen.append(byte: groups)
        for group in 0..<8 where groups & 1 << UInt8(group) != 0 {
            let word = payload.word(at: group * 8, count: 8)
            let changed = nonzeroFlags(word ^ payloads.word(of: group, at: long))
            scratch.pen.append(byte: mask(ofFlags: changed))
            scratch.pen.append(bytesOf: word, flaggedBy: changed)
        }
        payloads.store(payload, at: long)
    }

    /// The number of a key, after taking it into use if it is new.
    private mutating func number(of key: UInt64) -> (number: Int, isNew: Bool) {
        if let known = keyTable.find(key, in: keys) { return (known, false) }
        var slot = JournalSlot(key: key)
        slot.long = payloads.place(forLength: Int(UInt8(truncatingIfNeeded: key >> 48)))
        keys.add(slot)
        return (keys.count, true)
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
