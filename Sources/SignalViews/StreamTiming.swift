/// When frames of one identifier came: their period, how steady it is, and where they stayed away.
///
/// Times are bus time, so a clock that is set makes no interval. An interval in which something is
/// known to be missing (frames were lost, the link was down) is not counted as one.
public struct StreamTiming: Sendable {
    /// How many of the last intervals ``recentPeriod`` is of.
    public static let recentIntervals = 16

    public private(set) var frames: UInt64 = 0
    /// Bus time of the first and of the last frame in nanoseconds.
    public private(set) var first: Int64 = 0
    public private(set) var last: Int64 = 0
    /// Intervals that are counted.
    public private(set) var intervals: UInt64 = 0
    /// Intervals that are not, since something is missing in them.
    public private(set) var interruptions: UInt64 = 0
    /// The least and the greatest interval in nanoseconds; 0 where there is none. One is negative
    /// where frames stand in another order than their stamps.
    public private(set) var shortest: Int64 = 0
    public private(set) var longest: Int64 = 0
    /// Bus time at which the longest interval began.
    public private(set) var longestBegan: Int64 = 0
    /// Intervals of more than one and a half cycle times, where the database gives one.
    public private(set) var lateIntervals: UInt64 = 0

    private var total: Int64 = 0
    /// Intervals are summed by their distance from the first, which keeps the digits of a double.
    private var shift: Int64 = 0
    private var sum = 0.0
    private var squares = 0.0
    private var interruption: UInt32 = 0
    private var recent = InlineArray<16, Int64>(repeating: 0)
    private var distribution: IntervalDistribution?

    init() {}

    /// Takes a frame of bus time `time`.
    ///
    /// - Parameters:
    ///   - interruption: counts up on the channel each time that something went missing.
    ///   - cycle: the cycle time of the database in nanoseconds, or 0.
    ///   - keepsDistribution: whether percentiles will be asked for.
    mutating func add(
        _ time: Int64, interruption now: UInt32, cycle: Int64, keepsDistribution: Bool
    ) {
        frames &+= 1
        guard frames > 1 else {
            (first, last, interruption) = (time, time, now)
            return
        }
        let interval = time &- last
        let began = last
        last = time
        guard interruption == now else {
            interruption = now
            interruptions &+= 1
            return
        }
        count(interval, began: began)
        if cycle > 0, interval > cycle &+ cycle / 2 { lateIntervals &+= 1 }
        if keepsDistribution { distribute(interval) }
    }

    private mutating func count(_ interval: Int64, began: Int64) {
        recent[Int(truncatingIfNeeded: intervals) & 15] = interval
        intervals &+= 1
        total = total &+ interval
        guard intervals > 1 else {
            (shift, shortest, longest, longestBegan) = (interval, interval, interval, began)
            return
        }
        let distance = Double(interval &- shift)
        sum += distance
        squares += distance * distance
        if interval < shortest { shortest = interval }
        if interval > longest { (longest, longestBegan) = (interval, began) }
    }

    private mutating func distribute(_ interval: Int64) {
        if distribution != nil {
            distribution?.add(interval)
        } else if intervals == UInt64(Self.recentIntervals) {
            // As many as are kept: their median is what the others will be near to.
            let kept = recentValues.sorted()
            var made = IntervalDistribution(around: kept[kept.count / 2])
            for interval in kept { made.add(interval) }
            distribution = made
        }
    }

    /// The last intervals, at most ``recentIntervals``, in no order.
    private var recentValues: [Int64] {
        let count = Int(min(intervals, UInt64(Self.recentIntervals)))
        return (0..<count).map { recent[$0] }
    }

    /// The mean of all intervals in nanoseconds; `nil` where there is none.
    public var period: Double? {
        intervals > 0 ? Double(total) / Double(intervals) : nil
    }

    /// The standard deviation of all intervals in nanoseconds; `nil` of fewer than two.
    public var jitter: Double? {
        guard intervals > 1 else { return nil }
        let count = Double(intervals)
        return (max(0, squares - sum * sum / count) / (count - 1)).squareRoot()
    }

    /// The mean of the last intervals in nanoseconds; `nil` where there is none.
    public var recentPeriod: Double? {
        let values = recentValues
        guard !values.isEmpty else { return nil }
        return values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
    }

    /// The standard deviation of the last intervals in nanoseconds; `nil` of fewer than two.
    public var recentJitter: Double? {
        let values = recentValues
        guard values.count > 1, let mean = recentPeriod else { return nil }
        let squares = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        return (squares / Double(values.count - 1)).squareRoot()
    }

    /// How far from the mean `part` (0 to 1) of the intervals are at most, in nanoseconds.
    ///
    /// `nil` without intervals, and of more than sixteen unless the distribution was kept.
    public func deviation(of part: Double) -> Double? {
        guard let period else { return nil }
        var values = distribution?.values ?? []
        if distribution == nil {
            guard intervals <= UInt64(Self.recentIntervals) else { return nil }
            values = recentValues.map { ($0, 1) }
        }
        let distances = values.map { (abs(Double($0.interval) - period), $0.count) }
            .sorted { $0.0 < $1.0 }
        let wanted = (Double(intervals) * part).rounded(.up)
        var seen = 0.0
        for (distance, count) in distances {
            seen += Double(count)
            if seen >= wanted { return distance }
        }
        return distances.last?.0
    }

    /// How long the stream has been silent at bus time `now`, if that is longer than it should be:
    /// more than three times its cycle time, or its period where it is a steady one.
    public func silence(at now: Int64, cycle: Int64, tolerance: Int64 = 0) -> Int64? {
        let silence = now &- last
        guard frames > 0, let expected = expectedPeriod(cycle: cycle) else { return nil }
        return Double(silence) > 3 * expected + Double(tolerance) ? silence : nil
    }

    /// The cycle time, else the mean of the last intervals if they differ little.
    private func expectedPeriod(cycle: Int64) -> Double? {
        if cycle > 0 { return Double(cycle) }
        guard intervals >= 4, let period = recentPeriod, let jitter = recentJitter,
            jitter < period / 2
        else { return nil }
        return period
    }
}
