import CANFrame
import LocalFiles
import TestBench

@testable import LogFile

/// A log of a few thousand frames on two channels, as a file of a test's own.
struct LogSample {
    static let start: Int64 = 1_763_800_000_000_000_000
    let folder: TemporaryFolder
    var path: String { folder.path + "/night.canlog" }

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Frames every millisecond: 0B4 with a speed on both channels, 7E8 with a negative response
    /// each second, 321 with 24 bytes, a remote 0B4 now and then.
    static func frames(_ range: Range<Int>) -> [Frame] {
        range.map { index in
            let channel = UInt8(index % 2)
            let stamp = Timestamp(nanoseconds: start + Int64(index) * 1_000_000)
            if index % 1_000 == 500 {
                return Frame(
                    timestamp: stamp, identifier: PackedID(rawValue: 0x7E8), channel: channel,
                    payload: [3, 0x7F, 0x22, 0x31])
            }
            if index % 500 == 7 {
                return Frame(
                    timestamp: stamp, identifier: PackedID(rawValue: 0x4000_00B4), channel: channel,
                    dlc: 8)
            }
            if index % 4 == 3 {
                return Frame(
                    timestamp: stamp, identifier: PackedID(rawValue: 0x321), channel: channel,
                    flags: [.flexibleDataRate],
                    payload: (0..<24).map { UInt8(truncatingIfNeeded: index / 4 + $0) })
            }
            let speed = UInt16(index)
            return Frame(
                timestamp: stamp, identifier: PackedID(rawValue: 0x0B4), channel: channel,
                payload: [
                    0, 0, 0, 0, UInt8(truncatingIfNeeded: index), UInt8(speed >> 8),
                    UInt8(speed & 0xFF), 0,
                ])
        }
    }

    static func batch(_ range: Range<Int>) -> FrameBatch {
        var batch = FrameBatch(capacity: max(1, range.count))
        batch.firstFrameNumber = UInt64(range.lowerBound)
        if range.lowerBound == 0 {
            for channel in 0..<2 as Range<UInt8> {
                batch.append(
                    .channel(ChannelDescription(interface: "can\(channel)")),
                    at: Timestamp(nanoseconds: start), channel: channel)
            }
        }
        for frame in frames(range) { batch.append(frame) }
        return batch
    }

    static let metadata = LogMetadata(
        recording: RecordingID(random: 1, 2), created: Timestamp(nanoseconds: start),
        program: "test")

    /// A closed log of this many frames.
    static func bytes(_ count: Int) throws -> [UInt8] {
        var writer = try LogWriter(file: MemoryBytes(), metadata: metadata, place: "memory")
        try writer.write(batch(0..<count))
        try writer.finish()
        return writer.intoFile().bytes
    }

    /// Where the streams of the first group stand.
    static func streams(in bytes: [UInt8]) throws -> Int? {
        let scanner = LogScanner(place: "memory", segments: [])
        let file = MemoryBytes(bytes)
        guard case .group(let entry)? = try scanner.layout(of: file).steps.first,
            case .success(let head) = try scanner.readHead(of: entry, in: file)
        else { return nil }
        let before = head.sections.prefix { $0.kind != GroupHead.Section.Kind.streams }
        return Int(entry.bodyOffset) + before.reduce(0) { $0 + $1.storedSize }
    }

    /// What a recorder writes before it closes the log: the header, and a segment of its journal.
    static func header() throws -> [UInt8] { try LogAssembler(metadata: metadata).header }

    static func segment(_ count: Int) -> [UInt8] {
        var encoder = JournalEncoder(recording: metadata.recording, resolution: 1_000)
        var bytes: [UInt8] = []
        encoder.beginSegment(ordinal: 0, firstFrameNumber: 0, channels: [], into: &bytes)
        let batch = batch(0..<count)
        encoder.encode(
            batch, rows: 0..<batch.count, events: 0..<batch.events.count, into: &bytes)
        return bytes
    }

    func write(_ bytes: [UInt8], suffix: String = "") throws {
        var file = try ResultFile(path: path + suffix, replacing: true)
        try file.append(bytes.span)
        try file.complete()
    }
}
