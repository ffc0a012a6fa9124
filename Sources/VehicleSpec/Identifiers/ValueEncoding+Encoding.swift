extension ValueEncoding {
    /// The bytes of the value next to `physical`, none that stands for "no value"; `nil` of types that
    /// are no number, and of numbers that the type cannot hold.
    public func bytes(of physical: Double) -> [UInt8]? {
        let raw = (physical - offset) / scale
        switch kind {
        case .unsigned(let size):
            guard let number = Int64(exactly: raw.rounded()), number >= 0,
                size == 8 || number >> Int64(size * 8) == 0
            else { return nil }
            return available(UInt64(number), size: size)
        case .signed(let size):
            guard let number = Int64(exactly: raw.rounded()),
                (-(1 << Int64(size * 8 - 1))..<(1 << Int64(size * 8 - 1))).contains(number)
            else { return nil }
            let mask = UInt64.max >> UInt64(64 - size * 8)
            return available(UInt64(bitPattern: number) & mask, size: size)
        case .float32:
            let number = Float(raw)
            return number.isFinite ? ordered(UInt64(number.bitPattern), size: 4) : nil
        case .repeated(let element, let count):
            return element.bytes(of: physical).map { bytes in
                (0..<(count ?? 1)).flatMap { _ in bytes }
            }
        case .ascii, .bytes, .bcd, .bcdDate, .bits: return nil
        }
    }

    /// The bytes of a text: of a label its raw value, of characters filled up with blanks, of digits as
    /// they are; `nil` where the type does not hold it.
    public func bytes(of text: String) -> [UInt8]? {
        if let label = labels.first(where: { $0.text == text }), let length, length <= 8 {
            return ordered(UInt64(bitPattern: label.raw), size: length)
        }
        switch kind {
        case .ascii(let length):
            let characters = Array(text.utf8)
            guard characters.allSatisfy({ (0x20...0x7E).contains($0) }),
                characters.count <= length ?? Self.maximumLength
            else { return nil }
            let filling = (length ?? characters.count) - characters.count
            return characters + Array(repeating: 0x20, count: filling)
        case .bcd, .bcdDate:
            let digits = text.filter { $0 != "-" }
            guard digits.utf8.count % 2 == 0,
                digits.utf8.count / 2 == length ?? digits.utf8.count / 2
            else { return nil }
            var bytes: [UInt8] = []
            var rest = digits[...]
            while !rest.isEmpty {
                guard let byte = UInt8(rest.prefix(2), radix: 16), byte >> 4 < 10, byte & 15 < 10
                else { return nil }
                bytes.append(byte)
                rest = rest.dropFirst(2)
            }
            return bytes
        case .unsigned, .signed, .float32:
            return Double(text).flatMap { bytes(of: $0) }
        case .bytes, .bits, .repeated: return nil
        }
    }

    /// `bits`, or `nil` where they stand for "no value".
    private func available(_ bits: UInt64, size: Int) -> [UInt8]? {
        invalid.contains(bits) ? nil : ordered(bits, size: size)
    }

    /// The lowest `size` bytes of a number in the order of this encoding.
    private func ordered(_ bits: UInt64, size: Int) -> [UInt8] {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: bits >> UInt64($0 * 8)) }
        return isLittleEndian ? bytes : bytes.reversed()
    }
}
