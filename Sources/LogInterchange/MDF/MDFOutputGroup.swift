import CANFrame

/// What the records of one channel group hold, and where.
///
/// All records begin with two words: nanoseconds or microseconds since the start; then the
/// identifier as `canid_t` has it without its flags but for bit 31 (32 bits), the bus (16), DLC and
/// four flags (8), the length (8).
struct MDFRecordForm: Sendable, Hashable {
    enum Kind: UInt8, Sendable, CaseIterable {
        /// Data frames with up to 8 bytes.
        case short
        /// Data frames with up to 64 bytes.
        case long
        case remote
        case error
    }

    var kind: Kind
    /// How many nanoseconds one tick of the master channel has: 1 or 1,000.
    var tick: Int64
    /// Whether records say which frame of the log they are.
    var isNumbered: Bool
    /// Whether the direction of any frame is known; else there is no channel for it.
    var hasDirection = true

    /// The words of a record before the frame's number.
    private var frameWords: Int {
        switch kind {
        case .short: 3
        case .long: 10
        case .remote: 2
        case .error: 4
        }
    }

    /// How many words of eight bytes a record has.
    var words: Int { frameWords + (isNumbered ? 1 : 0) }

    /// The name of the structure in the standard.
    private var structure: String {
        switch kind {
        case .short, .long: "CAN_DataFrame"
        case .remote: "CAN_RemoteFrame"
        case .error: "CAN_ErrorFrame"
        }
    }

    /// A channel of the structure: `name, byte, bit, bits`.
    private typealias Part = (name: String, byte: Int, bit: Int, bits: Int)

    private var parts: [Part] {
        var parts: [Part] = [
            ("BusChannel", 12, 0, 16), ("ID", 8, 0, 29), ("IDE", 11, 7, 1), ("DLC", 14, 0, 4),
            ("DataLength", 15, 0, 8), ("Dir", 14, 4, 1),
        ]
        if kind != .remote {
            parts += [("EDL", 14, 5, 1), ("BRS", 14, 6, 1), ("ESI", 14, 7, 1)]
        }
        if !hasDirection { parts.removeAll { $0.name == "Dir" } }
        switch kind {
        case .short: parts.append(("DataBytes", 16, 0, 64))
        case .long: parts.append(("DataBytes", 16, 0, 512))
        case .error: parts += [("DataBytes", 16, 0, 64), ("ErrorType", 24, 0, 8)]
        case .remote: break
        }
        return parts
    }

    /// Writes the blocks of the channel group; gives its place.
    func write(
        to blocks: inout MDFBlockWriter, source: UInt64, next: UInt64, recordID: UInt64,
        cycleCount: UInt64
    ) -> UInt64 {
        var first: UInt64 = 0
        if isNumbered {
            first = channel(MDFOwnChannel.frameNumber, (8 * frameWords, 0, 64), first, to: &blocks)
        }
        if kind == .error {
            first = channel(MDFOwnChannel.errorClass, (8, 0, 29), first, to: &blocks)
        }
        var member: UInt64 = 0
        for part in parts.reversed() {
            member = channel(
                "\(structure).\(part.name)", (part.byte, part.bit, part.bits), member,
                isBusEvent: true, isBytes: part.name == "DataBytes", to: &blocks)
        }
        first = channel(
            structure, (8, 0, 64 * (frameWords - 1)), first, isBusEvent: true, isBytes: true,
            composition: member, to: &blocks)
        first = master(next: first, to: &blocks)
        var data = MDFBytes()
        data.append(recordID)
        data.append(cycleCount)
        // A bus event, and each frame as it was ("plain"); a dot within names.
        data.append(UInt16(0x02 | 0x04))
        data.append(UInt16(UInt8(ascii: ".")))
        data.append(UInt32(0))
        data.append(UInt32(8 * words))
        data.append(UInt32(0))
        let name = blocks.text("CAN")
        return blocks.append(.channelGroup, links: [next, first, name, source, 0, 0], data)
    }

    private func master(next: UInt64, to blocks: inout MDFBlockWriter) -> UInt64 {
        var data = MDFBytes()
        // Linear, no flags, no references, two values; no physical range.
        data.append([1, 0])
        data.append(UInt16(0))
        data.append(UInt16(0))
        data.append(UInt16(2))
        data.append(0.0)
        data.append(0.0)
        data.append(0.0)
        data.append(tick == 1 ? 1e-9 : 1e-6)
        let unit = blocks.text("s")
        let conversion = blocks.append(.conversion, links: [0, unit, 0, 0], data)
        return channel(
            "Timestamp", (0, 0, 64), next, isMaster: true, conversion: conversion, unit: unit,
            to: &blocks)
    }

