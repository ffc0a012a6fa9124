/// Divides the bits of a word that change into fields, so that each signal is one (encoder only).
///
/// Cuts are likely where a byte ends, where bits never change, and where a bit changes more often
/// than the one below it: the lowest bit of the next signal. Of those, the set is taken whose fields
/// cost least on a sample of rows.
struct FieldSearch {
    /// A stretch of bits between two cuts.
    private struct Piece {
        var start: Int
        var end: Int
    }

    /// About this many symbols are counted for one word.
    private static let standardWork = 8_192
    /// What describing a field takes, in bits, with its run.
    private static let fieldBits: Float = 24

    private var sample = FieldSample()

    // MARK: Sample

    /// Takes word `word` of some rows as the sample.
    private mutating func take(
        _ words: Span<UInt64>, _ references: Span<Int32>, word: Int, width: Int, count: Int,
        size: Int, isBigEndian: Bool
    ) {
        sample.removeAll()
        let taken = min(size, count - 1)
        for index in 0..<taken {
            let row = 1 + index * (count - 1) / taken
            let value = words[row * width + word]
            let reference = words[Int(references[row]) * width + word]
            sample.append(
                isBigEndian ? value.byteSwapped : value,
                predicted: isBigEndian ? reference.byteSwapped : reference)
        }
    }

    /// How often each bit of the sample differs from its prediction.
    private func flips() -> [Int] {
        // Counters that stand upright: bit k of counter[j] belongs to the number for bit k.
        var counters = [UInt64](repeating: 0, count: 14)
        for index in sample.values.indices {
            var carry = sample.values[index] ^ sample.predicted[index]
            var level = 0
            while carry != 0, level < counters.count {
                let sum = counters[level] ^ carry
                carry &= counters[level]
                counters[level] = sum
                level += 1
            }
        }
        return (0..<64).map { bit in
            counters.indices.reduce(0) { $0 + Int(counters[$1] >> UInt64(bit) & 1) << $1 }
        }
    }

    // MARK: Division

    /// Appends the fields of the bits `active` in word `word`, and returns what they cost in bits.
    ///
    /// `whole` are bits that must be one field, a byte of at most 8 bits, as they are turned.
    mutating func divide(
        _ words: Span<UInt64>, _ references: Span<Int32>, word: Int, width: Int, count: Int,
        active: UInt64, whole: UInt64, isBigEndian: Bool, effort: CodingEffort,
        into fields: inout [RowField]
    ) -> Float {
        take(
            words, references, word: word, width: width, count: count, size: 384,
            isBigEndian: isBigEndian)
        let pieces = pieces(of: active, whole: whole, flips: flips())
        let candidates = candidates(pieces, whole: whole)
        let work = effort == .best ? 8 * Self.standardWork : Self.standardWork
        let size = max(96, work / max(1, candidates.count))
        take(
            words, references, word: word, width: width, count: count,
            size: min(size, FieldSample.limit), isBigEndian: isBigEndian)
        return cheapest(pieces, candidates, word: word, count: count, into: &fields)
    }

    /// The stretches between likely cuts.
    private func pieces(of active: UInt64, whole: UInt64, flips: [Int]) -> [Piece] {
        var pieces: [Piece] = []
        for bit in 0..<64 where active >> UInt64(bit) & 1 != 0 {
            let isInside = whole >> UInt64(bit) & 1 != 0
            if let last = pieces.last {
                let isContinued = last.end == bit
                let rises = flips[bit] > flips[bit - 1] + flips[bit - 1] / 8 + 4
                let joins =
                    isInside
                    ? whole >> UInt64(last.start) & 1 != 0
                    : isContinued && bit % 8 != 0 && !rises
                if joins {
                    pieces[pieces.count - 1].end = bit + 1
                    continue
                }
            }
            pieces.append(Piece(start: bit, end: bit + 1))
        }
        return pieces
    }

