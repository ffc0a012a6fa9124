import CANFrame
import LocalFiles
import LogInterchange
import TestBench
import Testing

@Suite("text formats with python-can and can-utils")
struct TextPeerTests {
    static let logs = [
        "durango_mapswitch", "ralliart_drive", "comma2k19_toyota", "css_asammdfbasics",
        "css_94c49784", "css_3ba199e2", "kona_obd_elm327",
    ]
    static let formats = ["asc", "trc"]

    /// The first 20,000 lines of a real log.
    static func beginning(of name: String) throws -> [UInt8] {
        let path = "\(testDataFolder)/logs/\(name).log.zst"
        let result = try Program.shell("zstd -dc '\(path)' | head -n 20000")
        #expect(result.status == 0, "\(result.errors)")
        return Array(result.output.utf8)
    }

    static func encoder(_ format: String, from start: Timestamp) -> any InterchangeEncoder {
        var options = EncodingOptions()
        options.start = start
        return format == "asc" ? ASCEncoder(options) : TRCEncoder(options)
    }

    static func decoder(_ format: String) -> any InterchangeDecoder {
        format == "asc" ? ASCDecoder() : TRCDecoder()
    }

    static func python(_ arguments: String...) throws -> ProgramResult {
        let words = [PeerPython.path, "Tests/Peers/logs_with_python_can.py"] + arguments
        return try Program(words, environment: ["TZ": "UTC"]).wait(.seconds(300))
    }

    static func candump(_ frames: [Frame], _ interfaces: [String]) throws -> [UInt8] {
        let style = CandumpTextStyle(showsDirection: true)
        return try Encoded(frames, CandumpTextEncoder(style: style), interfaces: interfaces).bytes
    }

    @Test(
        "what is written of a real log is what python-can reads",
        .enabled(if: Requirement.data.shouldRun, "the real logs are not there"),
        .enabled(if: PeerPython.shouldRun("can"), "python-can is not there"),
        arguments: logs, formats)
    func read(log: String, format: String) throws {
        let original = try ReadLog(Self.beginning(of: log), CandumpTextDecoder())
        try checkReading(original.frames, original.interfaces, format: format)
    }

    @Test(
        "what is written of each kind of frame is what python-can reads",
        .enabled(if: PeerPython.shouldRun("can"), "python-can is not there"), arguments: formats)
    func kinds(format: String) throws {
        // python-can's own reader of candump text knows no DLC above 8, and error frames only with
        // CAN_ERR_BUSERROR.
        let frames = framesOfEachKind().filter {
            ($0.flags.isFD || $0.dlc <= 8) && $0.identifier.rawValue != 0x2000_0008
        }
        try checkReading(frames, ["can0", "can1"], format: format)
    }

    func checkReading(_ frames: [Frame], _ names: [String], format: String) throws {
        let interfaces = names.indices.map { "can\($0)" }
        let start = try #require(frames.map(\.timestamp).min())
        let written = try Encoded(
            frames, Self.encoder(format, from: start), interfaces: interfaces)
        let folder = try TemporaryFolder()
        let (text, log) = ("\(folder.path)/a.log", "\(folder.path)/a.\(format)")
        // Frames without a direction are written as received.
        let told = frames.map { frame in
            var frame = frame
            if frame.flags.origin == .unknown { frame.flags.origin = .received }
            return frame
        }
        try write(Self.candump(told, interfaces), to: text)
        try write(written.bytes, to: log)
        let result = try Self.python("compare", text, log)
        #expect(result.status == 0, "\(result.errors)")
        #expect((Int(result.output.dropLast()) ?? 0) > frames.count / 2)
    }

    @Test(
        "what python-can writes of a real log is read",
        .enabled(if: Requirement.data.shouldRun, "the real logs are not there"),
        .enabled(if: PeerPython.shouldRun("can"), "python-can is not there"),
        arguments: logs, formats)
    func written(log: String, format: String) throws {
        let original = try ReadLog(Self.beginning(of: log), CandumpTextDecoder())
        var expected = original.frames
        // python-can's writers count from the first frame; what is earlier they write wrong, and what
        // is earlier than the frame before as if it were not.
        var latest = Timestamp(nanoseconds: .min)
        expected.removeAll { frame in
            defer { latest = max(latest, frame.timestamp) }
            return frame.timestamp < latest
        }
        for index in expected.indices { expected[index].flags.origin = .received }
        let folder = try TemporaryFolder()
        let (text, path) = ("\(folder.path)/a.log", "\(folder.path)/a.\(format)")
        try write(Self.candump(expected, original.interfaces.indices.map { "can\($0)" }), to: text)
        let result = try Self.python("write", text, path)
        #expect(result.status == 0, "\(result.errors)")
        let bytes = try read(path)
        #expect(format == "asc" ? ASCDecoder.matches(bytes) : TRCDecoder.matches(bytes))
        let found = try ReadLog(bytes, Self.decoder(format)).frames
        try #require(found.count == expected.count)
        let isSame = zip(found, expected).allSatisfy { found, expected in
            let distance = found.timestamp.nanoseconds(since: expected.timestamp)
            // python-can's ASC has the start to the millisecond, below that its stamps are off.
            return distance.magnitude <= (format == "asc" ? 1_000_000 : 1_000)
                && found.identifier == expected.identifier && found.payload == expected.payload
                && found.flags == expected.flags && found.dlc == expected.dlc
        }
        #expect(isSame)
    }

