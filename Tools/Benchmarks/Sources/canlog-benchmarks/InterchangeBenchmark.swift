import CANFrame
import Glibc
import LogInterchange

/// What reading and writing other tools' formats costs, from memory to memory, beside these tools.
enum InterchangeBenchmark {
    /// A format, and what writes and reads it.
    private struct Format: Sendable {
        let name: String
        let encoder: @Sendable (EncodingOptions) -> any InterchangeEncoder
        /// `nil` of MDF, which is read at any place.
        let decoder: (@Sendable () -> any InterchangeDecoder)?
    }

    private static let formats: [Format] = [
        Format(
            name: "candump", encoder: { _ in CandumpTextEncoder() },
            decoder: { CandumpTextDecoder() }),
        Format(name: "pcapng", encoder: { PcapngEncoder($0) }, decoder: { PcapDecoder() }),
        Format(name: "BLF", encoder: { BLFEncoder($0) }, decoder: { BLFDecoder() }),
        Format(name: "ASC", encoder: { ASCEncoder($0) }, decoder: { ASCDecoder() }),
        Format(name: "TRC", encoder: { TRCEncoder($0) }, decoder: { TRCDecoder() }),
        Format(name: "MDF", encoder: { MDFEncoder($0) }, decoder: nil),
        Format(name: "CSV", encoder: { CSVEncoder($0) }, decoder: { CSVDecoder() }),
    ]

    static func run(_ options: Options) throws {
        let folder = String(decoding: try output(of: "mktemp -d"), as: UTF8.self)
            .split(separator: "\n").joined()
        defer { _ = try? output(of: "rm -r '\(folder)'") }
        print("interchange: million frames a second of CPU time on one core; canlog from memory to")
        print("memory; best (median) of \(options.rounds) rounds, interleaved\n")
        let names = ["durango_mapswitch", "comma2k19_toyota", "css_asammdfbasics"]
        for name in names where options.only.isEmpty || name.contains(options.only) {
            let log = try RealLog(named: name, in: folder)
            try measure(log, options)
        }
        print("to reach: BLF read 10 times python-can, write 2 times; MDF as fast as asammdf;")
        print("candump 10, ASC 3, pcapng 20 million frames a second")
    }

    private static func measure(_ log: borrowing RealLog, _ options: Options) throws {
        print(
            "\(log.name), \(log.frames.count) frames".padded(40) + "write           read   B/frame")
        var table: [String: (write: [Double], read: [Double], size: Double)] = [:]
        for round in 0..<options.rounds {
            for format in formats {
                let figures = try measure(format, log, isChecked: round == 0)
                table["canlog " + format.name, default: ([], [], 0)].write.append(figures.write)
                table["canlog " + format.name]?.read.append(figures.read)
                table["canlog " + format.name]?.size = figures.size
            }
            guard options.withPeers else { continue }
            for (name, write, read) in try peers(log.path) {
                table[name, default: ([], [], 0)].write.append(write)
                table[name]?.read.append(read)
            }
        }
        for name in table.keys.sorted() {
            guard let rates = table[name] else { continue }
            var line = name.padded(32) + figure(rates.write) + figure(rates.read)
            if rates.size > 0 { line += rates.size.text(2, width: 8) }
            print(line)
        }
        print("")
        _ = fflush(nil)
    }

    private static func figure(_ rates: [Double]) -> String {
        (rates.max() ?? .nan).text(2, width: 8) + " (" + median(rates).text(2, width: 5) + ")"
    }

    /// Million frames a second; what is read is compared with what was written, once.
    private static func measure(
        _ format: Format, _ log: borrowing RealLog, isChecked: Bool
    ) throws -> (write: Double, read: Double, size: Double) {
        var options = EncodingOptions()
        options.start = log.start
        var start = processTime()
        var dropping = InterchangeWriter(DroppedBytes(), format.encoder(options))
        try dropping.write(log.frames)
        try dropping.finish()
        let writing = processTime() - start
        var writer = InterchangeWriter(MemoryBytes(), format.encoder(options))
        try writer.write(log.frames)
        try writer.finish()
        let bytes = writer.intoOutput().bytes

        start = processTime()
        let reading: Double
        if let decoder = format.decoder {
            let reader = InterchangeReader(MemoryBytesStream(bytes), decoder())
            reading = try read(reader, since: start, log, format.name, isChecked: isChecked)
        } else {
            let reader = try MDFReader(MemoryBytes(bytes))
            reading = try read(reader, since: start, log, format.name, isChecked: isChecked)
        }
        let frames = Double(log.frames.count)
        return (frames * 1_000 / writing, frames * 1_000 / reading, Double(bytes.count) / frames)
    }

    /// Nanoseconds from `start` on, in which the reader was made, to the end of its log.
    private static func read<Reader: FrameSource & ~Copyable>(
        _ reader: consuming Reader, since start: Double, _ log: borrowing RealLog, _ name: String,
        isChecked: Bool
    ) throws -> Double {
        var reader = reader
        var reading = processTime() - start
        var batch = FrameBatch(capacity: 8_192)
        var count = 0
        while true {
            batch.removeAll()
            let start = processTime()
            let outcome = try reader.read(into: &batch, waiting: .zero)
            reading += processTime() - start
            guard outcome != .ended else { break }
            if isChecked { try check(batch, log, from: count) }
            count += batch.count
        }
        guard count == log.frames.count else {
            throw BenchmarkError(
                description: "\(name): \(count) of \(log.frames.count) frames came back")
        }
        return reading
    }

    private static func check(
        _ batch: borrowing FrameBatch, _ log: borrowing RealLog, from first: Int
    ) throws {
        for index in 0..<batch.count {
            let (row, wanted) = (batch.rows[index], log.frames.rows[first + index])
            guard row.timestamp == wanted.timestamp, row.identifier == wanted.identifier,
                row.payloadWord == wanted.payloadWord, row.length == wanted.length
            else {
                throw BenchmarkError(description: "frame \(first + index) came back different")
            }
        }
    }

    private static func peers(_ path: String) throws -> [(String, Double, Double)] {
        let cache = environment("XDG_CACHE_HOME") ?? (environment("HOME") ?? "") + "/.cache"
        let script = "Tools/Benchmarks/file/interchange_speed.py"
        let text = try output(of: "'\(cache)/canlog/peers/bin/python3' -B \(script) '\(path)'")
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map { line in
            let words = line.split(separator: "\t")
            return (String(words[0]), Double(words[1]) ?? .nan, Double(words[2]) ?? .nan)
        }
    }
}

/// A sink that costs nothing: growing memory would be measured with the format.
private struct DroppedBytes: ByteSink {
    private(set) var byteCount: UInt64 = 0

    mutating func append(_ bytes: Span<UInt8>) { byteCount += UInt64(bytes.count) }
    mutating func overwrite(_ bytes: Span<UInt8>, at offset: UInt64) {}
}

extension RealLog {
    /// The earliest stamp.
    fileprivate var start: Timestamp {
        var earliest = Int64.max
        for index in 0..<frames.count {
            earliest = min(earliest, frames.rows[index].timestamp.nanoseconds)
        }
        return Timestamp(nanoseconds: earliest)
    }
}
