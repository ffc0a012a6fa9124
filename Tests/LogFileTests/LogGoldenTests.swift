import CANFrame
import CZstd
import Glibc
import Testing

@testable import LogFile

/// Golden files: `Tests/Fixtures/NAME.canlog` with their content in `NAME.json`.
///
/// The logs were written once by the traffic that has their name in `LogSamples.swift`; the JSON
/// was printed by `Tests/IndependentReader/read_canlog.py`, which knows the format document only.
/// To add one, add it below and run the tests with `CANLOG_WRITE_FIXTURES=1`, then the reader.
private let golden: [(name: String, traffic: Traffic)] = [
    ("streams-periodic", .streams(.periodic)), ("streams-ties", .streams(.ties)),
    ("streams-inversions", .streams(.inversions)), ("streams-backwards", .streams(.backwards)),
    ("controller-events", .controllerEvents),
    ("streams-long-payloads", .streams(.nanoseconds, kinds: 5, count: 900, length: 24)),
]

/// Written by version 1.0: they are read for ever.
private let old = [
    "classic-one-channel", "fd-brs-esi", "remote-error-dlc", "clock-steps-back", "two-buses",
    "stamp-bounds", "every-event", "empty",
]

@Suite("The golden files")
struct LogGoldenTests {
    private static let folder = "Tests/Fixtures/"

    @Test("read as their JSON says, and are written again byte for byte", arguments: golden.indices)
    func goldenFile(index: Int) throws {
        let (name, traffic) = golden[index]
        let path = Self.folder + name
        let written = try traffic.log()
        if unsafe getenv("CANLOG_WRITE_FIXTURES") != nil { store(written, at: path + ".canlog") }
        let bytes = try #require(contents(of: path + ".canlog"))
        let json = try #require(contents(of: path + ".json"))
        let result = try read(bytes)
        #expect(description(of: result.content) == String(decoding: json, as: UTF8.self))
        // Another zstd may compress otherwise, and as well.
        if ZSTD_versionNumber() == 10_504 { #expect(written == bytes) }
    }

    @Test("of version 1.0 read as their JSON says", arguments: old)
    func oldFile(name: String) throws {
        let bytes = try #require(contents(of: Self.folder + name + ".canlog"))
        let json = try #require(contents(of: Self.folder + name + ".json"))
        #expect(description(of: try read(bytes).content) == String(decoding: json, as: UTF8.self))
    }

    /// In the form of the independent reader.
    private func description(of content: LogContent) -> String {
        let metadata = LogMetadata.sample
        let frames = zip(content.numbers, content.frames).map { number, frame in
            let identifier = hexadecimal(
                (0..<4).map {
                    UInt8(truncatingIfNeeded: frame.identifier.rawValue >> (24 - 8 * $0))
                })
            return
                "[\(number),\(frame.timestamp.nanoseconds),\"\(identifier)\",\(frame.channel),\(frame.flags.rawValue),\(frame.dlc),\"\(hexadecimal(frame.payload))\"]"
        }
        let names =
            ("channel tick tie synchronisation loss up down gone statistics silence marker note "
            + "state restarted counters settings").split(separator: " ")
        let events = content.events.map { event in
            var body: [UInt8] = []
            var coder = EventBodyCoder()
            coder.append(
                BusEvent(
                    rowIndex: 0, timestamp: event.timestamp, channel: event.channel,
                    kind: event.kind), to: &body)
            let channel = event.channel.map { "\($0)" } ?? "null"
            let kind = names[Int(EventKind(event.kind).rawValue) - 1]
            return
                "[\(event.number),\(event.timestamp.nanoseconds),\(channel),\"\(kind)\",\"\(hexadecimal(body))\"]"
        }
        return
            "{\"recording\":\"\(metadata.recording)\",\"created\":\(metadata.created.nanoseconds),"
            + "\"resolution\":1000,\"program\":\"canlog 0.1.0\",\"frames\":[\n"
            + frames.joined(separator: ",\n") + "\n],\"events\":[\n"
            + events.joined(separator: ",\n") + "\n]}\n"
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

func contents(of path: String) -> [UInt8]? {
    // The stream is ours until it is closed, and the buffer has the size given.
    guard let file = unsafe fopen(path, "rb") else { return nil }
    defer { unsafe fclose(file) }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    let count = unsafe fread(&buffer, 1, buffer.count, file)
    return Array(buffer[..<count])
}

func store(_ bytes: [UInt8], at path: String) {
    // As above.
    guard let file = unsafe fopen(path, "wb") else { return }
    unsafe fwrite(bytes, 1, bytes.count, file)
    unsafe fclose(file)
}
