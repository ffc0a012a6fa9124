import CANFrame
import Diagnostics
import VehicleDiagnosis
import VehicleSpec

/// The report of a diagnosis as one page of HTML that needs nothing else: to look at, to print and
/// to keep beside the log.
struct DiagnosisPage {
    var report: DiagnosisReport
    /// The log that it is about.
    var source: String
    /// Exchanges in words, in order.
    var exchanges: [String]
    /// Exchanges beyond those.
    var moreExchanges: UInt64

    /// So many exchanges stand on the page; the log has them all.
    static let mostExchanges = 5_000

    var text: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(report.verdict.outcome.title): \(Self.safe(name))</title>
        <style>\(Self.style)</style>
        </head>
        <body>
        <header class="\(report.verdict.outcome.rawValue)">
        <h1>\(report.verdict.outcome.title)</h1>
        <p>\(Self.safe(report.verdict.reason))</p>
        </header>
        \(facts)
        \(parts)
        \(table("Control units", Self.unitColumns, report.units.map(Self.cells)))
        \(table("Trouble codes", Self.codeColumns, report.troubleCodes.map(Self.cells)))
        \(table("Findings", Self.findingColumns, report.findings.map(Self.cells)))
        \(table("Buses", Self.busColumns, report.buses.map(Self.cells)))
        \(conversations)
        <footer>Frame numbers are those of the log: <code>canlog dump LOG --json</code> has each with its \
        number. Times are seconds of bus time since its first frame.</footer>
        </body>
        </html>

