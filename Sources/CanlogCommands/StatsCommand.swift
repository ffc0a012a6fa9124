import ArgumentParser
import CANFrame
import CanlogFiles
import LocalFiles
import LogTools
import SignalViews

/// `canlog stats`
struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Count and time each ID of a log, against a database's cycle times; bus load.",
        discussion: """
            For each ID: how many frames, the mean, least and greatest period, its standard \
            deviation (dev) and how far 99 of 100 periods are from the mean at most (p99), in \
            milliseconds. Times are bus time: a clock that was set makes no period, nor does a \
            stretch in which frames were lost or the link was down.

            With a database, against its cycle time (GenMsgCycleTime): ok; late (the mean is more \
            than --tolerance above it, or it was silent for three cycle times); too fast; missing; \
            unknown (not in the database).

            Bus load is told by the bit rate of the log, without stuff bits.

            Examples:
              canlog stats night.canlog
              canlog stats night.canlog --db car.dbc --from +60 --to +120
              canlog stats night.canlog --db car.dbc --check && echo good
              canlog stats drive.log --bitrate can1=250k --json

            Exit status: 0 done; 1 with --check, when something is late, missing or unknown; 3 the \
            log is not whole; 2 could not read it.
            """)

    @Argument(
        help: .init("The log, of any format; '-' for standard input.", valueName: "file"),
        completion: .file())
    var file: String

    @OptionGroup(title: "The database")
    var database: DatabaseOptions

    @Option(
        help: .init(
            "How far a period may be from the cycle time, in percent of it.", valueName: "percent"))
    var tolerance = 10.0

    @Flag(help: "Exit with 1 if something is late, missing or unknown; needs a database.")
    var check = false

    @Flag(help: "Print it as JSON.")
    var json = false

    @OptionGroup
    var rates: BitRateOptions

    @OptionGroup(title: "Which frames")
    var selection: SelectionOptions

    @OptionGroup(title: "How the log is read")
    var input: LogInputArguments

    func validate() throws {
        guard tolerance > 0, tolerance < 1_000 else {
            throw ValidationError("--tolerance is a number of percent above 0")
        }
    }

    func run() throws {
        let databases =
            try check
            ? database.neededDatabases(forLog: file) : database.databases(forLog: file)
        var options = LogStatistics.Options()
        options.tolerance = tolerance / 100
        options.rates = rates.given
        options.selection = selection.selection.resolved(start: Timestamp(nanoseconds: 0))
        let log = try LogInput(path: file, options: input.options(selection))
        database.remember(forLog: file)
        var statistics = LogStatistics(of: log, databases: databases, options: options)
        var progress = ProgressBar()
        while try statistics.step() {
            progress.show(statistics.fraction, frames: statistics.frames)
        }
        progress.clear()
        let report = statistics.finish()
        StandardOutput.write(
            json ? report.json.text + "\n" : report.text(columns: TerminalScreen.size?.columns))
        try report.losses.report()
        if check, report.hasFindings { throw ExitStatus.Early(code: ExitStatus.negative) }
    }
}
