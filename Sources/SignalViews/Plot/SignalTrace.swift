/// The course of one signal over time in bounded memory, which draws like the whole of it.
///
/// Time is cut into stretches of equal length; of each the first, least, greatest and last sample
/// are kept, so that no peak is lost. When there are too many the stretches become twice as long.
public struct SignalTrace: Sendable {
    /// A value at a moment of bus time, in nanoseconds.
    public struct Sample: Sendable, Hashable {
        public var time: Int64
        public var value: Double

        public init(time: Int64, value: Double) {
            (self.time, self.value) = (time, value)
        }
    }

    /// More stretches than the widest drawing has points, four times over.
    public static let stretchLimit = 4_096
    /// A silence of this many times the usual distance of samples interrupts the line.
    static let gapFactor: Int64 = 10
    /// And of at least this many nanoseconds: 1 s.
    static let leastGap: Int64 = 1_000_000_000
    /// Of so many samples it is known how far apart they usually are.
    static let usualCount = 5
    /// Beyond this many different values nobody reads labels.
    static let valueLimit = 64

    fileprivate struct Stretch: Sendable {
        /// Counted from ``origin`` in units of the stretches' length.
        var index: Int64
        var first: Sample
        var least: Sample
        var greatest: Sample
        var last: Sample
        /// The line does not lead here from the stretch before.
        var isNewLine: Bool
    }

    private var stretches: [Stretch] = []
    private var origin: Int64 = 0
    /// The length of a stretch is 2^shift nanoseconds.
    private var shift: Int64 = 0
    private var isInterrupted = true
    private var usualDistance: Int64 = 0
    private var latest: Int64 = 0

    /// How many samples there were.
    public private(set) var count: UInt64 = 0
    /// The different values, ascending; `nil` when there are more than 64.
    public private(set) var values: [Double]? = []

    public init() {}

    /// The first and the last moment; `nil` without samples.
    public var times: ClosedRange<Int64>? {
        guard let first = stretches.first, let last = stretches.last else { return nil }
        return first.first.time...max(first.first.time, last.last.time)
    }

    /// The least and the greatest value; `nil` without samples.
    public var range: ClosedRange<Double>? {
        guard let first = stretches.first else { return nil }
        return stretches.reduce(first.least.value...first.greatest.value) {
            min($0.lowerBound, $1.least.value)...max($0.upperBound, $1.greatest.value)
        }
    }

    /// Takes a sample; times do not step back. What is no number interrupts the line.
    public mutating func add(_ value: Double, at time: Int64) {
        guard value.isFinite else { return interrupt() }
        if count == 0 { (origin, latest) = (time, time) }
        // So far that distances fit into 64 bits: 73 years.
        let time = min(max(time, latest), origin.saturatingSum(1 << 61))
        noteDistance(time &- latest)
        latest = time
        count += 1
        note(value)
        let sample = Sample(time: time, value: value)
        let index = (time &- origin) >> shift
        stretches.take(Stretch(sample, index: index, isNewLine: isInterrupted))
        isInterrupted = false
        while stretches.count > Self.stretchLimit { coarsen() }
    }

    /// The signal has no value from here on until the next sample.
    public mutating func interrupt() { isInterrupted = true }

    /// The samples to be drawn, line by line.
    public var lines: [[Sample]] {
        var lines: [[Sample]] = []
        for stretch in stretches {
            if stretch.isNewLine { lines.append([]) }
            lines[lines.count - 1].append(contentsOf: stretch.samples)
        }
        return lines
    }

    private mutating func noteDistance(_ distance: Int64) {
        if count >= Self.usualCount, distance > max(Self.leastGap, usualDistance * Self.gapFactor) {
            isInterrupted = true
        }
        // A mean of about the last eight.
        let distance = min(distance, 1 << 59)
        if count > 0 { usualDistance += (distance - usualDistance) / Int64(min(count, 8)) }
    }

    private mutating func note(_ value: Double) {
        guard let known = values else { return }
        let place = known.firstIndex { $0 >= value } ?? known.count
        if place < known.count, known[place] == value { return }
        guard known.count < Self.valueLimit else { return values = nil }
        values?.insert(value, at: place)
    }

    /// Makes stretches twice as long.
    private mutating func coarsen() {
        shift += 1
        var merged: [Stretch] = []
        merged.reserveCapacity(stretches.count)
        for var stretch in stretches {
            stretch.index >>= 1
            merged.take(stretch)
        }
        stretches = merged
    }
}

extension [SignalTrace.Stretch] {
    /// Appends a stretch, or makes it a part of the last one. Of each index there are two at most, one
    /// before an interruption and one after it, so that interruptions alone do not use up the room.
    fileprivate mutating func take(_ next: SignalTrace.Stretch) {
        guard let last = indices.last, self[last].index == next.index else { return append(next) }
        let hasTwo = last > 0 && self[last - 1].index == next.index
        if next.isNewLine && !hasTwo { append(next) } else { self[last].add(next) }
    }
}

extension Int64 {
    fileprivate func saturatingSum(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

extension SignalTrace.Stretch {
    init(_ sample: SignalTrace.Sample, index: Int64, isNewLine: Bool) {
        self.init(
            index: index, first: sample, least: sample, greatest: sample, last: sample,
            isNewLine: isNewLine)
    }

    /// Takes the stretch that follows; an interruption between the two is too short to be seen.
    mutating func add(_ next: Self) {
        if next.least.value < least.value { least = next.least }
        if next.greatest.value > greatest.value { greatest = next.greatest }
        last = next.last
    }

    /// What is kept, each once, in the order of time.
    var samples: [SignalTrace.Sample] {
        let inner = least.time <= greatest.time ? [least, greatest] : [greatest, least]
        return ([first] + inner + [last]).reduce(into: []) { samples, sample in
            if samples.last != sample { samples.append(sample) }
        }
    }
}
