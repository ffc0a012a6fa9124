import CANFrame
import Diagnostics
import SignalViews
import VehicleDiagnosis
import VehicleSpec

extension DiagnosisReport {
    /// The report for people: first the verdict, then why, then what was seen.
    func text(isColoured: Bool) -> String {
        var lines = ["", identity]
        lines += parts(isColoured: isColoured).map { "  " + $0 }
        lines += section(controlUnits)
        if !foreign.isEmpty {
            lines += [""] + foreign.map { "foreign: \($0.address) on \($0.bus)" }
        }
        lines += section(codes)
        lines += section(list)
        for (check, count) in unlistedFindings.sorted(by: { $0.key < $1.key }) {
            lines.append("not listed: \(count.counting("finding")) of \(check)")
        }
        lines += section(traffic)
        // The colours are ours; nothing else steers a terminal.
        let verdict = Self.coloured(verdict.outcome.title, verdict.outcome, isColoured)
        return verdict + ": " + self.verdict.reason.printable + "\n"
            + lines.map { $0 + "\n" }.joined()
    }

    private func section(_ table: TextTable) -> [String] {
        table.isEmpty ? [] : [""] + table.lines()
    }

    private static func coloured(
        _ text: String, _ outcome: VerdictOutcome, _ isColoured: Bool
    ) -> String {
        guard isColoured else { return text }
        let colour =
            switch outcome {
            case .pass: "1;32"
            case .fail: "1;31"
            case .notMeasured: "1;33"
            }
        return "\u{1B}[\(colour)m\(text)\u{1B}[0m"
    }

    private var identity: String {
        var words = ["\(vehicle)/\(variant)"]
        words.append(vin.agreed ?? vin.given ?? vin.read.first?.vin ?? "VIN not known")
        if let start { words.append(UTCTime(start).text(fractionDigits: 0)) }
        words.append(FigureText.seconds(duration))
        return words.joined(separator: "  ").printable
    }

    private func parts(isColoured: Bool) -> [String] {
        let width = VerdictPart.Kind.allCases.map(\.title.count).max() ?? 0
        return verdict.parts.flatMap { part -> [String] in
            let title =
                part.kind.title
                + String(repeating: " ", count: width - part.kind.title.count + 2)
            let outcome =
                Self.coloured(part.outcome.title, part.outcome, isColoured)
                + String(repeating: " ", count: 14 - part.outcome.title.count)
            let reasons = part.reasons.prefix(Self.mostReasons).map(\.line.printable)
            let indent = String(repeating: " ", count: width + 16)
            var lines = reasons.enumerated().map { index, reason in
                (index == 0 ? title + outcome : indent) + reason
            }
            let more = part.reasons.count - Self.mostReasons
            if more > 0 { lines.append(indent + "and \(more) more") }
            return lines
        }
    }

    private static let mostReasons = 6

    private var controlUnits: TextTable {
        var table = TextTable(
            [
                "ECU", "bus", "answers at", "is", "supplier", "part", "hardware", "firmware",
                "serial number", "slowest P2",
            ], right: [9])
        for unit in units {
            table.add([
                unit.role, unit.bus, unit.address, unit.spec ?? unit.state.words,
                unit.supplier ?? "", unit.value(0xF187), unit.value(0xF191, 0xF193),
                unit.value(0xF195, 0xF189), unit.value(0xF18C),
                unit.slowestP2.map { ConversationLines.milliseconds($0.time) } ?? "",
            ])
        }
        return table
    }

    private var codes: TextTable {
        var table = TextTable(["ECU", "trouble code", "now", "means", "severity", "frames"])
        for code in troubleCodes {
            let isCleared = code.transitions.last?.kind == .cleared
            table.add([
                code.role ?? code.unit, code.code,
                isCleared ? "cleared" : "\(code.condition)", code.text ?? "",
                code.fails ? code.severity.rawValue : code.expectation ?? "does not fail",
                code.transitions.last.map { Self.frames($0.evidence) } ?? "",
            ])
        }
        return table
    }

    private var list: TextTable {
        var table = TextTable(
            ["finding", "severity", "from", "to", "what", "frames"], right: [2, 3])
        for finding in findings {
            table.add([
                finding.id, finding.severity.rawValue, Self.seconds(finding.began),
                finding.closed.map(Self.seconds) ?? "", finding.text,
                finding.evidence.map(Self.frames) ?? "",
            ])
        }
        return table
    }

    private var traffic: TextTable {
        var table = TextTable(
            ["bus", "interface", "frames", "error frames", "messages", "load", "peak"],
            right: [2, 3, 4, 5, 6])
        for bus in buses {
            table.add([
                bus.name, bus.interface ?? "not heard", "\(bus.frames)",
                bus.errorFrames == 0 ? "" : "\(bus.errorFrames)",
                bus.messagesKnown == 0 ? "" : "\(bus.messagesSeen) of \(bus.messagesKnown)",
                bus.load.map { FigureText.fixed($0, 1) + " %" } ?? "",
                bus.peakLoad.map { FigureText.fixed($0, 1) + " %" } ?? "",
            ])
        }
        return table
    }

    static func seconds(_ nanoseconds: Int64) -> String {
        FigureText.fixed(Double(nanoseconds) / 1e9, 3) + " s"
    }

    static func frames(_ evidence: ClosedRange<UInt64>) -> String {
        evidence.count == 1
            ? "\(evidence.lowerBound)" : "\(evidence.lowerBound)-\(evidence.upperBound)"
    }
}

extension ControlUnitReport {
    /// What it told under the first of these identifiers that it answered.
    func value(_ numbers: UInt16...) -> String {
        for number in numbers {
            if let value = identification.first(where: { $0.number == number }) {
                return value.text.trimmed
            }
        }
        return ""
    }
}

extension ControlUnitState {
    /// For people.
    var words: String {
        switch self {
        case .match: "known"
        case .unknownFirmware: "unknown firmware"
        case .unknownPart: "unknown part"
        case .ambiguous: "ambiguous"
        case .absent: "does not answer"
        case .notAsked: "not asked"
        }
    }
}

extension String {
    /// Without blanks and NUL at its end, by which control units fill up.
    fileprivate var trimmed: String {
        var text = self
        while let last = text.unicodeScalars.last, last == " " || last.value == 0 {
            text.unicodeScalars.removeLast()
        }
        return text
    }
}
