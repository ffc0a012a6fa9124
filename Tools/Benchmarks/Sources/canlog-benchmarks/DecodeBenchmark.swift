import CANFrame
import Glibc
import LogInterchange
import SignalDatabase

/// What it costs to decode signals, live and to columns, beside other decoders and from the same
/// frames.
enum DecodeBenchmark {
    /// How many frames are decoded at once.
    static let group = 16_384

    static func run(_ options: Options) throws {
        let folder = String(decoding: try output(of: "mktemp -d"), as: UTF8.self)
            .split(separator: "\n").joined()
        defer { _ = try? output(of: "rm -r '\(folder)'") }
        print("decode: CPU time on one core, median of \(options.rounds) interleaved rounds")
        print("canlog's columns and those of the C code are begun anew with each group of \(group)")
        if options.only.isEmpty || options.only == "A" {
            try measure(DecodeInput.real(), folder + "/A", options)
        }
        if options.only.isEmpty || options.only == "B" {
            try measure(DecodeInput.dense(), folder + "/B", options)
        }
    }

    private static func measure(
        _ input: consuming DecodeInput, _ folder: String, _ options: Options
    ) throws {
        let input = input
        let groups = split(input.frames)
        let signals = count(input)
        _ = try output(of: "mkdir '\(folder)'")
        print("\n\(input.name): \(input.frames.count) frames, \(signals) signals in them")
        let peers = options.withPeers ? try DecodePeers(input, folder) : nil
        var decoders = Decoders(input.plan)
        var table: [Row] = []
        func add(_ round: Int, _ row: Int, _ name: String, _ time: Double, _ values: Double?) {
            if row == table.count { table.append(Row(name: name)) }
            // The first round makes the memory.
            if round > 0 { table[row].times.append(time / (values ?? Double(signals))) }
        }
        for round in 0...options.rounds {
            var row = 0
            func measured(_ name: String, _ body: () throws -> Void) rethrows {
                let start = processTime()
                try body()
                add(round, row, name, processTime() - start, nil)
                row += 1
            }
            measured("canlog live, batches") { decoders.live.decode(groups) }
            measured("canlog live, batches, scalar") { decoders.liveScalar.decode(groups) }
            measured("canlog live, frame by frame") { decoders.single.decodeSingly(groups) }
            measured("canlog columns, doubles") { decoders.physical.decode(groups) }
            measured("canlog columns, raw integers") { decoders.raw.decode(groups) }
            measured("canlog columns, scalar") { decoders.scalar.decode(groups) }
            try measured("canlog candump text to columns") {
                try decoders.physical.decode(text: input.text)
            }
            for (name, time, values) in try peers?.measure(group: group, round: round) ?? [] {
                add(round, row, name, time, values)
                row += 1
            }
        }
        show(table, perFrame: Double(signals) / Double(input.frames.count))
        try peers?.check(against: sums(input, groups))
    }

    /// The same frames in groups.
    private static func split(_ frames: borrowing FrameBatch) -> [FrameGroup] {
        var groups: [FrameGroup] = []
        for start in stride(from: 0, to: frames.count, by: group) {
            var part = FrameBatch(capacity: group)
            for index in start..<min(start + group, frames.count) {
                part.append(frameAt: index, of: frames)
            }
            groups.append(FrameGroup(part))
        }
        return groups
    }

    /// How many signals the frames carry.
    private static func count(_ input: borrowing DecodeInput) -> Int {
        var decoder = ColumnDecoder(input.plan)
        decoder.decode(input.frames)
        return decoder.columns.indices.reduce(0) { sum, column in
            sum + decoder.blocks[decoder.columns[column].block].count
        }
    }

