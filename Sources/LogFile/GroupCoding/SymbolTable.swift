/// How often each of the 256 symbols comes, as shares of a power of two: what the entropy coder
/// works with (LogFile.docc, Coding 2).
///
/// At least two symbols have a share; a run of one symbol needs no table.
struct SymbolTable {
    /// The shares add up to two to the power of one of these.
    static let probabilityBits = 10...12
    /// How many leading bits of a share are stored.
    static let precisions = 2...4
    /// Each share's length in bits is coded by its change; neighbours have similar shares.
    private static let firstLength = 3

    /// The share of each symbol, 0 for those that do not occur.
    private(set) var shares = [UInt16](repeating: 0, count: 256)
    /// The symbol of the largest share, which is what the others leave.
    private var leader = 0
    private var precision = 4

    init() {}

    /// Shares in proportion to `counts`, of which at least two of 256 are not 0.
    mutating func fit(_ counts: Span<UInt32>, bits: Int, precision: Int) {
        self.precision = precision
        let whole = 1 << bits
        var total = 0
        leader = 0
        for symbol in 0..<256 {
            total += Int(counts[symbol])
            if counts[symbol] > counts[leader] { leader = symbol }
        }
        var sum = 0
        var others = 0
        for symbol in 0..<256 {
            guard counts[symbol] > 0, symbol != leader else {
                shares[symbol] = 0
                continue
            }
            let exact = max(1, (Int(counts[symbol]) * whole + total / 2) / total)
            let share = Self.rounded(exact, to: precision)
            shares[symbol] = UInt16(share)
            sum += share
            others += 1
        }
        // Rounding up must not eat the share of the leader.
        let leaderShare = max(1, Int(counts[leader]) * whole / total * 7 / 8)
        sum = lower(sum, to: max(others, whole - leaderShare))
        shares[leader] = UInt16(whole - sum)
    }

    /// Lowers shares whose sum is `sum`, the larger ones first, until it is at most `limit`.
    private mutating func lower(_ sum: Int, to limit: Int) -> Int {
        var sum = sum
        var smallest = 8
        while sum > limit {
            let before = sum
            for symbol in 0..<256 where symbol != leader && Int(shares[symbol]) >= smallest {
                let step = 1 << max(0, bitLength(UInt64(shares[symbol])) - precision)
                shares[symbol] -= UInt16(step)
                sum -= step
                if sum <= limit { break }
            }
            if sum == before { smallest = 2 }
        }
        return sum
    }

    /// The nearest number with at most `precision` leading bits before zeros.
    private static func rounded(_ value: Int, to precision: Int) -> Int {
        let dropped = max(0, bitLength(UInt64(value)) - precision)
        return ((value + (1 << dropped) / 2) >> dropped) << dropped
    }

    /// What `counts` symbols cost with this table, in units of ``BinaryLogarithm``.
    func cost(of counts: Span<UInt32>, bits: Int, _ logarithm: borrowing BinaryLogarithm) -> Int {
        var cost = 0
        for symbol in 0..<256 where counts[symbol] > 0 {
            let length = bits * BinaryLogarithm.bit - logarithm(Int(shares[symbol]))
            cost += Int(counts[symbol]) * length
        }
        return cost
    }

    /// Appends the table to `writer`.
    func append(to writer: inout BitWriter) {
        var others = -1
        for symbol in 0..<256 where shares[symbol] > 0 { others += 1 }
        writer.put(expGolomb: others - 1)
        writer.put(UInt64(leader), 8)
        writer.put(UInt64(precision - 1), 2)
        var before = -1
        var lengthBefore = Self.firstLength
        for symbol in 0..<256 where shares[symbol] > 0 && symbol != leader {
            writer.put(expGolomb: symbol - before - 1)
            before = symbol
            let length = bitLength(UInt64(shares[symbol]))
            let kept = min(length, precision) - 1
            writer.put(expGolomb: Int(zigzag(Int64(length - lengthBefore))))
            lengthBefore = length
            let leading = UInt64(shares[symbol]) >> UInt64(length - 1 - kept)
            writer.put(leading & ((1 << UInt64(kept)) - 1), kept)
        }
    }

    /// Reads what ``append(to:)`` wrote; false if that cannot be a table.
    mutating func read(from reader: inout BitReader, bits: Int) -> Bool {
        for symbol in 0..<256 { shares[symbol] = 0 }
        guard let others = reader.getExpGolomb(), others <= 254 else { return false }
        leader = Int(reader.get(8))
        precision = Int(reader.get(2)) + 1
        var rest = 1 << bits
        var symbol = -1
        var length = Self.firstLength
        for _ in 0...others {
            guard let gap = reader.getExpGolomb() else { return false }
            symbol += gap + 1
            guard symbol <= 255, symbol != leader else { return false }
            guard let change = reader.getExpGolomb() else { return false }
            length += Int(unzigzag(UInt64(change)))
            guard (1...bits).contains(length) else { return false }
            let kept = min(length, precision) - 1
            let leading = 1 << kept | Int(reader.get(kept))
            let share = leading << (length - 1 - kept)
            rest -= share
            guard rest > 0 else { return false }
            shares[symbol] = UInt16(share)
        }
        shares[leader] = UInt16(rest)
        return !reader.isOverrun
    }
}

/// How many bits `value` has without leading zeros.
@inline(__always)
func bitLength(_ value: UInt64) -> Int { UInt64.bitWidth &- value.leadingZeroBitCount }

/// Exponential-Golomb codes of order 0: zeros as many as bits follow the leading 1 of value + 1.
extension BitWriter {
    /// `value` is not negative.
    mutating func put(expGolomb value: Int) {
        let length = bitLength(UInt64(value + 1))
        put(1 << UInt64(length - 1), length)
        put(UInt64(value + 1) & ((1 << UInt64(length - 1)) - 1), length - 1)
    }
}

extension BitReader {
    /// A value up to 510; nil beyond.
    mutating func getExpGolomb() -> Int? {
        var length = 0
        while get(1) == 0 {
            length += 1
            guard length <= 8 else { return nil }
        }
        return Int(1 << UInt64(length) | get(length)) - 1
    }
}
