import CANFrame
import LogFile

/// What a frame costs in the journal: bytes, and CPU time to write and to read it, beside the
/// formats that python-can writes while it records.
enum JournalBenchmark {
    static func run(_ options: Options) throws {
        let folder = String(decoding: try output(of: "mktemp -d"), as: UTF8.self)
            .split(separator: "\n").joined()
        defer { _ = try? output(of: "rm -r '\(folder)'") }
        let peer = PythonCAN()
        print("journal: parts of 10 ms, 1 µs, CRC-32C, one core, best of \(options.rounds) rounds")
        print("peer: \(peer.version ?? "absent (Tools/setup peers installs it)")\n")
        print(
            "log".padded(20) + "  frames  in part    B/frame  write ns   read ns"
                + "  BLF B/f   candump B/f   BLF write ns")
        var bytes: [Double] = []
        var writing: [Double] = []
        var reading: [Double] = []
        for name in RealLog.names where options.only.isEmpty || name.contains(options.only) {
            let log = try RealLog(named: name, in: folder)
            let count = Double(log.frames.count)
            var (size, write, read) = (0, [Double](), [Double]())
            var theirs: [PythonCAN.Figures] = []
            for _ in 0..<options.rounds {
                let round = try measure(log)
                size = round.bytes
                write.append(round.write / count)
                read.append(round.read / count)
                if options.withPeers, let figures = try peer.measure(log.path) {
                    theirs.append(figures)
                }
            }
            bytes.append(Double(size) / count)
            writing.append(best(write))
            reading.append(best(read))
            print(
                name.padded(20)
                    + Double(log.frames.count).text(0)
                    + (count / Double(log.parts.count)).text(1, width: 9)
                    + (Double(size) / count).text(2, width: 11) + best(write).text(1, width: 10)
                    + best(read).text(1, width: 10)
                    + (theirs.first.map { $0.blfBytes / count } ?? .nan).text(2, width: 9)
                    + (theirs.first.map { $0.textBytes / count } ?? .nan).text(2, width: 14)
                    + (best(theirs.map(\.blfTime)) / count).text(0, width: 15))
        }
        print(
            "geometric mean".padded(37) + geometricMean(bytes).text(2, width: 11)
                + geometricMean(writing).text(1, width: 10)
                + geometricMean(reading).text(1, width: 10))
        print("\nto reach: 7 bytes, 15 ns to write; aim: 5.6 bytes, 10 ns, 20 ns to read")
    }

    private static func measure(
        _ log: borrowing RealLog
    ) throws -> (bytes: Int, write: Double, read: Double) {
        let recording = RecordingID(random: 1, 2)
        var encoder = JournalEncoder(recording: recording, resolution: 1_000)
        var segment: [UInt8] = []
        segment.reserveCapacity(log.frames.count * 16)
        var record: [UInt8] = []
        encoder.beginSegment(ordinal: 0, firstFrameNumber: 0, channels: [], into: &segment)
        // The recorder writes each record and reuses its memory; keeping them is not its work.
        var start = processTime()
        var bytes = 0
        for part in log.parts {
            record.removeAll(keepingCapacity: true)
            encoder.encode(log.frames, rows: part, events: 0..<0, into: &record)
            bytes += record.count
        }
        let write = processTime() - start
        encoder.beginSegment(ordinal: 1, firstFrameNumber: 0, channels: [], into: &record)
        segment.removeAll(keepingCapacity: true)
        encoder.beginSegment(ordinal: 0, firstFrameNumber: 0, channels: [], into: &segment)
        bytes += segment.count
        for part in log.parts {
            encoder.encode(log.frames, rows: part, events: 0..<0, into: &segment)
        }

        var batch = FrameBatch(capacity: 16_384)
        var row = 0
        start = processTime()
        var decoder = try JournalDecoder(file: MemoryBytes(segment), place: "segment")
        var read = processTime() - start
        while true {
            batch.removeAll()
            start = processTime()
            let more = try decoder.read(into: &batch)
            read += processTime() - start
            guard more else { break }
            try batch.check(against: log.frames, from: row)
            row += batch.count
        }
        guard row == log.frames.count else {
            throw BenchmarkError(description: "\(row) of \(log.frames.count) frames came back")
        }
        return (bytes, write, read)
    }
}
