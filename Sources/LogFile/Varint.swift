/// Variable-length integers: LEB128, 7 bits a byte, the low ones first.
extension [UInt8] {
    mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func append(zigzag value: Int64) { append(varint: zigzag(value)) }

    /// UTF-8 with its length in bytes before it.
    mutating func append(text: String) {
        append(varint: UInt64(text.utf8.count))
        append(contentsOf: text.utf8)
    }
}

/// Maps numbers of small size to small numbers: 0, -1, 1, -2 … to 0, 1, 2, 3 …
@inlinable
func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }

/// The inverse of ``zigzag(_:)``.
@inlinable
func unzigzag(_ value: UInt64) -> Int64 {
    Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
}

/// Reads fields one after another and says `nil` where the bytes end or cannot be.
struct ByteCursor: ~Escapable {
    let bytes: Span<UInt8>
    private(set) var offset = 0

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) { self.bytes = bytes }

    var left: Int { bytes.count - offset }

    mutating func byte() -> UInt8? {
        guard left >= 1 else { return nil }
        defer { offset += 1 }
        return bytes[offset]
    }

    mutating func uint32() -> UInt32? {
        guard left >= 4 else { return nil }
        defer { offset += 4 }
        return bytes.uint32(at: offset)
    }

    mutating func uint64() -> UInt64? {
        guard left >= 8 else { return nil }
        defer { offset += 8 }
        return bytes.uint64(at: offset)
    }

    mutating func int64() -> Int64? { uint64().map { Int64(bitPattern: $0) } }

    /// At most 10 bytes whose bits beyond 64 are zero.
    mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = byte() {
            let bits = UInt64(byte & 0x7F)
            if shift == 63 && bits > 1 { return nil }
            value |= bits << shift
            if byte < 0x80 { return value }
            shift += 7
            if shift > 63 { return nil }
        }
        return nil
    }

    /// A varint that is at most `limit`.
    mutating func count(upTo limit: Int) -> Int? {
        guard let value = varint(), value <= UInt64(limit) else { return nil }
        return Int(value)
    }

    mutating func zigzag() -> Int64? { varint().map(unzigzag) }

    /// A length and as many bytes of UTF-8.
    mutating func text() -> String? {
        // What is left before the length is more than what is left behind it.
        guard let count = count(upTo: left), count <= left else { return nil }
        defer { offset += count }
        return String(utf8: bytes.extracting(offset..<offset + count))
    }

    /// The next `count` bytes.
    @_lifetime(copy self)
    mutating func take(_ count: Int) -> Span<UInt8>? {
        guard count >= 0, count <= left else { return nil }
        defer { offset += count }
        return bytes.extracting(offset..<offset + count)
    }
}

extension String {
    /// The text in `utf8`, or `nil` if it is not UTF-8.
    init?(utf8 bytes: Span<UInt8>) {
        var copy: [UInt8] = []
        copy.append(bytes)
        guard let text = String(validating: copy, as: UTF8.self) else { return nil }
        self = text
    }
}
