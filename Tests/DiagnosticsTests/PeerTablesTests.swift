import Diagnostics
import TestBench
import Testing

/// Other implementations' tables and decoders, asked at run time: see Tests/Peers/diagnostic_tables.py.
@Suite(
    "Diagnostics beside its peers",
    .enabled(
        if: PeerPython.shouldRun("udsoncan, scapy, uds, obd"),
        "udsoncan, scapy, py-uds or obd is not in the environment of Tools/setup peers"))
struct PeerTablesTests {
    @Test("says the same", arguments: ["udsoncan", "scapy", "py-uds", "obd"])
    func sameAs(peer: String) throws {
        let result = try Program.run(
            PeerPython.path, "-B", "Tests/Peers/diagnostic_tables.py", peer)
        try #require(result.status == 0, "\(result.errors)")
        var compared = 0
        var differences: [String] = []
        for line in result.lines {
            let words = line.split(separator: "\t", omittingEmptySubsequences: false).map(
                String.init)
            guard let ours = answer(to: words) else { continue }
            compared += 1
            if !Self.agree(words, ours) { differences.append("\(line) | \(ours)") }
        }
        let left = differences.filter { line in
            !Self.known.contains { line.hasPrefix($0) || "\(peer)\t\(line)".hasPrefix($0) }
        }
        #expect(left.isEmpty, "of \(compared)")
        #expect(compared > 100)
    }

    /// Where we differ and why.
    private static let known = [
        // Names of the edition of 2020 where theirs are of 2013.
        "identifier\tF18F\tISOSAEReservedStandardized", "sub-function\t87",
        "sub-function\t19\t05\treportDTCSnapshotRecordByRecordNumber",
        // Fewer letters than the standard's.
        "identifier\tF190\tVIN", "service\t2A\tReadDataPeriodicIdentifier",
        "sub-function\t11\t41\tpowerDown", "sub-function\t19\t0A\treportSupportedDTCs",
        "code\t57\tcertificateVerificationFailedInvalidCertificateRevoked",
        "code\t5B\tSessionKeyCreationDerivationFailed", "code\t8A\tThrottlePedalTooHigh",
        "code\t8B\tThrottlePedalTooLow", "code\t8A\tthrottle/PedalTooHigh",
        "code\t8B\tthrottle/PedalTooLow", "code\t8F\tBrakeSwitchOrSwitchesNotClosed",
        "code\t8F\tbrakeSwitch(es)NotClosed", "code\t91\tTorqueConvertClutchLocked",
        "sub-function\t19\t12\treportNumberOfEmissionsRelatedOBD",
        "sub-function\t19\t13\treportEmissionsRelatedOBD",
        "sub-function\t19\t06\treportDTCExtendedData",
        "sub-function\t19\t10\treportMirrorMemoryDTCExtendedData",
        // Extended data link security's own meaning of the same numbers, ISO 15764.
        "code\t38\tGeneralSecurityViolation", "code\t39\tSecuredModeRequested",
        "code\t3A\tInsufficientProtection", "code\t3B\tTerminationWithSignatureRequested",
        "code\t3C\tAccessDenied", "code\t3D\tVersionNotSupported",
        "code\t3E\tSecuredLinkNotSupported", "code\t3F\tCertificateNotAvailable",
        "code\t40\tAuditTrailInformationNotAvailable",
        // Two's complement, as scapy has it; python-OBD adds offsets.
        "obd\tparameter\t32", "obd\tparameter\t54",
        // -128 mA to 128 mA, as python-OBD has it; scapy leaves the offset out.
        "scapy\tparameter\t34", "scapy\tparameter\t35", "scapy\tparameter\t36",
        "scapy\tparameter\t37", "scapy\tparameter\t38", "scapy\tparameter\t39",
        "scapy\tparameter\t3A", "scapy\tparameter\t3B",
        // Three numbers of eight bytes where SAE J1979 has four each.
        "scapy\tparameter\t7F",
    ]

    /// What we say to the same question; `nil` where the peer's line is about nothing of ours.
    private func answer(to words: [String]) -> String? {
        let numbers = words.dropFirst().map { UInt32($0, radix: 16) ?? 0 }
        switch words[0] {
        case "service":
            return DiagnosticService(rawValue: UInt8(numbers[0])).name
        case "code":
            guard !words[2].contains("Reserved"), numbers[0] > 0 else { return nil }
            return NegativeResponseCode(rawValue: UInt8(numbers[0])).name
        case "sub-function":
            guard !words[3].contains("Reserved") else { return nil }
            return DiagnosticService(rawValue: UInt8(numbers[0]))
                .name(ofSubFunction: UInt8(numbers[1]))
        case "identifier":
            return DataIdentifierTable.standard.name(of: UInt16(numbers[0])) ?? "-"
        case "routine":
            let request = DiagnosticMessage(
                bytes(ofDigits: "3101" + words[1]), isResponse: false)
            return request.summary.split(separator: " ").last.map(String.init) ?? "-"
        case "trouble-code":
            let isShort = words[1].count == 4
            return isShort
                ? TroubleCode(twoBytes: UInt16(numbers[0])).description
                : TroubleCode(threeBytes: numbers[0]).description
        case "report": return report(words)
        case "parameter": return parameter(words)
        case "scaling":
            let message = DiagnosticMessage(
                bytes(ofDigits: "460101" + words[1] + words[2] + "00000000"), isResponse: true)
            return message.field("testValue")?.number.map { "\($0)" } ?? "-"
        case "readiness": return readiness(words)
        default: return nil
        }
    }

