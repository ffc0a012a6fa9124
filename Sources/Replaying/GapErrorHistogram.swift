/// Counts nanoseconds in buckets that are at most 0.8 % wide: percentiles in fixed memory.
///
/// Values below 128 ns are counted exactly; above, each power of two has 128 buckets, like an HDR
/// histogram with two significant digits. 58 KiB whatever is counted.
public struct GapErrorHistogram: Sendable {
    private static let subBuckets: UInt64 = 128
    private static let subBits = 7

    private var counts: [UInt64]
    /// How many values were counted.
    public private(set) var count: UInt64 = 0
    /// The largest value, exactly.
    public private(set) var maximum: Int64 = 0

    public init() {
        // 128 exact ones and 128 for each of the powers of two from 2^7 to 2^62.
        counts = [UInt64](repeating: 0, count: 128 + (63 - Self.subBits) * 128)
    }

    /// Counts the distance of `error` from zero.
    public mutating func record(_ error: Int64) {
        let value = Int64(clamping: error.magnitude)
        counts[Self.bucket(of: UInt64(value))] += 1
        count += 1
        if value > maximum { maximum = value }
    }

    /// The value that at least `fraction` (0 to 1) of all values do not exceed, to the width of a
    /// bucket; 0 if nothing was counted.
    public func percentile(_ fraction: Double) -> Int64 {
        let rank = max(1, UInt64((fraction * Double(count)).rounded(.up)))
        var seen: UInt64 = 0
        for index in counts.indices where counts[index] > 0 {
            seen += counts[index]
            if seen >= rank { return min(maximum, Self.upperBound(of: index)) }
        }
        return maximum
    }

    private static func bucket(of value: UInt64) -> Int {
        guard value >= subBuckets else { return Int(value) }
        let shift = 63 - value.leadingZeroBitCount - subBits
        return (shift + 1) * Int(subBuckets) + Int(value >> UInt64(shift) - subBuckets)
    }

    /// The largest value that is counted in bucket `index`.
    private static func upperBound(of index: Int) -> Int64 {
        let (octave, place) = (UInt64(index) / subBuckets, UInt64(index) % subBuckets)
        guard octave > 0 else { return Int64(index) }
        return Int64((subBuckets + place + 1) << (octave - 1) - 1)
    }
}
