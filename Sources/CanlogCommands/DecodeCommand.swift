public import ArgumentParser
import CANFrame
import CANTransport
import LocalFiles
import LogTools
public import SignalViews

/// `canlog decode`
struct DecodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode",
        abstract: "Write the signals of a log as CSV or JSON lines.",
        discussion: """
            csv       a column for each signal (MESSAGE.SIGNAL [unit]), a row for each frame that has \
            some of them; with --period a row for each tick
            csv-long  a row for each value: time, interface, message, signal, value, raw, unit, label, \
            state, source
            jsonl     an object in a line for each frame

            Physical values are the shortest decimals that read back as the same number; integers have \
            all their digits. What a frame does not carry, and what J1939 calls not available or an \
            error, is no value: an empty cell, or null with its state. Messages that J1939 sends in \
            several frames are put together.

            The time is bus time in seconds since the log's first frame: it does not step where the \
            clock was set, if the log has clock ties. --time absolute and unix give the stamps as they \
            are. With --period the rows stand at multiples of it, with the last value of each signal up \
            to then; a silence of more than 60 s has no rows unless --through-silence asks for them.

            Names with .zst are compressed. Columns are laid out before the first row: of standard input \
            they are those of the whole selection, and a message that comes from a second interface or \
            source needs csv-long or jsonl.

            Examples:
              canlog decode night.canlog --db car.dbc -o night.csv
              canlog decode night.canlog --signal 'ECM_*.Coolant*' --signal VehicleSpeed --period 100ms
              canlog decode night.canlog --db can0=car.dbc --db can1=truck.dbc --format jsonl | jq .
              canlog decode night.log.zst --from +60 --to +90 --format csv-long --changes
              candump -L can0 | canlog decode - --db car.dbc --format jsonl --compact

            Exit status: 0 written; 1 nothing in the log is in the database; 2 could not; 3 something of \
            the log is missing.
            """)

    @Argument(
        help: .init(
            "The log, of any format, perhaps .zst; '-' for standard input.",
            valueName: "log"), completion: .file())
    var log: String

    @OptionGroup(title: "Databases")
    var databases: DatabaseOptions

    @Option(
        name: [.customShort("s"), .long],
        help: .init(
            "Only these: MESSAGE.SIGNAL or SIGNAL, * and ? stand for others; may be repeated.",
            valueName: "signal"), transform: SignalPatternArgument.parse)
    var signal: [SignalPatternArgument] = []

    @OptionGroup(title: "Which frames")
    var frames: SelectionOptions

    @OptionGroup(title: "How the log is read")
    var input: LogInputArguments

    @Option(
        help: .init(
            "csv, csv-long or jsonl; default: what -o ends in, else csv.", valueName: "format"))
    var format: SignalFormat?

    @Option(
        name: [.customShort("o"), .long],
        help: .init("The new file; '-' for standard output.", valueName: "file"),
        completion: .file())
    var output = "-"

    @Flag(help: "Replace the new file if it exists.")
    var force = false

    @Option(
        help: .init(
            "relative: seconds since the log's first frame; absolute: ISO 8601 in UTC; unix: seconds since 1970.",
            valueName: "style"))
    var time = TimeStyle.relative

    @Option(
        help: .init(
            "csv: cells without a new value are blank, or hold the last one; default: blank, with --period hold.",
            valueName: "fill"))
    var fill: TableFill?

    @Option(
        help: .init(
            "csv: a row each 10ms, 1s, ... of bus time instead of each frame.", valueName: "t"),
        transform: TimeSpan.parse)
    var period: TimeSpan?

    @Flag(help: "With --period: rows also while no frame comes for more than 60 s.")
    var throughSilence = false

    @Flag(help: "csv: the raw values too, in columns beside the physical ones.")
    var raw = false

    @Option(
        help: .init(
            "csv: texts of value tables, none, instead of the number, or beside it.",
            valueName: "how"))
    var labels = SignalExport.Labels.none

    @Flag(help: "csv-long, jsonl: only values that are not what they were.")
    var changes = false

    @Flag(help: "jsonl: only the physical values: \"signals\":{\"Coolant\":90.5}.")
    var compact = false

    func validate() throws {
        if let period, period.nanoseconds < 1_000 {
            throw ValidationError("--period must be at least 1us")
        }
        let isTable = chosenFormat == .csv
        if !isTable, fill != nil || period != nil || raw || labels != .none || throughSilence {
            throw ValidationError(
                "--fill, --period, --through-silence, --raw and --labels are for --format csv; the others have raw values and labels anyway"
            )
        }
        if throughSilence && period == nil {
            throw ValidationError("--through-silence goes with --period")
        }
        if changes && isTable {
            throw ValidationError(
                "--changes is for --format csv-long and jsonl; csv has a row for each frame")
        }
        if compact && chosenFormat != .jsonl {
            throw ValidationError("--compact is for --format jsonl")
        }
    }

    private var chosenFormat: SignalFormat {
        if let format { return format }
        let name = output.hasSuffix(".zst") ? output.dropLast(4) : output[...]
        return name.hasSuffix(".jsonl") || name.hasSuffix(".ndjson") ? .jsonl : .csv
    }

    private var options: SignalExport.Options {
        var options = SignalExport.Options()
        options.format = chosenFormat
        options.time = time
        options.fill = fill
        options.period = period?.nanoseconds
        options.coversSilence = throughSilence
        options.showsRaw = raw
        options.labels = labels
        options.isOnlyChanges = changes
        options.isCompact = compact
        options.isReplacing = force
        return options
    }

    func run() throws {
        let bound = try databases.neededDatabases(forLog: log)
        try NewLog.check(
            output, force: force, sources: bound.paths + (log == "-" ? [] : [log]))
        let selection = try SignalSelection.of(signal, in: bound)
        // Who interrupts a file wants no half of it; what came from a pipe will not come again.
        let interruption = output == "-" ? nil : Interruption()
        var reading = input.options(frames)
        if log == "-", let interruption { reading.isStopped = { interruption.hasCome } }
        var export = try SignalExport(
            path: log, to: output, databases: bound, selection: selection, reading: reading,
            options: options)
        databases.remember(forLog: log)
        try writeAll(&export, interruption)
        let place = log == "-" ? "standard input" : log
        try DecodeReport(try export.finish()).tell(place, bound, selection)
    }

    private func writeAll(
        _ export: inout SignalExport, _ interruption: Interruption?
    ) throws(StreamError) {
        var bar = ProgressBar()
        do throws(StreamError) {
            while try export.step() {
                bar.show(export.fraction, frames: export.frames)
                // A pipe is read on as far as it is filled; reading then throws.
                if log != "-", interruption?.hasCome == true { break }
            }
        } catch {
            bar.clear()
            guard log == "-", interruption?.hasCome == true else { throw error }
        }
        bar.clear()
        guard log != "-", interruption?.hasCome == true else { return }
        throw StreamError(place: output, cause: "interrupted", remedy: "no file was written")
    }
}

