import CANFrame
import Glibc
import LogFile

/// What coding a log costs, in order and from memory to memory: digest, checksums, and index
/// included, beside the formats that others write.
enum FileSpeedBenchmark {
    /// Nanoseconds of CPU time for all frames of a log, one value for each round.
    struct Times {
        var encode: [Double] = []
        var decode: [Double] = []
        var verify: [Double] = []
        var best: [Double] = []
        var decodeBest: [Double] = []
    }

    static func run(_ options: Options) throws {
        let folder = String(decoding: try output(of: "mktemp -d"), as: UTF8.self)
            .split(separator: "\n").joined()
        defer { _ = try? output(of: "rm -r '\(folder)'") }
        print("file-speed: million frames a second of CPU time on one core, from memory to memory,")
        print("index, checksums and digest included; best (median) of \(options.rounds) rounds")
        print("verify: decode, and recompute the digests; --best: encode only, and decode\n")
        print(
            "log".padded(20) + "    frames  B/frame  --best        encode         decode"
                + "         verify  encode --best  decode --best")
        let peers = FilePeers()
        var table: [Times] = []
        var theirs: [String: [[FilePeers.Times]]] = [:]
        for name in RealLog.names where options.only.isEmpty || name.contains(options.only) {
            let log = try RealLog(named: name, in: folder)
            var times = Times()
            var sizes = (standard: 0, best: 0)
            var rounds: [String: [FilePeers.Times]] = [:]
            for _ in 0..<options.rounds {
                sizes = try measure(log, into: &times)
                guard options.withPeers else { continue }
                for figures in try peers.measure(log.path) {
                    rounds[figures.format, default: []].append(figures)
                }
            }
            for (format, figures) in rounds { theirs[format, default: []].append(figures) }
            times.scale(frames: log.frames.count)
            table.append(times)
            show(name, frames: log.frames.count, sizes, times)
        }
        showMeans(table)
        print("\nto reach: 6 / 20 (aim 10 / 40), geometric mean; --best: 0.4 on every log\n")
        print("peers, geometric mean over the same logs: " + (peers.version ?? "absent"))
        print("format".padded(34) + "  write          read")
        for format in theirs.keys.sorted() {
            let logs = theirs[format] ?? []
            print(
                format.padded(30) + figure(logs.map { $0.map(\.write) })
                    + figure(logs.map { $0.map(\.read) }))
        }
    }

    private static func show(
        _ name: String, frames: Int, _ sizes: (standard: Int, best: Int), _ times: Times
    ) {
        let count = Double(frames)
        var line = name.padded(20) + count.text(0, width: 9)
        line += (Double(sizes.standard) / count).text(3, width: 9)
        line += (Double(sizes.best) / count).text(3, width: 8)
        for rates in times.columns { line += figure([rates]) }
        print(line)
        // Line by line, since each takes a while.
        _ = fflush(nil)
    }

    private static func showMeans(_ table: [Times]) {
        guard let first = table.first else { return }
        var line = "geometric mean".padded(46)
        for column in first.columns.indices { line += figure(table.map { $0.columns[column] }) }
        print(line)
    }

    /// The geometric mean over logs of the best and the median rates of the rounds.
    private static func figure(_ logs: [[Double]]) -> String {
        let best = geometricMean(logs.map { $0.max() ?? .nan })
        let middle = geometricMean(logs.map { median($0) })
        return best.text(2, width: 8) + " (" + middle.text(2, width: 5) + ")"
    }

    /// One round, checked: what is decoded must be what was encoded.
    private static func measure(
        _ log: borrowing RealLog, into times: inout Times
    ) throws -> (standard: Int, best: Int) {
        let metadata = LogMetadata(
            recording: RecordingID(random: 1, 2), created: log.frames.rows[0].timestamp,
            program: "canlog-benchmarks")
        var start = processTime()
        var writer = try LogWriter(file: MemoryBytes(), metadata: metadata, place: log.name)
        try writer.write(log.frames)
        try writer.finish()
        let file = writer.intoFile()
        times.encode.append(processTime() - start)
        times.decode.append(try decode(file, log))

        start = processTime()
        var verifier = try LogVerifier(LogReader(file: file, place: log.name))
        while try verifier.step() {}
        times.verify.append(processTime() - start)
        guard verifier.result.damages.isEmpty else {
            throw BenchmarkError(description: "\(log.name): \(verifier.result.damages)")
        }

        let best = try encodeBest(file, metadata, log.name)
        times.best.append(best.time)
        times.decodeBest.append(try decode(best.file, log))
        return (file.bytes.count, best.file.bytes.count)
    }

    /// Encodes the groups of a log with `--best`; decoding them does not count.
    private static func encodeBest(
        _ file: MemoryBytes, _ metadata: LogMetadata, _ name: String
    ) throws -> (file: MemoryBytes, time: Double) {
        var verifier = try LogVerifier(LogReader(file: file, place: name))
        var assembler = try LogAssembler(metadata: metadata, effort: .best, isCompact: true)
        var bytes = assembler.header
        var block: [UInt8] = []
        var time = 0.0
        while try verifier.step() {
            let start = processTime()
            try assembler.encode(verifier.group, into: &block)
            time += processTime() - start
            bytes += block
        }
        let start = processTime()
        let (tail, state) = assembler.finish()
        time += processTime() - start
        bytes += tail
        var result = MemoryBytes(bytes)
        try result.overwrite(state.bytes.span, at: state.offset)
        return (result, time)
    }

    /// Nanoseconds to decode all of a log in order.
    private static func decode(_ file: MemoryBytes, _ log: borrowing RealLog) throws -> Double {
        var batch = FrameBatch(capacity: 8_192)
        var row = 0
        var start = processTime()
        var reader = try LogReader(file: file, place: log.name)
        var time = processTime() - start
        while true {
            start = processTime()
            let outcome = try reader.read(into: &batch, waiting: .zero)
            time += processTime() - start
            guard outcome != .ended else { break }
            try batch.check(against: log.frames, from: row)
            row += batch.count
        }
        guard row == log.frames.count, reader.damages.isEmpty else {
            throw BenchmarkError(description: "\(row) of \(log.frames.count) frames came back")
        }
        return time
    }
}

extension FileSpeedBenchmark.Times {
    /// The columns of the table.
    var columns: [[Double]] { [encode, decode, verify, best, decodeBest] }

    /// Turns nanoseconds for `frames` frames into million frames a second.
    mutating func scale(frames: Int) {
        func rates(_ times: [Double]) -> [Double] { times.map { Double(frames) * 1_000 / $0 } }
        encode = rates(encode)
        decode = rates(decode)
        verify = rates(verify)
        best = rates(best)
        decodeBest = rates(decodeBest)
    }
}
