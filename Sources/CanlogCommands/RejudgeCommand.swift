import ArgumentParser
import CANFrame
import LocalFiles
import LogTools
import VehicleDiagnosis

/// `canlog rejudge`
struct RejudgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rejudge",
        abstract: "Try new specs on past vehicles: which would have failed, and why.",
        discussion: """
            Each log is judged by the specs that it carries ('canlog record --specs', 'canlog diagnose' \
            of interfaces) and by the new ones, and what differs is told: a line for each vehicle whose \
            verdict changes, the findings that are new or gone below it, and how many would have failed \
            in the end. A log without specs has the new verdict only. Which vehicle it is of is found as \
            'canlog diagnose' does.

            Examples:
              canlog rejudge archive/2026-11 --specs Firmware-Specs
              canlog rejudge a.canlog b.canlog --specs new --vehicle belora-5/petrol-1.2t
              canlog rejudge archive --json | jq 'select(.change == "wouldFail") | .vin'

            Exit status: 0 no verdict got worse; 1 a vehicle would have failed; 3 a log was not judged, \
            or not as before; 2 could not.
            """)

    @Argument(
        help: .init("Logs, and folders of logs.", valueName: "log|folder"), completion: .file())
    var sources: [String]

    @Option(
        help: .init(
            "The folder of the new specs; 'Firmware-Specs' here unless given.", valueName: "folder"),
        completion: .directory)
    var specs: String?

    @Option(
        help: .init(
            "The vehicle of the new specs whatever the VIN, as belora-5/petrol-1.2t.",
            valueName: "vehicle"))
    var vehicle: String?

    @Option(
        help: .init(
            "The interface of a bus of the specs; may be repeated.", valueName: "bus=interface"),
        transform: ChannelMapping.parse)
    var bus: [ChannelMapping] = []

    @Flag(help: "Print JSON: an object in a line for each log, and the counts last.")
    var json = false

    func validate() throws {
        guard Set(bus.map(\.channel)).count == bus.count else {
            throw ValidationError("--bus names a bus twice")
        }
        guard !sources.contains("-") else {
            throw ValidationError("a log is read twice: name a file, not '-'")
        }
    }

    func run() throws {
        let vehicles = try SpecsFolder.vehicles(in: specs)
        if let vehicle {
            _ = try SpecsFolder.variant(named: vehicle, vin: nil, among: vehicles, in: specs)
        }
        var counts = RejudgeCounts()
        let logs = try logs(&counts)
        guard !logs.isEmpty else {
            StandardError.say("there is no log in \(sources.joined(separator: ", "))")
            throw ExitStatus.Early(code: ExitStatus.couldNot)
        }
        var rejudge = Rejudge(
            vehicles: vehicles, folder: specs, vehicle: vehicle, buses: bus,
            options: LogInputOptions())
        var bar = ProgressBar()
        for (index, log) in logs.enumerated() {
            do throws(StreamError) {
                let result = try rejudge.judge(log) { part in
                    let done = (Double(index) + part) / Double(logs.count)
                    bar.show(done, count: UInt64(index), "logs")
                }
                bar.clear()
                counts.note(result)
                tell(result)
            } catch {
                bar.clear()
                counts.notJudged += 1
                StandardError.say("\(error)")
                if json { StandardOutput.write(Self.json(of: error, at: log).text + "\n") }
            }
        }
        StandardOutput.write(json ? counts.json.text + "\n" : counts.text + "\n")
        if counts.status != ExitStatus.done { throw ExitStatus.Early(code: counts.status) }
    }

    /// The logs that are named, and those of the folders by the time of their begin; each once.
    private func logs(_ counts: inout RejudgeCounts) throws -> [String] {
        var logs: [String] = []
        for source in sources {
            guard Folder.isFolder(source) else {
                logs.append(source)
                continue
            }
            let listing = try LogListing(folders: [source])
            logs += try listing.read().map(\.path)
            for error in listing.unreadable {
                counts.notJudged += 1
                StandardError.say("\(error)")
            }
        }
        var seen: Set<String> = []
        return logs.filter { seen.insert($0).inserted }
    }

    private func tell(_ result: Rejudgement) {
        for doubt in result.doubts { StandardError.say(doubt) }
        if json {
            StandardOutput.write(result.json.text + "\n")
        } else if result.change != .none {
            StandardOutput.write(result.text)
        }
    }

    private static func json(of error: StreamError, at log: String) -> JSONValue {
        [
            "type": "notJudged", "log": .string(log), "cause": .string(error.cause),
            "remedy": JSONValue(error.remedy),
        ]
    }
}

/// How many logs came out how.
struct RejudgeCounts {
    private(set) var judged = 0
    private var changes: [Rejudgement.Change: Int] = [:]
    private(set) var failedAlready = 0
    private(set) var withoutSpecs = 0
    private(set) var damaged = 0
    /// Without an old verdict, and with none now.
    private(set) var notMeasured = 0
    var notJudged = 0

    mutating func note(_ result: Rejudgement) {
        judged += 1
        changes[result.change, default: 0] += 1
        if result.old?.outcome == .fail, result.new.outcome == .fail { failedAlready += 1 }
        if result.old == nil {
            withoutSpecs += 1
            if result.new.outcome == .notMeasured { notMeasured += 1 }
        }
        if !result.isWhole { damaged += 1 }
    }

    private func count(_ change: Rejudgement.Change) -> Int { changes[change] ?? 0 }

    var status: Int32 {
        if count(.wouldFail) > 0 { return ExitStatus.negative }
        let isWorse =
            count(.wouldNotBeMeasured) + notMeasured + notJudged + damaged > 0
        return isWorse ? ExitStatus.lossy : ExitStatus.done
    }

    /// `would have failed 3 of 412; 2 failed already`
    var text: String {
        var parts = ["would have failed \(count(.wouldFail)) of \(judged)"]
        for (count, words) in [
            (failedAlready, "failed already"), (count(.wouldNotFail), "would not have failed"),
            (count(.wouldNotBeMeasured), "would not have been measured"),
            (count(.wouldPass), "would have passed"),
            (withoutSpecs, "without specs of their own"), (damaged, "not whole"),
            (notJudged, "not judged"),
        ] where count > 0 {
            parts.append("\(count) \(words)")
        }
        return parts.joined(separator: "; ")
    }

    var json: JSONValue {
        func number(_ count: Int) -> JSONValue { .count(UInt64(count)) }
        return [
            "type": "summary", "judged": number(judged),
            "wouldFail": number(count(.wouldFail)), "failedAlready": number(failedAlready),
            "wouldNotFail": number(count(.wouldNotFail)),
            "wouldNotBeMeasured": number(count(.wouldNotBeMeasured)),
            "wouldPass": number(count(.wouldPass)), "withoutSpecs": number(withoutSpecs),
            "notWhole": number(damaged), "notJudged": number(notJudged),
        ]
    }
}
