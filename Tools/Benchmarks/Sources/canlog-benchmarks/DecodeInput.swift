import CANFrame
import Glibc
import LogInterchange
import SignalDatabase

/// Frames and the database to decode them with.
struct DecodeInput: ~Copyable {
    let name: String
    /// Where the database's file is.
    let path: String
    let database: Database
    let plan: DecodePlan
    var frames: FrameBatch
    /// As `candump -l` writes them.
    let text: [UInt8]

    private static let folder =
        (environment("CANLOG_TEST_DATA") ?? "../shared/data") + "/decode-bench"

    /// A real minute of a car, 40 times.
    static func real() throws -> DecodeInput {
        let text = try output(of: "gzip -dc '\(folder)/rav4_2017_bus0_60s.candump.log.gz'")
        let minute = try frames(of: text)
        var batch = FrameBatch(capacity: minute.count * 40)
        for _ in 0..<40 {
            for index in 0..<minute.count { batch.append(frameAt: index, of: minute) }
        }
        let all = [[UInt8]](repeating: text, count: 40).flatMap { $0 }
        return try DecodeInput(
            name: "A: a real minute x 40", file: "toyota.dbc", frames: batch, text: all)
    }

    /// All messages of a car's database at cycle times of 10, 20, 50 and 100 ms (the file has none),
    /// with random payloads: 2.0 M frames.
    static func dense() throws -> DecodeInput {
        let database = try Self.database("vw.dbc")
        let periods: [Int64] = [10, 20, 50, 100]
        var batch = FrameBatch(capacity: 2_000_000)
        var numbers = NumberSequence()
        var millisecond: Int64 = 0
        while !batch.isFull {
            for (index, message) in database.messages.enumerated() where !batch.isFull {
                let period = periods[index % periods.count]
                guard let identifier = message.identifier,
                    (millisecond + Int64(index)) % period == 0
                else { continue }
                let length = UInt8(min(8, message.length))
                let word =
                    UInt64(numbers.next(below: 1 << 32)) << 32
                    | UInt64(numbers.next(below: 1 << 32))
                batch.append(
                    FrameRow(
                        timestamp: Timestamp(
                            nanoseconds: millisecond * 1_000_000 + Int64(index) * 10_000),
                        identifier: PackedID(identifier), channel: 0, flags: FrameFlags(),
                        length: length, dlc: length,
                        payloadWord: FrameRow.maskedWord(word, length: length)))
            }
            millisecond += 1
        }
        return try DecodeInput(
            name: "B: 91 messages at random", file: "vw.dbc", frames: batch,
            text: Self.text(of: batch))
    }

    private init(
        name: String, file: String, frames: consuming FrameBatch, text: [UInt8]
    ) throws {
        self.name = name
        path = Self.folder + "/" + file
        database = try Self.database(file)
        plan = DecodePlan(database)
        self.frames = frames
        self.text = text
    }

    private static func database(_ file: String) throws -> Database {
        let bytes = try output(of: "cat '\(folder)/\(file)'")
        return Database(dbc: bytes.span)
    }

    private static func frames(of text: [UInt8]) throws -> FrameBatch {
        var reader = InterchangeReader(MemoryStream(text), CandumpTextDecoder())
        var all = FrameBatch(capacity: text.count / 20)
        var part = FrameBatch(capacity: 16_384)
        while try reader.read(into: &part, waiting: .zero) != .ended {
            for index in 0..<part.count { all.append(frameAt: index, of: part) }
            part.removeAll()
        }
        return all
    }

    private static func text(of frames: borrowing FrameBatch) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(frames.count * 48)
        let digits = Array("0123456789ABCDEF".utf8)
        for index in 0..<frames.count {
            let row = frames.rows[index]
            let micros = row.timestamp.nanoseconds / 1_000
            let fraction = "\(1_000_000 + micros % 1_000_000)".dropFirst()
            text += Array("(\(1_000_000_000 + micros / 1_000_000).\(fraction)) can0 ".utf8)
            text += Array("\(row.identifier)#".utf8)
            for byte in 0..<UInt64(row.length) {
                let value = Int(row.payloadWord >> (byte * 8) & 0xFF)
                text.append(digits[value >> 4])
                text.append(digits[value & 15])
            }
            text.append(UInt8(ascii: "\n"))
        }
        return text
    }

    /// Writes the rows for the peers: 24 bytes each, as ``FrameRow`` lies in memory.
    borrowing func write(to path: String) throws {
        let file = try BenchmarkFile(path, isNew: true)
        try Self.append(frames.rows, to: file)
    }

    private static func append(
        _ rows: Span<FrameRow>, to file: consuming BenchmarkFile
    ) throws {
        var part: [UInt8] = []
        for start in stride(from: 0, to: rows.count, by: 65_536) {
            part.removeAll(keepingCapacity: true)
            for index in start..<min(start + 65_536, rows.count) { part.append(row: rows[index]) }
            try file.append(part.span)
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(row: FrameRow) {
        append(number: UInt64(bitPattern: row.timestamp.nanoseconds), 8)
        append(number: UInt64(row.identifier.rawValue), 4)
        append(number: UInt64(row.channel), 1)
        append(number: 0, 1)
        append(number: UInt64(row.length), 1)
        append(number: UInt64(row.dlc), 1)
        append(number: row.payloadWord, 8)
    }

    private mutating func append(number: UInt64, _ bytes: UInt64) {
        for byte in 0..<bytes { append(UInt8(truncatingIfNeeded: number >> (byte * 8))) }
    }
}
