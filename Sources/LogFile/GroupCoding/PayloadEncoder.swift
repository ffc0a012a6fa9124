/// Finds what the payloads of a stream have in common, and makes runs of what they have not.
///
/// The work per row is bounded: choices are made on samples. All memory is kept for the next stream.
struct PayloadEncoder: ~Copyable {
    /// A field that differs from its prediction in more rows than this, of ten, is dense. Where there
    /// are too many masks the next number is tried.
    private static let denseTenths = [6, 3, 1]
    /// Streams that leave less, in rough bits per 64 rows, keep their bytes as fields.
    private static let searchCost = 32
    private static let searchRows = 96

    private var choice = ReferenceChoice()
    private var search = FieldSearch()
    private var masks = MaskTable()
    private var values = FieldValues()
    private var prediction = RowPrediction()
    /// The row that each row is predicted from.
    private var references: [Int32] = []

    init() {}

    /// Appends the parameters of a stream to `parameters`, and its runs to `runs`.
    ///
    /// - Parameters:
    ///   - words: `count` rows of `rowWidth(ofLength: length)` words, little-endian, zero behind the
    ///     payload. They are changed.
    ///   - count: at least 1.
    ///   - length: in bytes, 0...64.
    mutating func encode(
        _ words: inout MutableSpan<UInt64>, count: Int, length: Int, effort: CodingEffort,
        runs: inout SymbolRuns, parameters: inout [UInt8]
    ) {
        let width = rowWidth(ofLength: length)
        precondition((0...64).contains(length) && count > 0 && words.count == count * width)
        var plan = PayloadPlan(length: length, first: [])
        var active = activeBits(words.span, width: width)
        if active.contains(where: { $0 != 0 }),
            let rule = ChecksumRule.find(in: words.span, count: count, length: length)
        {
            rule.remove(from: &words, count: count, length: length)
            plan.checksum = rule
            active = activeBits(words.span, width: width)
        }
        plan.first = (0..<width).map { words[$0] }
        if active.contains(where: { $0 != 0 }) {
            plan.isVarying = true
            choose(&plan, &words, count: count, active: active, effort: effort)
            appendRuns(&plan, words.span, count: count, runs: &runs)
        }
        plan.append(to: &parameters)
    }

    /// The bits that are not the same in all rows, word by word.
    private func activeBits(_ words: Span<UInt64>, width: Int) -> [UInt64] {
        if width == 1 {
            let first = words[0]
            var active: UInt64 = 0
            for index in words.indices { active |= words[index] ^ first }
            return [active]
        }
        return (0..<width).map { word in
            var active: UInt64 = 0
            for index in stride(from: word, to: words.count, by: width) {
                active |= words[index] ^ words[word]
            }
            return active
        }
    }

    // MARK: Choices

    /// Chooses reference, byte order, fields and increments; turns the words round if it has to.
    private mutating func choose(
        _ plan: inout PayloadPlan, _ words: inout MutableSpan<UInt64>, count: Int,
        active: [UInt64], effort: CodingEffort
    ) {
        let width = active.count
        if references.count < count {
            references.append(contentsOf: repeatElement(0, count: count - references.count))
        }
        let (kind, cost) = choice.choose(
            words.span, count: count, length: plan.length, active: active, effort: effort,
            scratch: &references)
        choice.fill(&references, kind, words.span, count: count, width: width, total: count)
        var selected: UInt64 = 0
        if case .byte(let byte) = kind { selected = 0xFF << UInt64(8 * byte) }
        let isSearched = cost > Self.searchCost && count >= Self.searchRows
        if isSearched {
            divide(
                &plan, words.span, count: count, active: active, whole: selected, effort: effort)
        }
        if !isSearched || plan.fields.count > RowField.countLimit {
            plan.isBigEndian = false
            plan.fields = []
            for word in 0..<width {
                FieldSearch.bytes(of: active[word], word: word, into: &plan.fields)
            }
        }
        if plan.isBigEndian {
            for index in words.indices { words[index] = words[index].byteSwapped }
            selected = selected.byteSwapped
            choice.fill(
                &references, kind, words.span, count: count, width: width, total: count,
                isBigEndian: true)
        }
        switch kind {
        case .previous: plan.reference = .previous
        case .successor: plan.reference = .successor
        case .byte:
            let index = plan.fields.firstIndex { $0.word == 0 && $0.bits & selected != 0 } ?? 0
            plan.fields[index].isDense = true
            plan.reference = .selector(index)
        }
        // A reference of its own: a span of a stored property would hold all of self.
        let rows = references
        search.findIncrements(
            words.span, rows.span, width: width, count: count, fields: &plan.fields)
    }

