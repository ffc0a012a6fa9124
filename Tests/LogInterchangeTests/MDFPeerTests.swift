import CANFrame
import LocalFiles
import LogInterchange
import TestBench
import Testing

private let script = "Tests/Peers/mdf_with_asammdf.py"

/// Files that asammdf and python-can write and read, in a folder of the test's own.
private struct Exchange {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func path(_ name: String) -> String { folder.path + "/" + name }

    func python(_ arguments: String...) throws -> ProgramResult {
        let result = try Program([PeerPython.path, "-B", script] + arguments).wait(.seconds(300))
        #expect(result.status == 0, "\(result.errors)")
        return result
    }

    func write(_ bytes: [UInt8], _ name: String) throws {
        var file = try WritableFile(creating: path(name))
        try file.append(bytes.span)
    }

    /// A log of the real ones as text.
    func log(_ name: String) throws -> [UInt8] {
        let result = try Program.run(
            "zstd", "-dqf", "-o", path("real.log"), "\(testDataFolder)/logs/\(name).log.zst")
        #expect(result.status == 0, "\(result.errors)")
        let file = try ReadableFile(path: path("real.log"))
        return try file.bytes(at: 0, count: Int(file.byteCount))
    }
}

/// The text of frames as `candump -L` has it, with nine digits and the direction.
private func text(_ frames: [Frame], _ interfaces: [String]) throws -> [UInt8] {
    var style = CandumpTextStyle(decimals: 9)
    style.showsDirection = true
    var batch = FrameBatch(capacity: max(frames.count, 1))
    for (channel, name) in interfaces.enumerated() {
        batch.append(
            .channel(ChannelDescription(interface: name)), at: Timestamp(nanoseconds: 0),
            channel: UInt8(channel))
    }
    for frame in frames { batch.append(frame) }
    var writer = InterchangeWriter(MemoryBytes(), CandumpTextEncoder(style: style))
    try writer.write(batch)
    try writer.finish()
    return writer.intoOutput().bytes
}

private func lines(_ bytes: [UInt8]) -> [Substring] {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n")
}

/// Frames of all kinds whose stamps rise, so that others' orders are the same; error frames as
/// python-can has them, with eight bytes.
private func risingFrames() -> [Frame] {
    var frames = mixedFrames(3_000, resolution: 1_000, seed: 5)
    for index in frames.indices {
        frames[index].timestamp.nanoseconds = 1_700_000_000_000_000_000 + Int64(index) * 1_000
        frames[index].channel %= 2
        if frames[index].identifier.isError && frames[index].identifier.number == 0 {
            frames[index].identifier = PackedID(errorClass: 8)
        }
    }
    return frames
}

private let hasPeers = PeerPython.shouldRun("asammdf, can")

@Suite(
    "MDF and its peers",
    .enabled(if: hasPeers, "asammdf and python-can are not there; Tools/setup peers installs them"))
struct MDFPeerTests {
    @Test("asammdf reads what was written", arguments: [false, true])
    func asammdfReads(isPipe: Bool) throws {
        let (exchange, frames) = (try Exchange(), risingFrames())
        let written = try writtenMDF(frames, interfaces: ["can0", "can1"], isPipe: isPipe)
        try exchange.write(written.bytes, "log.mf4")
        let read = try exchange.python("read", exchange.path("log.mf4"))
        let expected = lines(try text(frames, ["can0", "can1"]))
        #expect(read.lines == expected)
    }

    @Test(
        "what asammdf writes is read", arguments: [0, 1, 2], ["4.00", "4.10", "4.20"])
    func asammdfWrites(compression: Int, version: String) throws {
        let (exchange, frames) = (try Exchange(), risingFrames())
        let expected = try text(frames, ["can0", "can1"])
        try exchange.write(expected, "log.txt")
        _ = try exchange.python(
            "write", exchange.path("log.txt"), exchange.path("log.mf4"), "\(compression)", version)
        let file = try ReadableFile(path: exchange.path("log.mf4"))
        let read = try ReadLog(mdf: try file.bytes(at: 0, count: Int(file.byteCount)))
        #expect(read.gaps == ReadingGaps())
        #expect(Set(read.interfaces) == ["can0", "can1"])
        #expect(lines(try text(read.frames, read.interfaces)) == lines(expected))
    }

    @Test("python-can reads what was written")
    func pythonCANReads() throws {
        let (exchange, frames) = (try Exchange(), risingFrames())
        let written = try writtenMDF(frames, interfaces: ["can0", "can1"])
        try exchange.write(written.bytes, "log.mf4")
        let read = try exchange.python("read-with-python-can", exchange.path("log.mf4"))
        // A classic DLC above 8 is 8 to python-can.
        let expected = lines(try text(frames, ["can0", "can1"])).map { line -> String in
            var line = String(line)
            if !line.contains("#R"), let mark = line.firstIndex(of: "_") {
                line.removeSubrange(mark...line.index(after: mark))
            }
            return line
        }
        #expect(read.lines.map(String.init) == expected)
    }

