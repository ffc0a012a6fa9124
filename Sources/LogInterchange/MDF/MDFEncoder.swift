public import CANFrame

/// Writes bus logging as ASAM MDF 4.10, as asammdf and the readers of loggers take it.
///
/// Into a file: one sorted data group for each kind of frame (data frames up to 8 bytes and longer
/// ones apart), compressed in blocks of 1 MiB, transposed where that is smaller. Blocks are written
/// as they fill; what describes them comes at the end, and the file's head is then written again.
/// Into a pipe: an unfinalised file with one unsorted data group, whose DT block has no length.
///
/// Times are whole nanoseconds, or microseconds where the log has no finer ones, in 64 bits with a
/// sign: exact for 292 years, also for stamps before the start or that step back. Where a log has
/// several groups, all but the first number their frames, so that canlog reads them in their order.
///
/// The direction is left out where none is known; a frame of unknown direction among others, and all
/// in a pipe, count as received. The bus's number has 16 bits; names of interfaces that a reader would not make of the number stand
/// in the comment of the file's header, in a pipe those of the channels that are known at the start.
public struct MDFEncoder: InterchangeEncoder {
    private let options: EncodingOptions
    private let start: Int64
    private var numbering = ChannelNumbering()
    private var groups: [MDFOutputGroup] = []
    /// Which of ``groups`` takes the frames of a kind; all frames of one batch have one tick.
    private var groupOfKind = [Int](
        repeating: -1, count: MDFRecordForm.Kind.allCases.count)
    private var tick: Int64
    private var names: [UInt16: String] = [:]
    private var frames: UInt64 = 0
    private var scratch = MDFCompression()
    private var stream: MDFStreamedRecords?
    private var isStarted = false
    public private(set) var unheld = UnheldContent()

    public init(_ options: EncodingOptions) {
        self.options = options
        // Whole seconds, since many readers keep the start in microseconds; the format has none
        // before 1970.
        start = max(0, options.start.truncated(to: 1_000_000_000).nanoseconds)
        tick = options.resolution % 1_000 == 0 ? 1_000 : 1
    }

    /// Later frames have finer stamps: they go into groups of their own.
    public mutating func widen(resolution: Int64, hasFDFBit: Bool) {
        guard resolution % 1_000 != 0 else { return }
        useNanoseconds()
    }

    private mutating func useNanoseconds() {
        guard tick > 1 else { return }
        tick = 1
        for kind in groupOfKind.indices { groupOfKind[kind] = -1 }
    }

    public mutating func write<Output: ByteSink & ~Copyable>(
        _ batch: borrowing FrameBatch, to output: inout Output
    ) throws(StreamError) {
        for index in batch.events.indices { describe(batch.events[index]) }
        unheld.countEvents(of: batch)
        if !isStarted { try begin(output.canOverwrite, to: &output) }
        if tick > 1 && !areMicroseconds(batch.rows) { useNanoseconds() }
        if stream != nil {
            try writeStream(batch, to: &output)
        } else {
            var next = 0
            while next < batch.count {
                next = try append(batch, from: next, to: &output)
            }
        }
    }

    public mutating func finish<Output: ByteSink & ~Copyable>(
        to output: inout Output
    ) throws(StreamError) {
        if !isStarted { try begin(output.canOverwrite, to: &output) }
        if stream != nil { return }
        if groups.isEmpty { groups.append(MDFOutputGroup(form(.short))) }
        for index in groups.indices { try groups[index].flush(to: &output, &scratch) }
        var blocks = MDFBlockWriter(at: output.byteCount)
        let source = Self.source(&blocks)
        var next: UInt64 = 0
        for group in groups.reversed() {
            let channels = group.form.write(
                to: &blocks, source: source, next: 0, recordID: 0, cycleCount: group.count)
            let data = Self.list(of: group, &blocks)
            next = blocks.append(
                .dataGroup, links: [next, channels, data, 0], Self.recordIDSize(0))
        }
        let comment = self.comment(&blocks)
        let bytes = blocks.bytes
        try output.append(bytes.span)
        let head = self.head(dataGroup: next, comment: comment, unfinished: [])
        try output.overwrite(head.span, at: 0)
    }

    // MARK: - Frames

    private mutating func describe(_ event: BusEvent) {
        guard case .channel(let description) = event.kind, let channel = event.channel else {
            return
        }
        var lost = UnheldContent()
        numbering.describe(event, &lost)
        guard !lost.isEmpty else { return }
        if stream != nil {
            // The header is written.
            unheld[.interfaceName] += 1
        } else {
            names[numbering.number(of: channel)] = description.interface
        }
    }

    private func areMicroseconds(_ rows: Span<FrameRow>) -> Bool {
        var rest: Int64 = 0
        for index in rows.indices { rest |= rows[index].timestamp.nanoseconds % 1_000 }
        return rest == 0
    }

    private func form(_ kind: MDFRecordForm.Kind) -> MDFRecordForm {
        MDFRecordForm(kind: kind, tick: tick, isNumbered: !groups.isEmpty)
    }

