/// How a value moves: a function of the time alone, so that it does not matter when it is asked.
///
/// Sums, products and quotients only: no function of a library that another machine may round
/// differently.
public struct SignalCourse: Sendable, Hashable {
    public enum Shape: String, Sendable, CaseIterable {
        /// Stays at ``SignalCourse/low``.
        case constant
        /// Up in a straight line within a period, and down in the next.
        case ramp
        /// Up and down within a period, slowly at both ends.
        case sine
        /// To a new random place in each period, smoothly.
        case walk
        /// Stays for a period, then jumps to the next of ``SignalCourse/steps``.
        case steps
    }

    public var shape: Shape
    public var low: Double
    public var high: Double
    /// In nanoseconds, at least 1.
    public var period: Int64
    /// Of ``Shape/steps``, the values in their order; none stands for ``low``.
    public var steps: [Double] = []
    /// At which part of a period it begins, 0 to 1.
    var phase: Double = 0
    var numbers = SeededNumbers(seed: 0)

    public init(_ shape: Shape, _ low: Double, _ high: Double, period: Int64) {
        self.shape = shape
        (self.low, self.high) = (low, high)
        self.period = max(1, period)
    }

    /// One that does not move.
    public init(constant value: Double) {
        self.init(.constant, value, value, period: 1_000_000_000)
    }

    /// The value `time` nanoseconds after the start.
    public func value(at time: Int64) -> Double {
        guard shape != .constant else { return low }
        let shifted = time &+ Int64(phase * Double(period))
        let lap = shifted / period
        let part = Double(shifted % period) / Double(period)
        switch shape {
        case .constant: return low
        case .ramp: return between(lap % 2 == 0 ? part : 1 - part)
        case .sine: return between(Self.wave(part))
        case .walk:
            let lap = UInt64(bitPattern: lap)
            let (from, to) = (numbers.unit(lap), numbers.unit(lap &+ 1))
            return between(from + (to - from) * (part * part * (3 - 2 * part)))
        case .steps:
            return steps.isEmpty ? low : steps[Int(lap % Int64(steps.count))]
        }
    }

    private func between(_ part: Double) -> Double {
        min(max(low + (high - low) * part, low), high)
    }

    /// From 0 up to 1 and back, as a sine does: two parabolas, at most 0.03 from it.
    private static func wave(_ part: Double) -> Double {
        let x = part < 0.5 ? part * 2 : part * 2 - 1
        let half = 4 * x * (1 - x)
        return part < 0.5 ? 0.5 + half / 2 : 0.5 - half / 2
    }
}
