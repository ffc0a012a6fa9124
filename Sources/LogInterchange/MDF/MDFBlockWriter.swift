import CANFrame

/// Makes blocks: heads with links and lengths, padded so that the next one starts at a multiple of
/// eight bytes (MDF 4.1, 5.3).
struct MDFBlockWriter: Sendable {
    private(set) var bytes: [UInt8] = []
    /// Where in the file `bytes` will be.
    let start: UInt64

    init(at start: UInt64) { self.start = start }

    /// Where the next block will be.
    var end: UInt64 { start + UInt64(bytes.count) }

    /// Appends a block of `links` and `data`; gives its place.
    @discardableResult
    mutating func append(_ kind: MDFBlockKind, links: [UInt64] = [], _ data: MDFBytes) -> UInt64 {
        let offset = end
        let head = Self.head(kind, linkCount: links.count, dataSize: data.bytes.count)
        bytes += head.bytes
        var fields = MDFBytes()
        for link in links { fields.append(link) }
        bytes += fields.bytes + data.bytes
        while bytes.count % 8 != 0 { bytes.append(0) }
        return offset
    }

    /// Appends the identification, which is no block.
    mutating func append(_ content: MDFBytes) { bytes += content.bytes }

    /// Appends a text with its terminating zero.
    mutating func text(_ text: String, isXML: Bool = false) -> UInt64 {
        var data = MDFBytes()
        data.append(Array(text.utf8) + [0])
        return append(isXML ? .metadata : .text, data)
    }

    static func head(_ kind: MDFBlockKind, linkCount: Int, dataSize: Int) -> MDFBytes {
        var head = MDFBytes()
        head.append(Array("##\(kind.name)".utf8))
        head.append(UInt32(0))
        head.append(UInt64(MDFBlock.headSize + 8 * linkCount + dataSize))
        head.append(UInt64(linkCount))
        return head
    }

    /// `MDF     ` with the version 4.10, or `UnFinMF ` with what is left to do.
    static func identification(_ unfinished: MDFIdentification.Unfinished) -> MDFBytes {
        var block = MDFBytes()
        block.append(Array((unfinished.isEmpty ? "MDF     " : "UnFinMF ").utf8))
        block.append(Array("4.10    canlog  ".utf8))
        block.append(UInt32(0))
        block.append(UInt16(410))
        block.append([UInt8](repeating: 0, count: 30))
        block.append(unfinished.rawValue)
        block.append(UInt16(0))
        return block
    }
}

/// Bytes that numbers are appended to, little-endian.
struct MDFBytes: Sendable {
    private(set) var bytes: [UInt8] = []

    mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        for index in 0..<MemoryLayout<Number>.size {
            bytes.append(UInt8(truncatingIfNeeded: number >> (8 * index)))
        }
    }

    mutating func append(_ number: Double) { append(number.bitPattern) }
    mutating func append(_ more: [UInt8]) { bytes += more }
}
