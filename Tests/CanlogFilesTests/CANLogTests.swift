import CANFrame
import CanlogFiles
import LocalFiles
import LogFile
import TestBench
import Testing

@Suite("A log in a few lines")
struct CANLogTests {
    private let count = 3_000
    private let speed = ArbitrationID(standard: 0x0B4)

    private func sample() throws -> LogSample {
        let sample = try LogSample()
        try sample.write(LogSample.bytes(count))
        return sample
    }

    @Test("gives its frames with numbers and interfaces to a for loop")
    func loop() throws {
        let sample = try sample()
        let log = try CANLog(path: sample.path)
        #expect(log.summary.frames == 3_000)
        let frames = try log.read { Array($0) }
        #expect(frames.map(\.frame) == LogSample.frames(0..<count))
        #expect(frames.map(\.number) == (0..<3_000).map { UInt64($0) })
        #expect(frames.allSatisfy { $0.interface == "can\($0.channel)" })
    }

    @Test("gives what is selected with the numbers of the whole")
    func selection() throws {
        let sample = try sample()
        var wanted = LogSelection()
        wanted.only = [.identifiers(0x7E8...0x7E8, isExtended: false)]
        let numbers = try CANLog(path: sample.path).read(wanted) { frames in frames.map(\.number) }
        #expect(numbers == [500, 1_500, 2_500])
        wanted.isFramesOnly = true
        let frames = try CANLog(path: sample.path).read(wanted) { Array($0) }
        #expect(frames.map(\.payload) == Array(repeating: [3, 0x7F, 0x22, 0x31], count: 3))
        #expect(frames.map(\.interface) == ["can0", "can0", "can0"])
    }

