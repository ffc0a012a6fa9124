import ArgumentParser
import CANFrame
import LocalFiles
import SignalDatabase
import SignalViews

/// `canlog db show`
struct DatabaseShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a message: its bits as a drawing, its signals, texts, multiplexing.",
        discussion: """
            A message is named, or given by its ID as candump prints it; MESSAGE.SIGNAL shows a \
            signal among those that are sent with it. In the drawing a signal of several bytes says \
            in each row which bits of its raw value are there.

            Examples:
              canlog db show car.dbc EngineData
              canlog db show truck.dbc 18F00400
              canlog db show car.dbc 'EngineData.*Speed*'
              canlog db show --branch 3 car.dbc UI_status    of multiplexed ones what 3 selects

            Exit status: 0 shown; 1 nothing has that name; 2 the file could not be read.
            """)

    @Argument(
        help: .init("The database.", valueName: "file"), completion: .file(extensions: ["dbc"]))
    var file: String

    @Argument(help: .init("The message, or the signal.", valueName: "message[.signal]"))
    var name: String

    @OptionGroup(title: "How the database is read")
    var reading: DatabaseReadingOptions

    @Option(
        help: .init(
            "Only what frames with this value of the multiplexer carry.", valueName: "value"))
    var branch: UInt64?

    @Option(
        help: .init(
            "Columns of the text; those of the terminal unless given, 80 elsewhere.",
            valueName: "n"))
    var width: Int?

    @Flag(help: "One JSON object for each message, in one line each.")
    var json = false

    func validate() throws {
        guard width ?? 80 >= 40 else { throw ValidationError("--width must be at least 40") }
    }

    func run() throws {
        let database = try reading.read(file)
        let search = DatabaseSearch(name)
        let hits = search.hits(in: database)
        guard !hits.isEmpty else {
            try NothingFound.tell(search, in: database, file: file)
            return
        }
        let terminal = StandardOutput.isTerminal ? TerminalScreen.size?.columns : nil
        let width = width ?? max(40, terminal ?? 80)
        for (index, hit) in hits.enumerated() {
            if json {
                StandardOutput.write(
                    database.messages[hit.message].json(withSignals: true).text + "\n")
                continue
            }
            let sheet = MessageSheet(
                of: hit, in: database, namesSignals: search.namesSignals, width: width,
                branch: branch)
            StandardOutput.write((index > 0 ? "\n" : "") + sheet.text)
        }
    }
}
