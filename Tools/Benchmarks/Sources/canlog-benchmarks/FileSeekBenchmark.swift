import CANFrame
import Glibc
import LogFile

/// How long it takes to come to any instant of a long log, and to one ID of all of it.
///
/// The long log is a real one again and again, each time later; warm means from the page cache.
enum FileSeekBenchmark {
    private static let instants = 50
    /// Frames of the log in which one ID is looked for.
    private static let identifierFrames = 10_000_000
    /// So many IDs with about one in a hundred of them.
    private static let identifiers = 8

    static func run(_ options: Options) throws {
        let folder = String(decoding: try output(of: "mktemp -d"), as: UTF8.self)
            .split(separator: "\n").joined()
        defer { _ = try? output(of: "rm -r '\(folder)'") }
        let only = options.only.isEmpty ? "comma2k19" : options.only
        guard let name = RealLog.names.first(where: { $0.contains(only) }) else {
            throw BenchmarkError(description: "there is no log \(only)")
        }
        let frames = options.frames > 0 ? options.frames : 100_000_000
        print("file-seek: \(name) again and again; milliseconds, warm\n")
        let traffic = try RepeatedTraffic(of: name, in: folder)
        let long = "\(folder)/long.canlog"
        try traffic.write(frames, to: long)
        try seekInstants(traffic, frames: frames, in: long)
        _ = try output(of: "rm '\(long)'")

        let short = "\(folder)/short.canlog"
        try traffic.write(min(frames, identifierFrames), to: short)
        try readIdentifiers(
            traffic, frames: min(frames, identifierFrames), rounds: options.rounds, in: short)
        guard options.withPeers else { return }
        print("\npeers:")
        let log = "\(folder)/\(name).log"
        let count = min(frames, identifierFrames)
        print(
            String(decoding: try FilePeers().seek(log, frames: count, of: frames), as: UTF8.self))
    }

    // MARK: Any instant

    private static func seekInstants(
        _ traffic: borrowing RepeatedTraffic, frames: Int, in path: String
    ) throws {
        var numbers = NumberSequence()
        var (opening, first) = (Durations(), Durations())
        for round in 0...instants {
            let frame = traffic.firstOfItsStamp(numbers.next(below: frames))
            let stamp = traffic.row(frame).timestamp
            var selection = FrameSelection()
            selection.from = stamp
            var batch = FrameBatch(capacity: 1_024)
            let start = Moment()
            var reader = try LogReader(
                file: BenchmarkFile(path), selection: selection, place: path)
            let opened = start.elapsed
            guard try reader.read(into: &batch, waiting: .zero) == .batch, batch.count > 0,
                batch.rows[0].timestamp == stamp, batch.firstFrameNumber == UInt64(frame),
                batch.rows[0].identifier == traffic.row(frame).identifier
            else { throw BenchmarkError(description: "frame \(frame) was not found") }
            // The first one brings the file's ends into the caches.
            guard round > 0 else { continue }
            first.append(start.elapsed)
            opening.append(opened)
        }
        let size = try BenchmarkFile(path).byteCount
        print("\(frames) frames, \(size) bytes; \(instants) random instants")
        print("open".padded(46) + opening.text)
        print("open, first frames from a stamp on".padded(46) + first.text)
        print("to reach: 10 (aim 2)\n")
        // At once, since the rest takes minutes.
        _ = fflush(nil)
    }

    // MARK: One ID

    private static func readIdentifiers(
        _ traffic: borrowing RepeatedTraffic, frames: Int, rounds: Int, in path: String
    ) throws {
        let size = try BenchmarkFile(path).byteCount
        print("\(frames) frames, \(size) bytes; times and payloads of one ID")
        let everything = try readEverything(path, expecting: frames)
        print("all frames in order".padded(46) + everything.text)
        var all = Durations()
        for kind in traffic.kinds(share: 0.007...0.014).prefix(identifiers) {
            var selection = FrameSelection()
            let identifier = traffic.row(kind.example).identifier
            selection.only = [
                .identifiers(
                    identifier.number...identifier.number, isExtended: identifier.isExtended)
            ]
            selection.isFramesOnly = true
            let expected = traffic.count(of: identifier, frames: frames)
            var durations = Durations()
            for round in 0...rounds {
                let elapsed = try read(path, selection, expecting: expected)
                guard round > 0 else { continue }
                durations.append(elapsed)
                all.append(elapsed)
            }
            let share = Double(expected) / Double(frames) * 100
            let ratio = everything.best / durations.best
            let text = "\(ArbitrationID(identifier)), \(share.text(2, width: 1)) % of the frames"
            print(
                "\(text), 1/\(ratio.text(0, width: 1)) of the time".padded(46) + durations.text)
        }
        print("all of these".padded(46) + all.text)
        print("to reach: 10 (aim 3)")
    }

