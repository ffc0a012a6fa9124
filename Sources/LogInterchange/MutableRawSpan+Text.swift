/// Text of lines; each gives the place behind what it wrote, and may store up to seven characters
/// beyond it, which what follows overwrites.
extension MutableRawSpan {
    /// Eight blanks, or the characters of a short word with blanks behind them.
    @inline(__always)
    static var blanks: UInt64 { 0x2020_2020_2020_2020 }

    mutating func putText(_ text: StaticString, at start: Int) -> Int {
        for index in 0..<text.utf8CodeUnitCount {
            // The index is below the count of the literal's characters.
            put(unsafe text.utf8Start[index], at: start + index)
        }
        return start + text.utf8CodeUnitCount
    }

    mutating func putText(_ text: [UInt8], at start: Int) -> Int {
        for index in text.indices { put(text[index], at: start + index) }
        return start + text.count
    }

    /// A number in decimal digits, with blanks before it where it is shorter than `width`.
    mutating func putDecimal(_ value: UInt64, width: Int = 1, at start: Int) -> Int {
        let text = DecimalText(value, width: width)
        put(UInt64(truncatingIfNeeded: text.characters), at: start)
        put(UInt64(truncatingIfNeeded: text.characters >> 64), at: start + 8)
        return start + text.count
    }

    /// Two hexadecimal digits for each of the first `count` bytes of `bytes` (at most 8), with a
    /// blank before each.
    @inline(__always)
    mutating func putSpacedBytes(_ bytes: UInt64, count: Int, at start: Int) -> Int {
        let low = TextWord(hexadecimalBytes: UInt32(truncatingIfNeeded: bytes)).bits
        let high = TextWord(hexadecimalBytes: UInt32(truncatingIfNeeded: bytes &>> 32)).bits
        // Four bytes are stored for each three.
        for index in 0..<min(4, count) {
            put(Self.blankAndPair(low, index), at: start &+ 3 &* index)
        }
        if count > 4 {
            for index in 4..<count {
                put(Self.blankAndPair(high, index &- 4), at: start &+ 3 &* index)
            }
        }
        return start &+ 3 &* count
    }

    @inline(__always)
    private static func blankAndPair(_ digits: UInt64, _ index: Int) -> UInt32 {
        let pair = UInt32(truncatingIfNeeded: digits &>> UInt64(16 &* index)) & 0xFFFF
        return 0x20 | pair &<< 8
    }

    /// The bytes of a payload of any length, as ``putSpacedBytes(_:count:at:)`` writes them.
    mutating func putSpacedBytes(_ bytes: Span<UInt8>, at start: Int) -> Int {
        var position = start
        for index in bytes.indices {
            let digits = TextWord(hexadecimalBytes: UInt32(bytes[index])).bits
            put(Self.blankAndPair(digits, 0), at: position)
            position += 3
        }
        return position
    }
}

/// The decimal digits of a number of at most 16, the first in the low byte.
struct DecimalText: Sendable {
    var characters: UInt128 = 0
    var count = 0

    /// With blanks before it where it is shorter than `width`.
    init(_ value: UInt64, width: Int = 1) {
        var rest = value
        repeat {
            push(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0 && count < 16
        while count < width { push(UInt8(ascii: " ")) }
    }

    private mutating func push(_ character: UInt8) {
        characters = characters << 8 | UInt128(character)
        count += 1
    }

    /// Puts one more character behind.
    mutating func append(_ character: UInt8) {
        characters |= UInt128(character) << UInt128(8 * count)
        count += 1
    }
}
