import VehicleSpec

/// What was looked at, so that what was not is never a pass.
struct VerdictCoverage: Sendable {
    /// By part, what could not be seen and why.
    var gaps: [VerdictPart.Kind: [VerdictReason]] = [:]
    /// By part, what a pass rests on.
    var seen: [VerdictPart.Kind: String] = [:]
    /// Why what was seen is not of one vehicle alone: of none can anything be said.
    var mixture: String?

    mutating func lacks(_ part: VerdictPart.Kind, role: String? = nil, _ text: String) {
        gaps[part, default: []].append(VerdictReason(.notMeasured, role: role, text))
    }

    /// What is wrong with a part by a finding that belongs to another one.
    mutating func fails(_ part: VerdictPart.Kind, role: String, _ text: String) {
        gaps[part, default: []].append(VerdictReason(.fail, severity: .block, role: role, text))
    }
}

extension Verdict {
    /// What follows from findings and from what was looked at; nothing else decides.
    init(_ findings: [Finding], _ coverage: VerdictCoverage) {
        var reasons: [VerdictPart.Kind: [VerdictReason]] = [:]
        for finding in findings where finding.severity.fails {
            reasons[VerdictPart.Kind(ofCheck: finding.check), default: []].append(
                VerdictReason(finding))
        }
        self.init(
            VerdictPart.Kind.allCases.map { kind in
                VerdictPart(
                    kind,
                    Self.withoutRepetitions(reasons[kind] ?? []) + (coverage.gaps[kind] ?? []),
                    seen: coverage.seen[kind] ?? kind.title)
            }, mixture: coverage.mixture)
    }

    /// Several episodes of one violation are one reason.
    private static func withoutRepetitions(_ reasons: [VerdictReason]) -> [VerdictReason] {
        var known: Set<VerdictReason> = []
        return reasons.filter { known.insert($0).inserted }
    }
}

extension VerdictReason {
    /// A finding in words of an operator, with its code behind.
    init(_ finding: Finding) {
        let text =
            finding.code.map { finding.text.contains($0) ? finding.text : "\(finding.text), \($0)" }
            ?? finding.text
        self.init(
            .fail, severity: finding.severity, role: finding.role, isSafety: finding.isSafety, text)
    }
}
