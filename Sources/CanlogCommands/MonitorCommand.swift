import ArgumentParser
import CANFrame
import CanlogFiles
import LocalFiles
import LogTools
import Replaying
import SignalViews
import SocketCAN

/// `canlog monitor`
struct MonitorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitor",
        abstract: "Watch interfaces or a log: each ID with its period, payload and signals.",
        discussion: """
            A screen like that of cansniffer: one line for each ID with its count, period, jitter and \
            payload, in which bytes that changed are bright and fade; with a database its signals \
            under it. Bus load and errors stand on top. '?' shows the keys. Nothing is sent, and no \
            right is needed. Frames are shown as they come: messages of J1939's transport protocol are \
            not put together, as `canlog decode` does it.

            A log is shown at the pace at which it was recorded, or as --speed says; '-' is candump \
            text from standard input. Where standard output is no terminal, and with --once or \
            --json, one table is printed at the end.

            Examples:
              canlog monitor can0 --db car.dbc
              canlog monitor any
              canlog monitor can0 can1 --db can0=car.dbc --db can1=truck.dbc --filter coolant
              canlog monitor night.canlog --speed 10 --from +60
              canlog monitor can0 --once                        what comes within a second
              canlog monitor can0 --duration 5s --json > now.json

            Exit status: 0 done; 3 frames were lost, or the log is not whole; 2 could not watch.
            """)

    @Argument(
        help: .init(
            "The interfaces, or 'any' for all; or a log of any format, '-'.",
            valueName: "interface|file"), completion: .file())
    var sources: [String]

    @OptionGroup(title: "Signals")
    var database: DatabaseOptions

    @Option(
        help: .init("Sort by \(MonitorOrder.all).", valueName: "order"),
        transform: MonitorOrder.parse)
    var sort = MonitorOrder(order: .id)

    @Option(
        help: .init(
            "Show only what contains this: an ID, the name of a message, of a signal, of an interface.",
            valueName: "text"))
    var filter = ""

    @Flag(help: "Show the signals of all messages from the start.")
    var expand = false

    @Option(help: .init("End after this time.", valueName: "time"), transform: TimeSpan.parse)
    var duration: TimeSpan?

    @Flag(help: "Print what came within a second, or within --duration, and end.")
    var once = false

    @Flag(help: "Print it as JSON.")
    var json = false

    @OptionGroup
    var rates: BitRateOptions

    @Flag(help: "Start even if an interface is not there yet, and wait for it.")
    var wait = false

    @Option(
        help: .init(
            "Show a log this many times as fast, or 'max'; by default 1 on a terminal, else max.",
            valueName: "factor|max"), transform: ReplaySpeed.parse)
    var speed: ReplaySpeed?

    @OptionGroup(title: "Which frames of a log")
    var selection: SelectionOptions

    @OptionGroup(title: "How a log is read")
    var input: LogInputArguments

    func validate() throws {
        guard sources.count == 1 || !sources.contains(where: FrameFeed.isLog) else {
            throw ValidationError("one log at a time, and without interfaces")
        }
        guard !sources.contains("any") || sources.count == 1 else {
            throw ValidationError("'any' stands for all interfaces: name it alone")
        }
        guard log != nil || (speed == nil && selection.selection == LogSelection()) else {
            throw ValidationError(
                "--speed, --from, --to, --only, --except and --channel are for logs; --filter is for both"
            )
        }
    }

    /// The log, if it is one that is watched.
    private var log: String? { sources.first.flatMap { FrameFeed.isLog($0) ? $0 : nil } }

    func run() throws {
        let signals = SignalWaiter()
        let databases = try database.databases(forLog: log)
        let hasScreen = !once && !json && TerminalScreen.isAvailable
        let feed: any MonitorFeed
        if let log {
            let speed = self.speed ?? ReplaySpeed(pace: hasScreen ? .factor(1) : .unlimited)
            var factor: Double?
            if case .factor(let value) = speed.pace { factor = value }
            feed = try LogFeed(path: log, options: input.options(selection), factor: factor)
        } else {
            feed = try InterfaceFeed(
                sources == ["any"] ? .all : .named(sources), waitsForAbsent: wait)
        }
        defer { feed.stop() }
        database.remember(forLog: log)
        var monitor = Monitor(
            feed: feed, model: MonitorModel(databases: databases, rates: rates.given))
        monitor.surroundings.title = title
        monitor.view = MonitorView(order: sort.order, expandsAll: expand, filter: filter)
        monitor.limit = duration?.nanoseconds ?? (once && log == nil ? 1_000_000_000 : nil)
        if hasScreen {
            try monitor.show(signals)
        } else {
            try monitor.watch(signals)
            StandardOutput.write(
                json ? monitor.json.text + "\n" : monitor.table)
        }
        try report(feed, monitor.model)
    }

    private var title: String {
        log.map { $0 == "-" ? "standard input" : Folder.name(of: $0) }
            ?? sources.joined(separator: " ")
    }

    private func report(_ feed: any MonitorFeed, _ model: MonitorModel) throws {
        if let feed = feed as? LogFeed {
            try feed.losses?.report()
            return
        }
        let lost = model.traffic.channels.reduce(into: model.traffic.lost) {
            $0.add(upToLimit: $1.lost)
        }
        guard lost > 0 else { return }
        StandardError.say("lost: \(lost.counting("frame")); they are not in the counts")
        throw ExitStatus.Early(code: ExitStatus.lossy)
    }
}

/// What the monitor sorts by, as an argument.
struct MonitorOrder: ExpressibleByArgument {
    var order: MonitorView.Order

    static let all = MonitorView.Order.allCases.map(\.rawValue).joined(separator: ", ")
    static let parse = wanted("one of " + all)

    init(order: MonitorView.Order) {
        self.order = order
    }

    init?(argument: String) {
        guard let order = MonitorView.Order(rawValue: argument) else { return nil }
        self.order = order
    }
}
