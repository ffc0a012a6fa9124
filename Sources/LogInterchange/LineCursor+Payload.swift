/// The digits in which a log writes numbers.
enum NumberBase: Sendable {
    case hexadecimal
    case decimal
}

/// A payload as it is read: up to 8 bytes in a word, more in memory that is used again.
struct PayloadBuffer: Sendable {
    var word: UInt64 = 0
    var long: [UInt8]

    init() {
        long = []
        long.reserveCapacity(64)
    }
}

extension LineCursor {
    /// Reads `length` bytes (0 to 64) that stand apart by blanks; the position is behind the last.
    @inline(__always)
    mutating func readPayload(
        _ length: Int, base: NumberBase, into payload: inout PayloadBuffer
    ) throws(LineFault) {
        payload.word = 0
        if length == 8, base == .hexadecimal, end &- position >= 23,
            let first = word.hexadecimalBytes(count: 3, separator: 0x20),
            let second = text.word(at: position &+ 9).hexadecimalBytes(count: 3, separator: 0x20),
            let third = text.word(at: position &+ 18).hexadecimalBytes(count: 2, separator: 0x20),
            text[position &+ 8] == UInt8(ascii: " "), text[position &+ 17] == UInt8(ascii: " ")
        {
            payload.word = first | second &<< 24 | third &<< 48
            position &+= 23
        } else if length > 0 {
            try readBytes(length, base: base, into: &payload)
        }
        guard length == 0 || isBoundary(position) else { throw fault(.payload) }
    }

    private mutating func readBytes(
        _ length: Int, base: NumberBase, into payload: inout PayloadBuffer
    ) throws(LineFault) {
        payload.long.removeAll(keepingCapacity: true)
        var index = 0
        while index < length {
            if index > 0 { skipBlanks() }
            let count = min(3, length &- index)
            if base == .hexadecimal, end &- position >= 3 &* count &- 1,
                let bytes = word.hexadecimalBytes(count: count, separator: 0x20)
            {
                position &+= 3 &* count &- 1
                append(bytes, count: count, at: index, to: &payload, isLong: length > 8)
                index &+= count
            } else {
                let byte = try readByte(base)
                append(byte, count: 1, at: index, to: &payload, isLong: length > 8)
                index &+= 1
            }
        }
    }

    @inline(__always)
    private func append(
        _ bytes: UInt64, count: Int, at index: Int, to payload: inout PayloadBuffer, isLong: Bool
    ) {
        guard isLong else {
            payload.word |= bytes &<< UInt64(8 &* index)
            return
        }
        for place in 0..<count {
            payload.long.append(UInt8(truncatingIfNeeded: bytes &>> UInt64(8 &* place)))
        }
    }

    /// One byte, of one or two hexadecimal digits or up to three decimal ones.
    private mutating func readByte(_ base: NumberBase) throws(LineFault) -> UInt64 {
        let value: UInt64
        let digits: Int
        switch base {
        case .hexadecimal:
            digits = word.hexadecimalCount
            guard (1...2).contains(digits) else { throw fault(.payload) }
            value = UInt64(word.hexadecimalNumber(count: digits))
        case .decimal:
            (value, digits) = word.decimal
            guard (1...3).contains(digits), value <= 255 else { throw fault(.payload) }
        }
        guard isBoundary(position + digits) else { throw fault(.payload) }
        position += digits
        return value
    }
}