extension SignalFormat: ExpressibleByArgument {}
extension TimeStyle: ExpressibleByArgument {}
extension TableFill: ExpressibleByArgument {}
extension SignalExport.Labels: ExpressibleByArgument {}

/// What is told of signals that were written, beside them.
private struct DecodeReport {
    private let report: SignalExport.Report

    init(_ report: SignalExport.Report) {
        self.report = report
    }

    /// Says what is missing, and ends the command with its status.
    func tell(
        _ place: String, _ databases: BoundDatabases, _ selection: SignalSelection
    ) throws(ExitStatus.Early) {
        var status = ExitStatus.done
        if let reason = DecodeDoubt.reason(report, databases, selection) {
            StandardError.say("\(place): \(reason)")
            status = ExitStatus.negative
        } else {
            for name in report.tally.interfacesWithoutDatabase.sorted() {
                StandardError.say("\(place): frames of \(name) were left out: it has no database")
            }
        }
        for (kind, count) in report.tally.transportFailures.occurred {
            StandardError.say("\(place): J1939 transport protocol: \(kind): \(count)")
        }
        if report.skippedTicks > 0 {
            StandardError.say(
                "\(place): left out while no frame came for more than 60 s: \(report.skippedTicks.counting("row")); --through-silence writes them"
            )
        }
        if report.homelessRows > 0 {
            let names = Set(report.homelessStreams.map(\.interface)).sorted().prefix(4)
            StandardError.say(
                "\(place): left out: \(report.homelessRows.counting("frame")) of \(names.joined(separator: ", ")), whose columns belong to another interface or source; a file instead of a pipe, csv-long and jsonl have all"
            )
            status = ExitStatus.lossy
        }
        if report.tally.refusedStreams > 0 {
            StandardError.say(
                "\(place): left out: \(report.tally.refusedStreams) identifiers beyond the first 65,536"
            )
            status = ExitStatus.lossy
        }
        for message in report.losses.messages { StandardError.say(message) }
        if !report.losses.isEmpty { status = ExitStatus.lossy }
        if status != ExitStatus.done { throw ExitStatus.Early(code: status) }
    }
}
