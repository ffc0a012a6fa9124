import SignalDatabase

/// In what an expression's values are measured, as far as that is known.
enum RuleDimension: Hashable {
    /// Numbers as they were written, which go with everything.
    case plain
    /// Values of a signal without unit.
    case none
    /// A unit by its canonical spelling; written by hand, or that of a signal.
    case unit(String, isWritten: Bool)
    /// Times that are measured here.
    case seconds
    /// Products and the like, which are not followed.
    case open

    init(of unit: String?) {
        switch unit {
        case nil: self = .open
        case .some(let unit) where unit.allSatisfy({ $0 == " " }) || unit == "-": self = .none
        case .some(let unit): self = .unit(RuleUnit.canonical(unit), isWritten: false)
        }
    }

    /// Of `first * second`.
    static func product(_ first: RuleDimension, _ second: RuleDimension) -> RuleDimension {
        if first == .plain { return second }
        return second == .plain ? first : .open
    }

    /// Of `first / second`.
    static func quotient(_ first: RuleDimension, _ second: RuleDimension) -> RuleDimension {
        if second == .plain { return first }
        switch (first, second) {
        case (.seconds, .seconds): return .none
        case (.unit(let one, _), .unit(let other, _)) where one == other: return .none
        default: return .open
        }
    }

    /// Of a change in a second.
    var perSecond: RuleDimension {
        if case .unit(let unit, _) = self {
            return .unit(RuleUnit.canonical(unit + "/s"), isWritten: false)
        }
        return .open
    }
}

/// How two operands of a comparison, a sum or a difference come to one dimension.
struct RuleAgreement {
    var dimension: RuleDimension
    /// The nanoseconds that 1 of the first and of the second stands for, where it becomes seconds.
    var firstNanoseconds: Double?
    var secondNanoseconds: Double?

    /// `hint` says what to do about values in different units.
    init(
        _ first: RuleDimension, _ second: RuleDimension, at place: RulePlace, hint: String? = nil
    ) throws(RuleError) {
        switch (first, second) {
        case (.open, let other), (let other, .open): dimension = other
        case (.plain, .seconds), (.seconds, .plain):
            throw RuleError(
                at: place, "a time is compared with a number without unit",
                hint: "write the unit, as in 50ms")
        case (.plain, let other), (let other, .plain): dimension = other
        case (.none, .unit(let unit, true)), (.unit(let unit, true), .none):
            throw RuleError(
                at: place, "the number is in \(unit), and the signal has no unit",
                hint: "write the number without unit")
        case (.none, .seconds), (.seconds, .none):
            throw RuleError(at: place, "a time is compared with a value without unit")
        case (.none, let other), (let other, .none): dimension = other
        case (.seconds, .seconds): dimension = .seconds
        case (.unit(let unit, _), .seconds), (.seconds, .unit(let unit, _)):
            guard let size = RuleTime.nanoseconds(of: unit) else {
                throw RuleError(
                    at: place, "a time is compared with a value in \(unit)",
                    hint: "units of time are \(RuleTime.names)")
            }
            dimension = .seconds
            if first == .seconds { secondNanoseconds = size } else { firstNanoseconds = size }
        case (.unit(let one, let isWritten), .unit(let other, let isOtherWritten)):
            guard one != other else {
                dimension = isWritten ? second : first
                return
            }
            let asked = isWritten ? other : isOtherWritten ? one : nil
            throw RuleError(
                at: place, "\(one) and \(other) are different units, and none is converted",
                hint: asked.map { "write the number in \($0)" } ?? hint)
        }
    }
}