    @inline(never)
    private static func readEverything(
        _ path: String, expecting frames: Int
    ) throws -> Durations {
        var durations = Durations()
        for _ in 0..<3 { try durations.append(read(path, FrameSelection(), expecting: frames)) }
        return durations
    }

    /// Opens a log and reads what is wanted.
    private static func read(
        _ path: String, _ selection: FrameSelection, expecting frames: Int
    ) throws -> Moment.Elapsed {
        var batch = FrameBatch(capacity: 8_192)
        var count = 0
        let start = Moment()
        var reader = try LogReader(file: BenchmarkFile(path), selection: selection, place: path)
        while try reader.read(into: &batch, waiting: .zero) != .ended { count += batch.count }
        let elapsed = start.elapsed
        guard count == frames, reader.damages.isEmpty else {
            throw BenchmarkError(description: "\(count) of \(frames) frames came back")
        }
        return elapsed
    }
}

/// A real log again and again, without end.
struct RepeatedTraffic: ~Copyable {
    private let log: RealLog
    /// Nanoseconds from one time to the next.
    private var period: Int64 = 0

    init(of name: String, in folder: String) throws {
        log = try RealLog(named: name, in: folder)
        // As long as the log and a mean gap, in whole microseconds.
        let count = log.frames.count
        let (first, last) = (log.frames.rows[0].timestamp, log.frames.rows[count - 1].timestamp)
        let length = last.nanoseconds(since: first)
        period = (length + length / Int64(count)) / 1_000 * 1_000
    }

    /// The frame with this number.
    func row(_ number: Int) -> FrameRow {
        let (time, index) = number.quotientAndRemainder(dividingBy: log.frames.count)
        var row = log.frames.rows[index]
        row.timestamp.nanoseconds += Int64(time) * period
        return row
    }

    /// The number of the first frame with the stamp of frame `number`.
    func firstOfItsStamp(_ number: Int) -> Int {
        var first = number
        while first > 0, row(first - 1).timestamp == row(number).timestamp { first -= 1 }
        return first
    }

    /// Identifiers whose part of all frames lies in `share`, each with the number of one frame.
    func kinds(share: ClosedRange<Double>) -> [(example: Int, share: Double)] {
        var counts: [UInt32: (example: Int, count: Int)] = [:]
        for index in 0..<log.frames.count {
            let identifier = log.frames.rows[index].identifier.rawValue
            counts[identifier, default: (index, 0)].count += 1
        }
        return counts.values.map { ($0.example, Double($0.count) / Double(log.frames.count)) }
            .filter { share.contains($0.1) }.sorted { $0.0 < $1.0 }
    }

    /// How many of the first `frames` frames have this identifier.
    func count(of identifier: PackedID, frames: Int) -> Int {
        let (times, rest) = frames.quotientAndRemainder(dividingBy: log.frames.count)
        var (whole, part) = (0, 0)
        for index in 0..<log.frames.count where log.frames.rows[index].identifier == identifier {
            whole += 1
            part += index < rest ? 1 : 0
        }
        return times * whole + part
    }

    /// Writes a log of the first `frames` frames.
    func write(_ frames: Int, to path: String) throws {
        let metadata = LogMetadata(
            recording: RecordingID(random: 1, 2), created: row(0).timestamp,
            program: "canlog-benchmarks")
        var writer = try LogWriter(
            file: BenchmarkFile(path, isNew: true), metadata: metadata, place: path)
        var batch = FrameBatch(capacity: 8_192)
        for number in 0..<frames {
            batch.append(row(number))
            if batch.isFull || number == frames - 1 {
                try writer.write(batch)
                batch.removeAll()
                batch.firstFrameNumber = UInt64(number + 1)
            }
        }
        try writer.finish()
    }
}
