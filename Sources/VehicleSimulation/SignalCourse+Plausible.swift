import SignalDatabase

extension SignalCourse {
    /// Seconds within which a signal goes from one place to the next.
    private static let periods = 4.0...30.0
    /// Values of an enumeration that are gone through at most.
    private static let mostSteps = 64

    /// How a signal moves of which nothing is said but what the database has: within its limits, or
    /// those of its bits; an enumeration steps through its labels.
    static func plausible(
        for signal: Signal, within possible: ClosedRange<Double>?, _ numbers: SeededNumbers
    ) -> SignalCourse {
        let range = limits(of: signal, within: possible)
        let seconds =
            periods.lowerBound + (periods.upperBound - periods.lowerBound) * numbers.unit(0)
        var course = SignalCourse(
            .walk, range.lowerBound, range.upperBound, period: Int64(seconds * 1e9))
        course.numbers = numbers
        course.phase = numbers.unit(1)
        let labelled = steps(of: signal, range)
        if labelled.count > 1 || signal.length == 1 {
            course.shape = .steps
            course.steps = labelled.count > 1 ? labelled : [range.lowerBound, range.upperBound]
            return course
        }
        switch numbers[2] % 4 {
        case 0: course.shape = .ramp
        case 1: course.shape = .sine
        default: course.shape = .walk
        }
        return course
    }

    static func limits(
        of signal: Signal, within possible: ClosedRange<Double>?
    ) -> ClosedRange<Double> {
        // Floating-point signals whose author gave no limits.
        let possible = possible ?? -1e6...1e6
        guard signal.minimum < signal.maximum, signal.minimum <= possible.upperBound,
            signal.maximum >= possible.lowerBound
        else { return possible }
        return max(signal.minimum, possible.lowerBound)...min(signal.maximum, possible.upperBound)
    }

    /// The physical values of the labels that lie within `range`; what says that there is no value is
    /// not sent by a vehicle that is whole.
    private static func steps(of signal: Signal, _ range: ClosedRange<Double>) -> [Double] {
        let values = signal.labels.prefix(mostSteps).filter { $0.absence == nil }.map {
            Double($0.raw) * signal.factor + signal.offset
        }
        return Set(values).filter { range.contains($0) }.sorted()
    }
}
