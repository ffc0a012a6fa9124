/// Makes the rows of a stream from its parameters and runs.
///
/// Whatever the bytes say, it ends, stays within its memory, and says why it cannot. All memory is
/// kept for the next stream.
struct PayloadDecoder: ~Copyable {
    /// The symbols of one run.
    private var symbols: [UInt8] = []
    /// The token of each row but the first.
    private var tokens: [UInt8] = []
    /// The values of the sparse fields, one field after another.
    private var values: [UInt16] = []
    /// The values of one wide field that are no symbols.
    private var escapes: [UInt8] = []
    private var history = RowHistory()
    private var model = RowModel()

    init() {}

    /// Fills the rows of a stream; says why it cannot.
    ///
    /// - Parameters:
    ///   - count: at least 1, as it was given to the plan.
    ///   - words: room for `count` rows.
    mutating func decode(
        _ plan: PayloadPlan, count: Int, length: Int, from reader: inout RunReader,
        tables: inout TableSet, zstandard: inout ZstandardDecoder,
        into words: inout MutableSpan<UInt64>
    ) -> String? {
        let width = rowWidth(ofLength: length)
        precondition(length == plan.length && count > 0 && words.count == count * width)
        guard plan.isVarying else {
            repeatFirst(plan, &words)
            restore(plan, &words, count: count)
            return nil
        }
        for index in words.indices { words[index] = 0 }
        for word in 0..<width {
            words[word] = plan.isBigEndian ? plan.first[word].byteSwapped : plan.first[word]
        }
        model.prepare(plan)
        if let reason = readRuns(
            plan, count: count, from: &reader, tables: &tables, zstandard: &zstandard,
            into: &words)
        {
            return reason
        }
        // References of their own: a span of a stored property would hold all of self.
        let (tokens, values) = (tokens, values)
        model.run(
            &words, tokens: tokens.span, values: values.span, history: &history, count: count)
        if plan.isBigEndian {
            for index in words.indices { words[index] = words[index].byteSwapped }
        }
        restore(plan, &words, count: count)
        return nil
    }

    private func repeatFirst(_ plan: PayloadPlan, _ words: inout MutableSpan<UInt64>) {
        let width = plan.first.count
        if width == 1 {
            let word = plan.first[0]
            for index in words.indices { words[index] = word }
        } else {
            for index in words.indices { words[index] = plan.first[index % width] }
        }
    }

    private func restore(_ plan: PayloadPlan, _ words: inout MutableSpan<UInt64>, count: Int) {
        plan.checksum?.restore(&words, count: count, length: plan.length)
    }

    // MARK: Runs

    /// Reads all runs: dense fields go to their place in `words`, sparse ones to ``values``.
    private mutating func readRuns(
        _ plan: PayloadPlan, count: Int, from reader: inout RunReader, tables: inout TableSet,
        zstandard: inout ZstandardDecoder, into words: inout MutableSpan<UInt64>
    ) -> String? {
        let rows = count - 1
        if symbols.count < rows {
            symbols.append(contentsOf: repeatElement(0, count: rows - symbols.count))
        }
        if tokens.count < rows {
            tokens.append(contentsOf: repeatElement(0, count: rows - tokens.count))
        }
        values.removeAll(keepingCapacity: true)
        var coded: [Int] = []
        if !plan.masks.isEmpty {
            var output = tokens.mutableSpan
            if let reason = reader.next(
                rows, into: &output, tables: &tables, zstandard: &zstandard)
            {
                return reason
            }
            guard let counts = model.codedRows(tokens.span.extracting(0..<rows)) else {
                return "a token stands for no mask"
            }
            coded = counts
        } else {
            for index in 0..<rows { tokens[index] = 0 }
        }
        var sparse = 0
        for field in plan.fields where field.transform != .never {
            let size = field.isDense ? rows : coded[sparse]
            if let reason = read(
                field, size, from: &reader, tables: &tables, zstandard: &zstandard)
            {
                return reason
            }
            if field.isDense {
                place(field, &words, width: plan.first.count, rows: rows)
            } else {
                model.begin(sparse, at: values.count)
                appendValues(field, size)
                sparse += 1
            }
        }
        return nil
    }

    /// Reads the run of a field and that of its escapes.
    private mutating func read(
        _ field: RowField, _ size: Int, from reader: inout RunReader, tables: inout TableSet,
        zstandard: inout ZstandardDecoder
    ) -> String? {
        var output = symbols.mutableSpan
        if let reason = reader.next(size, into: &output, tables: &tables, zstandard: &zstandard) {
            return reason
        }
        guard field.hasEscapes else { return nil }
        var count = 0
        for index in 0..<size where output[index] == RowField.escape { count += 1 }
        if escapes.count < 2 * count {
            escapes.append(contentsOf: repeatElement(0, count: 2 * count - escapes.count))
        }
        var memory = escapes.mutableSpan
        return reader.next(2 * count, into: &memory, tables: &tables, zstandard: &zstandard)
    }

    /// Puts what was read of a dense field to its bits of all rows.
    private func place(
        _ field: RowField, _ words: inout MutableSpan<UInt64>, width: Int, rows: Int
    ) {
        let shift = UInt64(field.shift)
        let limit = field.limit
        let symbols = symbols.span
        var place = field.word
        if !field.isWide {
            for index in 0..<rows {
                place &+= width
                words[place] |= (UInt64(symbols[index]) & limit) &<< shift
            }
            return
        }
        let escapes = escapes.span
        var escaped = 0
        for index in 0..<rows {
            place &+= width
            let value = Self.wideValue(field, symbols[index], escapes, &escaped)
            words[place] |= value &<< shift
        }
    }

    /// Appends what was read of a sparse field to ``values``.
    private mutating func appendValues(_ field: RowField, _ size: Int) {
        let limit = UInt16(truncatingIfNeeded: field.limit)
        let (symbols, escapes) = (symbols, escapes)
        var escaped = 0
        for index in 0..<size {
            let value =
                field.isWide
                ? UInt16(Self.wideValue(field, symbols[index], escapes.span, &escaped))
                : UInt16(symbols[index]) & limit
            values.append(value)
        }
    }

    /// The value or difference of a wide field.
    @inline(__always)
    private static func wideValue(
        _ field: RowField, _ symbol: UInt8, _ escapes: Span<UInt8>, _ escaped: inout Int
    ) -> UInt64 {
        var code = UInt64(symbol)
        if field.hasEscapes, symbol == RowField.escape {
            code = UInt64(escapes[escaped]) | UInt64(escapes[escaped &+ 1]) << 8
            escaped &+= 2
        }
        return (UInt64(bitPattern: unzigzag(code)) &+ field.base) & field.limit
    }
}