    /// By identifier: the sums of the signals' values in the order of the frames, of messages without
    /// a multiplexer.
    private static func sums(
        _ input: borrowing DecodeInput, _ groups: [FrameGroup]
    ) -> [String: [UInt64]] {
        var decoder = ColumnDecoder(input.plan)
        var sums: [[Double]] = input.database.messages.map { message in
            let isSimple = message.signals.allSatisfy { !$0.multiplexing.isSwitched }
            return isSimple ? message.signals.map { _ in 0 } : []
        }
        for group in groups {
            decoder.decode(group.frames)
            for column in decoder.columns.indices {
                let signal = decoder.columns[column]
                let message = decoder.streams[decoder.blocks[signal.block].stream].message
                guard !sums[message].isEmpty else { continue }
                let values = decoder.physical(of: column)
                for value in values.indices { sums[message][signal.signal] += values[value] }
            }
        }
        var table: [String: [UInt64]] = [:]
        for (index, message) in input.database.messages.enumerated() where !sums[index].isEmpty {
            guard let identifier = message.identifier else { continue }
            table["\(PackedID(identifier).rawValue)"] = sums[index].map(\.bitPattern)
        }
        return table
    }

    /// One way to decode: nanoseconds for a signal, one for each round.
    private struct Row {
        let name: String
        var times: [Double] = []
    }

    private static func show(_ table: [Row], perFrame: Double) {
        print("".padded(52) + "M frames/s  M signals/s  ns/signal  x C groups  x C fresh")
        func peer(_ name: String) -> Double {
            table.first { $0.name == name }.map { median($0.times) } ?? .nan
        }
        let (groups, fresh) = (peer(DecodePeers.groups), peer(DecodePeers.whole))
        for row in table {
            let time = median(row.times)
            print(
                row.name.padded(52) + (1e3 / time / perFrame).text(2, width: 10)
                    + (1e3 / time).text(1, width: 13) + time.text(3, width: 11)
                    + (groups / time).text(2, width: 12) + (fresh / time).text(2, width: 11))
        }
    }
}

/// A batch in an array of batches.
final class FrameGroup: Sendable {
    let frames: FrameBatch
    init(_ frames: consuming FrameBatch) { self.frames = frames }
}

/// One decoder for each way to decode.
private struct Decoders: ~Copyable {
    var live: LiveDecoder
    var liveScalar: LiveDecoder
    var single: LiveDecoder
    var physical: ColumnDecoder
    var raw: ColumnDecoder
    var scalar: ColumnDecoder

    init(_ plan: DecodePlan) {
        live = LiveDecoder(plan)
        liveScalar = LiveDecoder(plan, kernel: .scalar)
        single = LiveDecoder(plan)
        physical = ColumnDecoder(plan)
        raw = ColumnDecoder(plan, form: .raw)
        scalar = ColumnDecoder(plan, kernel: .scalar)
    }
}

extension LiveDecoder {
    fileprivate mutating func decode(_ groups: [FrameGroup]) {
        for group in groups { decode(group.frames) }
    }

    fileprivate mutating func decodeSingly(_ groups: [FrameGroup]) {
        for group in groups { decodeSingly(group.frames) }
    }

    private mutating func decodeSingly(_ batch: borrowing FrameBatch) {
        for index in 0..<batch.count {
            _ = decode(batch.rows[index], longPayload: batch.longPayload(at: index))
        }
    }
}

extension ColumnDecoder {
    fileprivate mutating func decode(_ groups: [FrameGroup]) {
        for group in groups { decode(group.frames) }
    }

    /// Reads candump's log format and decodes what one stretch of text holds.
    fileprivate mutating func decode(text: [UInt8]) throws {
        var reader = InterchangeReader(MemoryBytesStream(text), CandumpTextDecoder())
        var batch = FrameBatch(capacity: DecodeBenchmark.group)
        while try reader.read(into: &batch, waiting: .zero) != .ended {
            decode(batch)
            batch.removeAll()
        }
    }
}

/// Bytes in memory, a copy for each read as from a file in the page cache.
struct MemoryBytesStream: ByteStream {
    let place = "memory"
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func read(into buffer: inout OutputRawSpan) throws(StreamError) {
        let end = position + min(buffer.freeCapacity, bytes.count - position)
        let (part, count) = (position..<end, end - position)
        // As much as is free is copied, and the count says so.
        unsafe buffer.withUnsafeMutableBytes { memory, initialized in
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe UnsafeMutableRawBufferPointer(rebasing: memory[initialized...])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[part]))
            }
            initialized += count
        }
        position = end
    }
}
