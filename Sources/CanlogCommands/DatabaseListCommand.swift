import ArgumentParser
import CANFrame
import LocalFiles
import SignalDatabase
import SignalViews

/// `canlog db list`
struct DatabaseListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the messages of a database, a line for each, or their signals.",
        discussion: """
            ID, name, length in bytes, cycle time in ms, count of signals, transmitters. A pattern \
            selects: names with * and ?, an ID, and MESSAGE.SIGNAL, which lists signals.

            Examples:
              canlog db list car.dbc
              canlog db list car.dbc 'Engine*'
              canlog db list car.dbc '*.*Speed*'
              canlog db list --sort name car.dbc

            Exit status: 0 listed; 1 nothing has that name; 2 the file could not be read.
            """)

    @Argument(
        help: .init("The database.", valueName: "file"), completion: .file(extensions: ["dbc"]))
    var file: String

    @Argument(help: .init("What to list.", valueName: "pattern"))
    var pattern = "*"

    @OptionGroup(title: "How the database is read")
    var reading: DatabaseReadingOptions

    @Option(
        help: .init("The order: id, name, or file for that of the file.", valueName: "id|name|file")
    )
    var sort: MessageOrder = .id

    @Flag(help: "One JSON object for each message or signal, in one line each.")
    var json = false

    func run() throws {
        let database = try reading.read(file)
        let search = DatabaseSearch(pattern)
        let hits = sort.sorted(search.hits(in: database), in: database)
        guard !hits.isEmpty else {
            try NothingFound.tell(search, in: database, file: file)
            return
        }
        if json {
            for hit in hits { write(hit, search, database) }
        } else {
            let table = search.namesSignals ? signals(hits, database) : messages(hits, database)
            let lines = table.lines(withHeading: StandardOutput.isTerminal)
            StandardOutput.write(lines.joined(separator: "\n") + "\n")
        }
    }

    private func write(_ hit: DatabaseSearch.Hit, _ search: DatabaseSearch, _ database: Database) {
        let message = database.messages[hit.message]
        guard search.namesSignals else {
            return StandardOutput.write(message.json(withSignals: false).text + "\n")
        }
        for place in hit.signals {
            StandardOutput.write(message.signalJSON(place, isAlone: true).text + "\n")
        }
    }

    private func messages(_ hits: [DatabaseSearch.Hit], _ database: Database) -> TextTable {
        var table = TextTable(
            ["ID", "name", "bytes", "ms", "signals", "from"], right: [2, 3, 4])
        for hit in hits {
            let message = database.messages[hit.message]
            table.add([
                message.identifierText ?? "-", message.longName, "\(message.length)",
                message.cycleTimeMilliseconds?.decimalText ?? "-", "\(message.signals.count)",
                message.transmitters.joined(separator: ", "),
            ])
        }
        return table
    }

    private func signals(_ hits: [DatabaseSearch.Hit], _ database: Database) -> TextTable {
        var table = TextTable(
            ["ID", "signal", "bits", "order", "type", "value", "unit", "there with"], right: [2])
        for hit in hits {
            let message = database.messages[hit.message]
            for place in hit.signals {
                let signal = message.signals[place]
                table.add([
                    message.identifierText ?? "-", "\(message.longName).\(signal.longName)",
                    signal.bitsText, signal.orderText, "\(signal.valueType)", signal.scaleText,
                    signal.unit, message.multiplexingText(of: place) ?? "",
                ])
            }
        }
        return table
    }
}

/// The order of messages in a list.
enum MessageOrder: String, ExpressibleByArgument, CaseIterable {
    case id, name, file

    func sorted(_ hits: [DatabaseSearch.Hit], in database: Database) -> [DatabaseSearch.Hit] {
        /// Standard identifiers first.
        func identifier(_ hit: DatabaseSearch.Hit) -> UInt64 {
            guard let identifier = database.messages[hit.message].identifier else { return .max }
            return UInt64(identifier.value) | (identifier.isExtended ? 1 << 32 : 0)
        }
        func name(_ hit: DatabaseSearch.Hit) -> String { database.messages[hit.message].longName }
        switch self {
        case .id: return hits.sorted { (identifier($0), $0.message) < (identifier($1), $1.message) }
        case .name: return hits.sorted { (name($0), $0.message) < (name($1), $1.message) }
        case .file: return hits
        }
    }
}

/// A word that means nothing in a database.
enum NothingFound {
    /// Says so, with what comes near, and ends with status 1.
    static func tell(_ search: DatabaseSearch, in database: Database, file: String) throws {
        let near = search.nearNames(in: database)
        let hint =
            near.isEmpty
            ? "`canlog db list \(file)` lists what there is"
            : "did you mean \(near.joined(separator: ", "))?"
        let noun = search.namesSignals ? "signal" : "message"
        StandardError.say("\(file): there is no \(noun) '\(search.word)'; \(hint)")
        throw ExitStatus.Early(code: ExitStatus.negative)
    }
}
