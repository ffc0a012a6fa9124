import CANFrame
import CANTransport
import Diagnostics
import Testing
import VehicleDiagnosis
import VehicleSpec

/// Control units that are asked and answer, in frames as candump writes them.
@Suite struct DiagnosisTests {
    @Test func whatAnswersAsWantedAndHasNoCodesPasses() throws {
        let report = try Self.report(
            Self.identify("7E0", "7E8", supplier: "VIRE", firmware: "1.6") + Self.noCodes)
        #expect(report.units.map(\.spec) == ["ecm-vireo@1.6"])
        #expect(report.units.first?.identification.map(\.text) == ["VIRE", "1.6"])
        #expect(report.verdict.parts.map(\.outcome).prefix(2) == [.pass, .pass])
        #expect(report.verdict.line.hasPrefix("PASS: 1 ECU, all known; all released"))
    }

    @Test(arguments: [
        ("VIRE", "1.4", "unreleased", "ecm-vireo@1.4 of Vireo is not released on 2026-11-23"),
        ("VIRE", "9.9", "unknown-firmware", "firmware F195 '9.9' of ecm-vireo is in no spec"),
        ("WHO?", "1.6", "unknown-part", "part F18A 'WHO?' is in no spec"),
    ])
    func whatMayNotBeThereFailsByItsName(
        supplier: String, firmware: String, check: String, text: String
    ) throws {
        let report = try Self.report(
            Self.identify("7E0", "7E8", supplier: supplier, firmware: firmware) + Self.noCodes)
        #expect(report.findings.map(\.check) == [check])
        #expect(report.verdict.outcome == .fail)
        #expect(report.verdict.reason.hasPrefix("ECM: \(text)"))
    }

    @Test func whoAnswersWhereNobodyShouldIsForeign() throws {
        let report = try Self.report(
            Self.identify("7E0", "7E8", supplier: "VIRE", firmware: "1.6") + Self.noCodes
                + Self.identify("7E5", "7ED", supplier: "VIRE", firmware: "1.6"))
        #expect(report.findings.map(\.id) == ["foreign-ecu/PT.7ED#1"])
        #expect(report.foreign.map(\.address) == ["7ED"])
    }

