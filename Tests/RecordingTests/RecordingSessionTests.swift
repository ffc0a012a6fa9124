import CANFrame
import LocalFiles
import LogFile
import TestBench
import Testing

@testable import Recording

@Suite("RecordingSession")
struct RecordingSessionTests {
    @Test(
        "what a source gives is in the log, over several groups", arguments: [0, 1, 5_000, 300_000])
    func recorded(frames: Int) throws {
        let folder = try TemporaryFolder()
        let progress = try record(ScriptedSource(frames: frames), to: folder.path + "/a.canlog")
        #expect(progress.failure == nil)
        #expect(progress.frames == UInt64(frames))
        #expect(progress.lost == 0)
        #expect(try Folder.names(in: folder.path) == ["a.canlog"])
        #expect(try stamps(of: folder.path + "/a.canlog") == (0..<frames).map { Int64($0) * 1_000 })
    }

    @Test("stamps are cut to the resolution of the log")
    func resolution() throws {
        let folder = try TemporaryFolder()
        var source = ScriptedSource(frames: 3)
        source.stampOffset = 999
        _ = try record(source, to: folder.path + "/a.canlog")
        #expect(try stamps(of: folder.path + "/a.canlog") == [0, 1_000, 2_000])
    }

    @Test("a clock that steps back 300 s begins a new group and loses nothing")
    func clockStep() throws {
        let folder = try TemporaryFolder()
        let source = ScriptedSource(frames: 1_000, stepBackAt: 106)
        let progress = try record(source, to: folder.path + "/a.canlog")
        #expect(progress.groups == 2)
        let stamps = try stamps(of: folder.path + "/a.canlog")
        #expect(stamps.count == 1_000)
        #expect(stamps[106] == stamps[105] + 1_000 - 300_000_000_000)
    }

    @Test(
        "an event right behind the last frame of a group is in the log",
        arguments: [131_072, 262_144])
    func eventBehindGroup(frames: Int) throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a.canlog"
        var source = ScriptedSource(frames: frames + 100)
        source.lossBefore = frames
        _ = try record(source, to: path)
        var reader = try LogReader(file: ReadableFile(path: path), place: path)
        var batch = FrameBatch(capacity: 4_096)
        var losses: [Loss] = []
        while try reader.read(into: &batch, waiting: .zero) != .ended {
            for index in batch.events.indices {
                if case .loss(let loss) = batch.events[index].kind { losses.append(loss) }
            }
            batch.removeAll()
        }
        #expect(losses == [Loss(cause: .socketBuffer, frames: 7)])
    }

    @Test("it stops after as many frames as were asked for")
    func frameLimit() throws {
        let folder = try TemporaryFolder()
        let progress = try record(
            ScriptedSource(frames: 10_000), to: folder.path + "/a.canlog", limit: 1_234)
        #expect(progress.frames == 1_234)
        #expect(try stamps(of: folder.path + "/a.canlog").count == 1_234)
    }

    @Test("a log that exists is never overwritten")
    func exists() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a.canlog"
        _ = try record(ScriptedSource(frames: 1), to: path)
        #expect(
            throws: StreamError(
                place: path, cause: "create failed: File exists (errno 17)",
                remedy: "name another file with -o, or a folder, in which canlog makes a new name")
        ) {
            _ = try record(ScriptedSource(frames: 1), to: path)
        }
    }

    @Test(
        "a source that fails ends the recording with its words, and what came before is in the log")
    func failing() throws {
        let folder = try TemporaryFolder()
        let progress = try record(
            ScriptedSource(frames: 100, failsAtEnd: true), to: folder.path + "/a.canlog")
        #expect(progress.failure == "script: torn")
        #expect(try stamps(of: folder.path + "/a.canlog").count == 100)
    }

    private func record(_ source: ScriptedSource, to path: String, limit: UInt64? = nil)
        throws -> RecordingProgress
    {
        var options = RecordingOptions(
            path: path,
            metadata: LogMetadata(
                recording: RecordingID(random: 1, 2), created: Timestamp(nanoseconds: 0),
                resolution: 1_000, program: "test"))
        options.frameLimit = limit
        let session = try RecordingSession(source: source, options: options) {}
        #expect(waitUntil(.seconds(60)) { session.hasEnded })
        return session.finish()
    }

    private func stamps(of path: String) throws -> [Int64] {
        var reader = try LogReader(file: ReadableFile(path: path), place: path)
        #expect(reader.state == .closed)
        var batch = FrameBatch(capacity: 4_096)
        var stamps: [Int64] = []
        while try reader.read(into: &batch, waiting: .zero) != .ended {
            for index in 0..<batch.count {
                let row = batch.rows[index]
                #expect(row.payloadWord == UInt64(stamps.count))
                stamps.append(row.timestamp.nanoseconds)
            }
            batch.removeAll()
        }
        return stamps
    }
}

/// Frames 1 µs apart with their number as payload.
private struct ScriptedSource: FrameSource, Sendable {
    var frames: Int
    var stepBackAt = Int.max
    var failsAtEnd = false
    var stampOffset: Int64 = 0
    /// Before this frame seven were lost.
    var lossBefore = Int.max
    private var next = 0

    init(frames: Int, stepBackAt: Int = .max, failsAtEnd: Bool = false) {
        self.frames = frames
        self.stepBackAt = stepBackAt
        self.failsAtEnd = failsAtEnd
    }

    mutating func read(
        into batch: inout FrameBatch, waiting limit: Duration
    ) throws(StreamError) -> ReadOutcome {
        if next == 0 {
            batch.append(
                .channel(ChannelDescription(interface: "vcan0")), at: Timestamp(nanoseconds: 0),
                channel: 0)
        }
        while next < frames, !batch.isFull {
            if next == lossBefore {
                lossBefore = .max
                batch.append(
                    .loss(Loss(cause: .socketBuffer, frames: 7)),
                    at: Timestamp(nanoseconds: Int64(next) * 1_000), channel: 0)
            }
            let step: Int64 = next >= stepBackAt ? -300_000_000_000 : 0
            batch.append(
                FrameRow(
                    timestamp: Timestamp(nanoseconds: Int64(next) * 1_000 + step + stampOffset),
                    identifier: PackedID(rawValue: 0x100 + UInt32(next % 7)), channel: 0, flags: [],
                    length: 8, dlc: 8, payloadWord: UInt64(next)))
            next += 1
        }
        if next == frames, failsAtEnd, batch.isEmpty {
            throw StreamError(place: "script", cause: "torn")
        }
        return next == frames && !failsAtEnd ? .ended : .batch
    }
}
