/// What became of a rule's finding.
public struct RuleEvent: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case opened
        /// Told of findings that are open when they are asked for.
        case stillOpen
        case closed
    }

    public var kind: Kind
    /// The index of the rule.
    public var rule: Int
    /// Bus time in nanoseconds at which it was established: when `for` or `clear-for` was fulfilled.
    public var time: Int64
    /// When the condition became true.
    public var began: Int64
    /// When it became false, of one that is closed.
    public var ended: Int64?
    /// How many events and deadlines showed it.
    public var occurrences: UInt64
    /// The first and the last frame that showed it; `nil` where none did.
    public var evidence: ClosedRange<UInt64>?
}