    @Test func whatNobodyAskedIsNotMeasured() throws {
        let report = try Self.report(["7E0#023E00", "7E8#027E00"] + Self.noCodes)
        #expect(
            report.verdict.line
                == "NOT MEASURED: ECM: was not asked all that tells what it is (and 1 more)")
        #expect(report.findings.isEmpty)
    }

    @Test func whoIsAskedInVainAndSendsNothingIsMissing() throws {
        let report = try Self.report(["7E0#023E00", "7E0#0322F195"], ending: 3_000)
        #expect(report.findings.map(\.id) == ["missing-ecu/ECM#1"])
        #expect(report.verdict.reason == "ECM: does not answer, and sends nothing")
    }

    @Test func aStoredCodeFailsInTheWordsOfItsSpecAndAClearedOneDoesNot() throws {
        let known = Self.identify("7E0", "7E8", supplier: "VIRE", firmware: "1.6")
        let stored = ["7E0#031902FF", "7E8#075902FF0118172F"]
        let report = try Self.report(known + stored)
        #expect(report.findings.map(\.id) == ["trouble-code/ECM.P0118-17#1"])
        #expect(report.verdict.line == "FAIL: ECM: coolant sensor high, P0118-17")
        let cleared = try Self.report(
            known + stored + ["7E0#0414FFFFFF", "7E8#0154"] + Self.noCodes)
        #expect(cleared.verdict.outcome == .pass)
        #expect(cleared.troubleCodes.map(\.fails) == [false])
    }

    @Test func aCodeThatIsExpectedBeforeCodingDoesNotFail() throws {
        let report = try Self.report(
            Self.identify("7E0", "7E8", supplier: "VIRE", firmware: "1.6")
                + ["7E0#031902FF", "7E8#075902FFF000552F"])
        #expect(report.troubleCodes.map(\.code) == ["U3000-55"])
        #expect(report.verdict.outcome == .pass)
    }

    @Test func controlUnitsThatDisagreeAboutTheVINAreNamed() throws {
        let report = try Self.report(
            Self.identify("7E0", "7E8", supplier: "VIRE", firmware: "1.6") + Self.noCodes + [
                "7E0#0322F190", "7E8#101462F190585A46", "7E0#300000", "7E8#2135504131303030",
                "7E8#2230303030303031",
            ], vin: "XZF5PA10000000002")
        #expect(report.vin.read.map(\.vin) == ["XZF5PA10000000001"])
        #expect(report.findings.map(\.check) == ["vin-mismatch"])
    }

    @Test(arguments: [1, 7, 4_096])
    func recordsDoNotDependOnHowFramesAreDividedIntoBatches(size: Int) throws {
        let lines =
            Self.identify("7E0", "7E8", supplier: "VIRE", firmware: "9.9")
            + ["7E0#031902FF", "7E8#075902FF0118172F"]
            + Self.identify("7E5", "7ED", supplier: "VIRE", firmware: "1.6")
        let whole = try Self.run(lines, batch: 1_000).records
        let divided = try Self.run(lines, batch: size).records
        #expect(whole.count > 8)
        #expect(divided.map { "\($0)" } == whole.map { "\($0)" })
    }

    // MARK: Traffic

    static let noCodes = ["7E0#031902FF", "7E8#035902FF"]

    /// Two single-frame questions with their answers.
    static func identify(
        _ request: String, _ response: String, supplier: String, firmware: String
    ) -> [String] {
        func answer(_ number: String, _ text: String) -> String {
            let bytes = text.utf8.map { String($0, radix: 16, uppercase: true) }.joined()
            return "\(response)#0\(3 + text.utf8.count)62\(number)\(bytes)"
        }
        return [
            "\(request)#0322F18A", answer("F18A", supplier), "\(request)#0322F195",
            answer("F195", firmware),
        ]
    }

    static func report(
        _ lines: [String], vin: String? = nil, ending: Int64 = 5_000
    ) throws -> DiagnosisReport {
        try run(lines, batch: 1_000, vin: vin, ending: ending).report
    }

    /// The frames of `lines`, 10 ms apart, and one of nobody's at the end.
    static func run(
        _ lines: [String], batch size: Int, vin: String? = nil, ending: Int64 = 5_000
    ) throws -> (report: DiagnosisReport, records: [DiagnosisRecord]) {
        var options = Diagnosis.Options(
            date: try #require(CalendarDate("2026-11-23")), interfaces: ["PT": "vcan0"])
        options.vin = vin
        var diagnosis = Diagnosis(try spec(), options: options)
        var records: [DiagnosisRecord] = []
        var batch = FrameBatch(capacity: size)
        batch.append(
            .channel(ChannelDescription(interface: "vcan0")), at: Timestamp(nanoseconds: 0),
            channel: 0)
        var number: UInt64 = 0
        for (index, line) in (lines + ["123#00"]).enumerated() {
            var frame = try #require(Self.frame(line))
            let milliseconds = index < lines.count ? Int64(index) * 10 : ending
            frame.timestamp = Timestamp(nanoseconds: milliseconds * 1_000_000)
            batch.append(frame)
            number += 1
            guard batch.isFull || index == lines.count else { continue }
            diagnosis.take(batch)
            records += diagnosis.takeRecords()
            batch.removeAll()
            batch.firstFrameNumber = number
        }
        diagnosis.finish()
        records += diagnosis.takeRecords()
        return (diagnosis.report(), records)
    }

    static func frame(_ line: String) -> Frame? {
        let parts = line.split(separator: "#")
        guard let identifier = ArbitrationID(candump: parts[0]) else { return nil }
        let digits = Array(parts[1])
        let payload = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0...$0 + 1]), radix: 16)
        }
        return Frame(
            timestamp: Timestamp(nanoseconds: 0), identifier: PackedID(identifier),
            payload: payload)
    }

    // MARK: Spec

    static func spec() throws -> VehicleSpec {
        var spec = VehicleSpec(
            vehicle: "five", variant: "petrol", vehicleNumbers: try BytePattern("*"))
        spec.buses = [BusSpec(name: "PT", bitRate: 500_000)]
        let request = try #require(ArbitrationID(standard: 0x7E0))
        let response = try #require(ArbitrationID(standard: 0x7E8))
        var base = ControlUnitSpec(
            family: "ecm-vireo", version: nil, role: "ECM", supplier: "Vireo", bus: "PT",
            addresses: ControlUnitAddresses(
                request: ISOTPAddress(request), response: ISOTPAddress(response)))
        base.identify = [
            IdentificationPredicate(identifier: 0xF18A, pattern: try BytePattern("VIRE"))
        ]
        base.identifiers = [
            DataIdentifierSpec(
                number: 0xF18A, name: "supplier_id", encoding: ValueEncoding(.ascii(length: 4))),
            DataIdentifierSpec(
                number: 0xF195, name: "firmware", encoding: ValueEncoding(.ascii(length: 3))),
        ]
        var coding = TroubleCodeSpec(
            code: try #require(TroubleCode("U3000-55")), text: "not coded", severity: .code)
        coding.endOfLine = .expectedBeforeCoding
        base.troubleCodes = [
            TroubleCodeSpec(
                code: try #require(TroubleCode("P0118-17")), text: "coolant sensor high",
                severity: .rework), coding,
        ]
        let versions = try ["1.4", "1.6"].map { version in
            var unit = base
            unit.version = version
            unit.match = [
                IdentificationPredicate(identifier: 0xF195, pattern: try BytePattern(version))
            ]
            return unit
        }
        spec.slots = [Slot(role: "ECM", families: [base], alternatives: versions)]
        spec.released = [ReleasedEntry(try ControlUnitGlob("ecm-vireo@1.6"))]
        return spec
    }
}