    @Test(
        "asc2log reads what is written of a real log",
        .enabled(if: Requirement.data.shouldRun, "the real logs are not there"),
        .enabled(if: isOnPath("asc2log"), "asc2log is not there"), arguments: logs)
    func asc2log(log: String) throws {
        let original = try ReadLog(Self.beginning(of: log), CandumpTextDecoder())
        try checkAsc2log(original.frames)
    }

    @Test(
        "asc2log reads what is written of each kind of frame",
        .enabled(if: isOnPath("asc2log"), "asc2log is not there"))
    func asc2logKinds() throws {
        // Older versions of asc2log know no DLC above 8, nor the length of remote frames.
        let frames = framesOfEachKind().filter {
            !$0.identifier.isRemote && ($0.flags.isFD || $0.dlc <= 8)
        }
        try checkAsc2log(frames)
    }

    func checkAsc2log(_ frames: [Frame]) throws {
        let start = try #require(frames.map(\.timestamp).min())
        let written = try Encoded(
            frames, Self.encoder("asc", from: start), interfaces: ["can0", "can1"])
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/a.asc"
        try write(written.bytes, to: path)
        let result = try Program.run("asc2log", "-I", path)
        let found = try ReadLog(Self.mended(result.output), CandumpTextDecoder()).frames
        try #require(found.count == frames.count)
        // Without the locales of the dates asc2log counts from now.
        let shift = found[0].timestamp.nanoseconds(since: frames[0].timestamp)
        let isSame = zip(found, frames).allSatisfy { found, expected in
            // asc2log knows no more of an error than CAN_ERR_BUSERROR, and no direction.
            let identifier =
                expected.identifier.isError ? 0x2000_0080 : expected.identifier.rawValue
            return found.timestamp.nanoseconds(since: expected.timestamp) == shift
                && found.identifier.rawValue == identifier
                && (expected.identifier.isError || found.payload == expected.payload)
                && found.flags.intersection(.wire) == expected.flags.intersection(.wire)
                && found.dlc == expected.dlc
        }
        #expect(isSame)
    }

    /// asc2log carries only what is more than a second: it counts from now, and one frame in a million
    /// has the stamp `(1700000000.1000000)`.
    static func mended(_ text: String) -> String {
        text.split(separator: "\n").map { line -> String in
            guard let place = line.firstRange(of: ".1000000)"),
                let seconds = Int(line[..<place.lowerBound].dropFirst())
            else {
                return String(line)
            }
            return "(\(seconds + 1).000000)\(line[place.upperBound...])"
        }.joined(separator: "\n") + "\n"
    }

    @Test(
        "what log2asc writes is read",
        .enabled(if: isOnPath("log2asc"), "log2asc is not there"))
    func log2asc() throws {
        let frames = framesOfEachKind().filter { $0.flags.isFD || $0.dlc <= 8 }
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/a.log"
        try write(Self.candump(frames, ["can0", "can1"]), to: path)
        let result = try Program.run("log2asc", "-I", path, "can0", "can1")
        let found = try ReadLog(result.output, ASCDecoder()).frames
        try #require(found.count == frames.count)
        let shift = found[0].timestamp.nanoseconds(since: frames[0].timestamp)
        for (found, expected) in zip(found, frames) {
            #expect(found.timestamp.nanoseconds(since: expected.timestamp) == shift)
            #expect(found.identifier.isError == expected.identifier.isError)
            guard !expected.identifier.isError else { continue }
            #expect(found.identifier == expected.identifier)
            #expect(found.payload == expected.payload)
            #expect(found.flags == expected.flags)
        }
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        var file = try WritableFile(creating: path)
        try file.append(bytes.span)
        try file.synchronize()
    }

    private func read(_ path: String) throws -> [UInt8] {
        let result = try Program.run("cat", path)
        return Array(result.output.utf8)
    }
}
