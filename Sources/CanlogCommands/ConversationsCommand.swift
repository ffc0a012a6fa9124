import ArgumentParser
import CANFrame
import CanlogFiles
import Diagnostics
import LocalFiles
import LogTools
import SocketCAN

/// `canlog conversations`
struct ConversationsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conversations",
        abstract: "Tell what testers and control units say to one another: UDS, OBD-II, J1939.",
        discussion: """
            One line for each exchange: bus time, interface, tester>ECU, P2 (from the request's end to \
            the first frame of the answer), request -> answer in words. Further control units that \
            answer have a line each below. It only listens: nothing is ever sent.

            Addresses are known (7DF, 7E0 to 7EF; 18DAxxyy, 18DBxxyy; 18CExxyy, 18CDxxyy), given by \
            --pair, or learned from the traffic. An answer that is later than P2 (50 ms) or P2* (5 s) \
            has a '!'; what a control unit says of its own limits counts, and --p2 and --p2-star \
            before that. At the end each control unit is summed up, with its trouble codes and their \
            lives; with --ecu, --service or --outcome those that have to do with it. DM1 of J1939 is told when it changes.

            Exchanges come in the order in which they end: one that waits for its answer stands behind \
            others that began later. Times are bus time; where the stamps of a log go backwards, that is \
            said at the end. A terminal has long lines cut; a file or pipe has all.

            Outcomes: \(OutcomeArgument.all). An answer behind the end of its request, which waits a \
            second, or until its control unit is asked something else, is belated; \
            broken are requests that failed on their way, or whose answer did.

            Examples:
              canlog conversations night.canlog
              canlog conversations can0                            until Ctrl-C
              canlog conversations drive.log --ecu 7E8 --service 22 --outcome negative,unanswered
              canlog conversations bench.log --pair 7A0:7A8 --pair 6F1/12:612/F1
              canlog conversations night.canlog --json | jq 'select(.late)'

            Exit status: 0 done; 3 the log is not whole, or frames were lost; 2 could not.
            """)

    @Argument(
        help: .init(
            "A log of any format, '-'; or the interfaces, or 'any' for all.",
            valueName: "log|interface"), completion: .file())
    var sources: [String]

    @Option(
        help: .init(
            "Addresses of a request and its answer, as 7E0:7E8; may be repeated. With address bytes: "
                + "6F1/12:612/F1.", valueName: "pair"), transform: AddressPairArgument.parse)
    var pair: [AddressPairArgument] = []

    @Flag(help: "Take only addresses that are given or known: learn none from the traffic.")
    var noLearning = false

    @Option(
        help: .init(
            "Measure answers against this P2, as 50ms, whatever they say; a bare number is seconds.",
            valueName: "time"),
        transform: TimeSpan.parse)
    var p2: TimeSpan?

    @Option(
        help: .init("The same of P2*, behind a response pending.", valueName: "time"),
        transform: TimeSpan.parse)
    var p2Star: TimeSpan?

    @Option(
        help: .init("The same of S3, the tester's silence in a session.", valueName: "time"),
        transform: TimeSpan.parse)
    var s3: TimeSpan?

    @OptionGroup(title: "Which exchanges")
    var filter: ConversationFilterOptions

    @Flag(
        help: "Print JSON: an object in a line for each exchange, at the end one with the summary.")
    var json = false

    @Flag(help: "Print the summary alone.")
    var summary = false

    @Option(
        help: .init("End after this time; of interfaces.", valueName: "time"),
        transform: TimeSpan.parse)
    var duration: TimeSpan?

    @Flag(help: "Start even if an interface is not there yet, and wait for it.")
    var wait = false

    @OptionGroup(title: "Which frames of a log")
    var selection: SelectionOptions

    @OptionGroup(title: "How a log is read")
    var input: LogInputArguments

    func validate() throws {
        guard !sources.isEmpty else { throw ValidationError("name a log or an interface") }
        guard sources.count == 1 || !sources.contains(where: FrameFeed.isLog) else {
            throw ValidationError("one log at a time, and without interfaces")
        }
        guard !sources.contains("any") || sources.count == 1 else {
            throw ValidationError("'any' stands for all interfaces: name it alone")
        }
        guard log != nil || selection.selection == LogSelection() else {
            throw ValidationError("--from, --to, --only, --except and --channel are for logs")
        }
        guard log == nil || !wait else { throw ValidationError("--wait is for interfaces") }
        if let from = selection.from?.bound, let to = selection.to?.bound, to.isBefore(from) {
            throw ValidationError("--to is before --from: nothing lies between them")
        }
        guard log == nil || duration == nil else {
            throw ValidationError("--duration is for interfaces; --from and --to are for logs")
        }
    }

    private var log: String? { sources.first.flatMap { FrameFeed.isLog($0) ? $0 : nil } }

    private var options: ConversationTracker.Options {
        var options = ConversationTracker.Options()
        options.pairs = pair.map(\.pair)
        options.learnsAddresses = !noLearning
        options.timing = GivenTiming(
            p2: p2?.nanoseconds, p2Star: p2Star?.nanoseconds, s3: s3?.nanoseconds)
        return options
    }

    private func open() throws -> FrameFeed {
        if let log { return try FrameFeed.log(log, options: input.options(selection)) }
        let feed = try FrameFeed.interfaces(sources, waitsForAbsent: wait)
        try Self.tellWhatIsDown(sources)
        return feed
    }

    /// A link may come up yet: nothing is refused, but silence has its reason.
    private static func tellWhatIsDown(_ interfaces: [String]) throws {
        let links = try LinkMonitor().table
        for name in interfaces where links[name: name]?.isUp == false {
            StandardError.say("\(name): the link is down; set it up: ip link set \(name) up")
        }
    }

    func run() throws {
        var feed = try open()
        var report = ConversationReport(
            tracker: ConversationTracker(
                options: options, start: feed.start, resolution: feed.resolution),
            filter: filter.filter, form: json ? .json : .text, showsExchanges: !summary)
        let end = duration.map { HostClock.monotonic() + $0.nanoseconds }
        var batch = FrameBatch(capacity: 4_096)
        var bar = ProgressBar()
        while try feed.read(into: &batch) {
            StandardOutput.write(report.take(batch))
            if summary { bar.show(feed.fraction, frames: report.frames) }
            if let end, HostClock.monotonic() >= end { break }
        }
        bar.clear()
        StandardOutput.write(report.finish())
        for message in report.notices + report.doubts { StandardError.say(message) }
        try feed.losses()?.report()
        if !report.losses.isEmpty { throw ExitStatus.Early(code: ExitStatus.lossy) }
    }
}

/// Two addresses as an argument.
struct AddressPairArgument: ExpressibleByArgument {
    var pair: AddressPair

    static let parse = wanted(
        "two identifiers as candump prints them, as 7E0:7E8 or 18DA10F1:18DAF110, perhaps with address bytes, as 6F1/12:612/F1"
    )

    init?(argument: String) {
        guard let pair = AddressPair(argument) else { return nil }
        self.pair = pair
    }
}
