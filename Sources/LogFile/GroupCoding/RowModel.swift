/// What the decoder makes rows from: references, increments and the coded fields.
struct RowModel {
    private var width = 1
    private var reference = PayloadPlan.Reference.previous
    /// The field of the first word that selects, if one does, and its bits.
    private var selector = RowField(word: 0, shift: 0, width: 1)
    private var selected: UInt64 = 0
    // For each word of a row:
    private var increments: [UInt64] = []
    private var tops: [UInt64] = []
    /// The bits of fields that are coded as flips.
    private var flips: [UInt64] = []

    /// The coded sparse fields, by token: bit k is the k-th of all sparse fields.
    private var masks: [UInt64] = []
    /// The bits that are replaced, by token and word.
    private var replaced: [UInt64] = []
    // For each sparse field:
    private var shifts: [UInt64] = []
    private var places: [Int] = []
    /// Where its next value stands.
    private var cursors: [Int] = []

    init() {}

    mutating func prepare(_ plan: PayloadPlan) {
        width = plan.first.count
        reference = plan.reference
        selected = 0
        if case .selector(let index) = reference {
            selector = plan.fields[index]
            selected = selector.bits
        }
        increments = Array(repeating: 0, count: width)
        tops = increments
        flips = increments
        var dense = increments
        shifts.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        for field in plan.fields {
            increments[field.word] |= field.increment << UInt64(field.shift)
            tops[field.word] |= field.top
            if field.transform == .flips { flips[field.word] |= field.bits }
            if field.isSparse {
                shifts.append(UInt64(field.shift))
                places.append(field.word)
            } else if field.transform == .value {
                dense[field.word] |= field.bits
            }
        }
        cursors = Array(repeating: 0, count: shifts.count)
        masks = plan.masks.isEmpty ? [0] : plan.masks
        let sparse = plan.fields.filter { $0.isSparse }
        replaced = []
        for mask in masks {
            var bits = dense
            for (index, field) in sparse.enumerated()
            where field.transform == .value && mask >> UInt64(index) & 1 != 0 {
                bits[field.word] |= field.bits
            }
            // The selector is put there itself.
            bits[0] &= ~selected
            replaced += bits
        }
    }

    /// In how many rows each sparse field is coded; nil if a token stands for no mask.
    func codedRows(_ tokens: Span<UInt8>) -> [Int]? {
        var counts = [Int](repeating: 0, count: 256)
        for index in tokens.indices { counts[Int(tokens[index])] &+= 1 }
        guard counts[masks.count...].allSatisfy({ $0 == 0 }) else { return nil }
        return shifts.indices.map { field in
            masks.indices.reduce(0) { $0 + (masks[$1] >> UInt64(field) & 1 != 0 ? counts[$1] : 0) }
        }
    }

    /// The values of the sparse field `index` begin at `place`.
    mutating func begin(_ index: Int, at place: Int) { cursors[index] = place }

    /// Turns the coded values in `words` behind the first row, and those of the sparse fields, into
    /// rows.
    mutating func run(
        _ words: inout MutableSpan<UInt64>, tokens: Span<UInt8>, values: Span<UInt16>,
        history: inout RowHistory, count: Int
    ) {
        placeSparse(&words, tokens: tokens, values: values, count: count)
        switch reference {
        case .previous where width == 1: runPrevious(&words, tokens: tokens, count: count)
        case .previous: runPreviousLong(&words, tokens: tokens, count: count)
        case .successor: runSuccessors(&words, tokens: tokens, history: &history, count: count)
        case .selector: runSelections(&words, tokens: tokens, history: &history, count: count)
        }
    }

