/// Eight characters of text in a word, the first in the low byte: digits are read and written eight
/// at a time, without a table and without a branch per character.
struct TextWord: Equatable {
    var bits: UInt64

    init(bits: UInt64) {
        self.bits = bits
    }

    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080
    private static let lows: UInt64 = 0x7F7F_7F7F_7F7F_7F7F

    /// How many of the first characters are decimal digits, and the number they stand for.
    @inline(__always)
    var decimal: (value: UInt64, count: Int) {
        let digits = bits ^ 0x30 &* Self.ones
        // A byte above 9 carries into its high bit; none carries into its neighbour.
        let others = ((digits & Self.lows) &+ 0x76 &* Self.ones | digits) & Self.highs
        let count = others.trailingZeroBitCount &>> 3
        if count == 0 { return (0, 0) }
        var value = digits &<< UInt64(64 &- 8 &* count)
        value = (value &* 10 &+ value &>> 8) & 0x00FF_00FF_00FF_00FF
        value = (value &* 100 &+ value &>> 16) & 0x0000_FFFF_0000_FFFF
        value = (value &* 10_000 &+ value &>> 32) & 0xFFFF_FFFF
        return (value, count)
    }

    /// How many of the first characters are hexadecimal digits.
    @inline(__always)
    var hexadecimalCount: Int { nonHexadecimal.trailingZeroBitCount &>> 3 }

    /// The high bit of each character that is no hexadecimal digit.
    @inline(__always)
    private var nonHexadecimal: UInt64 {
        let low = bits & Self.lows
        let folded = low | 0x20 &* Self.ones
        // Each sum has its high bit where the byte is at least the bound: '0', '9' + 1, 'a', 'f' + 1.
        let digit = (low &+ 0x50 &* Self.ones) & ~(low &+ 0x46 &* Self.ones)
        let letter = (folded &+ 0x1F &* Self.ones) & ~(folded &+ 0x19 &* Self.ones)
        return ~(digit | letter) & Self.highs | bits & Self.highs
    }

    /// The bytes that the first `count` hexadecimal digits (even, at most 8) stand for, the first in
    /// the low byte; the rest is zero.
    @inline(__always)
    func hexadecimalBytes(count: Int) -> UInt64 {
        let kept = count >= 8 ? bits : bits & (1 &<< UInt64(8 &* count) &- 1)
        let nibbles = (kept & (0x0F &* Self.ones)) &+ (kept &>> 6 & Self.ones) &* 9
        var bytes = (nibbles &<< 4 | nibbles &>> 8) & 0x00FF_00FF_00FF_00FF
        bytes = (bytes | bytes &>> 8) & 0x0000_FFFF_0000_FFFF
        return (bytes | bytes &>> 16) & 0xFFFF_FFFF
    }

    /// The number that the first `count` hexadecimal digits (1 to 8) stand for.
    @inline(__always)
    func hexadecimalNumber(count: Int) -> UInt32 {
        let bytes = UInt32(truncatingIfNeeded: hexadecimalBytes(count: count))
        return bytes.byteSwapped &>> UInt32(32 &- 4 &* count)
    }

    /// How many characters stand before the first blank or control character, such as a line's end;
    /// 8 if there is none.
    @inline(__always)
    var countBeforeBlank: Int {
        // The lowest that borrows is below 0x21; those above it may be wrong.
        let blanks = (bits &- 0x21 &* Self.ones) & ~bits & Self.highs
        return blanks.trailingZeroBitCount &>> 3
    }

    /// How many characters stand before the first line feed; 8 if there is none.
    @inline(__always)
    var countBeforeLineEnd: Int {
        let others = bits ^ 0x0A &* Self.ones
        // The lowest that borrows is zero; those above it may be wrong.
        return ((others &- Self.ones) & ~others & Self.highs).trailingZeroBitCount &>> 3
    }

    /// How many of the first characters are blanks.
    @inline(__always)
    var blankCount: Int { (bits ^ 0x20 &* Self.ones).trailingZeroBitCount &>> 3 }

