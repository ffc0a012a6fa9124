import SignalDatabase

extension SignalCourse {
    /// How far a value moves from its start to both sides, of all that the signal can say.
    private static let share = 0.002
    /// Of what only grows, distances and times, one that moves to and fro is not plausible.
    private static let growing: Set<String> = ["km", "m", "h", "min", "s", "ms"]

    /// A signal of a vehicle that stands at the end of the line: at the value with which it begins
    /// (`GenSigStartValue`, a raw value), which it leaves by little; `nil` where the database does
    /// not say it, or says that there is none.
    static func standing(
        _ signal: Signal, of database: Database, within possible: ClosedRange<Double>?,
        _ numbers: SeededNumbers
    ) -> SignalCourse? {
        guard let start = startValue(of: signal, in: database) else { return nil }
        let limits = limits(of: signal, within: possible)
        guard limits.contains(start) else { return nil }
        let reach = max(2 * abs(signal.factor), (limits.upperBound - limits.lowerBound) * share)
        // At a limit it rests: a wheel that does not turn, a pedal that nobody treads on.
        let rests = start == limits.lowerBound || start == limits.upperBound
        guard !rests, signal.labels.allSatisfy({ $0.absence != nil }), signal.length > 4,
            !growing.contains(signal.unit)
        else { return SignalCourse(constant: start) }
        let seconds = 4 + 26 * numbers.unit(0)
        var course = SignalCourse(
            .walk, max(start - reach, limits.lowerBound), min(start + reach, limits.upperBound),
            period: Int64(seconds * 1e9))
        course.numbers = numbers
        course.phase = numbers.unit(1)
        return course
    }

    /// The physical value of `GenSigStartValue`.
    static func startValue(of signal: Signal, in database: Database) -> Double? {
        guard
            let raw = database.value(
                of: "GenSigStartValue", in: signal.attributes, of: .signal)?.number,
            raw.isFinite
        else { return nil }
        guard !signal.labels.contains(where: { $0.absence != nil && Double($0.raw) == raw }) else {
            return nil
        }
        return raw * signal.factor + signal.offset
    }
}
