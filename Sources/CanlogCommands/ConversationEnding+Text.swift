import CANFrame
import Diagnostics
import SignalViews

extension ConversationEnding {
    /// The summary for people.
    func text(isBehindLines: Bool) -> String {
        var lines: [String] = []
        if isBehindLines, summary.exchanges > 0 { lines.append("") }
        lines.append(head)
        if !summary.units.isEmpty { lines += units }
        if !codedUnits.isEmpty { lines += troubleCodes }
        return lines.map { $0.printable + "\n" }.joined()
    }

    private var head: String {
        var head = summary.exchanges.counting("exchange")
        let outcomes = Exchange.Outcome.allCases.compactMap { outcome in
            summary.outcomes[outcome].map { "\($0) \(outcome.rawValue)" }
        }
        if !outcomes.isEmpty { head += ": " + outcomes.joined(separator: ", ") }
        if unchangedBroadcasts > 0 {
            head += "; \(unchangedBroadcasts.counting("broadcast")) like the one before"
        }
        return head
    }

    private var hasInterfaces: Bool {
        Set(summary.units.map(\.name.channel) + codedUnits.map(\.name.channel)).count > 1
    }

    private func name(_ name: ControlUnitName) -> String {
        (hasInterfaces ? interfaces[Int(name.channel)] + " " : "") + name.text
    }

    private var units: [String] {
        var table = TextTable(
            [
                "ECU", "exchanges", "positive", "negative", "unanswered", "unfinished", "broken",
                "suppressed", "belated", "unrequested", "periodic", "event", "broadcast",
                "slowest P2", "of",
                "slowest P2*", "78", "late", "refusals",
            ], right: Set(1...17))
        for unit in summary.units {
            let codes = unit.negativeCodes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
                "\($0.value)x \($0.key.hexadecimal) \(NegativeResponseCode(rawValue: $0.key).name)"
            }
            let acknowledgments = unit.acknowledgments.sorted {
                ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue)
            }.map { "\($0.value)x \($0.key.name)" }
            table.add([
                name(unit.name), "\(unit.exchanges)", Self.count(unit.positive),
                Self.count(unit.negative), Self.count(unit.unanswered),
                Self.count(unit.unfinished), Self.count(unit.broken), Self.count(unit.suppressed),
                Self.count(unit.belated), Self.count(unit.unrequested), Self.count(unit.periodic),
                Self.count(unit.events),
                Self.count(unit.broadcasts),
                unit.slowestP2.map { ConversationLines.milliseconds($0.time) } ?? "",
                unit.slowestP2.map { ConversationLines.milliseconds($0.limit) } ?? "",
                unit.slowestP2Star.map { ConversationLines.milliseconds($0.time) } ?? "",
                Self.count(unit.pending), Self.count(unit.late),
                (codes + acknowledgments).joined(separator: ", "),
            ])
        }
        return [""] + table.lines()
    }

    private static func count(_ count: UInt64) -> String { count == 0 ? "" : "\(count)" }

    private var troubleCodes: [String] {
        var table = TextTable(["ECU", "trouble code", "now", "life"])
        for unit in codedUnits {
            for entry in unit.entries {
                table.add([
                    name(unit.name), entry.code, Self.now(entry),
                    entry.transitions.suffix(6).map(Self.step).joined(separator: "; "),
                ])
            }
        }
        return [""] + table.lines()
    }

    private static func now(_ entry: TroubleCodeBook.Entry) -> String {
        switch entry.lastKind {
        case .cleared: "cleared"
        case .goneFromReport: "gone"
        case .reported: "\(entry.condition)"
        }
    }

    private static func step(_ step: TroubleCodeBook.Transition) -> String {
        let time = FigureText.fixed(Double(step.time) / 1e9, 3) + " "
        let tester = step.tester.map { " by \($0)" } ?? ""
        return switch step.kind {
        case .reported(let condition): time + "\(condition)"
        case .goneFromReport: time + "no longer reported"
        case .cleared: time + "cleared" + tester
        }
    }
}
