import CANFrame

/// The frames of one data group in the order in which they lie in the file.
///
/// A sorted data group has one channel group, whose records follow one another. In an unsorted one
/// each record begins with the number of its group; their order is that of the recording, and stays.
struct MDFSequence: Sendable {
    /// One channel group with frames.
    struct Group: Sendable {
        var layout: MDFFrameLayout
        var recordSize: Int
        /// What the file says there are.
        var cycleCount: UInt64
        /// How many were read.
        var number: UInt64 = 0
        /// Where payloads are that are kept in signal data.
        var signalData: MDFDataWindow?
        /// Which of ``stores`` has the payloads.
        var store = 0
    }

    /// What a record's number stands for.
    private enum Record {
        case frame(Int, size: Int)
        case variableLength(Int)
        case other(size: Int)
    }

    /// A frame whose payload has not come yet.
    private struct Waiting {
        var row: FrameRow
        var store: Int
        var offset: UInt64
    }

    /// So many frames may wait for their payloads.
    private static let greatestWait = 4096
    /// A value of variable length may have so many bytes; those of frames have 64.
    private static let greatestValue = MDFVariableStore.reach

    let place: String
    private let framesAtOnce: Int
    private let recordIDSize: Int
    private let isFinalised: Bool
    private var window: MDFDataWindow
    private var groups: [Group] = []
    private var records: [UInt64: Record] = [:]
    private var latestRecord: (identifier: UInt64, record: Record)?
    private var stores: [MDFVariableStore] = []
    private var waiting: [Waiting] = []
    private var hasEnded = false
    private(set) var chunk = MDFChunk()

    init(
        _ group: MDFStructure.DataGroup, _ identification: MDFIdentification,
        _ blocks: MDFBlockReader, _ limits: MDFMemoryLimits
    ) {
        place = group.place
        framesAtOnce = limits.frames
        recordIDSize = group.recordIDSize
        isFinalised = !identification.unfinished.contains(.cycleCounts)
        let open = { (link: UInt64) in
            MDFDataWindow(
                MDFDataList(link, identification, blocks), place: blocks.place, limits)
        }
        window = open(group.dataLink)
        var storeOfGroup: [UInt64: Int] = [:]
        for channels in group.groups {
            if case .variableLength = channels.content {
                storeOfGroup[channels.offset] = stores.count
                records[channels.recordID] = .variableLength(stores.count)
                stores.append(MDFVariableStore())
            }
        }
        for channels in group.groups {
            switch channels.content {
            case .variableLength: break
            case .other: records[channels.recordID] = .other(size: channels.recordSize)
            case .frames(var layout):
                var frames = Group(
                    layout: layout, recordSize: channels.recordSize,
                    cycleCount: channels.cycleCount)
                if layout.payload == .signalData {
                    if let store = storeOfGroup[layout.payloadLink] {
                        layout.payload = .channelGroup
                        frames.store = store
                    } else {
                        frames.signalData = open(layout.payloadLink)
                    }
                    frames.layout = layout
                }
                records[channels.recordID] = .frame(groups.count, size: channels.recordSize)
                groups.append(frames)
            }
        }
    }

    /// Whether each frame has its place in the log.
    var isNumbered: Bool { groups.allSatisfy { $0.layout.frameNumber.isThere } }
    /// Whether records follow one another without numbers.
    var isSorted: Bool { recordIDSize == 0 }

    /// Changes what is taken of the chunk.
    mutating func take(upTo row: Int) { chunk.next = row }
    mutating func takeLosses() -> UInt64 { chunk.takeLosses() }

    /// Decodes the next frames, when all before are taken; none at the end.
    mutating func fill<Source: ByteSource & ~Copyable>(
        from source: borrowing Source, _ buses: inout MDFBuses, _ inflater: inout MDFInflater,
        _ gaps: inout ReadingGaps
    ) throws(StreamError) {
        chunk.removeAll()
        while chunk.rows.count < framesAtOnce && !hasEnded {
            do throws(MDFError) {
                if isSorted {
                    try fillSorted(from: source, &buses, &inflater, &gaps)
                } else {
                    try fillUnsorted(from: source, &buses, &inflater, &gaps)
                }
            } catch {
                switch error {
                case .damaged(let error): end(error, &gaps)
                case .unreadable(let error): throw error
                }
            }
        }
    }

