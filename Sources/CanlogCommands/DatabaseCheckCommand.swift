import ArgumentParser
import CANFrame
import LocalFiles
import SignalDatabase
import SignalViews

/// `canlog db check`
struct DatabaseCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Tell what is wrong with databases, where, and what was done about it.",
        discussion: """
            Each line says file, line and column, then: lost, where something of the file is not in \
            the database; repaired, where it was taken otherwise than it is written; note, where \
            nothing is changed and something may surprise: signals that share bits or reach beyond \
            their message, names that repeat, multiplexed signals that no frame can carry. The last \
            line counts.

            Examples:
              canlog db check car.dbc
              canlog db check --only lost suppliers/*.dbc
              canlog db check --encoding gb2312 truck.dbc
              canlog db check --json car.dbc | jq '.findings[] | select(.severity == "lost")'

            Exit status: 0 nothing is lost; 1 something of a file is lost; 2 a file could not be read.
            """)

    @Argument(
        help: .init("The databases.", valueName: "file"), completion: .file(extensions: ["dbc"]))
    var files: [String]

    @OptionGroup(title: "How the databases are read")
    var reading: DatabaseReadingOptions

    @Option(
        help: .init(
            "Show only what is lost, or only what is lost or repaired.",
            valueName: "lost|repaired|note"))
    var only: CheckLevel = .note

    @Flag(help: "One JSON object for each database, in one line each.")
    var json = false

    func run() throws {
        var status = ExitStatus.done
        for file in files {
            do throws(StreamError) {
                let check = DatabaseCheck(of: try reading.read(file), path: file, level: only)
                if json {
                    StandardOutput.write(check.json.text + "\n")
                } else {
                    StandardOutput.write(check.text(isColoured: StandardOutput.isColoured))
                }
                if check.database.messages.isEmpty {
                    StandardError.say("\(file): no message was found in it; is it a DBC file?")
                }
                if check.hasLosses || check.database.messages.isEmpty, status == ExitStatus.done {
                    status = ExitStatus.negative
                }
            } catch {
                StandardError.say("\(error)")
                status = ExitStatus.couldNot
            }
        }
        if status != ExitStatus.done { throw ExitStatus.Early(code: status) }
    }
}

/// Which findings are shown: those of a severity and of the graver ones.
enum CheckLevel: String, ExpressibleByArgument, CaseIterable {
    case lost, repaired, note

    func shows(_ severity: Diagnostic.Severity) -> Bool {
        switch severity {
        case .lost: true
        case .repaired: self != .lost
        case .noted: self == .note
        }
    }
}

/// What is wrong with one database.
struct DatabaseCheck {
    let path: String
    let database: Database
    /// By line; what is lost or repaired, and what a review noted.
    let findings: [Diagnostic]
    private let level: CheckLevel

    init(of database: Database, path: String, level: CheckLevel) {
        self.database = database
        self.path = path
        self.level = level
        findings = (database.diagnostics + database.review())
            .sorted { ($0.line, $0.column) < ($1.line, $1.column) }
    }

    var hasLosses: Bool { findings.contains { $0.severity == .lost } }

    private func count(_ severity: Diagnostic.Severity) -> UInt64 {
        UInt64(findings.count { $0.severity == severity })
    }

    /// Statements that mean nothing here and are kept as they are written, by keyword.
    private var kept: [(keyword: String, count: Int)] {
        Dictionary(grouping: database.otherStatements.map(\.keyword).filter { !$0.isEmpty }) { $0 }
            .map { ($0.key, $0.value.count) }.sorted { $0.0 < $1.0 }
    }

    private var signalCount: Int { database.messages.reduce(0) { $0 + $1.signals.count } }

    // MARK: For people

    func text(isColoured: Bool) -> String {
        var text = ""
        for finding in findings where level.shows(finding.severity) {
            let (word, colour) = finding.severity.shown
            let mark = isColoured ? "\u{1B}[\(colour)m\(word)\u{1B}[0m" : word
            let place = "\(path):\(finding.line):\(finding.column)".printable
            text += "\(place): \(mark): \(finding.cause.printable); \(finding.action.printable)\n"
        }
        if database.unlistedDiagnostics > 0 {
            text += "\(path.printable): \(database.unlistedDiagnostics) more are not listed\n"
        }
        if !kept.isEmpty, level == .note {
            let words = kept.map { "\($0.count) \($0.keyword)" }.joined(separator: ", ")
            text += "\(path.printable): kept as written, without a meaning to canlog: \(words)\n"
        }
        return text + summary
    }

    private var summary: String {
        let parts = [
            UInt64(database.messages.count).counting("message"),
            UInt64(signalCount).counting("signal"), UInt64(database.nodes.count).counting("node"),
            database.encoding.shownName,
        ]
        let counts =
            findings.isEmpty
            ? "nothing wrong"
            : "\(count(.lost)) lost, \(count(.repaired)) repaired, \(count(.noted)) noted"
        return "\(path.printable): \(parts.joined(separator: ", ")): \(counts)\n"
    }

    // MARK: For programs

    var json: JSONValue {
        [
            "file": .string(path),
            "encoding": .string(database.encoding.shownName),
            "version": .string(database.version),
            "messages": .count(UInt64(database.messages.count)),
            "signals": .count(UInt64(signalCount)),
            "nodes": .count(UInt64(database.nodes.count)),
            "lost": .count(count(.lost)),
            "repaired": .count(count(.repaired)),
            "noted": .count(count(.noted)),
            "unlisted": .count(UInt64(database.unlistedDiagnostics)),
            "keptStatements": .object(
                Dictionary(kept.map { ($0.keyword, .count(UInt64($0.count))) }) { $1 }),
            "findings": .array(
                findings.filter { level.shows($0.severity) }.map { finding in
                    [
                        "line": .count(UInt64(finding.line)),
                        "column": .count(UInt64(finding.column)),
                        "severity": .string(finding.severity.shown.word),
                        "cause": .string(finding.cause),
                        "action": .string(finding.action),
                    ]
                }),
        ]
    }
}

extension Diagnostic.Severity {
    /// The word, and its colour on a terminal (ECMA-48 SGR).
    fileprivate var shown: (word: String, colour: Int) {
        switch self {
        case .lost: ("lost", 31)
        case .repaired: ("repaired", 33)
        case .noted: ("note", 36)
        }
    }
}
