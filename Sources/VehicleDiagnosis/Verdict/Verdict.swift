public import VehicleSpec

/// Green, red, or neither: what was not measured is never a pass.
public enum VerdictOutcome: String, Sendable, Hashable, CaseIterable {
    case pass
    case fail
    /// Something that had to be seen was not, and nothing that was seen is wrong.
    case notMeasured

    /// As it stands in front of a report.
    public var title: String {
        switch self {
        case .pass: "PASS"
        case .fail: "FAIL"
        case .notMeasured: "NOT MEASURED"
        }
    }

    /// What both say together: one failure fails all, and one that is not measured takes the pass away.
    static func joined(_ first: VerdictOutcome, _ second: VerdictOutcome) -> VerdictOutcome {
        if first == .fail || second == .fail { return .fail }
        return first == .pass ? second : first
    }
}

/// One thing that keeps a part of the verdict from being a pass, or that is worth knowing of one.
public struct VerdictReason: Sendable, Hashable {
    public var outcome: VerdictOutcome
    /// How grave it is, of a failure.
    public var severity: FindingSeverity
    /// It concerns the safety of people: the first to be said.
    public var isSafety = false
    /// The role it is laid at.
    public var role: String?
    /// One line for an operator.
    public var text: String

    public init(
        _ outcome: VerdictOutcome, severity: FindingSeverity = .info, role: String? = nil,
        isSafety: Bool = false, _ text: String
    ) {
        self.outcome = outcome
        self.severity = severity
        self.role = role
        self.isSafety = isSafety
        self.text = text
    }

    /// Whether this is to be said before `other`.
    func isGraver(than other: VerdictReason) -> Bool {
        if outcome != other.outcome { return outcome.rank < other.outcome.rank }
        if isSafety != other.isSafety { return isSafety }
        return severity < other.severity
    }

    /// `ESC: left front wheel speed sensor open, C0035-13`
    public var line: String { role.map { "\($0): \(text)" } ?? text }
}

extension VerdictOutcome {
    fileprivate var rank: Int {
        switch self {
        case .fail: 0
        case .notMeasured: 1
        case .pass: 2
        }
    }
}

/// One part of the verdict.
public struct VerdictPart: Sendable, Hashable {
    /// What it looks at, in the order in which it is reported.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Every role is filled, and nobody else answers.
        case inventory
        /// What fills them may be in this vehicle on this day.
        case released
        case busHealth
        case troubleCodes
        case findings

        /// For people.
        public var title: String {
            switch self {
            case .inventory: "inventory"
            case .released: "released combinations"
            case .busHealth: "bus health"
            case .troubleCodes: "trouble codes"
            case .findings: "findings"
            }
        }
    }

    public var kind: Kind
    public var outcome: VerdictOutcome
    /// Why, the gravest first; of a pass what was seen.
    public var reasons: [VerdictReason]

    /// The part that follows from `reasons`; `seen` says what a pass rests on.
    init(_ kind: Kind, _ reasons: [VerdictReason], seen: String) {
        self.kind = kind
        outcome = reasons.reduce(.pass) { .joined($0, $1.outcome) }
        // Equal reasons keep their order: it is that of the traffic.
        self.reasons = reasons.enumerated().sorted { first, second in
            if first.element.isGraver(than: second.element) { return true }
            if second.element.isGraver(than: first.element) { return false }
            return first.offset < second.offset
        }.map(\.element)
        if outcome == .pass { self.reasons.insert(VerdictReason(.pass, seen), at: 0) }
    }

    /// The line that says why.
    public var reason: String { reasons.first?.line ?? "" }
}

/// What an operator reads first: one word and one line of why.
public struct Verdict: Sendable, Hashable {
    public let outcome: VerdictOutcome
    /// One line in words of an operator.
    public let reason: String
    public let parts: [VerdictPart]

    /// - Parameter mixture: why what was seen is of several vehicles, so that nothing is said of any.
    init(_ parts: [VerdictPart], mixture: String? = nil) {
        self.parts = parts
        if let mixture {
            (outcome, reason) = (.notMeasured, mixture)
            return
        }
        outcome = parts.reduce(.pass) { .joined($0, $1.outcome) }
        let decisive = outcome
        let deciding = parts.flatMap(\.reasons).filter { $0.outcome == decisive }
        guard outcome != .pass, var worst = deciding.first else {
            reason = parts.compactMap(\.reasons.first?.text).joined(separator: "; ")
            return
        }
        for other in deciding.dropFirst() where other.isGraver(than: worst) { worst = other }
        let more = deciding.count - 1
        reason = worst.line + (more > 0 ? " (and \(more) more)" : "")
    }

    /// `FAIL: ESC: left front wheel speed sensor open, C0035-13`
    public var line: String { "\(outcome.title): \(reason)" }
}
