/// Some values of a word with what was expected in their place, and what coding them would take
/// (encoder only).
struct FieldSample {
    private(set) var values: [UInt64] = []
    private(set) var predicted: [UInt64] = []
    private var symbols: [UInt8] = []
    private(set) var tally = SymbolTally()

    init() {}

    /// More are not counted exactly.
    static let limit = SymbolTally.limit

    mutating func removeAll() {
        values.removeAll(keepingCapacity: true)
        predicted.removeAll(keepingCapacity: true)
    }

    mutating func append(_ value: UInt64, predicted: UInt64) {
        values.append(value)
        self.predicted.append(predicted)
    }

    /// Sets how `field` is best coded, and returns what `rows` of it take, in bits.
    mutating func chooseTransform(of field: inout RowField, rows: Int) -> Float {
        field.base = field.isWide ? mean(of: field) : 0
        let candidates: [RowField.Transform] =
            field.isWide ? [.difference, .value] : [.difference, .flips, .value]
        var best = (bits: Float.infinity, transform: RowField.Transform.difference)
        for transform in candidates {
            field.transform = transform
            let escapes = count(field)
            let share = Float(16 * escapes) / Float(max(1, values.count))
            let bits = tally.bits(rows: rows) + share * Float(rows)
            if bits < best.bits { best = (bits, transform) }
            if bits <= SymbolTally.tableBits { break }
        }
        field.transform = best.transform
        if field.transform != .value { field.base = 0 }
        return best.bits
    }

    private func mean(of field: RowField) -> UInt64 {
        var sum: UInt64 = 0
        for value in values { sum &+= field.value(in: value) }
        return sum / UInt64(max(1, values.count))
    }

    /// Counts the symbols of `field`; returns how many are escapes.
    mutating func count(_ field: RowField) -> Int {
        let excess = symbols.count - values.count
        if excess > 0 {
            symbols.removeLast(excess)
        } else {
            symbols.append(contentsOf: repeatElement(0, count: -excess))
        }
        // References of their own: a span of a stored property would hold all of self.
        let (values, predicted) = (values, predicted)
        Self.fill(&symbols, field, values.span, predicted.span)
        tally.count(symbols)
        return field.isWide ? tally.count(of: RowField.escape) : 0
    }

    private static func fill(
        _ memory: inout [UInt8], _ field: RowField, _ values: Span<UInt64>,
        _ predicted: Span<UInt64>
    ) {
        let shift = UInt64(field.shift)
        let limit = field.limit
        let count = values.count
        var symbols = memory.mutableSpan
        precondition(symbols.count == count && predicted.count == count)
        if field.isWide {
            let width = field.width
            let isValue = field.transform == .value
            for index in 0..<count {
                let expected = isValue ? field.base : predicted[index] &>> shift
                let code = fold((values[index] &>> shift) &- expected, width: width)
                symbols[index] = UInt8(truncatingIfNeeded: min(code, UInt64(RowField.escape)))
            }
            return
        }
        switch field.transform {
        case .difference:
            for index in 0..<count {
                let difference = (values[index] &>> shift) &- (predicted[index] &>> shift)
                symbols[index] = UInt8(truncatingIfNeeded: difference & limit)
            }
        case .flips:
            for index in 0..<count {
                let flips = (values[index] ^ predicted[index]) &>> shift
                symbols[index] = UInt8(truncatingIfNeeded: flips & limit)
            }
        case .value, .never:
            for index in 0..<count {
                symbols[index] = UInt8(truncatingIfNeeded: (values[index] &>> shift) & limit)
            }
        }
    }
}
