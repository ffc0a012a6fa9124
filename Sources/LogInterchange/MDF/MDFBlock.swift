import CANFrame

/// What a block of a file holds: the two letters behind `##` (MDF 4.1, 5.3).
enum MDFBlockKind: UInt16, Sendable {
    case header = 0x4844  // HD
    case fileHistory = 0x4648  // FH
    case text = 0x5458  // TX
    case metadata = 0x4D44  // MD
    case dataGroup = 0x4447  // DG
    case channelGroup = 0x4347  // CG
    case channel = 0x434E  // CN
    case conversion = 0x4343  // CC
    case source = 0x5349  // SI
    case data = 0x4454  // DT
    case signalData = 0x5344  // SD
    case dataValues = 0x4456  // DV
    case compressed = 0x445A  // DZ
    case dataList = 0x444C  // DL
    case listOfData = 0x4C44  // LD
    case headerOfList = 0x484C  // HL

    /// The letters.
    var name: String {
        String(decoding: [UInt8(rawValue >> 8), UInt8(rawValue & 0xFF)], as: UTF8.self)
    }
}

/// Why reading stopped.
enum MDFError: Error {
    /// The file is not what the standard says; what precedes is good.
    case damaged(StreamError)
    /// The file cannot be read at all.
    case unreadable(StreamError)
}

/// A block of which the head is read: `id`, `length`, `link_count` (MDF 4.1, 5.3).
struct MDFBlock: Sendable {
    /// The size of `id`, `reserved`, `length` and `link_count`.
    static let headSize = 24

    var kind: MDFBlockKind
    var offset: UInt64
    /// With its head; may reach beyond the end of the file.
    var length: UInt64
    var linkCount: UInt64

    /// Where the data behind the links is.
    var dataOffset: UInt64 { offset + UInt64(Self.headSize) + linkCount * 8 }
    /// How many bytes of data there are, as the block says.
    var dataSize: UInt64 { length - UInt64(Self.headSize) - linkCount * 8 }
}

/// The bytes of a small block, little-endian; what lies behind its end is zero, as older versions of
/// the standard have shorter blocks.
struct MDFFields: Sendable {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func byte(_ offset: Int) -> UInt8 { offset < bytes.count ? bytes[offset] : 0 }

    func integer<Number: FixedWidthInteger & UnsignedInteger>(
        _ offset: Int, _: Number.Type = Number.self
    ) -> Number {
        var value: Number = 0
        for index in (0..<MemoryLayout<Number>.size).reversed() {
            value = value << 8 | Number(truncatingIfNeeded: byte(offset + index))
        }
        return value
    }

    func real(_ offset: Int) -> Double { Double(bitPattern: integer(offset)) }

    /// The text up to its terminating zero.
    var text: String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
    /// All of the bytes.
    var content: [UInt8] { bytes }
}

/// Where in a file something is, for messages, and how much of it may still be looked at.
struct MDFBlockReader: Sendable {
    /// The file's name.
    let place: String
    /// The file's size when it was opened.
    let fileSize: UInt64

    /// The blocks that hold nothing but data.
    static let dataKinds: [MDFBlockKind] = [.data, .signalData, .dataValues, .compressed]

    /// How many bytes the file has from `offset` on; none where a cut block's links end behind it.
    func bytesLeft(from offset: UInt64) -> UInt64 { fileSize > offset ? fileSize - offset : 0 }

    /// An error of the block at `offset`.
    func damage(_ kind: String, at offset: UInt64, _ cause: String) -> MDFError {
        .damaged(StreamError(place: "\(place), \(kind) at byte \(offset)", cause: cause))
    }

    /// The head of the block at `offset`, whose kind is one of `kinds`; its data may be cut off by the
    /// end of the file.
    func block<Source: ByteSource & ~Copyable>(
        at offset: UInt64, _ kinds: [MDFBlockKind], in source: borrowing Source
    ) throws(MDFError) -> MDFBlock {
        let wanted = kinds.map(\.name).joined(separator: " or ")
        guard offset >= 64, offset <= fileSize, fileSize - offset >= UInt64(MDFBlock.headSize)
        else {
            throw damage(
                wanted + " block", at: offset, "a link leads outside the file of \(fileSize) bytes")
        }
        let head = try fields(at: offset, count: MDFBlock.headSize, in: source)
        let letters = UInt16(head.byte(2)) << 8 | UInt16(head.byte(3))
        guard head.byte(0) == UInt8(ascii: "#"), head.byte(1) == UInt8(ascii: "#"),
            let kind = MDFBlockKind(rawValue: letters), kinds.contains(kind)
        else {
            throw damage(wanted + " block", at: offset, "there is no such block")
        }
        let length = head.integer(8, UInt64.self)
        let links = head.integer(16, UInt64.self)
        // Of data, what there is can be read.
        let mayBeCut = Self.dataKinds.contains(kind)
        guard length >= UInt64(MDFBlock.headSize),
            length <= (mayBeCut ? UInt64.max / 2 : fileSize - offset),
            links <= (length - UInt64(MDFBlock.headSize)) / 8,
            links <= (fileSize - offset) / 8
        else {
            throw damage(
                kind.name + " block", at: offset,
                "its length of \(length) bytes and its \(links) links do not fit one another or the file"
            )
        }
        return MDFBlock(kind: kind, offset: offset, length: length, linkCount: links)
    }

    /// The first `count` links of a block; those that it does not have are 0.
    func links<Source: ByteSource & ~Copyable>(
        of block: MDFBlock, from first: UInt64 = 0, count: Int, in source: borrowing Source
    ) throws(MDFError) -> [UInt64] {
        let there = Int(min(UInt64(count), block.linkCount - min(first, block.linkCount)))
        let bytes = try fields(
            at: block.offset + UInt64(MDFBlock.headSize) + first * 8, count: there * 8, in: source)
        return (0..<count).map { $0 < there ? bytes.integer($0 * 8) : 0 }
    }

    /// The first `count` bytes of a block's data; fewer where it has fewer.
    func data<Source: ByteSource & ~Copyable>(
        of block: MDFBlock, count: Int, in source: borrowing Source
    ) throws(MDFError) -> MDFFields {
        try fields(
            at: block.dataOffset, count: Int(min(UInt64(count), block.dataSize)), in: source)
    }

    /// The text of a TX or MD block, or so many bytes of it; empty without one.
    func text<Source: ByteSource & ~Copyable>(
        at offset: UInt64, atMost size: Int = 1024, in source: borrowing Source
    ) throws(MDFError) -> String {
        guard offset != 0 else { return "" }
        let block = try block(at: offset, [.text, .metadata], in: source)
        return try data(of: block, count: size, in: source).text
    }

    private func fields<Source: ByteSource & ~Copyable>(
        at offset: UInt64, count: Int, in source: borrowing Source
    ) throws(MDFError) -> MDFFields {
        do throws(StreamError) {
            return MDFFields(try source.bytes(at: offset, count: count))
        } catch {
            throw .unreadable(error)
        }
    }
}
