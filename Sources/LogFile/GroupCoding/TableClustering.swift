/// Finds runs that can share a table: the runs by falling length, each joins the table that codes it
/// best or opens its own.
///
/// The work is bounded by the number of tables times the different symbols of all runs.
struct TableClustering: ~Copyable {
    /// What a table costs per symbol and alone, in bits; measured on real logs.
    private static let bitsPerTableSymbol = 7
    private static let bitsPerTable = 24
    /// A run joins a table only if that is better by so many bits than what it has.
    private static let joiningBits = 8
    private static let bit = BinaryLogarithm.bit

    private struct SymbolCount {
        var symbol: UInt8
        var count: UInt32
    }

    /// What is known about a run while tables are sought.
    struct Choice {
        /// A table, or how the run is coded without one.
        var table = Int(RunCoding.stored)
        /// In units of ``BinaryLogarithm``.
        var cost = 0
        fileprivate var histogram = 0..<0

        var hasTable: Bool { table < RunCoding.tables }
    }

    /// One for each run.
    private(set) var choices: [Choice] = []
    /// Symbols of each table, 256 each.
    private(set) var counts: [UInt32] = []
    /// How many runs each table has.
    private(set) var members: [Int] = []
    /// What each symbol costs with each table, 256 each.
    private var costs: [Int32] = []
    private var totals: [Int] = []
    /// The table that a run with this most frequent symbol joined last: a good first guess.
    private var guesses = [Int](repeating: -1, count: 256)
    private var histograms: [SymbolCount] = []
    private var order: [Int] = []
    let logarithm = BinaryLogarithm()

    init() {}

    /// Chooses for all `runs`, with at most `limit` tables for each family.
    mutating func cluster(_ runs: borrowing SymbolRuns, limit: Int) {
        choices.removeAll(keepingCapacity: true)
        counts.removeAll(keepingCapacity: true)
        members.removeAll(keepingCapacity: true)
        costs.removeAll(keepingCapacity: true)
        totals.removeAll(keepingCapacity: true)
        count(runs)
        for family in SymbolRuns.Family.allCases {
            order.removeAll(keepingCapacity: true)
            for index in runs.runs.indices
            where runs.runs[index].family == family && runs.runs[index].count > 0 {
                order.append(index)
            }
            let all = runs.runs
            order.sort { (all[$0].count, $1) > (all[$1].count, $0) }
            for symbol in 0..<256 { guesses[symbol] = -1 }
            let first = members.count
            for index in order { place(index, count: all[index].count, first: first, limit: limit) }
        }
    }

    /// The histogram of each run.
    private mutating func count(_ runs: borrowing SymbolRuns) {
        histograms.removeAll(keepingCapacity: true)
        var histogram = [UInt32](repeating: 0, count: 256)
        for run in runs.runs {
            let symbols = runs.symbols.span.extracting(run.range)
            var bins = histogram.mutableSpan
            for index in symbols.indices { bins[Int(symbols[index])] &+= 1 }
            let start = histograms.count
            for symbol in 0..<256 where bins[symbol] > 0 {
                histograms.append(SymbolCount(symbol: UInt8(symbol), count: bins[symbol]))
                bins[symbol] = 0
            }
            choices.append(Choice(histogram: start..<histograms.count))
        }
    }

    /// Finds the cheapest coding of one run of `count` symbols among those without a table, the
    /// tables from `first` on and one of its own.
    private mutating func place(_ index: Int, count: Int, first: Int, limit: Int) {
        let range = choices[index].histogram
        let known = histograms
        let symbols = known.span.extracting(range)
        var best = Int(RunCoding.stored)
        var cost = 8 * count * Self.bit
        var mostFrequent = 0
        if symbols.count == 1 {
            best = Int(RunCoding.repeated)
            cost = min(cost, 8 * Self.bit)
        } else {
            var own = (Self.bitsPerTable + Self.bitsPerTableSymbol * symbols.count) * Self.bit
            let whole = logarithm(count)
            for place in symbols.indices {
                let count = Int(symbols[place].count)
                own += count * (whole - logarithm(count))
                if symbols[place].count > symbols[mostFrequent].count { mostFrequent = place }
            }
            if own < cost, members.count - first < limit {
                best = members.count
                cost = own
            }
        }
        let leader = Int(symbols[mostFrequent].symbol)
        let guess = guesses[leader]
        if guess >= 0, let joined = joiningCost(symbols, guess, below: cost) {
            best = guess
            cost = joined
        }
        for table in first..<members.count where table != guess {
            if let joined = joiningCost(symbols, table, below: cost) {
                best = table
                cost = joined
            }
        }
        choices[index].table = best
        choices[index].cost = cost
        guard best < RunCoding.tables else { return }
        guesses[leader] = best
        join(symbols, count, best)
    }

