import CANFrame
import Glibc
import LogInterchange
import TestBench
import Testing

/// BLF beside python-can and, as a second reader, Wireshark's.
@Suite("BLF beside its peers", .serialized)
struct BLFPeerTests {
    /// A frame as Tests/Peers/blf.py prints it: stamps in microseconds, as fine as python-can's float.
    static func line(_ frame: Frame) -> String {
        let microseconds = (Double(frame.timestamp.nanoseconds) / 1_000).rounded()
        let identifier = frame.identifier
        var letters = identifier.isExtended ? "X" : "S"
        let wire = frame.flags
        for (letter, holds) in [
            ("R", identifier.isRemote), ("E", identifier.isError), ("F", wire.isFD),
            ("B", wire.contains(.bitRateSwitch)), ("P", wire.contains(.errorStateIndicator)),
            ("T", wire.origin == .thisHost && !identifier.isError),
        ] where holds { letters += letter }
        let length = wire.isFD ? UInt8(frame.payload.count) : frame.dlc
        let number = String(identifier.number, radix: 16)
        let payload = frame.payload.isEmpty ? "-" : hexadecimal(frame.payload)
        return "\(Int64(microseconds)) \(frame.channel) \(letters) \(number) \(length) \(payload)"
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    static func lines(_ frames: [Frame]) -> [String] { frames.map(line) }

    /// Frames of every kind that python-can knows, on stamps of whole microseconds.
    static func everyKind() -> [Frame] {
        var random = SeededGenerator(seed: 8)
        var frames: [Frame] = []
        for index in 0..<20_000 {
            let isFD = index % 3 == 0
            var flags: FrameFlags = []
            if isFD {
                flags = [.flexibleDataRate]
                if index % 2 == 0 { flags.insert(.bitRateSwitch) }
                if index % 7 == 0 { flags.insert(.errorStateIndicator) }
            }
            let dlc = UInt8.random(in: 0...(isFD ? 15 : 8), using: &random)
            let length = DataLengthCode.length(of: dlc, isFD: isFD)
            var payload = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            var identifier = UInt32.random(in: 0...0x7FF, using: &random)
            if index % 5 == 0 { identifier = 0x8000_0000 | identifier << 18 }
            if !isFD && index % 11 == 0 {
                identifier |= 0x4000_0000
                payload = []
            }
            if !isFD && index % 13 == 0 {
                identifier = 0x2000_0000 | 1 << UInt32(index % 8)
                payload = (0..<8).map { _ in UInt8.random(in: 0...255, using: &random) }
            }
            let isError = identifier >> 29 == 1
            let stamp = Int64.random(in: 0...3_600_000_000, using: &random) * 1_000
            var frame = BLFEncoderTests.frame(
                identifier, payload, stamp: stamp, flags: flags, dlc: isError ? 8 : dlc,
                origin: index % 4 == 0 && !isError ? .thisHost : .received)
            frame.channel = UInt8(index % 5)
            frames.append(frame)
        }
        // Channels are numbered as they appear.
        for channel in 0..<5 { frames[channel].channel = UInt8(channel) }
        return frames
    }

    static func save(_ bytes: [UInt8], _ path: String) throws {
        // The stream is ours until it is closed, and as many bytes are written as there are.
        let file = try unsafe #require(fopen(path, "wbe"))
        let count = unsafe fwrite(bytes, 1, bytes.count, file)
        unsafe fclose(file)
        try #require(count == bytes.count)
    }

    static func contents(of path: String) throws -> [UInt8] {
        // As above; the buffer has the size that is given.
        let file = try unsafe #require(fopen(path, "rbe"))
        defer { unsafe fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while case let count = unsafe fread(&buffer, 1, buffer.count, file), count > 0 {
            bytes += buffer[..<count]
        }
        return bytes
    }

    static func python(_ arguments: String...) throws -> ProgramResult {
        let words = [PeerPython.path, "-B", "Tests/Peers/blf.py"] + arguments
        let result = try Program(words).wait(.seconds(300))
        try #require(result.status == 0, "\(result.errors)")
        return result
    }

    @Test(
        "python-can reads what was written, frame by frame",
        .enabled(if: PeerPython.shouldRun("can"), "no python-can: run Tools/setup"))
    func pythonReads() throws {
        let folder = try TemporaryFolder()
        let frames = Self.everyKind()
        try Self.save(try BLFEncoderTests.written(frames), folder.path + "/a.blf")
        let lines = try Self.python("read", folder.path + "/a.blf").lines.map(String.init)
        #expect(lines.count == frames.count)
        for (line, frame) in zip(lines, frames) where line != Self.line(frame) {
            Issue.record("python-can reads \(line), written was \(Self.line(frame))")
            break
        }
    }

    @Test(
        "what python-can wrote is read, frame by frame",
        .enabled(if: PeerPython.shouldRun("can"), "no python-can: run Tools/setup"))
    func pythonWrites() throws {
        let folder = try TemporaryFolder()
        var frames = Self.everyKind()
        // Its writer clamps stamps before the first.
        frames[0].timestamp = Timestamp(nanoseconds: BLFSample.startNanoseconds)
        // Its error frames have no direction, and its stamps the digits of a float.
        let text = Self.lines(frames).joined(separator: "\n") + "\n"
        try Self.save(Array(text.utf8), folder.path + "/a.txt")
        let half = folder.path + "/a.blf"
        _ = try Self.python("write", folder.path + "/a.txt", half)
        _ = try Self.python("append", folder.path + "/a.txt", half)
        let bytes = try Self.contents(of: half)
        let read = try ReadLog(blf: bytes, capacity: 4_096)
        #expect(read.gaps == ReadingGaps())
        let expected = Self.lines(frames + frames)
        #expect(read.frames.count == expected.count)
        for (frame, line) in zip(read.frames, expected) where Self.line(frame) != line {
            Issue.record("read is \(Self.line(frame)), python-can wrote \(line)")
            break
        }
    }

    @Test(
        "python-can passes over markers of any length, and its own are read",
        .enabled(if: PeerPython.shouldRun("can"), "no python-can: run Tools/setup"))
    func markers() throws {
        let folder = try TemporaryFolder()
        var batch = FrameBatch(capacity: 20)
        let time = Timestamp(nanoseconds: BLFSample.startNanoseconds)
        let words = (0..<9).map { String(repeating: "x", count: $0 + 1) }
        for word in words {
            batch.append(.marker(word), at: time)
            batch.append(BLFEncoderTests.frame(1, [UInt8(word.count)]))
        }
        var writer = InterchangeWriter(MemoryBytes(), BLFEncoder(BLFEncoderTests.options()))
        try writer.write(batch)
        try writer.finish()
        let bytes = writer.intoOutput().bytes
        #expect(try ReadLog(blf: bytes).markers == words)
        try Self.save(bytes, folder.path + "/a.blf")
        #expect(try Self.python("read", folder.path + "/a.blf").lines.count == 9)
        let text = "1700000000123000 0 S 1 1 01\n1700000000123000 0 S marker - brake\n"
        try Self.save(Array((text + text).utf8), folder.path + "/a.txt")
        _ = try Self.python("write", folder.path + "/a.txt", folder.path + "/b.blf")
        let theirs = try ReadLog(blf: try Self.contents(of: folder.path + "/b.blf"))
        #expect(theirs.markers == ["brake", "brake"])
        #expect(theirs.payloads == [[1], [1]])
        #expect(theirs.gaps == ReadingGaps())
    }

    static let logs = [
        "durango_mapswitch", "ralliart_drive", "comma2k19_toyota", "css_asammdfbasics",
        "css_94c49784", "css_3ba199e2", "kona_obd_elm327",
    ]

    /// A real log as its frames, with what it says of its interfaces left out.
    static func realLog(_ name: String) throws -> [Frame] {
        let path = "\(testDataFolder)/logs/\(name).log.zst"
        let compressed = try contents(of: path)
        var reader = InterchangeReader(
            try ZstdStream(MemoryStream(compressed, place: path)), CandumpTextDecoder())
        var batch = FrameBatch(capacity: 8_192)
        var frames: [Frame] = []
        while try reader.read(into: &batch, waiting: .zero) != .ended {
            for index in 0..<batch.count { frames.append(batch.frame(at: index)) }
            batch.removeAll()
        }
        return frames
    }

    /// The same without the direction, which candump's text does not tell.
    static func received(_ frames: [Frame]) -> [Frame] {
        frames.map { frame in
            var frame = frame
            frame.flags.origin = .received
            return frame
        }
    }

    @Test(
        "real logs come back as they were, and python-can reads the same",
        .enabled(
            if: Requirement.data.shouldRun && PeerPython.shouldRun("can"),
            "no logs at CANLOG_TEST_DATA, or no python-can"), arguments: logs)
    func realLogs(name: String) throws {
        let folder = try TemporaryFolder()
        let frames = Self.received(try Self.realLog(name))
        let start = try #require(frames.map(\.timestamp.nanoseconds).min())
        let bytes = try BLFEncoderTests.written(frames, start: start)
        let read = try ReadLog(blf: bytes, capacity: 4_096)
        #expect(read.frames == frames)
        #expect(read.gaps == ReadingGaps())
        #expect(read.resolution == 1_000)
        try Self.save(bytes, folder.path + "/a.blf")
        let lines = try Self.python("read", folder.path + "/a.blf").lines.map(String.init)
        let expected = Self.lines(frames)
        #expect(lines.elementsEqual(expected))
        // And the other way round; python-can writes no date before 1990, as kona_obd_elm327 has.
        guard start >= 631_152_000_000_000_000 else { return }
        let text = lines.joined(separator: "\n") + "\n"
        try Self.save(Array(text.utf8), folder.path + "/a.txt")
        _ = try Self.python("write", folder.path + "/a.txt", folder.path + "/b.blf")
        let theirs = try ReadLog(blf: Self.contents(of: folder.path + "/b.blf"))
        #expect(Self.lines(theirs.frames).elementsEqual(expected))
    }

    @Test(
        "stamps before the first frame's, which python-can clamps, are read by it as they were",
        .enabled(
            if: Requirement.data.shouldRun && PeerPython.shouldRun("can"),
            "no logs at CANLOG_TEST_DATA, or no python-can"))
    func steppingBack() throws {
        let folder = try TemporaryFolder()
        // As in volvo_s60_ddm: the clock is set back by 307 s after the first frames.
        var frames = Self.received(try Self.realLog("kona_obd_elm327"))
        for index in frames.indices.dropFirst(3) {
            frames[index].timestamp.nanoseconds -= 307_000_000_000
        }
        let start = try #require(frames.map(\.timestamp.nanoseconds).min())
        let bytes = try BLFEncoderTests.written(frames, start: start)
        #expect(try ReadLog(blf: bytes).frames == frames)
        try Self.save(bytes, folder.path + "/a.blf")
        let lines = try Self.python("read", folder.path + "/a.blf").lines.map(String.init)
        #expect(lines == Self.lines(frames))
    }

    @Test(
        "Wireshark reads the same frames, stamps to the nanosecond",
        .enabled(
            if: Requirement.peers.isRequired
                || (try? Program.run("tshark", "-v").status == 0) == true,
            "needs tshark: run Tools/setup"))
    func wireshark() throws {
        let folder = try TemporaryFolder()
        // Version 4.0 shows no error frames, and no flags of CAN FD.
        var frames = Self.everyKind().filter { !$0.identifier.isError }
        for index in frames.indices { frames[index].timestamp.nanoseconds += Int64(index % 1_000) }
        try Self.save(try BLFEncoderTests.written(frames), folder.path + "/a.blf")
        let fields = [
            "frame.time_epoch", "frame.interface_name", "can.id", "can.flags.xtd", "can.flags.rtr",
            "can.len", "frame.p2p_dir", "data.data",
        ]
        // It takes the start for local time, as Vector's tools write it.
        let words =
            ["tshark", "-r", folder.path + "/a.blf", "-T", "fields", "-E", "separator=,"]
            // Payloads of higher protocols would not be shown as data.
            + ["--disable-protocol", "autosar-nm"]
            + fields.flatMap { ["-e", $0] }
        let result = try Program(words, environment: ["TZ": "UTC"]).wait(.seconds(300))
        let lines = result.lines.map(String.init)
        #expect(lines.count == frames.count, "\(result.errors)")
        for (line, frame) in zip(lines, frames) where line != Self.wiresharkLine(frame) {
            Issue.record("Wireshark reads \(line), written was \(Self.wiresharkLine(frame))")
            break
        }
    }

    static func wiresharkLine(_ frame: Frame) -> String {
        let (seconds, nanoseconds) = frame.timestamp.nanoseconds.quotientAndRemainder(
            dividingBy: 1_000_000_000)
        let fraction = String(nanoseconds)
        let zeros = String(repeating: "0", count: 9 - fraction.count)
        func bit(_ holds: Bool) -> String { holds ? "1" : "0" }
        return [
            "\(seconds).\(zeros)\(fraction)", "CAN-\(frame.channel + 1)",
            String(frame.identifier.number), bit(frame.identifier.isExtended),
            bit(frame.identifier.isRemote),
            String(frame.identifier.isRemote ? Int(frame.dlc) : frame.payload.count),
            bit(frame.flags.origin == .received), hexadecimal(frame.payload),
        ].joined(separator: ",")
    }
}
