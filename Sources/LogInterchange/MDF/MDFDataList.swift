import CANFrame

/// The blocks of data that a link leads to, one after another: a block alone, or those of lists
/// (DL, LD) behind a header (HL). Only some links of one list are held at a time.
struct MDFDataList: Sendable {
    /// A block whose bytes come next.
    enum Piece {
        /// Bytes of the file.
        case plain(offset: UInt64, size: UInt64)
        case compressed(MDFCompressedBlock)
    }

    private static let linksAtOnce = 4096

    private let blocks: MDFBlockReader
    private let identification: MDFIdentification
    private let root: UInt64
    private var isOpened = false
    /// A block that stands for itself, or 0.
    private var single: UInt64 = 0
    private var list: MDFBlock?
    private var linkCount: UInt64 = 0
    private var nextList: UInt64 = 0
    private var nextLink: UInt64 = 0
    private var links: [UInt64] = []
    private var linksTaken = 0
    /// Brent's search for a circle: a list seen before, and when the next one is remembered.
    private var remembered: UInt64 = 0
    private var lists: UInt64 = 0
    private var rememberAt: UInt64 = 1
    /// How many bytes of the file the blocks so far cover; no more than it has, or some were named
    /// twice.
    private var covered: UInt64 = 0
    /// Why bytes at the end of a block are missing.
    private(set) var cut: StreamError?

    init(_ root: UInt64, _ identification: MDFIdentification, _ blocks: MDFBlockReader) {
        self.root = root
        self.identification = identification
        self.blocks = blocks
    }

    /// The next block, `nil` behind the last one.
    mutating func next<Source: ByteSource & ~Copyable>(
        in source: borrowing Source
    ) throws(MDFError) -> Piece? {
        if !isOpened { try open(in: source) }
        while true {
            let offset = try nextBlock(in: source)
            guard offset != 0 else { return nil }
            let block = try blocks.block(at: offset, MDFBlockReader.dataKinds, in: source)
            try cover(block)
            if block.kind == .compressed {
                return .compressed(try MDFCompressedBlock(block, blocks, in: source))
            }
            let size = plainSize(of: block, in: source)
            if size > 0 { return .plain(offset: block.dataOffset, size: size) }
        }
    }

    private mutating func open<Source: ByteSource & ~Copyable>(
        in source: borrowing Source
    ) throws(MDFError) {
        isOpened = true
        guard root != 0 else { return }
        var block = try blocks.block(
            at: root, MDFBlockReader.dataKinds + [.dataList, .listOfData, .headerOfList], in: source
        )
        if block.kind == .headerOfList {
            let first = try blocks.links(of: block, count: 1, in: source)[0]
            guard first != 0 else { return }
            block = try blocks.block(at: first, [.dataList, .listOfData], in: source)
        }
        if MDFBlockReader.dataKinds.contains(block.kind) {
            single = block.offset
        } else {
            try enter(block, in: source)
        }
    }

    private mutating func enter<Source: ByteSource & ~Copyable>(
        _ block: MDFBlock, in source: borrowing Source
    ) throws(MDFError) {
        try cover(block)
        guard block.offset != remembered else {
            throw blocks.damage(
                "\(block.kind.name) block", at: block.offset, "the lists of data run in a circle")
        }
        lists += 1
        if lists == rememberAt { (remembered, rememberAt) = (block.offset, rememberAt &* 2) }
        nextList = try blocks.links(of: block, count: 1, in: source)[0]
        let data = try blocks.data(of: block, count: 8, in: source)
        // In an LD block the values come first, links to invalidation bits behind them.
        let count = UInt64(data.integer(4, UInt32.self))
        let there = block.linkCount == 0 ? 0 : block.linkCount - 1
        linkCount = block.kind == .dataList ? there : min(there, count)
        if identification.unfinished.contains(.lastDataList) { linkCount = there }
        (list, nextLink, linksTaken) = (block, 0, 0)
        links.removeAll(keepingCapacity: true)
    }

    private mutating func nextBlock<Source: ByteSource & ~Copyable>(
        in source: borrowing Source
    ) throws(MDFError) -> UInt64 {
        if single != 0 {
            defer { single = 0 }
            return single
        }
        while let list {
            while linksTaken < links.count {
                linksTaken += 1
                if links[linksTaken - 1] != 0 { return links[linksTaken - 1] }
            }
            if nextLink < linkCount {
                let count = Int(min(UInt64(Self.linksAtOnce), linkCount - nextLink))
                links = try blocks.links(of: list, from: 1 + nextLink, count: count, in: source)
                (nextLink, linksTaken) = (nextLink + UInt64(count), 0)
            } else if nextList != 0 {
                try enter(
                    try blocks.block(at: nextList, [.dataList, .listOfData], in: source),
                    in: source)
            } else {
                self.list = nil
            }
        }
        return 0
    }