    /// Stretches of pieces that may be one field, by their first and last piece.
    private func candidates(_ pieces: [Piece], whole: UInt64) -> [(first: Int, last: Int)] {
        var candidates: [(first: Int, last: Int)] = []
        for first in pieces.indices {
            let isWhole = whole >> UInt64(pieces[first].start) & 1 != 0
            var hasGap = false
            for last in first..<pieces.count {
                if last > first {
                    if isWhole || whole >> UInt64(pieces[last].start) & 1 != 0 { break }
                    hasGap = hasGap || pieces[last].start != pieces[last - 1].end
                }
                let width = pieces[last].end - pieces[first].start
                if width > RowField.widthLimit { break }
                if width > 8, hasGap || last - first > 4 { continue }
                candidates.append((first, last))
            }
        }
        return candidates
    }

    private mutating func cheapest(
        _ pieces: [Piece], _ candidates: [(first: Int, last: Int)], word: Int, count: Int,
        into fields: inout [RowField]
    ) -> Float {
        var cost = [Float](repeating: .infinity, count: pieces.count + 1)
        var before = [Int](repeating: 0, count: pieces.count + 1)
        cost[0] = 0
        // Candidates ascend by their first piece, so what precedes them is settled.
        for (first, last) in candidates {
            var field = RowField(
                word: word, shift: pieces[first].start,
                width: pieces[last].end - pieces[first].start)
            let total =
                cost[first] + sample.chooseTransform(of: &field, rows: count) + Self.fieldBits
            if total < cost[last + 1] {
                cost[last + 1] = total
                before[last + 1] = first
            }
        }
        var found: [RowField] = []
        var end = pieces.count
        while end > 0 {
            let start = pieces[before[end]].start
            found.append(RowField(word: word, shift: start, width: pieces[end - 1].end - start))
            end = before[end]
        }
        fields += found.reversed()
        return cost[pieces.count]
    }

    // MARK: Without a search

    /// Appends a field for each byte that changes.
    static func bytes(of active: UInt64, word: Int, into fields: inout [RowField]) {
        for byte in 0..<8 {
            let bits = active >> UInt64(8 * byte) & 0xFF
            guard bits != 0 else { continue }
            let low = bits.trailingZeroBitCount
            fields.append(
                RowField(
                    word: word, shift: 8 * byte + low,
                    width: 64 - bits.leadingZeroBitCount - low))
        }
    }

    /// Whether bits of neighbour bytes look like one signal, little-endian and big-endian: the
    /// lowest bit of the higher byte changes, and not more often than the highest of the lower one.
    mutating func crossings(
        _ words: Span<UInt64>, _ references: Span<Int32>, word: Int, width: Int, count: Int
    ) -> (little: Bool, big: Bool) {
        take(
            words, references, word: word, width: width, count: count, size: 384,
            isBigEndian: false)
        let flips = flips()
        var (little, big) = (false, false)
        for byte in 0..<7 {
            let (low, high) = (8 * byte, 8 * byte + 8)
            if flips[high] > 0, flips[high] <= flips[high - 1] * 9 / 8 + 4 { little = true }
            if flips[low] > 0, flips[low] <= flips[high + 7] * 9 / 8 + 4 { big = true }
        }
        return (little, big)
    }

    /// What counts up in each row: sets the increments of the fields that hit often enough.
    mutating func findIncrements(
        _ words: Span<UInt64>, _ references: Span<Int32>, width: Int, count: Int,
        fields: inout [RowField]
    ) {
        var word = -1
        for index in fields.indices {
            if fields[index].word != word {
                word = fields[index].word
                take(
                    words, references, word: word, width: width, count: count, size: 512,
                    isBigEndian: false)
            }
            _ = sample.count(fields[index])
            let tally = sample.tally
            let mode = tally.mode
            let rows = sample.values.count
            guard mode != 0, mode != RowField.escape || !fields[index].isWide,
                tally.count(of: mode) * 4 > rows,
                tally.count(of: mode) * 4 > tally.count(of: 0) * 5,
                tally.count(of: 0) * 10 < rows * 6
            else { continue }
            let code = UInt64(mode)
            let limit = fields[index].limit
            fields[index].increment =
                fields[index].isWide ? UInt64(bitPattern: unzigzag(code)) & limit : code
        }
    }
}