        """
    }

    private var name: String {
        [report.vin.agreed ?? report.vin.given, "\(report.vehicle)/\(report.variant)"]
            .compactMap { $0 }.joined(separator: " ")
    }

    private var facts: String {
        let read = report.vin.read.map { "\($0.role): \($0.vin)" }.joined(separator: ", ")
        let facts: [(String, String)] = [
            ("Vehicle", "\(report.vehicle)/\(report.variant)"),
            ("VIN", report.vin.agreed ?? report.vin.given ?? "not known"),
            ("VIN as read", read),
            ("Log", source),
            (
                "Recorded",
                report.start.map { UTCTime($0).text(fractionDigits: 3) + " UTC" } ?? ""
            ),
            ("Length", FigureText.seconds(report.duration)),
            ("Specs (SHA-256)", report.specDigest),
        ]
        let rows = facts.filter { !$0.1.isEmpty }.map {
            "<dt>\(Self.safe($0.0))</dt><dd>\(Self.safe($0.1))</dd>"
        }
        return "<dl>" + rows.joined() + "</dl>"
    }

    private var parts: String {
        let rows = report.verdict.parts.map { part in
            let reasons = part.reasons.map { "<li>\(Self.safe($0.line))</li>" }.joined()
            return
                "<tr class=\"\(part.outcome.rawValue)\"><th>\(part.kind.title)</th>"
                + "<td class=\"outcome\">\(part.outcome.title)</td>"
                + "<td><ul>\(reasons)</ul></td></tr>"
        }
        return "<table class=\"parts\"><tbody>\(rows.joined(separator: "\n"))</tbody></table>"
    }

    private var conversations: String {
        guard !exchanges.isEmpty else { return "" }
        let more =
            moreExchanges > 0
            ? "<p>and \(moreExchanges.counting("exchange")) more in the log</p>" : ""
        return
            "<details><summary>Conversations (\(UInt64(exchanges.count).counting("exchange")))</summary>"
            + "<pre>\(exchanges.map(Self.safe).joined())</pre>\(more)</details>"
    }

    // MARK: Tables

    private static let unitColumns = [
        "ECU", "Bus", "Answers at", "Is", "Supplier", "Part", "Hardware", "Firmware",
        "Serial number", "Released", "Slowest P2",
    ]
    private static let codeColumns = ["ECU", "Code", "Now", "Means", "Severity", "Frames"]
    private static let findingColumns = [
        "Finding", "ECU", "Severity", "From", "To", "What", "Times", "Frames",
    ]
    private static let busColumns = [
        "Bus", "Interface", "Frames", "Error frames", "Messages", "Load", "Peak",
    ]

    private static func cells(_ unit: ControlUnitReport) -> [String] {
        [
            unit.role, unit.bus, unit.address, unit.spec ?? unit.state.words, unit.supplier ?? "",
            unit.value(0xF187), unit.value(0xF191, 0xF193), unit.value(0xF195, 0xF189),
            unit.value(0xF18C), unit.isReleased.map { $0 ? "yes" : "NO" } ?? "",
            unit.slowestP2.map { ConversationLines.milliseconds($0.time) } ?? "",
        ]
    }

    private static func cells(_ code: TroubleCodeReport) -> [String] {
        [
            code.role ?? code.unit, code.code,
            code.transitions.last?.kind == .cleared ? "cleared" : "\(code.condition)",
            code.text ?? "", code.fails ? code.severity.rawValue : code.expectation ?? "none",
            code.transitions.last.map { DiagnosisReport.frames($0.evidence) } ?? "",
        ]
    }

    private static func cells(_ finding: Finding) -> [String] {
        [
            finding.id, finding.role ?? "", finding.severity.rawValue,
            DiagnosisReport.seconds(finding.began),
            finding.closed.map(DiagnosisReport.seconds) ?? "", finding.text,
            "\(finding.occurrences)", finding.evidence.map(DiagnosisReport.frames) ?? "",
        ]
    }

    private static func cells(_ bus: BusReport) -> [String] {
        [
            bus.name, bus.interface ?? "not heard", "\(bus.frames)", "\(bus.errorFrames)",
            bus.messagesKnown == 0 ? "" : "\(bus.messagesSeen) of \(bus.messagesKnown)",
            bus.load.map { FigureText.fixed($0, 1) + " %" } ?? "",
            bus.peakLoad.map { FigureText.fixed($0, 1) + " %" } ?? "",
        ]
    }

    private func table(_ title: String, _ columns: [String], _ rows: [[String]]) -> String {
        guard !rows.isEmpty else { return "<h2>\(title)</h2><p>none</p>" }
        let head = columns.map { "<th>\($0)</th>" }.joined()
        let body = rows.map { row in
            "<tr>" + row.map { "<td>\(Self.safe($0))</td>" }.joined() + "</tr>"
        }
        return """
            <h2>\(title)</h2>
            <table><thead><tr>\(head)</tr></thead><tbody>
            \(body.joined(separator: "\n"))
            </tbody></table>
            """
    }

    /// Text of vehicles and files: nothing in it is HTML, and nothing steers the page.
    static func safe(_ text: String) -> String {
        var safe = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": safe += "&amp;"
            case "<": safe += "&lt;"
            case ">": safe += "&gt;"
            case "\"": safe += "&quot;"
            case "\n": safe += "\n"
            case _ where scalar.steersTerminals: safe += scalar.escaped
            default: safe.unicodeScalars.append(scalar)
            }
        }
        return safe
    }

    private static let style = """
        :root { font: 15px/1.4 system-ui, sans-serif; color: #1b1f23; }
        body { margin: 0 auto; max-width: 78rem; padding: 0 1.5rem 2rem; }
        header { margin: 0 -1.5rem 1rem; padding: 1rem 1.5rem; color: #fff; }
        header h1 { margin: 0; font-size: 2.6rem; letter-spacing: .04em; }
        header p { margin: .2rem 0 0; font-size: 1.25rem; }
        header.pass { background: #1a7f37; } header.fail { background: #b42318; }
        header.notMeasured { background: #8a6100; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; }
        dt { color: #57606a; } dd { margin: 0; overflow-wrap: anywhere; }
        h2 { margin: 1.6rem 0 .4rem; font-size: 1.1rem; }
        table { border-collapse: collapse; width: 100%; font-size: .9rem; }
        th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0;
          border-bottom: 1px solid #d0d7de; overflow-wrap: anywhere; }
        thead th { color: #57606a; font-weight: 600; }
        .parts ul { margin: 0; padding: 0; list-style: none; } .parts th { width: 13rem; }
        .outcome { width: 9rem; font-weight: 700; } .pass .outcome { color: #1a7f37; }
        .fail .outcome { color: #b42318; } .notMeasured .outcome { color: #8a6100; }
        details { margin-top: 1.6rem; } summary { cursor: pointer; font-weight: 600; }
        pre { font-size: .78rem; white-space: pre-wrap; overflow-wrap: anywhere; }
        footer { margin-top: 2rem; color: #57606a; font-size: .85rem; }
        @media print {
          :root { font-size: 10px; } body { max-width: none; padding: 0; }
          header { margin: 0; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          tr { break-inside: avoid; } thead { display: table-header-group; }
        }
        @page { size: A4; margin: 14mm; }
        """
}