    /// The `count` bytes (1 to 3) that begin `F0 12 A9`, the first in the low byte; `nil` if these
    /// characters are not pairs of hexadecimal digits with one separator between them.
    @inline(__always)
    func hexadecimalBytes(count: Int, separator: UInt8) -> UInt64? {
        let separators = UInt64(separator) &* 0x0000_0100_0001_0000
        let unused = UInt64(72 &- 24 &* count)
        let used = count >= 3 ? ~0 : ~UInt64(0) &>> unused
        let isForm =
            nonHexadecimal & used == 0x0000_8000_0080_0000 & used
            && (bits ^ separators) & 0x0000_FF00_00FF_0000 & used == 0
        guard isForm else { return nil }
        let kept = bits & used
        let nibbles = (kept & (0x0F &* Self.ones)) &+ (kept &>> 6 & Self.ones) &* 9
        let pairs = nibbles &<< 4 | nibbles &>> 8
        let bytes = pairs & 0xFF | pairs &>> 16 & 0xFF00 | pairs &>> 32 & 0xFF_0000
        return bytes & (1 &<< UInt64(8 &* count) &- 1)
    }

    /// The first `count` characters (0 to 8), the rest zero.
    @inline(__always)
    func prefix(_ count: Int) -> UInt64 {
        count >= 8 ? bits : bits & (1 &<< UInt64(8 &* count) &- 1)
    }

    /// Eight decimal digits of `value`, which is below 100,000,000.
    @inline(__always)
    init(decimal value: UInt32) {
        let halves = UInt64(value / 10_000) | UInt64(value % 10_000) &<< 32
        // n / 100 for n below 10,000 and n / 10 for n below 100, as multiplications in each lane.
        let hundreds = (halves &* 10_486) &>> 20 & 0x0000_007F_0000_007F
        let pairs = hundreds | (halves &- 100 &* hundreds) &<< 16
        let tens = (pairs &* 103) &>> 10 & 0x000F_000F_000F_000F
        bits = (tens | (pairs &- 10 &* tens) &<< 8) &+ 0x30 &* Self.ones
    }

    /// `value`, which is below 100,000,000, in eight characters with blanks before its digits.
    @inline(__always)
    init(rightAligned value: UInt32) {
        let digits = TextWord(decimal: value).bits
        let zeros = min(7, (digits ^ 0x30 &* Self.ones).trailingZeroBitCount &>> 3)
        // A zero without the bit 0x10 is a blank.
        bits = digits & ~(0x10 &* Self.ones & (1 &<< UInt64(8 &* zeros) &- 1))
    }

    /// Eight hexadecimal digits of four bytes, the first byte in the low bits of `bytes`.
    @inline(__always)
    init(hexadecimalBytes bytes: UInt32) {
        var spread = UInt64(bytes)
        spread = (spread | spread &<< 16) & 0x0000_FFFF_0000_FFFF
        spread = (spread | spread &<< 8) & 0x00FF_00FF_00FF_00FF
        let nibbles =
            (spread &>> 4 & 0x000F_000F_000F_000F) | (spread & 0x000F_000F_000F_000F) &<< 8
        let letters = (nibbles &+ 0x06 &* Self.ones) &>> 4 & Self.ones
        bits = nibbles &+ 0x30 &* Self.ones &+ letters &* 7
    }
}

extension Span<UInt8> {
    /// The eight characters from `index` on, all of which must be there.
    @inline(__always)
    func word(at index: Int) -> TextWord {
        let bytes = extracting(index..<index &+ 8)
        var bits: UInt64 = 0
        // Eight shifts that the compiler makes into one load.
        bits |= UInt64(bytes[0])
        bits |= UInt64(bytes[1]) &<< 8
        bits |= UInt64(bytes[2]) &<< 16
        bits |= UInt64(bytes[3]) &<< 24
        bits |= UInt64(bytes[4]) &<< 32
        bits |= UInt64(bytes[5]) &<< 40
        bits |= UInt64(bytes[6]) &<< 48
        bits |= UInt64(bytes[7]) &<< 56
        return TextWord(bits: bits)
    }
}

extension Span<UInt8> {
    /// Where the line that begins at `start` ends: its `\n`, or `end`.
    ///
    /// Seven characters behind `end` can be read.
    @inline(__always)
    func lineEnd(from start: Int, to end: Int) -> Int {
        var position = start
        while position < end {
            let count = word(at: position).countBeforeLineEnd
            if count < 8 { return Swift.min(position &+ count, end) }
            position &+= 8
        }
        return end
    }
}

extension MutableRawSpan {
    @inline(__always)
    mutating func put<Value: BitwiseCopyable>(_ value: Value, at offset: Int) {
        storeBytes(of: value, toByteOffset: offset, as: Value.self)
    }

    @inline(__always)
    mutating func put(_ word: TextWord, at offset: Int) {
        storeBytes(of: word.bits, toByteOffset: offset, as: UInt64.self)
    }
}
