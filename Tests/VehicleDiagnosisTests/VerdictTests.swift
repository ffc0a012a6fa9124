import Testing
import VehicleSpec

@testable import VehicleDiagnosis

@Suite struct VerdictTests {
    static func part(_ kind: VerdictPart.Kind, _ reasons: VerdictReason...) -> VerdictPart {
        VerdictPart(kind, reasons, seen: "7 ECUs, all as wanted")
    }

    @Test(arguments: [
        ([VerdictOutcome.pass, .pass], VerdictOutcome.pass),
        ([.pass, .notMeasured], .notMeasured),
        ([.notMeasured, .fail, .pass], .fail),
        ([], .pass),
    ])
    func whatIsNotMeasuredIsNeverAPass(outcomes: [VerdictOutcome], joined: VerdictOutcome) {
        let parts = outcomes.map { Self.part(.inventory, VerdictReason($0, "why")) }
        #expect(Verdict(parts).outcome == joined)
    }

    @Test func theGravestReasonOfAllPartsIsTheOneLine() {
        let verdict = Verdict([
            Self.part(
                .inventory, VerdictReason(.notMeasured, role: "BCM", "nobody asked what it is")),
            Self.part(
                .troubleCodes,
                VerdictReason(.fail, severity: .rework, role: "ECM", "coolant sensor, P0118"),
                VerdictReason(.fail, severity: .block, role: "ESC", "wheel speed sensor, C0035")),
            Self.part(.findings, VerdictReason(.fail, severity: .retest, "bus load")),
        ])
        #expect(verdict.line == "FAIL: ESC: wheel speed sensor, C0035 (and 2 more)")
        #expect(verdict.parts[1].reasons.map(\.role) == ["ESC", "ECM"])
    }

    @Test func whatConcernsSafetyIsSaidFirst() {
        let verdict = Verdict([
            Self.part(
                .findings, VerdictReason(.fail, severity: .block, "brake"),
                VerdictReason(.fail, severity: .rework, isSafety: true, "isolation"))
        ])
        #expect(verdict.reason == "isolation (and 1 more)")
    }

    @Test func aPassSaysWhatItRestsOn() {
        let verdict = Verdict([
            Self.part(.inventory), VerdictPart(.findings, [], seen: "no findings"),
        ])
        #expect(verdict.line == "PASS: 7 ECUs, all as wanted; no findings")
    }
}