    @Test("gives columns by the channel's name, by its number, or of all channels")
    func channels() throws {
        let sample = try sample()
        let log = try CANLog(path: sample.path)
        let identifier = try #require(speed)
        let all = LogSample.frames(0..<count).filter { $0.identifier.rawValue == 0x0B4 }
        let columns = try log.columns(of: identifier)
        #expect(columns.timestamps == all.map(\.timestamp))
        #expect(columns.channels == all.map(\.channel))
        #expect((0..<columns.count).map(columns.payload(at:)) == all.map(\.payload))
        #expect(columns.words.map { UInt8($0 >> 32 & 0xFF) } == all.map { $0.payload[4] })
        for channel in 0..<2 as Range<UInt8> {
            let byName = try log.columns(of: identifier, on: "can\(channel)")
            #expect(byName.timestamps == all.filter { $0.channel == channel }.map(\.timestamp))
            #expect(try log.columns(of: identifier, channel: channel) == byName)
        }
        #expect(try log.columns(of: identifier, channel: 9).count == 0)
        #expect {
            try log.columns(of: identifier, on: "can7")
        } throws: {
            "\($0)" == "\(sample.path): the log has no channel can7; it has can0, can1"
        }
    }

    @Test("gives columns of a stretch of time")
    func stretch() throws {
        let sample = try sample()
        let columns = try CANLog(path: sample.path).columns(
            of: #require(speed), from: .afterStart(1_000_000_000), to: .afterStart(1_099_999_999))
        let expected = LogSample.frames(1_000..<1_100).filter { $0.identifier.rawValue == 0x0B4 }
        #expect(columns.timestamps == expected.map(\.timestamp))
        #expect(columns.timeRange == expected[0].timestamp...expected[expected.count - 1].timestamp)
    }

    @Test("tells damage behind all that can be read, unless it is accepted")
    func damage() throws {
        let sample = try LogSample()
        var bytes = try LogSample.bytes(count)
        bytes[try #require(try LogSample.streams(in: bytes)) + 1] ^= 0x10
        try sample.write(bytes)
        let log = try CANLog(path: sample.path)
        var seen = 0
        #expect(throws: StreamError.self) {
            try log.read { frames in for _ in frames { seen += 1 } }
        }
        #expect(seen < count)
        #expect(try log.read(acceptsDamage: true) { Array($0).count } == seen)
        var cursor = try log.frames()
        var given = 0
        var failure: StreamError?
        do throws(StreamError) { while try cursor.next() != nil { given += 1 } } catch {
            failure = error
        }
        #expect(given == seen && !cursor.damages.isEmpty)
        #expect(failure?.place == sample.path)
        #expect(try cursor.next() == nil)
        var lost = 0
        for number in [0x0B4, 0x321, 0x7E8] as [UInt32] {
            let identifier = try #require(ArbitrationID(standard: number))
            let whole = LogSample.frames(0..<count).filter { $0.identifier.rawValue == number }
            let columns = try log.columns(of: identifier, acceptsDamage: true)
            lost += whole.count - columns.count
            if columns.damages.isEmpty {
                #expect(columns.count == whole.count)
                #expect(try log.columns(of: identifier) == columns)
            } else {
                #expect(throws: StreamError.self) { try log.columns(of: identifier) }
            }
        }
        #expect(lost > 0)
    }

    @Test("that is cut off says so behind its frames")
    func cutOff() throws {
        let sample = try LogSample()
        try sample.write(Array(LogSample.bytes(count).dropLast(40)))
        let log = try CANLog(path: sample.path)
        #expect(log.state == .truncated)
        #expect {
            try log.columns(of: #require(speed))
        } throws: {
            "\($0)".contains("the file was cut off: its end is missing")
        }
    }

    @Test("that is being recorded gives what is there")
    func recording() throws {
        let sample = try LogSample()
        let recorder = LivingRecorder(
            try WritableFile(creating: sample.path), writing: try LogSample.header())
        try sample.write(LogSample.segment(400), suffix: ".journal-0")
        let log = try CANLog(path: sample.path)
        #expect(log.state == .recording)
        let columns = try log.columns(of: #require(speed), on: "can1")
        try sample.write(LogSample.segment(800), suffix: ".journal-0")
        let later = try log.columns(of: #require(speed), on: "can1")
        for (columns, count) in [(columns, 400), (later, 800)] {
            let all = LogSample.frames(0..<count)
            let own = all.filter { $0.identifier.rawValue == 0x0B4 && $0.channel == 1 }
            #expect(columns.timestamps == own.map(\.timestamp))
        }
        #expect(try log.read { Array($0).count } == 800)
        #expect(recorder.isLocked)
    }

    // MARK: Examples

    @Test("is shown by examples that run")
    func examples() throws {
        let sample = try sample()
        try printNegativeResponses(in: sample.path)
        #expect(try countFrames(from: 1, seconds: 1, in: sample.path) == 1_001)
        // The last speed on can0, of frame 2998.
        #expect(try greatestSpeed(in: sample.path) == 29.98)
    }

    @Test(
        "is shown by examples that stand in the documents as they run",
        arguments: [
            "/../../Sources/CanlogFiles/CanlogFiles.docc/CanlogFiles.md", "/../../README.md",
        ])
    func documents(name: String) throws {
        let folder = Folder.parent(of: #filePath)
        let examples = try text(folder + "/Examples.swift")
        let parts = try text(folder + name).split(separator: "```swift\n").dropFirst()
        #expect(!parts.isEmpty)
        for part in parts {
            let code = part.prefix(upTo: try #require(part.firstRange(of: "```")?.lowerBound))
            for block in code.split(separator: "\n\n") where !block.hasPrefix("import") {
                #expect(examples.contains(block), "\(block)")
            }
        }
    }

    private func text(_ path: String) throws -> String {
        let file = try ReadableFile(path: path)
        return String(decoding: try file.bytes(at: 0, count: Int(file.byteCount)), as: UTF8.self)
    }
}

/// Holds the lock of a log as its recorder does.
private final class LivingRecorder {
    private var file: WritableFile
    let isLocked: Bool

    init(_ created: consuming WritableFile, writing bytes: [UInt8]) {
        file = created
        try? file.append(bytes.span)
        isLocked = (try? file.lock()) ?? false
    }
}