    /// Puts the values of sparse fields to those of dense ones.
    private mutating func placeSparse(
        _ words: inout MutableSpan<UInt64>, tokens: Span<UInt8>, values: Span<UInt16>, count: Int
    ) {
        guard !shifts.isEmpty else { return }
        let width = width
        let (shifts, places, masks) = (shifts, places, masks)
        let (shift, place, mask) = (shifts.span, places.span, masks.span)
        var cursors = cursors.mutableSpan
        for index in 1..<count {
            var rest = mask[Int(tokens[index &- 1])]
            while rest != 0 {
                let field = rest.trailingZeroBitCount
                rest &= rest &- 1
                let cursor = cursors[field]
                cursors[field] = cursor &+ 1
                words[index &* width &+ place[field]] |= UInt64(values[cursor]) &<< shift[field]
            }
        }
    }

    /// A word of a row from that of its reference and what is coded.
    @inline(__always)
    private static func word(
        _ reference: UInt64, _ coded: UInt64, increment: UInt64, replaced: UInt64, tops: UInt64,
        flips: UInt64
    ) -> UInt64 {
        let predicted = fieldwiseSum(reference, increment, tops: tops) & ~replaced
        return fieldwiseSum(predicted, coded & ~flips, tops: tops) ^ (coded & flips)
    }

    private func runPrevious(
        _ words: inout MutableSpan<UInt64>, tokens: Span<UInt8>, count: Int
    ) {
        let (increment, top, flip) = (increments[0], tops[0], flips[0])
        let replaced = replaced.span
        var before = words[0]
        for index in 1..<count {
            before = Self.word(
                before, words[index], increment: increment,
                replaced: replaced[Int(tokens[index &- 1])], tops: top, flips: flip)
            words[index] = before
        }
    }

    private func runPreviousLong(
        _ words: inout MutableSpan<UInt64>, tokens: Span<UInt8>, count: Int
    ) {
        for index in 1..<count {
            finish(&words, index, reference: index - 1, token: Int(tokens[index - 1]))
        }
    }

    /// Makes row `index` from that of its reference and what is coded.
    @inline(__always)
    private func finish(
        _ words: inout MutableSpan<UInt64>, _ index: Int, reference: Int, token: Int
    ) {
        let width = width
        for word in 0..<width {
            let place = index &* width &+ word
            words[place] = Self.word(
                words[reference &* width &+ word], words[place], increment: increments[word],
                replaced: replaced[token &* width &+ word], tops: tops[word], flips: flips[word])
        }
    }

    private func runSuccessors(
        _ words: inout MutableSpan<UInt64>, tokens: Span<UInt8>, history: inout RowHistory,
        count: Int
    ) {
        let bits = RowHistory.hashBits(rows: count)
        history.begin(slots: 1 << bits)
        var latest = history.latest.mutableSpan
        for index in 1..<count {
            let slot = RowHistory.slot(
                of: words.span, at: (index &- 1) &* width, width: width, bits: bits)
            let row = latest[slot]
            latest[slot] = Int32(truncatingIfNeeded: index)
            finish(
                &words, index, reference: row >= 0 ? Int(row) : index &- 1,
                token: Int(tokens[index &- 1]))
        }
    }

    private func runSelections(
        _ words: inout MutableSpan<UInt64>, tokens: Span<UInt8>, history: inout RowHistory,
        count: Int
    ) {
        history.begin(slots: 256)
        var latest = history.latest.mutableSpan
        latest[Int(truncatingIfNeeded: selector.value(in: words[0]))] = 0
        let isReplaced = selector.transform == .value
        for index in 1..<count {
            let place = index &* width
            let before = words[place &- width] & selected
            // What selects is told from the row before, all else from the row that it selects.
            let own =
                Self.word(
                    before, words[place] & selected, increment: increments[0] & selected,
                    replaced: isReplaced ? selected : 0, tops: tops[0], flips: flips[0])
                & selected
            let slot = Int(truncatingIfNeeded: selector.value(in: own))
            let row = latest[slot]
            latest[slot] = Int32(truncatingIfNeeded: index)
            words[place] &= ~selected
            finish(
                &words, index, reference: row >= 0 ? Int(row) : index &- 1,
                token: Int(tokens[index &- 1]))
            words[place] = (words[place] & ~selected) | own
        }
    }
}