    /// Appends frames to their groups until a block is full; gives the next frame.
    private mutating func append<Output: ByteSink & ~Copyable>(
        _ batch: borrowing FrameBatch, from first: Int, to output: inout Output
    ) throws(StreamError) -> Int {
        let rows = batch.rows
        var next = first
        while next < batch.count {
            let row = rows[next]
            let kind = MDFRecordForm.Kind(row)
            if kind == .error && !row.isShort {
                unheld[.frame] += 1
                next += 1
                continue
            }
            var index = groupOfKind[Int(kind.rawValue)]
            if index < 0 {
                index = groups.count
                groups.append(MDFOutputGroup(form(kind)))
                groupOfKind[Int(kind.rawValue)] = index
            }
            if kind == .short && !groups[index].form.isNumbered {
                // Most frames: as many as follow one another.
                let end = try appendShort(rows, from: next, to: index)
                frames += UInt64(end - next)
                next = end
            } else {
                let (time, word) = try words(row)
                groups[index].append(time, word, row.flags)
                groups[index].append(row, kind, payload: batch.longPayload(at: next))
                if groups[index].form.isNumbered { groups[index].append(frames) }
                frames += 1
                next += 1
            }
            if groups[index].isFull {
                try groups[index].flush(to: &output, &scratch)
                return next
            }
        }
        return next
    }

    private mutating func appendShort(
        _ rows: Span<FrameRow>, from first: Int, to index: Int
    ) throws(StreamError) -> Int {
        var next = first
        while next < rows.count && !groups[index].isFull {
            let row = rows[next]
            guard MDFRecordForm.Kind(row) == .short else { break }
            let (time, word) = try words(row)
            groups[index].append(time, word, row.flags)
            groups[index].append(row.payloadWord)
            next += 1
        }
        return next
    }

    /// The two words that all records begin with.
    @inline(__always)
    private mutating func words(_ row: FrameRow) throws(StreamError) -> (UInt64, UInt64) {
        let (time, overflow) = row.timestamp.nanoseconds.subtractingReportingOverflow(start)
        guard !overflow else { throw options.tooEarly(row.timestamp) }
        let ticks = tick == 1 ? time : time / 1_000
        let bus = numbering.number(of: row.channel)
        let isSent = row.flags.rawValue >= 0x80
        let flags = row.flags.rawValue
        // DLC, Dir, EDL, BRS, ESI.
        let bits =
            UInt64(row.dlc & 15) | (isSent ? 0x10 : 0) | UInt64(flags & 4) << 3
            | UInt64(flags & 1) << 6 | UInt64(flags & 2) << 6
        let identifier = UInt64(row.identifier.rawValue & 0x9FFF_FFFF)
        return (
            UInt64(bitPattern: ticks),
            identifier | UInt64(bus) << 32 | bits << 48 | UInt64(row.length) << 56
        )
    }

    // MARK: - Blocks

    private mutating func begin<Output: ByteSink & ~Copyable>(
        _ canOverwrite: Bool, to output: inout Output
    ) throws(StreamError) {
        isStarted = true
        if canOverwrite {
            let head = self.head(
                dataGroup: 0, comment: 0, unfinished: [.cycleCounts, .lastDataLength])
            return try output.append(head.span)
        }
        tick = 1
        let records = MDFStreamedRecords()
        let size = head(dataGroup: 0, comment: 0, unfinished: []).count
        var blocks = MDFBlockWriter(at: UInt64(size))
        let source = Self.source(&blocks)
        let channels = records.write(to: &blocks, source: source)
        let comment = self.comment(&blocks)
        // The DT block follows the data group, which is the last of these.
        let data = blocks.end + 24 + 4 * 8 + 8
        let group = blocks.append(
            .dataGroup, links: [0, channels, data, 0],
            Self.recordIDSize(UInt8(MDFStreamedRecords.recordIDSize)))
        let head = self.head(
            dataGroup: group, comment: comment, unfinished: [.cycleCounts, .lastDataLength])
        let bytes =
            head + blocks.bytes + MDFBlockWriter.head(.data, linkCount: 0, dataSize: 0).bytes
        try output.append(bytes.span)
        stream = records
    }

    private mutating func writeStream<Output: ByteSink & ~Copyable>(
        _ batch: borrowing FrameBatch, to output: inout Output
    ) throws(StreamError) {
        let rows = batch.rows
        for index in rows.indices {
            let row = rows[index]
            if row.identifier.isError && !row.isShort {
                unheld[.frame] += 1
                continue
            }
            let (time, word) = try words(row)
            stream?.append(row, time, word, payload: batch.longPayload(at: index))
        }
        if let content = stream?.take() { try output.append(content.span) }
    }

