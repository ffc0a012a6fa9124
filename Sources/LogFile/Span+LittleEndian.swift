import CLogKernels

/// Little-endian reads of a field whose place was checked before; the span traps beyond its end.
extension Span<UInt8> {
    @inlinable
    func uint16(at offset: Int) -> UInt16 {
        UInt16(self[offset]) | UInt16(self[offset + 1]) << 8
    }

    @inlinable
    func uint32(at offset: Int) -> UInt32 {
        let field = extracting(offset..<offset + 4)
        return UInt32(field[0]) | UInt32(field[1]) << 8 | UInt32(field[2]) << 16
            | UInt32(field[3]) << 24
    }

    @inlinable
    func uint64(at offset: Int) -> UInt64 {
        UInt64(uint32(at: offset)) | UInt64(uint32(at: offset + 4)) << 32
    }

    @inlinable
    func int64(at offset: Int) -> Int64 { Int64(bitPattern: uint64(at: offset)) }

    /// CRC-32C (RFC 3720 appendix B.4) of all of these bytes.
    var crc32c: UInt32 {
        // The kernel reads exactly the span's bytes, which live for the call.
        unsafe withUnsafeBufferPointer { unsafe canlog_crc32c(0, $0.baseAddress, $0.count) }
    }
}

/// Little-endian writes at the end.
extension [UInt8] {
    mutating func append(littleEndian value: some FixedWidthInteger) {
        var rest = value
        for _ in 0..<(value.bitWidth / 8) {
            append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    mutating func append(_ bytes: Span<UInt8>) {
        // The buffer lives for the call.
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// Replaces the bytes at `offset`, which are there already.
    mutating func replace(at offset: Int, littleEndian value: some FixedWidthInteger) {
        var rest = value
        for index in 0..<(value.bitWidth / 8) {
            self[offset + index] = UInt8(truncatingIfNeeded: rest)
            rest >>= 8
        }
    }
}