    /// Divides the words into fields, in the byte order that costs less.
    private mutating func divide(
        _ plan: inout PayloadPlan, _ words: Span<UInt64>, count: Int, active: [UInt64],
        whole: UInt64, effort: CodingEffort
    ) {
        let width = active.count
        let references = references
        var (little, big) = (false, false)
        for word in 0..<width where active[word] != 0 {
            let found = search.crossings(
                words, references.span, word: word, width: width, count: count)
            little = little || found.little
            big = big || found.big
        }
        var best = Float.infinity
        for isBigEndian in [false, true] where isBigEndian ? big : little || !big {
            var fields: [RowField] = []
            var cost: Float = 0
            for word in 0..<width where active[word] != 0 {
                cost += search.divide(
                    words, references.span, word: word, width: width, count: count,
                    active: isBigEndian ? active[word].byteSwapped : active[word],
                    whole: word > 0 ? 0 : isBigEndian ? whole.byteSwapped : whole,
                    isBigEndian: isBigEndian, effort: effort, into: &fields)
            }
            if cost < best {
                best = cost
                plan.fields = fields
                plan.isBigEndian = isBigEndian
            }
        }
    }

    // MARK: Runs

    private mutating func appendRuns(
        _ plan: inout PayloadPlan, _ words: Span<UInt64>, count: Int, runs: inout SymbolRuns
    ) {
        let references = references
        prediction.predict(words, references.span, count: count, plan: plan)
        for index in plan.fields.indices where prediction.misses[index] == 0 {
            if !plan.fields[index].isDense { plan.fields[index].transform = .never }
        }
        for tenths in Self.denseTenths + [-1] {
            for index in plan.fields.indices where plan.fields[index].isSparse {
                plan.fields[index].isDense = prediction.misses[index] * 10 > (count - 1) * tenths
            }
            if appendTokens(&plan, count: count, runs: &runs) { break }
        }
        let (predicted, differing) = (prediction.words, prediction.differing)
        for index in plan.fields.indices where plan.fields[index].transform != .never {
            let flag: UInt64? = plan.fields[index].isDense ? nil : prediction.flags[index]
            values.append(
                &plan.fields[index], words, predicted.span, differing.span,
                flag: flag, count: count, width: plan.first.count, to: &runs)
        }
    }

    /// Appends the tokens of the sparse fields, if there are any; false if there are too many masks.
    private mutating func appendTokens(
        _ plan: inout PayloadPlan, count: Int, runs: inout SymbolRuns
    ) -> Bool {
        let sparse = plan.fields.indices.filter { plan.fields[$0].isSparse }
        guard !sparse.isEmpty else { return true }
        let wanted = sparse.reduce(0) { $0 | prediction.flags[$1] }
        runs.open(count - 1, .payloads)
        let start = runs.openStart
        var symbols = runs.symbols.mutableSpan
        let rows = prediction.differing
        guard
            masks.number(
                rows.span.extracting(0..<count), wanted: wanted, into: &symbols, from: start)
        else { return false }
        masks.sort(&symbols, start..<start + count - 1)
        plan.masks = masks.masks.map { mask in
            sparse.enumerated().reduce(0) {
                $0 | (mask & prediction.flags[$1.element] != 0 ? 1 << UInt64($1.offset) : 0)
            }
        }
        runs.close(count - 1)
        return true
    }
}
