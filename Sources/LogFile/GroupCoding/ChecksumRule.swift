/// A byte of the rows that follows from the others: checksums and CRCs of usual kinds.
///
/// The byte is replaced by its distance from the rule, which is the same in all rows that keep it:
/// start values, final inversions and identifiers that are summed up with the payload are constants
/// for rows of one length.
struct ChecksumRule: Equatable {
    enum Kind: UInt8, CaseIterable {
        case sum, exclusiveOr, nibbleSum
        /// CRC-8 by its polynomial.
        case crc1D, crc2F, crc07, crc9B, crc31, crc39, crcD5, crc4D
        /// The two's complements of sums.
        case negatedSum, negatedNibbleSum
        /// Four bits, below four others of the last byte.
        case lowNibble

        var polynomial: Int? {
            let first = Int(Kind.crc1D.rawValue)
            let index = Int(rawValue) - first
            return Self.polynomials.indices.contains(index) ? index : nil
        }

        static let polynomials: [UInt8] = [0x1D, 0x2F, 0x07, 0x9B, 0x31, 0x39, 0xD5, 0x4D]
    }

    let kind: Kind
    /// The index of the byte.
    let position: Int

    /// CRC-8 of one byte with `distance` zero bytes behind it: polynomial, distance 0...7, byte.
    private static let crcTables: [UInt8] = {
        var tables: [UInt8] = []
        for polynomial in Kind.polynomials {
            let start = tables.count
            for byte in 0..<256 {
                var state = UInt8(byte)
                for _ in 0..<8 { state = state & 0x80 != 0 ? state << 1 ^ polynomial : state << 1 }
                tables.append(state)
            }
            for index in 256..<2048 {
                tables.append(tables[start + Int(tables[start + index - 256])])
            }
        }
        return tables
    }()

    /// Replaces the byte in all rows by its distance from the rule.
    func remove(from words: inout MutableSpan<UInt64>, count: Int, length: Int) {
        run(over: &words, count: count, length: length, isRemoving: true)
    }

    /// The inverse of ``remove(from:count:length:)``.
    func restore(_ words: inout MutableSpan<UInt64>, count: Int, length: Int) {
        run(over: &words, count: count, length: length, isRemoving: false)
    }

    /// The distance from the rule in row `index`.
    func distance(in words: Span<UInt64>, at index: Int, length: Int) -> UInt8 {
        let width = rowWidth(ofLength: length)
        let place = index * width + position / 8
        let shift = UInt64(8 * (position % 8))
        let byte = UInt8(truncatingIfNeeded: words[place] >> shift)
        let tables = Self.crcTables
        let expected =
            width == 1
            ? self.expected(words[place] & ~(covered << shift), length: length, tables.span)
            : self.expected(words, at: index * width, length: length, tables.span)
        return apply(expected, to: byte, isRemoving: true) & UInt8(covered)
    }

    /// The bits of the byte that the rule is about.
    private var covered: UInt64 { kind == .lowNibble ? 0x0F : 0xFF }

    private func run(
        over words: inout MutableSpan<UInt64>, count: Int, length: Int, isRemoving: Bool
    ) {
        let tables = Self.crcTables
        let width = rowWidth(ofLength: length)
        let shift = UInt64(8 * (position % 8))
        if width == 1, let polynomial = kind.polynomial {
            runCRC(
                over: &words, count: count, length: length,
                tables.span.extracting(polynomial * 2048..<(polynomial + 1) * 2048))
            return
        }
        var place = position / 8
        for index in 0..<count {
            let word = words[place]
            let expected =
                width == 1
                ? self.expected(word & ~(covered << shift), length: length, tables.span)
                : self.expected(words.span, at: index * width, length: length, tables.span)
            let byte = apply(
                expected, to: UInt8(truncatingIfNeeded: word >> shift), isRemoving: isRemoving)
            words[place] = word & ~(0xFF << shift) | UInt64(byte) << shift
            place += width
        }
    }

    /// A CRC without its start value is the sum of what each byte adds, so the bytes need not wait
    /// for each other. Both directions are the same.
    private func runCRC(
        over words: inout MutableSpan<UInt64>, count: Int, length: Int, _ table: Span<UInt8>
    ) {
        let shift = UInt64(8 * position)
        let below: UInt64 = (1 << shift) - 1
        for index in 0..<count {
            let word = words[index]
            // The bytes without the checksum, so that they end at the top of `rest`.
            let rest =
                ((word & below) | ((word >> (shift + 8)) << shift)) << UInt64(8 * (9 - length))
            var state: UInt8 = 0
            for distance in 0..<7 {
                let byte = UInt8(truncatingIfNeeded: rest >> UInt64(56 - 8 * distance))
                state ^= table[distance << 8 | Int(byte)]
            }
            words[index] = word ^ UInt64(state) << shift
        }
    }

