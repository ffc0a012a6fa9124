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
    enum Record {
        case frame(Int, size: Int)
        case variableLength(Int)
        case other(size: Int)
    }

    /// A frame whose payload has not come yet.
    struct Waiting {
        var row: FrameRow
        var store: Int
        var offset: UInt64
    }

    let place: String
    private let framesAtOnce: Int
    let recordIDSize: Int
    private let isFinalised: Bool
    var window: MDFDataWindow
    var groups: [Group] = []
    var records: [UInt64: Record] = [:]
    var latestRecord: (identifier: UInt64, record: Record)?
    var stores: [MDFVariableStore] = []
    var waiting: [Waiting] = []
    /// The store of payloads that lie in records and wait with them.
    var ownStore: Int?
    private var hasEnded = false
    var chunk = MDFChunk()

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
                    // Without ids no record can be one of the other group.
                    if recordIDSize > 0, let store = storeOfGroup[layout.payloadLink] {
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
    mutating func endOfData(_ gaps: inout ReadingGaps) {
        var damage = window.cut
        if damage == nil, window.count > 0 {
            damage = StreamError(
                place: place, cause: "the data ends within a record, \(window.count) bytes into it")
        }
        end(damage ?? missingFrames, &gaps)
    }

    /// What the file names and does not have.
    private var missingFrames: StreamError? {
        guard isFinalised, let group = groups.first(where: { $0.number < $0.cycleCount }) else {
            return nil
        }
        let missing = group.cycleCount - group.number
        return StreamError(
            place: place,
            cause: "\(missing) of the \(group.cycleCount) frames it names are not there")
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
            let place = place
            chunk.appendRecords(
                groups[0].layout, of: window.bytes, from: window.start, stride: size,
                count: count, firstNumber: groups[0].number, &buses
            ) { gaps.skip(Self.fault($0, in: place)) }
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
        // Those of further groups, which cannot be told apart.
        end(missingFrames, &gaps)
    }

    /// Goes on with the first whole record behind damaged bytes.
    private mutating func passHole(_ size: Int, _ gaps: inout ReadingGaps) {
        guard let (bytes, error) = hole else { return }
        hole = nil
        gaps.skip(error)
        // The end of a record that an earlier hole began in, and that is counted with it.
        let rest = min(UInt64(toPass), bytes)
        toPass -= Int(rest)
        let damaged = UInt64(window.count) + bytes - rest
        window.pass(bytes)
        guard damaged > 0 else { return }
        let size = UInt64(size)
        let frames = (damaged + size - 1) / size
        toPass = Int(frames * size - damaged)
        groups[0].number += frames
        chunk.lose(frames)
    }

    /// Damaged bytes behind those that are held.
    private var hole: (bytes: UInt64, error: StreamError)?
    /// Bytes of a record that began in a hole.
    private var toPass = 0

    static func fault(_ number: UInt64, in place: String) -> StreamError {
        StreamError(
            place: "\(place), record \(number)",
            cause: "its time, identifier, bus or length is none that a frame of CAN has")
    }

    // MARK: - Payloads outside of the record

    /// Appends the frame of a record whose payload is in signal data.
    mutating func appendWithSignalData<Source: ByteSource & ~Copyable>(
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
            gaps.skip(Self.fault(number, in: self.place))
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