    /// The identification, HD and FH blocks; always of the same size.
    private func head(
        dataGroup: UInt64, comment: UInt64, unfinished: MDFIdentification.Unfinished
    ) -> [UInt8] {
        var blocks = MDFBlockWriter(at: 0)
        blocks.append(MDFBlockWriter.identification(unfinished))
        var header = MDFBytes()
        // UTC; the place's distance to it is not known, nor said (hd_time_flags 0).
        header.append(UInt64(start))
        header.append([UInt8](repeating: 0, count: 8))
        header.append(0.0)
        header.append(0.0)
        let history = UInt64(MDFIdentification.size + 104)
        blocks.append(.header, links: [dataGroup, history, 0, 0, 0, comment], header)
        var change = MDFBytes()
        change.append(UInt64(start))
        change.append([UInt8](repeating: 0, count: 8))
        let note = blocks.end + 24 + 2 * 8 + 16
        blocks.append(.fileHistory, links: [0, note], change)
        let program = MDFText.escaped(options.program)
        _ = blocks.text(
            "<FHcomment><TX>written by \(program)</TX><tool_id>canlog</tool_id>"
                + "<tool_vendor>canlog</tool_vendor><tool_version>\(program)</tool_version></FHcomment>",
            isXML: true)
        return blocks.bytes
    }

    private func comment(_ blocks: inout MDFBlockWriter) -> UInt64 {
        guard !names.isEmpty else { return 0 }
        let properties = names.sorted { $0.key < $1.key }.map {
            "<e name=\"\(MDFInterfaceNames.property)\($0.key)\">\(MDFText.escaped($0.value))</e>"
        }
        return blocks.text(
            "<HDcomment><TX/><common_properties>" + properties.joined()
                + "</common_properties></HDcomment>", isXML: true)
    }

    /// Where frames come from: a bus, and that one of CAN (`si_type` 2, `si_bus_type` 2).
    private static func source(_ blocks: inout MDFBlockWriter) -> UInt64 {
        let name = blocks.text("CAN")
        var data = MDFBytes()
        data.append([2, 2, 0, 0, 0, 0, 0, 0])
        return blocks.append(.source, links: [name, name, 0], data)
    }

    private static func recordIDSize(_ size: UInt8) -> MDFBytes {
        var data = MDFBytes()
        data.append([size, 0, 0, 0, 0, 0, 0, 0])
        return data
    }

    /// The list of a group's blocks, behind the header that compressed ones need; 0 without any.
    private static func list(of group: MDFOutputGroup, _ blocks: inout MDFBlockWriter) -> UInt64 {
        guard !group.blocks.isEmpty else { return 0 }
        var list = MDFBytes()
        // All blocks but the last have the same length.
        list.append([1, 0, 0, 0])
        list.append(UInt32(group.blocks.count))
        list.append(UInt64(group.fullSize))
        let first = blocks.append(.dataList, links: [0] + group.blocks, list)
        var header = MDFBytes()
        header.append(UInt16(1))
        header.append([group.isTransposed == true ? 1 : 0, 0, 0, 0, 0, 0])
        return blocks.append(.headerOfList, links: [first], header)
    }
}

extension MDFRecordForm.Kind {
    @inline(__always)
    init(_ row: FrameRow) {
        if row.identifier.rawValue & 0x6000_0000 == 0 {
            self = row.length <= 8 ? .short : .long
        } else {
            self = row.identifier.isError ? .error : .remote
        }
    }
}

extension MDFOutputGroup {
    /// Appends what follows the first two words of a record, but for the frame's number.
    mutating func append(
        _ row: FrameRow, _ kind: MDFRecordForm.Kind, payload: Span<UInt8>
    ) {
        switch kind {
        case .short: append(row.payloadWord)
        case .remote: break
        case .error:
            append(row.payloadWord)
            append(UInt64(BusError(row)?.mdfType ?? 0))
        case .long:
            for word in 0..<8 {
                var value: UInt64 = 0
                for byte in 0..<8 where word * 8 + byte < payload.count {
                    value |= UInt64(payload[word * 8 + byte]) &<< UInt64(byte * 8)
                }
                append(value)
            }
        }
    }
}

/// Frames as records of an unsorted data group, each with the number of its channel group before it;
/// for outputs that cannot be written again.
struct MDFStreamedRecords: Sendable {
    static let recordIDSize = 1

    private var groups: [MDFOutputGroup]
    private var bytes: [UInt8] = []

    init() {
        groups = MDFRecordForm.Kind.allCases.map {
            MDFOutputGroup(MDFRecordForm(kind: $0, tick: 1, isNumbered: false))
        }
    }

    /// Writes the blocks of all channel groups; gives the first one's place.
    func write(to blocks: inout MDFBlockWriter, source: UInt64) -> UInt64 {
        var next: UInt64 = 0
        for group in groups.reversed() {
            next = group.form.write(
                to: &blocks, source: source, next: next,
                recordID: UInt64(group.form.kind.rawValue) + 1, cycleCount: 0)
        }
        return next
    }

    mutating func append(_ row: FrameRow, _ time: UInt64, _ word: UInt64, payload: Span<UInt8>) {
        let kind = MDFRecordForm.Kind(row)
        let index = Int(kind.rawValue)
        groups[index].append(time, word, row.flags)
        groups[index].append(row, kind, payload: payload)
        bytes.append(kind.rawValue + 1)
        for word in groups[index].take() {
            for byte in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * byte))) }
        }
    }

    /// The records that are not written yet.
    mutating func take() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }
}