    // MARK: - The end

    private mutating func end(_ damage: StreamError?, _ gaps: inout ReadingGaps) {
        hasEnded = true
        dropWaiting(&gaps)
        gaps.damage = gaps.damage ?? damage
    }

    /// The data ended: what is missing is found by what the file says.
    private mutating func endOfData(_ gaps: inout ReadingGaps) {
        var damage = window.cut
        if damage == nil, window.count > 0 {
            damage = StreamError(
                place: place, cause: "the data ends within a record, \(window.count) bytes into it")
        }
        for group in groups where isFinalised && group.number < group.cycleCount {
            let missing = group.cycleCount - group.number
            damage =
                damage
                ?? StreamError(
                    place: place,
                    cause: "\(missing) of the \(group.cycleCount) frames it names are not there")
        }
        end(damage, &gaps)
    }

    // MARK: - Sorted

    private mutating func fillSorted<Source: ByteSource & ~Copyable>(
        from source: borrowing Source, _ buses: inout MDFBuses,
        _ inflater: inout MDFInflater, _ gaps: inout ReadingGaps
    ) throws(MDFError) {
        // Only the first group has records where none has a number.
        let size = groups[0].recordSize
        let left =
            isFinalised
            ? groups[0].cycleCount - min(groups[0].number, groups[0].cycleCount) : .max
        if left == 0 { return try endOfCycles(from: source, &inflater, &gaps) }
        if toPass > 0, window.count > 0 {
            let step = min(toPass, window.count)
            toPass -= step
            return window.take(step)
        }
        let there = window.count / size
        if there == 0 || toPass > 0 {
            if hole != nil { return passHole(size, &gaps) }
            switch try window.readOn(from: source, &inflater) {
            case .bytes: return
            case .end: return endOfData(&gaps)
            case .hole(let bytes, let error):
                // What could be read before the damage comes first.
                hole = (bytes, error)
                return
            }
        }
        let count = Int(min(UInt64(min(there, framesAtOnce - chunk.rows.count)), left))
        if groups[0].signalData != nil {
            for _ in 0..<count {
                try appendWithSignalData(
                    0, at: window.start, from: source, &buses, &inflater, &gaps)
                window.take(size)
            }
        } else {
            let faulty = chunk.appendRecords(
                groups[0].layout, of: window.bytes, from: window.start, stride: size,
                count: count, firstNumber: groups[0].number, &buses)
            if faulty > 0 { skip(faulty, from: groups[0].number, &gaps) }
            window.take(size * count)
            groups[0].number += UInt64(count)
        }
    }

    private mutating func endOfCycles<Source: ByteSource & ~Copyable>(
        from source: borrowing Source, _ inflater: inout MDFInflater,
        _ gaps: inout ReadingGaps
    ) throws(MDFError) {
        if window.count == 0 { _ = try window.readOn(from: source, &inflater) }
        if window.count >= groups[0].recordSize {
            gaps.skip(
                StreamError(
                    place: place,
                    cause: "there is more data than the \(groups[0].cycleCount) records it names"))
        }
        end(nil, &gaps)
    }

    /// Goes on with the first whole record behind damaged bytes.
    private mutating func passHole(_ size: Int, _ gaps: inout ReadingGaps) {
        guard let (bytes, error) = hole else { return }
        hole = nil
        let first = window.position
        window.pass(bytes)
        let size = UInt64(size)
        let frames = (window.position - first + size - 1) / size
        toPass = Int(frames * size - (window.position - first))
        groups[0].number += frames
        gaps.skip(error)
        chunk.lose(frames)
    }

    /// Damaged bytes behind those that are held.
    private var hole: (bytes: UInt64, error: StreamError)?
    /// Bytes of a record that began in a hole.
    private var toPass = 0

    private func fault(_ number: UInt64) -> StreamError {
        StreamError(
            place: "\(place), record \(number)",
            cause: "its time, identifier, bus or length is none that a frame of CAN has")
    }

    private func skip(_ faulty: Int, from first: UInt64, _ gaps: inout ReadingGaps) {
        for _ in 0..<faulty { gaps.skip(fault(first)) }
    }

    // MARK: - Payloads outside of the record

