/// Makes the runs of one field: what it is in the rows where it is coded (encoder only).
struct FieldValues {
    /// Values that are looked at for the choice of a transform.
    private static let sampleSize = 1_024

    /// The values of the field where it is coded, and the predicted ones.
    private var values: [UInt16] = []
    private var predicted: [UInt16] = []
    private var escapes: [UInt64] = []
    private var sample = FieldSample()

    init() {}

    /// Appends the run of `field`, and that of its escapes, and sets how they are coded.
    mutating func append(
        _ field: inout RowField, _ words: Span<UInt64>, _ predictedWords: Span<UInt64>,
        _ differing: Span<UInt64>, flag: UInt64?, count: Int, width: Int,
        to runs: inout SymbolRuns
    ) {
        let coded = gather(
            field, words, predictedWords, differing, flag: flag, count: count, width: width)
        chooseTransform(&field, coded: coded)
        runs.open(coded, .payloads)
        if field.isWide {
            fillWide(field, coded: coded, &runs)
        } else {
            fillNarrow(field, coded: coded, &runs)
        }
        runs.close(coded)
        guard field.isWide, !escapes.isEmpty else { return }
        field.hasEscapes = true
        runs.open(2 * escapes.count, .payloads)
        for code in escapes {
            runs.append(UInt8(truncatingIfNeeded: code))
            runs.append(UInt8(truncatingIfNeeded: code >> 8))
        }
        runs.close()
    }

    /// Collects the rows in which `flag` is set, or all if there is none; returns how many.
    private mutating func gather(
        _ field: RowField, _ words: Span<UInt64>, _ predictedWords: Span<UInt64>,
        _ differing: Span<UInt64>, flag: UInt64?, count: Int, width: Int
    ) -> Int {
        if values.count < count {
            values.append(contentsOf: repeatElement(0, count: count - values.count))
            predicted.append(contentsOf: repeatElement(0, count: count - predicted.count))
        }
        return Self.gather(
            &values, &predicted, field, words, predictedWords, differing, flag: flag,
            count: count, width: width)
    }

    private static func gather(
        _ valueMemory: inout [UInt16], _ predictedMemory: inout [UInt16], _ field: RowField,
        _ words: Span<UInt64>, _ predictedWords: Span<UInt64>, _ differing: Span<UInt64>,
        flag: UInt64?, count: Int, width: Int
    ) -> Int {
        let shift = UInt64(field.shift)
        let limit = UInt16(truncatingIfNeeded: field.limit)
        var values = valueMemory.mutableSpan
        var predicted = predictedMemory.mutableSpan
        var place = field.word
        var coded = 0
        for index in 1..<count {
            place &+= width
            values[coded] = UInt16(truncatingIfNeeded: words[place] &>> shift) & limit
            predicted[coded] = UInt16(truncatingIfNeeded: predictedWords[place] &>> shift) & limit
            if let flag {
                coded &+= differing[index] & flag != 0 ? 1 : 0
            } else {
                coded &+= 1
            }
        }
        return coded
    }

    private mutating func chooseTransform(_ field: inout RowField, coded: Int) {
        // Values were taken out of their words, so the sample's field begins at bit 0.
        var sampled = RowField(word: 0, shift: 0, width: field.width)
        sample.removeAll()
        for index in stride(from: 0, to: coded, by: max(1, coded / Self.sampleSize)) {
            sample.append(UInt64(values[index]), predicted: UInt64(predicted[index]))
        }
        _ = sample.chooseTransform(of: &sampled, rows: coded)
        field.transform = sampled.transform
        field.base = sampled.base
    }

    private func fillNarrow(_ field: RowField, coded: Int, _ runs: inout SymbolRuns) {
        let start = runs.openStart
        let limit = UInt8(truncatingIfNeeded: field.limit)
        var symbols = runs.symbols.mutableSpan
        guard coded > 0 else { return }
        let (values, predicted) = (values.span, predicted.span)
        switch field.transform {
        case .difference:
            for index in 0..<coded {
                symbols[start &+ index] =
                    UInt8(truncatingIfNeeded: values[index] &- predicted[index]) & limit
            }
        case .flips:
            for index in 0..<coded {
                symbols[start &+ index] = UInt8(
                    truncatingIfNeeded: values[index] ^ predicted[index])
            }
        case .value, .never:
            for index in 0..<coded {
                symbols[start &+ index] = UInt8(truncatingIfNeeded: values[index])
            }
        }
    }

    private mutating func fillWide(_ field: RowField, coded: Int, _ runs: inout SymbolRuns) {
        escapes.removeAll(keepingCapacity: true)
        let start = runs.openStart
        var symbols = runs.symbols.mutableSpan
        for index in 0..<coded {
            let code = field.code(of: UInt64(values[index]), predicted: UInt64(predicted[index]))
            if code < UInt64(RowField.escape) {
                symbols[start &+ index] = UInt8(truncatingIfNeeded: code)
            } else {
                symbols[start &+ index] = RowField.escape
                escapes.append(code)
            }
        }
    }
}
