import Glibc
import SignalDatabase

/// What reading a DBC file costs, attributes and diagnostics included, beside cantools and canmatrix.
enum DatabaseLoadBenchmark {
    /// The peers' figures of one run of theirs, in milliseconds.
    private struct PeerFigure {
        var name: String
        var milliseconds: Double
        /// Files that it would not read.
        var refused: Int
    }

    private static let largest = "opendbc__opendbc__dbc__ford_lincoln_base_pt.dbc"
    private static let multiplexed = "kuksa-can-provider__Model3CAN.dbc"

    static func run(_ options: Options) throws {
        let folder = (environment("CANLOG_TEST_DATA") ?? "../shared/data") + "/dbc"
        let names = String(decoding: try output(of: "ls '\(folder)'"), as: UTF8.self)
            .split(separator: "\n").map(String.init).filter { $0.lowercased().hasSuffix(".dbc") }
        print(
            "dbc-load: CPU milliseconds to read databases from memory (canlog) or from the disk's")
        print("cache (peers, start-up and imports left out); median of \(options.rounds) rounds\n")
        let rows = [
            ("ford_lincoln_base_pt.dbc", [largest]), ("Model3CAN.dbc", [multiplexed]),
            ("all \(names.count) files", names),
        ]
        for (title, names) in rows {
            try measure(title, names.map { "\(folder)/\($0)" }, options)
        }
    }

    private static func measure(_ title: String, _ paths: [String], _ options: Options) throws {
        let files = try paths.map { try output(of: "cat '\($0)'") }
        var ours: [Double] = []
        var theirs: [String: [PeerFigure]] = [:]
        var messages = 0
        for _ in 0..<options.rounds {
            let start = Moment()
            messages = 0
            for file in files { messages += Database(dbc: file.span).messages.count }
            ours.append(start.elapsed.processor / 1e6)
            guard options.withPeers else { continue }
            for figure in try peers(paths) { theirs[figure.name, default: []].append(figure) }
        }
        let bytes = files.reduce(0) { $0 + $1.count }
        print("\(title): \(bytes) bytes, \(messages) messages")
        let own = median(ours)
        print("  " + "canlog".padded(20) + own.text(2, width: 10) + " ms")
        for (name, figures) in theirs.sorted(by: { $0.key < $1.key }) {
            let other = median(figures.map(\.milliseconds))
            let refused = figures[0].refused > 0 ? ", refuses \(figures[0].refused) of them" : ""
            print(
                "  " + name.padded(20) + other.text(2, width: 10) + " ms, "
                    + "\((other / own).text(0, width: 1)) times as long\(refused)")
        }
    }

    private static func peers(_ paths: [String]) throws -> [PeerFigure] {
        let cache = environment("XDG_CACHE_HOME") ?? (environment("HOME") ?? "") + "/.cache"
        let words = paths.map { "'\($0)'" }.joined(separator: " ")
        let text = try output(
            of:
                "'\(cache)/canlog/peers/bin/python3' -B Tools/Benchmarks/Peers/dbc_readers.py \(words)"
        )
        return String(decoding: text, as: UTF8.self).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 4, let time = Double(words[2]), let refused = Int(words[3]) else {
                return nil
            }
            return PeerFigure(
                name: "\(words[0]) \(words[1])", milliseconds: time, refused: refused)
        }
    }
}