    private mutating func cover(_ block: MDFBlock) throws(MDFError) {
        covered += min(block.length, blocks.fileSize - block.offset)
        guard covered <= blocks.fileSize else {
            throw blocks.damage(
                "\(block.kind.name) block", at: block.offset,
                "lists of data name the same blocks again and again")
        }
    }

    /// The size of an uncompressed block's data; to the file's end where its writer could not say.
    private mutating func plainSize<Source: ByteSource & ~Copyable>(
        of block: MDFBlock, in source: borrowing Source
    ) -> UInt64 {
        let left = blocks.bytesLeft(from: block.dataOffset)
        guard block.dataSize <= left else {
            if !identification.unfinished.contains(.lastDataLength) {
                cut = StreamError(
                    place: "\(blocks.place), \(block.kind.name) block at byte \(block.offset)",
                    cause: "the file ends \(block.dataSize - left) bytes before the block does")
            }
            return left
        }
        guard identification.unfinished.contains(.lastDataLength), single == 0,
            list == nil || (nextList == 0 && nextLink == linkCount && linksTaken == links.count)
        else { return block.dataSize }
        // The last block of these; another one may follow it in the file.
        let end = (block.offset + block.length + 7) & ~7
        let isFollowed = end < blocks.fileSize && isBlock(at: end, in: source)
        return isFollowed ? block.dataSize : left
    }

    private func isBlock<Source: ByteSource & ~Copyable>(
        at offset: UInt64, in source: borrowing Source
    ) -> Bool {
        guard let head = try? source.bytes(at: offset, count: MDFBlock.headSize),
            head.count == MDFBlock.headSize
        else { return false }
        return head[0] == UInt8(ascii: "#") && head[1] == UInt8(ascii: "#")
            && MDFBlockKind(rawValue: UInt16(head[2]) << 8 | UInt16(head[3])) != nil
    }
}

/// Compressed data (DZBLOCK, MDF 4.1, 5.26).
struct MDFCompressedBlock: Sendable {
    /// Uncompressed, a block has at most so many bytes; 64 MiB. The standard recommends 4 MiB.
    static let greatestSize: UInt64 = 64 << 20

    let offset: UInt64
    /// Where the zlib data is, and how much of it is in the file.
    let dataOffset: UInt64
    let dataSize: Int
    /// `dz_org_data_length`
    let originalSize: Int
    /// `dz_zip_parameter` if the bytes are transposed: how many bytes a record has; else 0.
    let columns: Int

    init<Source: ByteSource & ~Copyable>(
        _ block: MDFBlock, _ blocks: MDFBlockReader, in source: borrowing Source
    ) throws(MDFError) {
        let data = try blocks.data(of: block, count: 24, in: source)
        let (original, stored) = (data.integer(8, UInt64.self), data.integer(16, UInt64.self))
        let method = data.byte(2)
        guard method <= 1 else {
            throw blocks.damage(
                "DZ block", at: block.offset,
                "its compression \(method) is neither deflate (0) nor transposed deflate (1)")
        }
        guard block.dataSize >= 24, stored <= block.dataSize - 24 else {
            throw blocks.damage(
                "DZ block", at: block.offset,
                "its \(stored) compressed bytes do not fit in \(block.length) bytes")
        }
        if let fault = Self.sizeFault(original, stored) {
            throw blocks.damage("DZ block", at: block.offset, fault)
        }
        offset = block.offset
        dataOffset = block.dataOffset + 24
        dataSize = Int(min(stored, blocks.bytesLeft(from: dataOffset)))
        originalSize = Int(original)
        columns = method == 1 ? Int(data.integer(4, UInt32.self)) : 0
    }

    /// Why `original` bytes cannot be `stored` bytes compressed, so that neither takes much memory.
    private static func sizeFault(_ original: UInt64, _ stored: UInt64) -> String? {
        if original > greatestSize {
            return "it would be \(original) bytes, more than \(greatestSize)"
        }
        // A byte of deflate is at most 1032 bytes. A byte takes at worst 9 bits, and each block of a
        // writer that flushes now and then some bytes more.
        guard original / 1032 <= stored, stored <= original + original / 4 + 4096 else {
            return "\(stored) bytes cannot be \(original) bytes compressed"
        }
        return nil
    }
}
