/// A condition in which names are places among inputs, units agree, and labels are values.
///
/// Times are seconds. A value that is not known, and one that cannot be reckoned (a division by 0), is
/// *unknown*: see <doc:RuleLanguage>.
public indirect enum ResolvedExpression: Sendable, Hashable {
    case constant(Double)
    /// The value of an input.
    case input(Int)
    /// A function of the samples of an input; the window in nanoseconds, 0 where there is none.
    case function(RuleFunction, Int, window: Int64)
    /// Whether the last arrival of an input is so many nanoseconds ago, at least 1. Before the first
    /// it is unknown; or, `sinceStart`, counted from when the bus was first listened to.
    case silent(Int, Int64, sinceStart: Bool)
    /// Whether the finding of a rule is open, by its index.
    case finding(Int)
    case absolute(ResolvedExpression)
    case negative(ResolvedExpression)
    case not(ResolvedExpression)
    case binary(RuleOperator, ResolvedExpression, ResolvedExpression)
}

/// A rule whose names are known.
public struct ResolvedRule: Sendable, Hashable {
    /// As it was written.
    public var rule: Rule
    /// `only-if` and `when` together.
    public var condition: ResolvedExpression
    /// The inputs of `when` to be told which is an event.
    public var eventInputs: Set<Int>
    /// The rules, by index, whose findings it asks for.
    public var findings: Set<Int>
}
