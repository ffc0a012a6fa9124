/// What a finding or a trouble code means for the car, from the gravest on.
public enum FindingSeverity: String, Sendable, Hashable, CaseIterable, Comparable {
    /// The car must not leave the line.
    case block
    /// It is mended beside the line.
    case rework
    /// The test is repeated: the cause may lie in the bench.
    case retest
    /// A coding step is missing, and nothing is broken.
    case code
    /// Worth knowing.
    case info

    /// The graver one is the lesser, so that a list sorted by severity begins with it.
    public static func < (first: FindingSeverity, second: FindingSeverity) -> Bool {
        first.rank < second.rank
    }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// Whether a car with it fails.
    public var fails: Bool { self != .info }
}
