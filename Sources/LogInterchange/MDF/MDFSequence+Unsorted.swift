import CANFrame

/// Records with the numbers of their groups before them, and payloads in records of their own.
extension MDFSequence {
    /// So many frames may wait for their payloads.
    private static let greatestWait = 4096
    /// A value of variable length may have so many bytes; those of frames have 64.
    private static let greatestValue = MDFVariableStore.reach

    mutating func fillUnsorted<Source: ByteSource & ~Copyable>(
        from source: borrowing Source, _ buses: inout MDFBuses,
        _ inflater: inout MDFInflater, _ gaps: inout ReadingGaps
    ) throws(MDFError) {
        guard try hold(recordIDSize, from: source, &inflater) else { return endOfData(&gaps) }
        let start = window.start
        let identifier =
            window.bytes.span.word(at: start).bits
            & (recordIDSize == 8 ? .max : (1 << UInt64(recordIDSize * 8)) - 1)
        guard let record = record(identifier) else {
            throw .damaged(
                StreamError(
                    place: "\(place), byte \(window.position) of its data",
                    cause: "there is no channel group with the record id \(identifier)"))
        }
        switch record {
        case .frame(let index, let size):
            guard try hold(recordIDSize + size, from: source, &inflater) else {
                return endOfData(&gaps)
            }
            try appendUnsorted(index, from: source, &buses, &inflater, &gaps)
            window.take(recordIDSize + size)
        case .other(let size):
            guard try hold(recordIDSize, from: source, &inflater) else { return endOfData(&gaps) }
            window.take(recordIDSize)
            guard try pass(UInt64(size), from: source, &inflater) else { return endOfData(&gaps) }
            gaps.otherContent += 1
        case .variableLength(let store):
            guard try hold(recordIDSize + 4, from: source, &inflater) else {
                return endOfData(&gaps)
            }
            let length = Int(
                UInt32(
                    truncatingIfNeeded: window.bytes.span.word(at: window.start + recordIDSize)
                        .bits))
            guard length <= Self.greatestValue else {
                throw .damaged(
                    StreamError(
                        place: "\(place), byte \(window.position) of its data",
                        cause: "a value of \(length) bytes is no payload of a frame"))
            }
            guard try hold(recordIDSize + 4 + length, from: source, &inflater) else {
                return endOfData(&gaps)
            }
            let value = window.start + recordIDSize
            stores[store].append(window.bytes, value..<value + 4 + length)
            window.take(recordIDSize + 4 + length)
            takeWaiting(&gaps)
        }
    }

    /// What a record's number stands for; the same as that of the record before, most often.
    private mutating func record(_ identifier: UInt64) -> Record? {
        if let latestRecord, latestRecord.identifier == identifier { return latestRecord.record }
        guard let record = records[identifier] else { return nil }
        latestRecord = (identifier, record)
        return record
    }

    /// Holds `count` bytes; false if the data ends before.
    private mutating func hold<Source: ByteSource & ~Copyable>(
        _ count: Int, from source: borrowing Source, _ inflater: inout MDFInflater
    ) throws(MDFError) -> Bool {
        while window.count < count {
            switch try window.readOn(from: source, &inflater) {
            case .bytes: continue
            case .end: return false
            // Where the next record begins, only those before it tell.
            case .hole(_, let error): throw .damaged(error)
            }
        }
        return true
    }

    private mutating func pass<Source: ByteSource & ~Copyable>(
        _ count: UInt64, from source: borrowing Source, _ inflater: inout MDFInflater
    ) throws(MDFError) -> Bool {
        var left = count
        while left > 0 {
            guard try hold(1, from: source, &inflater) else { return false }
            let step = Int(min(left, UInt64(window.count)))
            window.take(step)
            left -= UInt64(step)
        }
        return true
    }

