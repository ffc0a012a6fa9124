import ArgumentParser
import CANFrame
import CanlogFiles
import LocalFiles
import LogTools
import SignalViews

/// `canlog diff`
struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Tell how two logs differ.",
        discussion: """
            Each identifier on each interface of one log is compared with that of the other: whether \
            it is there, its mean period, its lengths, the values that each byte of its payload had. \
            With a database, signals are compared in place of bytes: their values, or where there are \
            more than 32, their range. Beside that: whether both hold the same frames in the same \
            order, and how far their stamps are apart when the first frames are laid over each other.

            The logs may have any two formats. Interfaces belong together by their names; those of \
            other names in their order, where there are as many in both.

            Examples:
              canlog diff night.canlog morning.canlog
              canlog diff good.blf bad.blf --db car.dbc
              canlog diff night.canlog replayed.log --apart 5ms
              canlog diff a.canlog b.canlog --json | jq -r '.changed[].id'

            Exit status: 0 the same; 1 they differ; 3 the same as far as they could be read; 2 could \
            not compare.
            """)

    @Argument(help: .init("The logs, of any format.", valueName: "log"), completion: .file())
    var logs: [String]

    @OptionGroup(title: "The database")
    var database: DatabaseOptions

    @Option(
        help: .init("How far a period may be from the other, in percent.", valueName: "percent"))
    var tolerance = 10.0

    @Option(
        help: .init(
            "How far stamps of the same frames may be apart, beside a constant offset.",
            valueName: "time"), transform: TimeSpan.parse)
    var apart = TimeSpan(nanoseconds: 1_000_000)

    @Flag(help: "One JSON object, in one line.")
    var json = false

    @OptionGroup(title: "Which frames")
    var selection: SelectionOptions

    @OptionGroup(title: "How the logs are read")
    var input: LogInputArguments

    func validate() throws {
        guard logs.count == 2 else {
            throw ValidationError(
                "name two logs, for example 'canlog diff night.canlog morning.canlog'")
        }
        guard !logs.contains("-") else {
            throw ValidationError("a log is read more than once: name files, not '-'")
        }
        guard tolerance >= 0, tolerance < 1_000 else {
            throw ValidationError("--tolerance is a number of percent")
        }
    }

    func run() throws {
        var options = LogDifference.Options()
        options.tolerance = tolerance / 100
        options.apart = apart.nanoseconds
        options.reading = input.options(selection)
        let databases = try database.databases(forLog: logs[0])
        var bar = ProgressBar()
        let difference = try LogDifference(
            logs[0], logs[1], databases: databases, options: options
        ) { bar.show($0, frames: $1) }
        bar.clear()
        database.remember(forLog: logs[0])
        StandardOutput.write(json ? difference.json.text + "\n" : difference.text)
        for message in difference.losses.flatMap(\.messages) { StandardError.say(message) }
        if !difference.isEmpty { throw ExitStatus.Early(code: ExitStatus.negative) }
        if difference.losses.contains(where: { !$0.isEmpty }) {
            throw ExitStatus.Early(code: ExitStatus.lossy)
        }
    }
}
