import ArgumentParser
import CANFrame
import CanlogFiles
import LocalFiles
import LogFile
import LogTools

/// `canlog list`
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the logs of a folder and its subfolders, by time, a line for each.",
        discussion: """
            Start (UTC), duration, VIN, attempt, station, interfaces, frames, size, state and name. \
            Only header, index and end of each log are read and checked; 'canlog verify' checks the \
            rest. States: complete; recording, by a recorder that lives; unclosed, with the rest \
            in its journal ('canlog compact' makes it whole); damaged, where the end is missing or \
            header or index are damaged.

            Examples:
              canlog list /var/lib/canlog --since 8h
              canlog list archive --vin 000123            the VIN, or its last characters
              canlog list --damaged --json archive | jq -r .file

            Exit status: 0 listed; 1 a log that was listed is unclosed or damaged; 2 a folder or a \
            log could not be read.
            """)

    @Argument(help: .init("The folders.", valueName: "dir"), completion: .directory)
    var folders: [String] = ["."]

    @Option(help: .init("Only logs of this VIN, or of VINs that end so.", valueName: "vin"))
    var vin: String?

    @Option(help: .init("Only logs of this test station.", valueName: "name"))
    var station: String?

    @Option(help: .init("Only logs of this assembly line.", valueName: "name"))
    var line: String?

    @Option(
        help: .init(
            "Only logs that end at this time or later: 2026-11-22, 2026-11-22T09:30:00 in UTC or "
                + "with a zone as +02:00, Unix seconds, or 8h ago.", valueName: "time"),
        transform: PastTime.parse)
    var since: PastTime?

    @Option(
        help: .init("Only logs that begin at this time or before.", valueName: "time"),
        transform: PastTime.parse)
    var until: PastTime?

    @Flag(help: "Only logs that are unclosed or damaged.")
    var damaged = false

    @Flag(help: "One JSON object for each log, in one line each.")
    var json = false

    func run() throws {
        let listing = try LogListing(folders: folders)
        var bar = ProgressBar()
        let wanted = wanted
        let logs = try listing.read(where: { wanted.takes($0) }) { done in
            bar.show(Double(done) / Double(listing.count), count: UInt64(done), "logs")
        }
        bar.clear()
        if json {
            for log in logs { StandardOutput.write(log.json.text + "\n") }
        } else {
            LogTable(logs).write()
        }
        var status = ExitStatus.done
        for error in listing.unreadable {
            StandardError.say("\(error)")
            status = ExitStatus.couldNot
        }
        for log in logs {
            if let doubt = log.doubt { StandardError.say("\(doubt)") }
            if log.isDoubtful { status = ExitStatus.worse(status, log.status) }
        }
        if status != ExitStatus.done { throw ExitStatus.Early(code: status) }
    }

    private var wanted: WantedLogs {
        WantedLogs(
            vin: vin?.uppercased(), station: station, line: line, since: since?.timestamp,
            until: until?.timestamp, onlyDoubtful: damaged)
    }
}

/// Which logs are to be listed.
private struct WantedLogs: Sendable {
    var vin: String?
    var station: String?
    var line: String?
    var since: Timestamp?
    var until: Timestamp?
    var onlyDoubtful: Bool

    /// Whether `log` is wanted. One that says nothing of itself might be, so it is.
    func takes(_ log: ListedLog) -> Bool {
        if onlyDoubtful && !log.isDoubtful { return false }
        guard let metadata = log.glance?.metadata else { return true }
        if let vin, metadata.vin?.uppercased().hasSuffix(vin) != true { return false }
        if let station, metadata.station != station { return false }
        if let line, metadata.line != line { return false }
        // A log that is being recorded has no end yet.
        if let since, log.state != .recording, let end = log.end, end < since { return false }
        if let until, let start = log.start, start > until { return false }
        return true
    }
}

/// A moment of the past as an argument: a day, a date with a time, Unix seconds, or how long ago.
struct PastTime: ExpressibleByArgument, Sendable {
    var timestamp: Timestamp

    static let parse = wanted(
        "2026-11-22, 2026-11-22T09:30:00 (UTC, or with Z or a zone as +02:00), 1700000000.5, or how "
            + "long ago as 90s, 30min, 8h")

    init?(argument: String) {
        if argument.last?.isNumber != true, let span = TimeSpan(argument: argument) {
            timestamp = Timestamp(
                nanoseconds: HostClock.realTime().nanoseconds - span.nanoseconds)
        } else if let day = UTCTime(argument + "T00:00:00Z")?.timestamp {
            timestamp = day
        } else if let bound = TimeArgument(argument: argument)?.bound,
            case .absolute(let moment) = bound
        {
            timestamp = moment
        } else {
            return nil
        }
    }
}

extension ListedLog {
    fileprivate var status: Int32 {
        state == .unreadable ? ExitStatus.couldNot : ExitStatus.negative
    }
}