    /// What the symbols cost with a table; nil unless that is less than `limit`.
    private func joiningCost(_ symbols: Span<SymbolCount>, _ table: Int, below limit: Int) -> Int? {
        let costs = costs.span.extracting(table * 256..<table * 256 + 256)
        var cost = Self.joiningBits * Self.bit
        for place in symbols.indices {
            let symbol = symbols[place]
            cost &+= Int(symbol.count) &* Int(costs[Int(symbol.symbol)])
            if cost >= limit { return nil }
        }
        return cost
    }

    private mutating func join(_ symbols: Span<SymbolCount>, _ count: Int, _ table: Int) {
        if table == members.count {
            members.append(0)
            totals.append(0)
            counts.append(contentsOf: repeatElement(0, count: 256))
            costs.append(contentsOf: repeatElement(0, count: 256))
        }
        members[table] += 1
        totals[table] += count
        for place in symbols.indices {
            counts[table * 256 + Int(symbols[place].symbol)] += symbols[place].count
        }
        // Short runs change the costs little; the first ones make them.
        if members[table] == 1 || count * 8 > totals[table] { price(table) }
    }

    /// Renews what each symbol costs with a table.
    private mutating func price(_ table: Int) {
        let whole = logarithm(totals[table])
        for symbol in table * 256..<table * 256 + 256 {
            let count = Int(counts[symbol])
            costs[symbol] = Int32(count > 0 ? whole - logarithm(count) : whole + 4 * Self.bit)
        }
    }

    /// Renews the costs of all runs with a table to what its other members made of it; a run that is
    /// alone in its table carries what that costs.
    mutating func settle() {
        for table in members.indices { price(table) }
        for index in choices.indices where choices[index].hasTable {
            let table = choices[index].table
            var cost = 0
            for place in choices[index].histogram {
                let symbol = histograms[place]
                cost += Int(symbol.count) * Int(costs[table * 256 + Int(symbol.symbol)])
            }
            if members[table] == 1 {
                let symbols = choices[index].histogram.count
                cost += (Self.bitsPerTable + Self.bitsPerTableSymbol * symbols) * Self.bit
            }
            choices[index].cost = cost
        }
    }

    /// Takes a run out of its table.
    mutating func leave(_ index: Int, for coding: UInt8) {
        let table = choices[index].table
        choices[index].table = Int(coding)
        guard table < RunCoding.tables else { return }
        members[table] -= 1
        for place in choices[index].histogram {
            let symbol = histograms[place]
            counts[table * 256 + Int(symbol.symbol)] -= symbol.count
            totals[table] -= Int(symbol.count)
        }
    }

    /// Gives the tables new numbers, or what the runs of a table are coded with instead.
    mutating func renumber(_ numbers: [Int]) {
        for index in choices.indices where choices[index].hasTable {
            choices[index].table = numbers[choices[index].table]
        }
    }

    /// Takes runs out of tables that drifted away from them, so that no run gets longer than it is.
    mutating func storeWhatTablesDoNotSuit(_ tables: [SymbolTable], bits: Int) {
        for index in choices.indices where choices[index].hasTable {
            let table = choices[index].table
            var cost = 0
            var count = 0
            for place in choices[index].histogram {
                let symbol = histograms[place]
                let share = Int(tables[table].shares[Int(symbol.symbol)])
                cost += Int(symbol.count) * (bits * Self.bit - logarithm(share))
                count += Int(symbol.count)
            }
            if cost > 8 * count * Self.bit { choices[index].table = Int(RunCoding.stored) }
        }
    }
}
