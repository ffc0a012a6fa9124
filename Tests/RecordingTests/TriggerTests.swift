import CANFrame
import LocalFiles
import LogFile
import TestBench
import Testing

@testable import Recording

@Suite("Trigger mode")
struct TriggerTests {
    private func bench(
        before: Duration = .seconds(60), after: Duration = .seconds(60),
        _ conditions: [String] = ["7E8"]
    ) throws -> FedBench {
        try FedBench { options in
            options.trigger = TriggerOptions(
                before: before, after: after,
                conditions: conditions.compactMap { TriggerCondition($0) })
        }
    }

    @Test("without a trigger nothing is kept")
    func none() throws {
        let bench = try bench()
        bench.feed.giveAndWait(1_000)
        let progress = bench.finish()
        #expect(progress?.frames == 1_000)
        #expect(progress?.keptFrames == 0)
        #expect(try Folder.names(in: bench.folder.path) == [])
    }

    @Test("a trigger keeps what came before and what comes after it")
    func middle() throws {
        let bench = try bench()
        bench.feed.giveAndWait(500)
        bench.feed.give([0x7E8])
        bench.feed.giveAndWait(500)
        bench.finish()
        let logs = try bench.logs()
        #expect(logs.map(\.counters) == [Array(0..<1_001)])
        #expect(logs[0].numbers == Array(0..<1_001))
        #expect(logs[0].markers == ["trigger: 7E8"])
        #expect(logs[0].state == .closed)
    }

    @Test("a trigger in the first frame, in the last, and in both", arguments: [1, 2, 3])
    func ends(places: Int) throws {
        let bench = try bench()
        if places & 1 != 0 { bench.feed.give([0x7E8]) }
        bench.feed.giveAndWait(100)
        if places & 2 != 0 { bench.feed.give([0x7E8]) }
        bench.feed.end()
        bench.finish()
        let logs = try bench.logs()
        let count = 100 + places.nonzeroBitCount
        #expect(logs.map(\.counters) == [(0..<UInt64(count)).map { $0 }])
    }

    @Test("of the time before only as much is kept as was asked for, to the frame")
    func before() throws {
        let bench = try bench(before: .milliseconds(300))
        for _ in 0..<20 {
            bench.feed.giveAndWait(10)
            HostClock.sleep(untilMonotonic: HostClock.monotonic() + 50_000_000)
        }
        bench.feed.give([0x7E8])
        bench.feed.giveAndWait(10)
        bench.finish()
        let log = try #require(try bench.logs().first)
        #expect(log.counters.last == 210)
        #expect(log.counters == Array(log.counters[0]...210))
        let trigger = log.stamps[log.counters.firstIndex(of: 200) ?? 0]
        #expect(trigger.nanoseconds - log.stamps[0].nanoseconds <= 300_000_000 + 1_000)
        // Ten frames every 50 ms or a little more: the next older ones are older than 300 ms.
        #expect(log.counters[0] >= 130 && log.counters[0] <= 190)
        #expect(log.numbers.first == log.counters.first)
    }

    @Test(
        "after its time a log ends, and the next trigger makes another one with what came between")
    func twice() throws {
        let bench = try bench(after: .milliseconds(50))
        bench.feed.giveAndWait(10)
        bench.feed.give([0x7E8])
        #expect(waitUntil { bench.control.progress().completedFiles == 1 })
        bench.feed.giveAndWait(20)
        bench.feed.give([0x7E8])
        #expect(waitUntil { bench.control.progress().completedFiles == 2 })
        bench.finish()
        let logs = try bench.logs()
        #expect(logs.map(\.counters.count) == [11, 21])
        #expect(logs.flatMap(\.counters) == Array(0..<32))
    }

    @Test("a second trigger extends the log")
    func extended() throws {
        let bench = try bench(after: .milliseconds(400))
        for _ in 0..<8 {
            bench.feed.give([0x7E8])
            bench.feed.giveAndWait(5)
            HostClock.sleep(untilMonotonic: HostClock.monotonic() + 100_000_000)
        }
        bench.finish()
        #expect(try bench.logs().map(\.counters.count) == [48])
    }

    @Test("a person's trigger keeps as well, and says why")
    func byHand() throws {
        let bench = try bench([])
        bench.feed.giveAndWait(30)
        let change = try bench.control.trigger("gearbox noise")
        #expect(change.opened != nil)
        bench.finish()
        let logs = try bench.logs()
        #expect(logs.map(\.counters.count) == [30])
        #expect(logs[0].markers == ["trigger: gearbox noise"])
    }

    @Test("metadata that no header takes is refused, and the next trigger works all the same")
    func refusedNext() throws {
        let bench = try bench([])
        bench.feed.giveAndWait(30)
        #expect(throws: StreamError.self) {
            _ = try bench.control.next(
                FedBench.metadata(vin: String(repeating: "V", count: 5_000)))
        }
        _ = try bench.control.trigger("x")
        bench.finish()
        #expect(try bench.logs().map(\.counters.count) == [30])
    }

    @Test("with nothing before and nothing behind, the batch of the trigger is kept")
    func nothingAround() throws {
        let bench = try bench(before: .zero, after: .zero)
        bench.feed.giveAndWait(30)
        bench.feed.give([0x7E8])
        #expect(waitUntil { bench.control.progress().completedFiles == 1 })
        bench.feed.giveAndWait(30)
        bench.finish()
        let logs = try bench.logs()
        #expect(logs.count == 1)
        #expect(logs[0].counters.contains(30) && logs[0].counters.count < 61)
    }

    @Test("what came before the next vehicle is not kept for it")
    func nextVehicle() throws {
        let bench = try bench([])
        bench.feed.giveAndWait(30)
        let change = try bench.control.next(FedBench.metadata(vin: "B"))
        #expect(change.opened == nil)
        bench.feed.giveAndWait(12)
        _ = try bench.control.trigger("x")
        bench.finish()
        let logs = try bench.logs()
        #expect(logs.map(\.counters) == [Array(30..<42)])
        #expect(logs[0].metadata.vin == "B")
    }

    @Test(
        "a pattern fits what it says",
        arguments: [
            ("7E8", true), ("7E9", false), ("7E0:7F0", true), ("000007E8", false),
            ("7E8#037F", true), ("7E8#03", true), ("7E8#04", false), ("7E8#..7F31", true),
            ("7E8#.3", true), ("7E8#.4", false), ("7E8#0100/0100", true), ("7E8#0400/0400", false),
            ("7E8#0000000000000000", false), ("7E8#037F310000000000AA", false),
        ])
    func patterns(text: String, fits: Bool) throws {
        var batch = FrameBatch(capacity: 1)
        batch.append(
            FrameRow(
                timestamp: Timestamp(nanoseconds: 0), identifier: PackedID(rawValue: 0x7E8),
                channel: 0, flags: [], length: 8, dlc: 8, payloadWord: 0x317F03))
        let condition = try #require(TriggerCondition(text))
        #expect(condition.fits(batch.rows[0], at: 0, of: batch) == fits)
        #expect(condition.text == text)
    }

    @Test(
        "what is no pattern is refused",
        arguments: ["", "7E8#0", "7E8#0G", "12345", "7E8:FFFFF", "7E8#01/0", "7E8#01/..", "+7E"])
    func notPatterns(text: String) {
        #expect(TriggerCondition(text) == nil)
    }
}
