import CANFrame
import Diagnostics
import Glibc

/// What it costs to hear exchanges in real logs: one of a tester and its control units over and over, and
/// logs in which nobody asks. Python libraries put the messages of the first together, and no more.
enum ConversationsBenchmark {
    static func run(_ options: Options) throws {
        let folder = String(decoding: try output(of: "mktemp -d"), as: UTF8.self)
            .split(separator: "\n").joined()
        defer { _ = try? output(of: "rm -r '\(folder)'") }
        print("conversations: CPU time on one core, median of \(options.rounds) rounds")
        try measure("kona_obd_elm327", repeats: 200, folder, options)
        for name in ["ralliart_drive", "comma2k19_toyota", "durango_mapswitch"] {
            try measure(name, repeats: 10, folder, options)
        }
        if options.withPeers { try peers(folder, options) }
    }

    private static func measure(
        _ name: String, repeats: Int, _ folder: String, _ options: Options
    ) throws {
        let log = try RealLog(named: name, in: folder)
        let batches = Batches(of: log.frames)
        var times: [Double] = []
        var exchanges = 0
        for round in 0...options.rounds {
            var tracker = ConversationTracker()
            exchanges = 0
            let start = processTime()
            for number in 0..<repeats { exchanges += batches.hear(&tracker, time: number) }
            tracker.finish()
            let time = processTime() - start
            exchanges += tracker.takeExchanges().count
            if round > 0 { times.append(time / Double(repeats * log.frames.count)) }
        }
        show("canlog: \(name), \(repeats) times, \(exchanges) exchanges", median(times))
    }

    private static func show(_ name: String, _ time: Double) {
        print(
            "  \(name.padded(64)) \((1_000 / time).text(3, width: 9)) M frames/s "
                + "\(time.text(1, width: 9)) ns")
    }

    private static func peers(_ folder: String, _ options: Options) throws {
        let cache = environment("XDG_CACHE_HOME") ?? (environment("HOME") ?? "") + "/.cache"
        let command =
            "'\(cache)/canlog/peers/bin/python3' -B Tools/Benchmarks/diagnostics/hear.py "
            + "'\(folder)/kona_obd_elm327.log'"
        var times: [String: [Double]] = [:]
        for _ in 0..<options.rounds {
            for line in String(decoding: try output(of: command), as: UTF8.self)
                .split(separator: "\n")
            {
                let words = line.split(separator: "\t").map(String.init)
                guard words.count == 4, let frames = Double(words[1]),
                    let seconds = Double(words[3])
                else { throw BenchmarkError(description: "a peer says: \(line)") }
                times["\(words[0]), \(words[2]) messages", default: []].append(
                    seconds * 1e9 / frames)
            }
        }
        for (name, values) in times.sorted(by: { $0.key < $1.key }) { show(name, median(values)) }
    }
}

/// The frames of a log in batches as a source hands them out; each time they are heard they are later.
private struct Batches: ~Copyable {
    private static let capacity = 16_384

    private let rows: [FrameRow]
    private let span: Int64

    init(of frames: borrowing FrameBatch) {
        var rows: [FrameRow] = []
        for index in frames.rows.indices { rows.append(frames.rows[index]) }
        self.rows = rows
        let last = rows.last?.timestamp.nanoseconds ?? 0
        span = last - (rows.first?.timestamp.nanoseconds ?? 0) + 10_000_000
    }

    /// Hears them all for the `time`-th time; how many exchanges ended. Their numbers and stamps go on from
    /// those before.
    func hear(_ tracker: inout ConversationTracker, time: Int) -> Int {
        var batch = FrameBatch(capacity: Self.capacity)
        var exchanges = 0
        for start in stride(from: 0, to: rows.count, by: Self.capacity) {
            batch.removeAll()
            batch.firstFrameNumber = UInt64(time * rows.count + start)
            for index in start..<min(start + Self.capacity, rows.count) {
                var row = rows[index]
                row.timestamp = Timestamp(
                    nanoseconds: row.timestamp.nanoseconds + Int64(time) * span)
                batch.append(row)
            }
            tracker.take(batch)
            exchanges += tracker.takeExchanges().count
        }
        return exchanges
    }
}
