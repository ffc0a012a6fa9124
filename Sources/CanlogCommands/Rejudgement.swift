import CANFrame
import LogTools
import VehicleDiagnosis
import VehicleSpec

/// A past log with two verdicts: by the specs that it carries, and by new ones.
struct Rejudgement {
    /// What one spec says of the log.
    struct Judged {
        var spec: String
        var sha256: String
        var verdict: Verdict
        var findings: [Finding]

        init(_ report: DiagnosisReport) {
            spec = "\(report.vehicle)/\(report.variant)"
            sha256 = report.specDigest
            verdict = report.verdict
            findings = report.findings
        }

        var outcome: VerdictOutcome { verdict.outcome }
    }

    /// What new specs mean for the vehicle.
    enum Change: String {
        /// It would have failed, and did not.
        case wouldFail
        /// It failed, and would not have.
        case wouldNotFail
        /// It passed, and would not have been measured.
        case wouldNotBeMeasured
        /// It was not measured, and would have passed.
        case wouldPass
        case none
    }

    var path: String
    /// The vehicle's identification number, as stored or told by a control unit.
    var vin: String?
    /// `nil` where the log carries no specs, or none that can be used.
    var old: Judged?
    var new: Judged
    /// What is missing in the log, and why it has no old verdict.
    var doubts: [String]
    var isWhole: Bool

    var change: Change {
        switch (old?.outcome, new.outcome) {
        case (.fail?, .fail): .none
        case (_, .fail): .wouldFail
        case (.fail?, _): .wouldNotFail
        case (.pass?, .notMeasured): .wouldNotBeMeasured
        case (.notMeasured?, .pass): .wouldPass
        default: .none
        }
    }

    /// Findings that only the new specs make; all of them where there are no old ones.
    var newFindings: [Finding] { Self.difference(new.findings, old?.findings ?? []) }
    /// Findings that only the old ones made.
    var goneFindings: [Finding] { Self.difference(old?.findings ?? [], new.findings) }

    /// By id and severity: one that became graver is another one.
    private static func difference(_ some: [Finding], _ others: [Finding]) -> [Finding] {
        let known = Set(others.map { "\($0.severity.rawValue) \($0.id)" })
        return some.filter { !known.contains("\($0.severity.rawValue) \($0.id)") }
            .enumerated().sorted {
                ($0.element.severity, $0.offset) < ($1.element.severity, $1.offset)
            }
            .map(\.element)
    }
}

extension Rejudgement {
    private static let mostFindings = 8

    /// A line for the vehicle, and one for each finding that is new or gone.
    var text: String {
        let before = old?.outcome.title ?? "no verdict"
        let names =
            old.map { $0.spec == new.spec ? "" : "\($0.spec) → " } ?? ""
        var lines = [
            "\(before) → \(new.outcome.title)  \(vin ?? "VIN not known")  \(names)\(new.spec): "
                + "\(new.verdict.reason)  (\(path))"
        ]
        lines += Self.lines("new ", newFindings) + Self.lines("gone", goneFindings)
        return lines.map { $0.printable + "\n" }.joined()
    }

    private static func lines(_ word: String, _ findings: [Finding]) -> [String] {
        var lines = findings.prefix(mostFindings).map { finding in
            "  \(word)  \(finding.severity.rawValue)  \(finding.id)  "
                + "\(DiagnosisReport.seconds(finding.opened))  \(finding.text)"
        }
        let more = findings.count - mostFindings
        if more > 0 { lines.append("  \(word)  and \(more) more") }
        return lines
    }

    /// The schema is in the documentation of VehicleDiagnosis.
    var json: JSONValue {
        [
            "type": "rejudged", "log": .string(path), "vin": JSONValue(vin),
            "change": .string(change.rawValue), "old": old?.json ?? .null, "new": new.json,
            "newFindings": .array(newFindings.map { .object($0.json) }),
            "goneFindings": .array(goneFindings.map { .object($0.json) }),
            "isWhole": .bool(isWhole), "doubts": .array(doubts.map { .string($0) }),
        ]
    }
}

extension Rejudgement.Judged {
    fileprivate var json: JSONValue {
        [
            "specs": .string(spec), "sha256": .string(sha256),
            "outcome": .string(outcome.rawValue), "reason": .string(verdict.reason),
        ]
    }
}