    private mutating func appendUnsorted<Source: ByteSource & ~Copyable>(
        _ index: Int, from source: borrowing Source, _ buses: inout MDFBuses,
        _ inflater: inout MDFInflater, _ gaps: inout ReadingGaps
    ) throws(MDFError) {
        let record = window.start + recordIDSize
        let layout = groups[index].layout
        if layout.payload == .signalData {
            return try appendWithSignalData(
                index, at: record, from: source, &buses, &inflater, &gaps)
        }
        let number = groups[index].number
        if layout.payload == .channelGroup || !waiting.isEmpty {
            groups[index].number += 1
            let row = layout.frame(at: record, number: number, of: window.bytes.span, &buses)
            guard var row else {
                gaps.skip(Self.fault(number, in: place))
                return chunk.lose(1)
            }
            var store = -1
            var offset: UInt64 = 0
            if layout.payload == .channelGroup && layout.kind == .data {
                store = groups[index].store
                offset = layout.payloadPlace.value(at: record, in: window.bytes.span)
                if !layout.dataLength.isThere && !layout.dataLengthCode.isThere {
                    // To be taken from the value.
                    row.dlc = .max
                }
            } else if layout.kind == .data {
                // A payload in the record waits with it, as a value of its own.
                store = openOwnStore()
                offset = stores[store].end
                let place = record + layout.payloadOffset
                let length = Int(row.length)
                let prefix: [UInt8] = [row.length, 0, 0, 0]
                stores[store].append(prefix, 0..<4)
                stores[store].append(window.bytes, place..<place + length)
            }
            waiting.append(Waiting(row: row, store: store, offset: offset))
            takeWaiting(&gaps)
        } else {
            let place = place
            chunk.appendRecords(
                layout, of: window.bytes, from: record, stride: 0, count: 1,
                firstNumber: number, &buses
            ) { gaps.skip(Self.fault($0, in: place)) }
            groups[index].number += 1
        }
    }

    private mutating func openOwnStore() -> Int {
        if let ownStore { return ownStore }
        stores.append(MDFVariableStore())
        ownStore = stores.count - 1
        return stores.count - 1
    }

    /// Appends the frames whose payloads are there, in order; one whose payload does not come is
    /// passed over when too many wait behind it.
    private mutating func takeWaiting(_ gaps: inout ReadingGaps) {
        var taken = 0
        while taken < waiting.count {
            var frame = waiting[taken]
            if frame.store < 0 {
                chunk.append(frame.row, frameNumber: nil)
            } else if let (place, length) = stores[frame.store].value(at: frame.offset) {
                appendWaiting(&frame, place, length, &gaps)
            } else if frame.offset >= stores[frame.store].end,
                waiting.count - taken <= Self.greatestWait
            {
                break
            } else {
                lose(frame, &gaps)
            }
            taken += 1
        }
        if taken > 0 { waiting.removeFirst(taken) }
    }

    private mutating func appendWaiting(
        _ frame: inout Waiting, _ place: Int, _ length: UInt32, _ gaps: inout ReadingGaps
    ) {
        guard length <= 64 else { return lose(frame, &gaps) }
        if frame.row.dlc == .max {
            frame.row.length = UInt8(length)
            frame.row.dlc = DataLengthCode.code(for: frame.row.length)
            if length > 8 { frame.row.flags.insert(.flexibleDataRate) }
        }
        guard UInt32(frame.row.length) <= length else { return lose(frame, &gaps) }
        chunk.append(
            frame.row, payloadAt: place, of: stores[frame.store].bytes, frameNumber: nil)
    }

    private mutating func lose(_ frame: Waiting, _ gaps: inout ReadingGaps) {
        gaps.skip(
            StreamError(
                place: place,
                cause:
                    "the payload of a frame at \(frame.row.timestamp.nanoseconds) ns is not at \(frame.offset) of its channel group"
            ))
        chunk.lose(1)
    }

    mutating func dropWaiting(_ gaps: inout ReadingGaps) {
        for frame in waiting { lose(frame, &gaps) }
        waiting.removeAll()
    }
}
