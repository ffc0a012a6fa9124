import CANFrame
import Diagnostics
import LogTools
import VehicleDiagnosis
import VehicleSpec

/// Frames in, lines out: what a diagnosis finds, as it finds it, and the report behind it.
struct DiagnosisWriter: ~Copyable {
    enum Form {
        case text, json
    }

    private var diagnosis: Diagnosis
    private let form: Form
    /// Exchanges as lines, for the page.
    private var lines = ConversationLines()
    private(set) var exchanges: [String] = []
    private(set) var moreExchanges: UInt64 = 0
    private let keepsExchanges: Bool
    private(set) var frames: UInt64 = 0

    init(_ diagnosis: consuming Diagnosis, form: Form, keepsExchanges: Bool) {
        self.diagnosis = diagnosis
        self.form = form
        self.keepsExchanges = keepsExchanges
    }

    /// The lines of what was found in this batch; of the text form those for someone who watches.
    mutating func take(_ batch: borrowing FrameBatch) -> String {
        frames += UInt64(batch.count)
        diagnosis.take(batch)
        return takeRecords()
    }

    /// What was under way; the report is whole then.
    mutating func finish() -> String {
        diagnosis.finish()
        return takeRecords()
    }

    func report() -> DiagnosisReport { diagnosis.report() }

    /// The verdict as the last line of the stream, or the report for people.
    func ending(isColoured: Bool) -> String {
        switch form {
        case .json: report().json.text + "\n"
        case .text: report().text(isColoured: isColoured)
        }
    }

    func page(source: String) -> String {
        DiagnosisPage(
            report: report(), source: source, exchanges: exchanges, moreExchanges: moreExchanges
        ).text
    }

    private mutating func takeRecords() -> String {
        var text = ""
        for record in diagnosis.takeRecords() {
            if keepsExchanges, case .exchange(let exchange) = record { keep(exchange) }
            switch form {
            case .json: text += record.json { diagnosis.interface(of: $0) }.text + "\n"
            case .text: text += Self.line(of: record)
            }
        }
        return text
    }

    private mutating func keep(_ exchange: DiagnosedExchange) {
        guard exchanges.count < DiagnosisPage.mostExchanges else {
            moreExchanges += 1
            return
        }
        exchanges.append(
            lines.text(
                of: exchange.decoded, interface: diagnosis.interface(of: exchange.channel)))
    }

    /// What someone who watches is told at once: findings as they open, and who was identified.
    private static func line(of record: DiagnosisRecord) -> String {
        switch record {
        case .opened(let finding) where finding.severity.fails:
            let place = finding.role ?? finding.bus ?? finding.subject
            let line =
                "\(DiagnosisReport.seconds(finding.opened))  \(finding.severity.rawValue)  \(place): "
                + finding.text
            return line.printable + "\n"
        default: return ""
        }
    }
}
