import Glibc

/// One benchmark: it prints canlog's figures beside the peer's, from the same input and run.
struct Benchmark: Sendable {
    let name: String
    let summary: String
    let run: @Sendable (_ options: Options) throws -> Void
}

/// What is given on the command line.
struct Options {
    var rounds = 5
    /// A log's name contains this.
    var only = ""
    /// Whether the peers are measured too.
    var withPeers = true
    /// Where files are written.
    var folder = ""
    /// What a sender is to send, and how many a second.
    var frames = 0
    var rate = 1
    /// How many vehicles are simulated.
    var cars = 10_000
}

@main
enum CanlogBenchmarks {
    static let all: [Benchmark] = [
        Benchmark(
            name: "journal", summary: "bytes and time per frame of the journal beside python-can",
            run: JournalBenchmark.run),
        Benchmark(
            name: "file-speed", summary: "encode and decode a log in order, beside other formats",
            run: FileSpeedBenchmark.run),
        Benchmark(
            name: "file-seek", summary: "any instant, and one ID, of a long log",
            run: FileSeekBenchmark.run),
        Benchmark(
            name: "interchange", summary: "other tools' formats read and written, beside these",
            run: InterchangeBenchmark.run),
        Benchmark(
            name: "dbc-load", summary: "read signal databases, beside cantools and canmatrix",
            run: DatabaseLoadBenchmark.run),
        Benchmark(
            name: "decode", summary: "signals, live and to columns, beside other decoders",
            run: DecodeBenchmark.run),
        Benchmark(
            name: "isotp", summary: "messages of ISO 15765-2 by listening, beside other readers",
            run: ISOTPBenchmark.run),
        Benchmark(
            name: "diagnostics",
            summary: "trouble codes and data of answers, beside udsoncan and others",
            run: DiagnosticsBenchmark.run),
        Benchmark(
            name: "conversations",
            summary: "exchanges out of the frames of real logs, beside scapy and odxtools",
            run: ConversationsBenchmark.run),
        Benchmark(
            name: "checks", summary: "the automatic checks of all traffic",
            run: ChecksBenchmark.run),
        Benchmark(
            name: "cars", summary: "what is found of simulated cars, without and with faults",
            run: CarsBenchmark.run),
        Benchmark(
            name: "vehicles",
            summary: "what the whole diagnosis says of simulated vehicles of the specs",
            run: VehiclesBenchmark.run),
        Benchmark(
            name: "rules", summary: "200 rules over a log, beside evaluators of expressions",
            run: RulesBenchmark.run),
        Benchmark(
            name: "specs", summary: "load and lint 100 firmware versions, beside PyYAML",
            run: SpecsBenchmark.run),
        Benchmark(
            name: "day", summary: "memory, descriptors and speed over a day of recording",
            run: DayBenchmark.run),
        Benchmark(
            name: "make-logs", summary: "writes the logs of list into a folder",
            run: ManyLogs.run),
        Benchmark(
            name: "capture", summary: "instructions to receive a frame, and losses, beside candump",
            run: CaptureBenchmark.run),
        Benchmark(
            name: "capture-sender", summary: "the sender of capture, which starts it itself",
            run: CaptureBenchmark.runSender),
    ]

    static func main() {
        var options = Options()
        var words = Array(CommandLine.arguments.dropFirst())
        guard !words.isEmpty, let benchmark = all.first(where: { $0.name == words[0] }) else {
            usage()
        }
        words.removeFirst()
        while !words.isEmpty {
            let option = words.removeFirst()
            guard let value = words.first else { usage() }
            words.removeFirst()
            switch option {
            case "--rounds":
                guard let rounds = Int(value), rounds > 0 else { usage() }
                options.rounds = rounds
            case "--peers":
                guard ["yes", "no"].contains(value) else { usage() }
                options.withPeers = value == "yes"
            case "--folder": options.folder = value
            case "--frames": options.frames = Int(value) ?? 0
            case "--cars": options.cars = max(1, Int(value) ?? 1)
            case "--rate": options.rate = max(1, Int(value) ?? 1)
            case "--only": options.only = value
            default: usage()
            }
        }
        do {
            try benchmark.run(options)
        } catch {
            fail("\(error)")
        }
    }

    static func usage() -> Never {
        let names = all.map { "  \($0.name)  \($0.summary)" }.joined(separator: "\n")
        print(
            "usage: canlog-benchmarks NAME [--rounds N] [--only LOG] [--peers yes|no]\n\n\(names)")
        exit(64)
    }

    static func fail(_ message: String) -> Never {
        print("canlog-benchmarks: \(message)")
        exit(2)
    }
}