    private func channel(
        _ name: String, _ place: (byte: Int, bit: Int, bits: Int), _ next: UInt64,
        isBusEvent: Bool = false, isBytes: Bool = false, isMaster: Bool = false,
        composition: UInt64 = 0, conversion: UInt64 = 0, unit: UInt64 = 0,
        to blocks: inout MDFBlockWriter
    ) -> UInt64 {
        var data = MDFBytes()
        data.append(
            isMaster ? MDFChannel.Kind.master.rawValue : MDFChannel.Kind.fixedLength.rawValue)
        data.append(UInt8(isMaster ? 1 : 0))
        let type: MDFDataType = isBytes ? .bytes : isMaster ? .signedLittle : .unsignedLittle
        data.append(type.rawValue)
        data.append(UInt8(place.bit))
        data.append(UInt32(place.byte))
        data.append(UInt32(place.bits))
        data.append(UInt32(isBusEvent ? 1 << 10 : 0))
        data.append(UInt32(0))
        data.append(UInt32(0))
        for _ in 0..<6 { data.append(0.0) }
        let text = blocks.text(name)
        return blocks.append(
            .channel, links: [next, composition, text, 0, conversion, 0, unit, 0], data)
    }
}

/// The records of one channel group that are not written yet, and where those are that are.
struct MDFOutputGroup: Sendable {
    /// Records are compressed so many bytes at a time, about 1 MiB.
    static let blockSize = 1 << 20

    private(set) var form: MDFRecordForm
    private(set) var records: [UInt64]
    private var used = 0
    private(set) var count: UInt64 = 0
    /// The flags of all frames together.
    private(set) var flags: UInt8 = 0
    private(set) var blocks: [UInt64] = []
    private let rowsPerBlock: Int
    /// Whether blocks are transposed; found out with the first one.
    private(set) var isTransposed: Bool?

    init(_ form: MDFRecordForm) {
        self.form = form
        // A multiple of eight, which are transposed together.
        rowsPerBlock = Self.blockSize / (form.words * 8) & ~7
        records = [UInt64](repeating: 0, count: rowsPerBlock * form.words)
    }

    var isFull: Bool { used == records.count }
    /// The data size of all blocks but the last.
    var fullSize: Int { records.count * 8 }

    /// Appends the two words that all records begin with.
    @inline(__always)
    mutating func append(_ first: UInt64, _ second: UInt64, _ flags: FrameFlags) {
        self.flags |= flags.rawValue
        records[used] = first
        records[used &+ 1] = second
        used &+= 2
        count &+= 1
    }

    @inline(__always)
    mutating func append(_ word: UInt64) {
        records[used] = word
        used &+= 1
    }

    /// The records as they are, for a file without compression; they then count as written.
    mutating func take() -> ArraySlice<UInt64> {
        defer { used = 0 }
        return records[..<used]
    }

    /// Writes the records as a compressed block.
    mutating func flush<Output: ByteSink & ~Copyable>(
        to output: inout Output, _ scratch: inout MDFCompression
    ) throws(StreamError) {
        form.hasDirection = flags >= 0x40
        guard used > 0 else { return }
        let rows = used / form.words
        let size: Int
        if let isTransposed {
            size = scratch.compress(records, form.words, rows, isTransposed: isTransposed)
        } else {
            let plain = scratch.compress(records, form.words, rows, isTransposed: false)
            let transposed = scratch.compress(records, form.words, rows, isTransposed: true)
            isTransposed = transposed < plain
            size =
                transposed < plain
                ? transposed
                : scratch.compress(records, form.words, rows, isTransposed: false)
        }
        var head = MDFBlockWriter.head(.compressed, linkCount: 0, dataSize: 24 + size)
        head.append(Array("DT".utf8))
        head.append([isTransposed == true ? 1 : 0, 0])
        head.append(UInt32(isTransposed == true ? form.words * 8 : 0))
        head.append(UInt64(used * 8))
        head.append(UInt64(size))
        blocks.append(output.byteCount)
        let bytes = head.bytes
        try output.append(bytes.span)
        try output.append(scratch.compressed.span.extracting(0..<(size + 7) & ~7))
        used = 0
    }
}

/// What compressing needs besides the records, shared by all groups.
struct MDFCompression: Sendable {
    /// libdeflate's; on the logs at hand higher ones made files 1 to 3 % smaller and took twice as long.
    static let level = 1

    private var columns: [UInt8] = []
    private(set) var compressed: [UInt8] = []

    /// Compresses records; gives how many bytes of ``compressed`` are used, behind which seven zeros
    /// follow.
    mutating func compress(
        _ records: [UInt64], _ words: Int, _ rows: Int, isTransposed: Bool
    ) -> Int {
        let size = rows * words * 8
        if columns.count < size { columns = [UInt8](repeating: 0, count: size) }
        if isTransposed {
            MDFTransposition.transpose(records, words: words, rows: rows, into: &columns)
        } else {
            MDFTransposition.copy(records, size, into: &columns)
        }
        // What the compressor may need at most; then it has not to make room itself.
        let bound = size + size / 8 + 1024
        if compressed.count < bound { compressed = [UInt8](repeating: 0, count: bound) }
        let used = Self.compress(columns, size, into: &compressed)
        for index in used..<min(used + 7, compressed.count) { compressed[index] = 0 }
        return used
    }

    private static func compress(
        _ columns: [UInt8], _ size: Int, into compressed: inout [UInt8]
    ) -> Int {
        Deflate.compress(
            columns.span.extracting(0..<size), level: level, into: &compressed)
    }
}
