/// Counts symbols and estimates what coding them takes, for choices of the encoder alone.
struct SymbolTally {
    /// Even symbols of a row count in the first half, odd ones in the second: a counter that was
    /// just raised is not ready to be raised again.
    private var counts = [UInt32](repeating: 0, count: 512)
    private(set) var total = 0
    /// The sum of c·log2(c) over the counts.
    private var sum: Float = 0
    private(set) var distinct = 0
    /// c·log2(c) by c.
    private static let products = (0...limit).map { Float($0) * Float(logarithm($0)) / bit }
    private static let logarithm = BinaryLogarithm()
    private static let bit = Float(BinaryLogarithm.bit)

    /// More symbols than that are not counted exactly.
    static let limit = 4_096
    /// Roughly what one more symbol costs in a table, in bits.
    static let tableBits: Float = 6

    /// Bits per symbol.
    var entropy: Float {
        guard total > 0 else { return 0 }
        return max(0, Float(Self.logarithm(total)) / Self.bit - sum / Float(total))
    }

    /// Bits of `rows` such symbols and their table.
    func bits(rows: Int) -> Float { entropy * Float(rows) + Float(distinct) * Self.tableBits }

    func count(of symbol: UInt8) -> Int { Int(counts[Int(symbol)]) }

    /// The most frequent symbol.
    var mode: UInt8 {
        var best = 0
        for symbol in 1..<256 where counts[symbol] > counts[best] { best = symbol }
        return UInt8(best)
    }

    /// Counts the symbols of `array`, all others forgotten.
    mutating func count(_ array: [UInt8]) {
        let symbols = array.span
        let table = Self.products
        let products = table.span
        var counts = counts.mutableSpan
        for index in counts.indices { counts[index] = 0 }
        var (sum, distinct): (Float, Int) = (0, 0)
        var index = 0
        while index &+ 1 < symbols.count {
            counts[Int(symbols[index])] &+= 1
            counts[256 &+ Int(symbols[index &+ 1])] &+= 1
            index &+= 2
        }
        if index < symbols.count { counts[Int(symbols[index])] &+= 1 }
        for symbol in 0..<256 {
            counts[symbol] &+= counts[256 &+ symbol]
            let count = Int(truncatingIfNeeded: counts[symbol])
            guard count != 0 else { continue }
            sum += products[min(count, Self.limit)]
            distinct &+= 1
        }
        self.sum = sum
        self.distinct = distinct
        total = symbols.count
    }
}
