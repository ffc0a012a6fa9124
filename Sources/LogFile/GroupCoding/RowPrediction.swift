/// The predicted rows of a stream, and where the rows differ from them (encoder only).
struct RowPrediction {
    /// The predicted words of each row but the first.
    private(set) var words: [UInt64] = []
    /// The flags of the fields that differ, of each row but the first.
    private(set) var differing: [UInt64] = []
    /// The flag of each field, ascending.
    private(set) var flags: [UInt64] = []
    /// In how many rows each field differs.
    private(set) var misses: [Int] = []

    /// The bits of the field that selects, in the first word.
    private var selected: UInt64 = 0
    private var increments: [UInt64] = []
    private var tops: [UInt64] = []
    private var covered: [UInt64] = []
    private var indexOfTop: [UInt8] = []

    init() {}

    mutating func predict(
        _ rows: Span<UInt64>, _ references: Span<Int32>, count: Int, plan: PayloadPlan
    ) {
        let width = plan.first.count
        prepare(plan, count: count, width: width)
        if width == 1 {
            Self.predictShort(
                rows, references, count: count, selected: selected, increment: increments[0],
                tops: tops[0], covered: covered[0], into: &words, &differing)
        } else {
            predictLong(rows, references, count: count, width: width)
        }
        countMisses(fields: plan.fields.count, count: count)
    }

    private mutating func prepare(_ plan: PayloadPlan, count: Int, width: Int) {
        if words.count < count * width {
            words.append(contentsOf: repeatElement(0, count: count * width - words.count))
        }
        if differing.count < count {
            differing.append(contentsOf: repeatElement(0, count: count - differing.count))
        }
        selected = 0
        if case .selector(let index) = plan.reference { selected = plan.fields[index].bits }
        increments = Array(repeating: 0, count: width)
        tops = increments
        covered = increments
        indexOfTop = Array(repeating: 0, count: 64 * width)
        flags = plan.fields.indices.map { width == 1 ? plan.fields[$0].top : 1 << UInt64($0) }
        for (index, field) in plan.fields.enumerated() {
            increments[field.word] |= field.increment << UInt64(field.shift)
            tops[field.word] |= field.top
            covered[field.word] |= field.bits
            indexOfTop[64 * field.word + field.shift + field.width - 1] = UInt8(index)
        }
    }

    /// The highest bits of the fields that are not zero in `word`.
    @inline(__always)
    private static func nonzeroFields(_ word: UInt64, tops: UInt64, lows: UInt64) -> UInt64 {
        (((word & lows) &+ lows) | word) & tops
    }

    private static func predictShort(
        _ rows: Span<UInt64>, _ references: Span<Int32>, count: Int, selected: UInt64,
        increment: UInt64, tops: UInt64, covered: UInt64, into words: inout [UInt64],
        _ differing: inout [UInt64]
    ) {
        let lows = covered & ~tops
        var predicted = words.mutableSpan
        var masks = differing.mutableSpan
        for index in 1..<count {
            var word = fieldwiseSum(rows[Int(references[index])], increment, tops: tops)
            if selected != 0 {
                // The field that selects is coded first, so it is told from the row before.
                let before = fieldwiseSum(rows[index &- 1], increment, tops: tops)
                word = (word & ~selected) | (before & selected)
            }
            predicted[index] = word
            masks[index] = Self.nonzeroFields(rows[index] ^ word, tops: tops, lows: lows)
        }
    }

    private mutating func predictLong(
        _ rows: Span<UInt64>, _ references: Span<Int32>, count: Int, width: Int
    ) {
        for index in 1..<count {
            var flags: UInt64 = 0
            for word in 0..<width where covered[word] != 0 {
                let (increment, tops) = (increments[word], tops[word])
                let reference = rows[Int(references[index]) * width + word]
                var expected = fieldwiseSum(reference, increment, tops: tops)
                if word == 0, selected != 0 {
                    let before = fieldwiseSum(rows[(index - 1) * width], increment, tops: tops)
                    expected = (expected & ~selected) | (before & selected)
                }
                words[index * width + word] = expected
                var differing = Self.nonzeroFields(
                    rows[index * width + word] ^ expected, tops: tops,
                    lows: covered[word] & ~tops)
                while differing != 0 {
                    let top = differing.trailingZeroBitCount
                    flags |= 1 << UInt64(indexOfTop[64 * word + top])
                    differing &= differing &- 1
                }
            }
            differing[index] = flags
        }
    }

    private mutating func countMisses(fields: Int, count: Int) {
        misses = flags.map { flag in
            let shift = UInt64(flag.trailingZeroBitCount)
            var sum: UInt64 = 0
            for index in 1..<count { sum &+= differing[index] &>> shift & 1 }
            return Int(sum)
        }
    }
}
