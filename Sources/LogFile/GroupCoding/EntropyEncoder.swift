/// Chooses how all runs of a group are coded and codes its segments (LogFile.docc, Coding 2).
///
/// All buffers are kept from one group to the next.
struct EntropyEncoder: ~Copyable {
    private static let bit = BinaryLogarithm.bit
    private let effort: CodingEffort
    private var clustering = TableClustering()
    private var ans = AnsEncoder()
    private var zstandard: ZstandardRuns
    private var writer = BitWriter()
    /// The tables of the section, their sizes and the tables themselves.
    private var sizes: [UInt8] = []
    private var tables: [UInt8] = []

    init(effort: CodingEffort) throws(LogError) {
        self.effort = effort
        zstandard = try ZstandardRuns(effort: effort)
    }

    /// Decides how each run is coded and appends the tables section to `output`; `frames` are those
    /// of the group.
    mutating func makeTables(_ runs: inout SymbolRuns, frames: Int, into output: inout [UInt8]) {
        let (bits, limit) = Self.dimensions(frames: frames)
        clustering.cluster(runs, limit: limit)
        clustering.settle()
        zstandard.removeAll(runs: runs.runs.count)
        for index in runs.runs.indices {
            let run = runs.runs[index]
            let choice = clustering.choices[index]
            let symbols = runs.symbols.span.extracting(run.range)
            if choice.table != RunCoding.repeated,
                zstandard.append(symbols, of: index, insteadOf: choice.cost / Self.bit / 8)
            {
                clustering.leave(index, for: RunCoding.zstandard)
            }
        }
        let count = fitTables(bits: bits)
        for index in runs.runs.indices {
            runs.runs[index].table = UInt8(clustering.choices[index].table)
        }
        output.append(UInt8(bits))
        output.append(UInt8(count))
        output += sizes
        output += tables
    }

    /// How fine the shares of a group's tables are, and how many tables each family may have.
    private static func dimensions(frames: Int) -> (bits: Int, limit: Int) {
        switch frames {
        case 65_536...: (12, 96)
        case 32_768...: (12, 48)
        case 16_384...: (11, 48)
        case 8_192...: (11, 20)
        default: (10, 20)
        }
    }

    /// Makes the tables that runs still have, renumbers them, and says how many there are.
    private mutating func fitTables(bits: Int) -> Int {
        ans.removeTables()
        sizes.removeAll(keepingCapacity: true)
        tables.removeAll(keepingCapacity: true)
        var made: [SymbolTable] = []
        var numbers: [Int] = []
        for old in clustering.members.indices {
            let counts = clustering.counts
            let symbols = counts.span.extracting(old * 256..<old * 256 + 256)
            var different = 0
            for symbol in 0..<256 where symbols[symbol] > 0 { different += 1 }
            // Left by all, or by all but runs of one and the same symbol.
            guard different > 1 else {
                numbers.append(Int(RunCoding.repeated))
                continue
            }
            let table = cheapestTable(symbols, bits: bits)
            numbers.append(made.count)
            writer.removeAll()
            table.append(to: &writer)
            writer.align()
            sizes.append(varint: UInt64(writer.bytes.count))
            tables += writer.bytes
            ans.addTable(table, bits: bits)
            made.append(table)
        }
        clustering.renumber(numbers)
        clustering.storeWhatTablesDoNotSuit(made, bits: bits)
        return made.count
    }

    /// The table in the precision that saves most for its own size.
    private mutating func cheapestTable(_ counts: Span<UInt32>, bits: Int) -> SymbolTable {
        var best = SymbolTable()
        var bestCost = Int.max
        for precision in SymbolTable.precisions {
            var table = SymbolTable()
            table.fit(counts, bits: bits, precision: precision)
            writer.removeAll()
            table.append(to: &writer)
            let cost =
                writer.bitCount * Self.bit
                + table.cost(of: counts, bits: bits, clustering.logarithm)
            if cost < bestCost { (best, bestCost) = (table, cost) }
        }
        return best
    }

    /// Appends one segment: how each of the runs in `range` is coded, the sizes, the coded symbols,
    /// `bits`, and the runs that are coded apart. With two states it is read faster and is 4 bytes
    /// longer.
    mutating func appendSegment(
        _ runs: borrowing SymbolRuns, _ range: Range<Int>, bits: Span<UInt8>, twoStates: Bool,
        into output: inout [UInt8]
    ) {
        for index in range { output.append(runs.runs[index].table) }
        let size = ans.encode(runs, range, twoStates: twoStates)
        output.append(varint: UInt64(size))
        output.append(varint: UInt64(bits.count))
        ans.append(to: &output)
        output.append(bits)
        for index in range {
            let run = runs.runs[index]
            switch run.table {
            case RunCoding.repeated: output.append(runs.symbols[run.start])
            case RunCoding.stored: output += runs.symbols[run.range]
            case RunCoding.zstandard: zstandard.append(index, to: &output)
            default: break
            }
        }
    }
}