    /// What the rule gives for a row of one word whose covered bits are zero.
    @inline(__always)
    private func expected(_ word: UInt64, length: Int, _ tables: Span<UInt8>) -> UInt8 {
        switch kind {
        case .sum, .negatedSum: return byteSum(word)
        case .exclusiveOr:
            let half = word ^ word >> 32
            let quarter = half ^ half >> 16
            return UInt8(truncatingIfNeeded: quarter ^ quarter >> 8)
        case .nibbleSum, .negatedNibbleSum, .lowNibble: return nibbleSum(word)
        default:
            var state: UInt8 = 0
            let start = (kind.polynomial ?? 0) * 2048
            for index in 0..<length where index != position {
                let byte = UInt8(truncatingIfNeeded: word >> UInt64(8 * index))
                state = tables[start + Int(state ^ byte)]
            }
            return state
        }
    }

    /// What the rule gives for the longer row that begins at `start`.
    private func expected(
        _ words: Span<UInt64>, at start: Int, length: Int, _ tables: Span<UInt8>
    ) -> UInt8 {
        var state: UInt8 = 0
        let table = kind.polynomial.map { $0 * 2048 }
        for index in 0..<(length + 7) / 8 {
            var word = words[start + index]
            if index == position / 8 { word &= ~(covered << UInt64(8 * (position % 8))) }
            guard let table else {
                let part = expected(word, length: 8, tables)
                state = kind == .exclusiveOr ? state ^ part : state &+ part
                continue
            }
            for byte in 8 * index..<min(length, 8 * index + 8) where byte != position {
                let value = UInt8(truncatingIfNeeded: word >> UInt64(8 * (byte % 8)))
                state = tables[table + Int(state ^ value)]
            }
        }
        return state
    }

    @inline(__always)
    private func apply(_ expected: UInt8, to byte: UInt8, isRemoving: Bool) -> UInt8 {
        switch kind {
        case .sum, .nibbleSum: isRemoving ? byte &- expected : byte &+ expected
        case .negatedSum, .negatedNibbleSum: isRemoving ? byte &+ expected : byte &- expected
        case .lowNibble:
            byte & 0xF0 | (isRemoving ? byte &+ expected : byte &- expected) & 0x0F
        default: byte ^ expected
        }
    }

    @inline(__always)
    private func byteSum(_ word: UInt64) -> UInt8 {
        let even: UInt64 = 0x00FF_00FF_00FF_00FF
        let pairs = (word & even) &+ (word >> 8 & even)
        return UInt8(truncatingIfNeeded: (pairs &* 0x0001_0001_0001_0001) >> 48)
    }

    @inline(__always)
    private func nibbleSum(_ word: UInt64) -> UInt8 {
        let low: UInt64 = 0x0F0F_0F0F_0F0F_0F0F
        let pairs = (word & low) &+ (word >> 4 & low)
        return UInt8(truncatingIfNeeded: (pairs &* 0x0101_0101_0101_0101) >> 56)
    }
}

extension ChecksumRule {
    /// The rule that nearly all rows keep, if there is one.
    static func find(in words: Span<UInt64>, count: Int, length: Int) -> ChecksumRule? {
        guard count >= 40, length >= 3 else { return nil }
        for position in [length - 1, 0, length - 2]
        where changes(of: position, in: words, count: count, length: length) {
            for kind in Kind.allCases where kind != .lowNibble || position == length - 1 {
                let rule = ChecksumRule(kind: kind, position: position)
                if rule.holds(in: words, count: count, length: length) { return rule }
            }
        }
        return nil
    }

    /// Whether the byte changes often enough to be a checksum.
    private static func changes(
        of position: Int, in words: Span<UInt64>, count: Int, length: Int
    ) -> Bool {
        let width = rowWidth(ofLength: length)
        let rows = min(count, 256)
        let mask: UInt64 = 0xFF << UInt64(8 * (position % 8))
        var changes = 0
        for index in 1..<rows {
            let place = index * width + position / 8
            if (words[place] ^ words[place - width]) & mask != 0 { changes += 1 }
        }
        return changes * 20 >= rows
    }

    /// Whether at most 2 % of some 64 rows break the rule.
    private func holds(in words: Span<UInt64>, count: Int, length: Int) -> Bool {
        let usual = distance(in: words, at: count / 2, length: length)
        var (seen, misses) = (0, 0)
        for index in stride(from: 0, to: count, by: max(1, count / 64)) {
            if distance(in: words, at: index, length: length) != usual {
                misses += 1
                if misses > 2 { return false }
            }
            seen += 1
        }
        return misses * 50 <= seen
    }
}

/// How many 64-bit words a row has.
@inline(__always)
func rowWidth(ofLength length: Int) -> Int { max(1, (length + 7) / 8) }