    private func bytes(ofDigits digits: String) -> [UInt8] {
        let digits = Array(digits)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(digits[$0...$0 + 1]), radix: 16)
        }
    }

    private func report(_ words: [String]) -> String {
        let message = DiagnosticMessage(bytes(ofDigits: words[1]), isResponse: true)
        let codes = message.troubleCodes.map { code in
            var text = hexadecimal(code.code.threeBytes, 6)
            if let status = code.status { text += " status " + hexadecimal(status.rawValue, 2) }
            // They keep the class of bits 0 to 4 apart.
            if let severity = code.severity {
                text += " severity " + hexadecimal(severity.rawValue & 0xE0, 2)
            }
            if let unit = code.functionalUnit { text += " unit " + hexadecimal(unit, 2) }
            if let counter = code.faultDetectionCounter {
                text += " counter \(UInt8(bitPattern: counter))"
            }
            return text
        }
        let count = message.field("DTCCount")?.number.map { Int($0) } ?? codes.count
        return "\(count)\t" + codes.joined(separator: ",")
    }

    private func hexadecimal(_ value: some BinaryInteger, _ count: Int) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }

    /// The physical values of an answer of mode 01.
    private func parameter(_ words: [String]) -> String? {
        let answer = DiagnosticMessage(
            bytes(ofDigits: "41" + words[1] + words[2]), isResponse: true)
        var values: [Double] = []
        for field in answer.fields {
            if case .quantity(let value, _) = field.value { values.append(value) }
        }
        // Of many parameters we give the bytes, and they of some that we give values of.
        guard !values.isEmpty, words[3] != "" else { return nil }
        return values.map { "\($0)" }.joined(separator: " ")
    }

    private func readiness(_ words: [String]) -> String {
        let data = bytes(ofDigits: words[1])
        let ours = OBDReadiness(data[0], data[1], data[2], data[3])
        let lamp = ours.isLampOn ? "on" : "off"
        let ignition = ours.isCompressionIgnition ? "compression" : "spark"
        // They have no names for the reserved tests, of which they tell the last.
        let monitors = ours.monitors
            .filter { !$0.name.hasPrefix("reserved") && $0.name != "gasolineParticulateFilter" }
            .map { Self.plain($0.name) + "=" + ($0.isComplete ? "complete" : "incomplete") }
        return "\(lamp) \(ours.troubleCodeCount) \(ignition) \(monitors.sorted())"
    }

    private static func plain(_ name: String) -> String {
        String(name.lowercased().filter { $0.isLetter || $0.isNumber })
    }

    private static func agree(_ words: [String], _ ours: String) -> Bool {
        switch words[0] {
        // python-OBD writes letters small.
        case "trouble-code": return words[2].uppercased() == ours
        case "report": return words[2] + "\t" + words[3] == ours
        // Theirs are names of ranges: TachographTestIds, SafetySystemRoutineIDs.
        case "routine":
            let (theirs, own) = (Self.plain(words[2]), Self.plain(ours))
            return theirs == own || theirs == own + "s"
        case "parameter", "scaling":
            let theirs = words[3].split(separator: " ").compactMap { Double($0) }
            let values = ours.split(separator: " ").compactMap { Double($0) }
            // They have 0.0000305 for 2/65536, and round to three decimals.
            func isNear(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 0.002 + 0.002 * abs(a) }
            // python-OBD gives one value of a sensor's two.
            if theirs.count == 1 { return values.contains { isNear($0, theirs[0]) } }
            return theirs.count == values.count && zip(theirs, values).allSatisfy(isNear)
        case "readiness":
            let tests = words[5].split(separator: ",").map(String.init)
            let monitors = tests.filter { !$0.hasPrefix("None") }.map(Self.monitor)
            return "\(words[2]) \(words[3]) \(words[4]) \(monitors.sorted())" == ours
        default:
            let theirs = Self.plain(words.last ?? "").replacing("dataidentifier", with: "")
            return theirs == Self.plain(ours).replacing("dataidentifier", with: "")
        }
    }

    /// `FUEL_SYSTEM_MONITORING=complete` in our words.
    private static func monitor(_ text: String) -> String {
        let parts = text.split(separator: "=").map(String.init)
        let name = monitorNames[parts[0]] ?? parts[0].replacing("_MONITORING", with: "")
        return plain(name) + "=" + parts[1]
    }

    /// Their names of tests that are not ours with underscores.
    private static let monitorNames = [
        "COMPONENT_MONITORING": "components", "NOX_SCR_AFTERTREATMENT_MONITORING": "NOxSCRMonitor",
    ]
}