    @Test("what python-can writes is read")
    func pythonCANWrites() throws {
        let exchange = try Exchange()
        let frames = Array(risingFrames().prefix(300))
        let expected = try text(frames, ["can0", "can1"])
        try exchange.write(expected, "log.txt")
        _ = try exchange.python(
            "write-with-python-can", exchange.path("log.txt"), exchange.path("log.mf4"))
        let file = try ReadableFile(path: exchange.path("log.mf4"))
        let read = try ReadLog(mdf: try file.bytes(at: 0, count: Int(file.byteCount)))
        // Its times count from when it was started, and are rounded there: only their order is left.
        // It writes each frame's own group, and earlier ones than its start as they are.
        #expect(read.frames.count == frames.count)
        for kind in [0, 0x4000_0000, 0x2000_0000] as [UInt32] {
            let ours = read.frames.filter { $0.identifier.rawValue & 0x6000_0000 == kind }
            let theirs = frames.filter { $0.identifier.rawValue & 0x6000_0000 == kind }
            #expect(ours.map(\.identifier) == theirs.map(\.identifier))
            #expect(ours.map(\.payload) == theirs.map(\.payload))
            #expect(ours.map(\.flags) == theirs.map(\.flags))
        }
    }

    static let logs = [
        "comma2k19_toyota", "css_3ba199e2", "css_94c49784", "css_asammdfbasics",
        "durango_mapswitch", "kona_obd_elm327", "ralliart_drive",
    ]

    @Test(
        "real logs go to asammdf and come back",
        .enabled(if: Requirement.data.shouldRun, "the real logs are not there"), arguments: logs)
    func realLogs(name: String) throws {
        let exchange = try Exchange()
        let original = try exchange.log(name)
        var reader = InterchangeReader(
            MemoryStream(original, place: name), CandumpTextDecoder())
        var (frames, interfaces): ([Frame], [String]) = ([], [])
        var batch = FrameBatch(capacity: 10_000)
        while try reader.read(into: &batch, waiting: .zero) != .ended {
            for index in 0..<batch.count { frames.append(batch.frame(at: index)) }
            for index in 0..<batch.events.count {
                if case .channel(let channel) = batch.events[index].kind {
                    interfaces.append(channel.interface)
                }
            }
            batch.removeAll()
        }
        let written = try writtenMDF(frames, interfaces: interfaces, batchSize: 10_000)
        let own = try ReadLog(mdf: written.bytes, capacity: 10_000)
        #expect(try text(own.frames, own.interfaces) == text(frames, interfaces))

        try exchange.write(written.bytes, "log.mf4")
        let theirs = try exchange.python("read", exchange.path("log.mf4"))
        let sorted = frames.enumerated().sorted {
            ($0.element.timestamp, $0.offset) < ($1.element.timestamp, $1.offset)
        }.map(\.element)
        // A direction that is not known is written as received.
        let expected = lines(try text(sorted, interfaces)).map { String($0) + " R" }
        #expect(theirs.lines.map(String.init) == expected)

        _ = try exchange.python(
            "write", exchange.path("real.log"), exchange.path("theirs.mf4"), "2", "4.10")
        let file = try ReadableFile(path: exchange.path("theirs.mf4"))
        let back = try ReadLog(
            mdf: try file.bytes(at: 0, count: Int(file.byteCount)), capacity: 10_000)
        #expect(back.gaps == ReadingGaps())
        #expect(back.frames.map(\.timestamp) == frames.map(\.timestamp))
        #expect(back.frames.map(\.identifier) == frames.map(\.identifier))
        #expect(back.frames.map(\.payload) == frames.map(\.payload))
    }

    /// What asammdf finds in the file of the logger itself (reference/decoding.md): 3,993 values.
    @Test(
        "asammdf decodes signals of what was written",
        .enabled(if: Requirement.data.shouldRun, "the real logs are not there"),
        arguments: [false, true])
    func signals(isPipe: Bool) throws {
        let exchange = try Exchange()
        let original = try exchange.log("css_asammdfbasics")
        let read = try ReadText(String(decoding: original, as: UTF8.self), capacity: 10_000)
        let written = try writtenMDF(
            read.frames, interfaces: read.interfaces, isPipe: isPipe, batchSize: 10_000)
        try exchange.write(written.bytes, "log.mf4")
        let database = """
            \(testDataFolder)/dbc/api-examples__examples__data-processing__dbc_files__CSS-Electronics-SAE-J1939-DEMO.dbc
            """
        let result = try exchange.python(
            "signals", exchange.path("log.mf4"), database, "EngineSpeed")
        #expect(result.output.hasPrefix("3993 "))
    }
}