    /// Appends the frame of a record whose payload is in signal data.
    private mutating func appendWithSignalData<Source: ByteSource & ~Copyable>(
        _ index: Int, at record: Int, from source: borrowing Source, _ buses: inout MDFBuses,
        _ inflater: inout MDFInflater, _ gaps: inout ReadingGaps
    ) throws(MDFError) {
        let (layout, number) = (groups[index].layout, groups[index].number)
        groups[index].number += 1
        let row = layout.frame(at: record, number: number, of: window.bytes.span, &buses)
        let offset = layout.payloadPlace.value(at: record, in: window.bytes.span)
        let frameNumber =
            layout.frameNumber.isThere
            ? layout.frameNumber.value(at: record, in: window.bytes.span) : nil
        guard var row else {
            gaps.skip(fault(number))
            return chunk.lose(1)
        }
        guard layout.kind == .data else { return chunk.append(row, frameNumber: frameNumber) }
        guard
            let (place, length) = try groups[index].signalData?.value(
                at: offset, from: source, &inflater),
            length <= 64, setLength(&row, UInt8(length), layout)
        else {
            gaps.skip(
                StreamError(
                    place: "\(self.place), record \(number)",
                    cause: "its payload is not at \(offset) of its signal data"))
            return chunk.lose(1)
        }
        chunk.append(
            row, payloadAt: place, of: groups[index].signalData?.bytes ?? [],
            frameNumber: frameNumber)
    }

    /// The payload's own length is the length, which the record must not contradict by more than what
    /// a classic frame's DLC above 8 may.
    private func setLength(
        _ row: inout FrameRow, _ length: UInt8, _ layout: MDFFrameLayout
    ) -> Bool {
        if layout.dataLength.isThere || layout.dataLengthCode.isThere {
            return row.length <= length
        }
        row.length = length
        row.dlc = DataLengthCode.code(for: length)
        if length > 8 { row.flags.insert(.flexibleDataRate) }
        return true
    }

    // MARK: - Unsorted

    private mutating func fillUnsorted<Source: ByteSource & ~Copyable>(
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
                gaps.skip(fault(number))
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
                store = ownStore()
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
            let faulty = chunk.appendRecords(
                layout, of: window.bytes, from: record, stride: 0, count: 1,
                firstNumber: number, &buses)
            if faulty > 0 { skip(faulty, from: number, &gaps) }
            groups[index].number += 1
        }
    }

    /// The store of payloads that lie in records and wait with them.
    private mutating func ownStore() -> Int {
        if let ownStoreIndex { return ownStoreIndex }
        stores.append(MDFVariableStore())
        ownStoreIndex = stores.count - 1
        return stores.count - 1
    }

    private var ownStoreIndex: Int?

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

    private mutating func dropWaiting(_ gaps: inout ReadingGaps) {
        for frame in waiting { lose(frame, &gaps) }
        waiting.removeAll()
    }
}

extension MDFDataWindow {
    /// Where in ``bytes`` the value of variable length at `offset` is, and its length. What lies
    /// before is given up when the data is read on; `nil` for an offset before that or behind the end.
    mutating func value<Source: ByteSource & ~Copyable>(
        at offset: UInt64, from source: borrowing Source,
        _ inflater: inout MDFInflater
    ) throws(MDFError) -> (place: Int, length: UInt32)? {
        guard try hold(4, at: offset, from: source, &inflater) else { return nil }
        let place = start + Int(offset - position)
        let length = UInt32(truncatingIfNeeded: bytes.span.word(at: place).bits)
        guard length <= 64, try hold(4 + UInt64(length), at: offset, from: source, &inflater) else {
            return nil
        }
        return (start + Int(offset - position) + 4, length)
    }

    private mutating func hold<Source: ByteSource & ~Copyable>(
        _ wanted: UInt64, at offset: UInt64, from source: borrowing Source,
        _ inflater: inout MDFInflater
    ) throws(MDFError) -> Bool {
        guard offset >= position else { return false }
        while UInt64(count) < wanted || offset - position > UInt64(count) - wanted {
            take(Int(min(UInt64(count), offset - position)))
            switch try readOn(from: source, &inflater) {
            case .bytes: continue
            case .end: return false
            case .hole(let bytes, _):
                pass(bytes)
                if offset < position { return false }
            }
        }
        return true
    }
}
