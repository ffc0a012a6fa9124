/// Numbers in the bytes of a log, little-endian; the place was checked before, and the span traps
/// beyond its end.
extension Span<UInt8> {
    @inline(__always)
    func uint16(at offset: Int) -> UInt16 {
        let field = extracting(offset..<offset &+ 2)
        return UInt16(field[0]) | UInt16(field[1]) &<< 8
    }

    @inline(__always)
    func uint32(at offset: Int) -> UInt32 {
        let field = extracting(offset..<offset &+ 4)
        return UInt32(field[0]) | UInt32(field[1]) &<< 8 | UInt32(field[2]) &<< 16
            | UInt32(field[3]) &<< 24
    }

    @inline(__always)
    func uint64(at offset: Int) -> UInt64 { word(at: offset).bits }
}

/// The same, of a file that says itself in which order its bytes are.
struct FieldOrder: Sendable {
    var isBigEndian = false

    @inline(__always)
    func uint16(_ bytes: Span<UInt8>, at offset: Int) -> UInt16 {
        let value = bytes.uint16(at: offset)
        return isBigEndian ? value.byteSwapped : value
    }

    @inline(__always)
    func uint32(_ bytes: Span<UInt8>, at offset: Int) -> UInt32 {
        let value = bytes.uint32(at: offset)
        return isBigEndian ? value.byteSwapped : value
    }

    @inline(__always)
    func uint64(_ bytes: Span<UInt8>, at offset: Int) -> UInt64 {
        let value = bytes.uint64(at: offset)
        return isBigEndian ? value.byteSwapped : value
    }
}
