/// How often each distance between frames of one identifier occurred, in bounded memory.
///
/// Distances are counted by how far they are from a reference near their middle, in steps that grow
/// with that, so that a value read back is exact to 128 ns or to 3 % of its deviation.
struct IntervalDistribution: Sendable {
    /// 2^7 ns are told apart at best.
    private static let unitBits: Int64 = 7
    /// Deviations beyond 2^52 ns (52 days) are counted as that.
    private static let largest: Int64 = 1 << 45
    private static let steps = (45 - 3) * 16

    private let reference: Int64
    /// Deviations below and above the reference, by step.
    private var below = [UInt32](repeating: 0, count: steps + 1)
    private var above = [UInt32](repeating: 0, count: steps + 1)

    init(around reference: Int64) {
        self.reference = reference
    }

    mutating func add(_ interval: Int64) {
        let deviation = interval &- reference
        if deviation < 0 {
            below[Self.step(of: 0 &- deviation)] &+= 1
        } else {
            above[Self.step(of: deviation)] &+= 1
        }
    }

    /// The intervals that occurred, each with its count, in no order.
    var values: [(interval: Int64, count: UInt32)] {
        var values: [(interval: Int64, count: UInt32)] = []
        for (step, count) in below.enumerated() where count > 0 {
            values.append((reference &- Self.middle(of: step), count))
        }
        for (step, count) in above.enumerated() where count > 0 {
            values.append((reference &+ Self.middle(of: step), count))
        }
        return values
    }

    /// 16 steps for each power of two.
    private static func step(of deviation: Int64) -> Int {
        let units = min(max(0, deviation) >> unitBits, largest)
        guard units >= 16 else { return Int(units) }
        let exponent = 63 - units.leadingZeroBitCount
        let mantissa = Int(units >> Int64(exponent - 4)) & 15
        return (exponent - 3) * 16 + mantissa
    }

    private static func middle(of step: Int) -> Int64 {
        guard step >= 16 else { return Int64(step) << unitBits }
        let shift = Int64(step / 16 - 1)
        let first = Int64(16 + step % 16) << shift
        return (first << unitBits) + (1 << (shift + unitBits)) / 2
    }
}
