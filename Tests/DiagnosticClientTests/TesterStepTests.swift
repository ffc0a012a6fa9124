import DiagnosticClient
import Testing

/// What a tester does between requests, and what it makes of times; ISO 14229-1 and -2, simulated times.
@Suite("Steps of a tester")
struct TesterStepTests {
    /// ISO 14229-2 7.2: 50 ms, or what the control unit named in its answer to 10 03 (here 200 ms).
    @Test("an answer that is waited for may be late all the same", arguments: [false, true])
    func late(isNamed: Bool) {
        let bench = Bench()
        if isNamed {
            bench.client.ask([0x10, 3], of: 0)
            bench.pass(1)
            bench.hear(0x7E8, [0x06, 0x50, 3, 0x00, 0xC8, 0x01, 0xF4])
        }
        bench.client.ask([0x22, 0xF1, 0x90], of: 0)
        bench.pass(101)
        bench.hear(0x7E8, [0x04, 0x62, 0xF1, 0x90, 1])
        let exchange = bench.exchanges.last
        #expect(exchange?.outcome == .positive)
        #expect(exchange?.p2Limit == (isNamed ? 200_000_000 : 50_000_000))
        #expect(exchange?.isLate == !isNamed)
    }

    @Test("how long an answer was waited for is told")
    func waited() {
        let bench = Bench()
        bench.client.ask([0x22, 0xF1, 0x90], of: 0)
        bench.client.ask([0x31, 1, 0xE0, 0x10], of: 0)
        bench.pass(1_010)
        bench.hear(0x7E8, [0x03, 0x7F, 0x31, 0x78])
        bench.pass(5_100)
        #expect(bench.outcomes == [.noAnswer, .noAnswer])
        #expect(bench.exchanges.map(\.waited) == [1_000_000_000, 5_000_000_000])
    }

    @Test("in a pause nothing is asked, and the session is kept")
    func pause() {
        let bench = Bench()
        bench.client.ask([0x10, 3], of: 0)
        bench.client.pause(3_000_000_000, of: 0)
        bench.client.ask([0x22, 0xF1, 0x90], of: 0)
        bench.pass(1)
        bench.hear(0x7E8, [0x02, 0x50, 3])
        bench.pass(2_990)
        #expect(bench.sent == ["7E0#021003CCCCCCCCCC", "7E0#023E80CCCCCCCCCC"])
        #expect(!bench.client.isIdle)
        bench.pass(11)
        #expect(bench.sent.last == "7E0#0322F190CCCCCCCC")
    }

    @Test("a pause as the last step is waited for, and ended when all is given up")
    func lastPause() {
        let bench = Bench(units: 2)
        bench.client.pause(500_000_000, of: 0)
        bench.pass(499)
        #expect(!bench.client.isIdle)
        bench.pass(1)
        #expect(bench.client.isIdle)
        bench.client.pause(500_000_000, of: 1)
        bench.pass(1)
        bench.client.cancel(atOnce: true)
        #expect(bench.client.isIdle)
    }

    @Test("between requests to all there may be a pause too")
    func functionalPause() {
        let bench = Bench(units: 2)
        let sent = bench.client.askAll([0x3E, 0x80], at: address(0x7DF))
        bench.client.pauseAll(500_000_000)
        let again = bench.client.askAll([0x22, 0xF1, 0x90], at: address(0x7DF))
        #expect(sent && again)
        // A second passes without an answer, then half of one.
        bench.pass(1_499)
        #expect(bench.sent == ["7DF#023E80CCCCCCCCCC"])
        bench.pass(1)
        #expect(bench.sent.last == "7DF#0322F190CCCCCCCC")
    }

    /// ISO 14229-1 10.4: requestSeed (odd) is answered by a seed, which sendKey (even) answers.
    @Test("behind a seed all waits for its key, but for TesterPresent")
    func key() {
        let bench = Bench(units: 2)
        bench.client.ask([0x10, 3], of: 0)
        bench.client.ask([0x27, 1], of: 0, purpose: .askingSeed)
        bench.client.ask([0x2E, 0xF1, 0x90, 1], of: 0)
        bench.pass(1)
        bench.hear(0x7E8, [0x02, 0x50, 3])
        bench.pass(1)
        bench.hear(0x7E8, [0x04, 0x67, 1, 0x12, 0x34])
        #expect(bench.exchanges.last?.answer == [0x67, 1, 0x12, 0x34])
        // Another one goes on meanwhile.
        bench.client.ask([0x22, 0xF1, 0x90], of: 1)
        bench.pass(2_500)
        #expect(bench.sent.suffix(2) == ["7E1#0322F190CCCCCCCC", "7E0#023E80CCCCCCCCCC"])
        bench.client.goOn(0, with: [0x27, 2, 0xED, 0xCB])
        bench.pass(1)
        #expect(bench.sent.last == "7E0#042702EDCBCCCCCC")
        bench.hear(0x7E8, [0x02, 0x67, 2])
        bench.pass(1)
        #expect(bench.sent.last == "7E0#042EF19001CCCCCC")
        bench.hear(0x7E8, [0x03, 0x6E, 0xF1, 0x90])
        bench.pass(1_000)
        #expect(bench.client.isIdle)
    }

    @Test("what waits behind a seed goes on without a key, or is given up with it")
    func withoutKey() {
        let bench = Bench()
        for _ in 0..<2 {
            bench.client.ask([0x27, 1], of: 0, purpose: .askingSeed)
            bench.client.ask([0x22, 0xF1, 0x90], of: 0)
        }
        bench.pass(1)
        // A seed of zeroes: nothing is locked (ISO 14229-1 10.4.1).
        bench.hear(0x7E8, [0x04, 0x67, 1, 0, 0])
        bench.client.goOn(0)
        bench.pass(1)
        #expect(bench.sent.last == "7E0#0322F190CCCCCCCC")
        bench.hear(0x7E8, [0x04, 0x62, 0xF1, 0x90, 1])
        bench.pass(1)
        bench.hear(0x7E8, [0x04, 0x67, 1, 0x12, 0x34])
        bench.client.cancel(atOnce: true)
        #expect(bench.client.isIdle)
        bench.client.goOn(0, with: [0x27, 2, 0])
        bench.pass(1)
        #expect(bench.outcomes == [.positive, .positive, .positive, .skipped])
        #expect(bench.sent.last == "7E0#022701CCCCCCCCCC")
    }

    /// What is asked last when a run is given up, with a control unit that answers each time in 10 ms.
    @Test(
        "the default session is asked for 100 ms behind the end at the latest, whatever was under way"
    )
    func safeEnd() {
        let bench = Bench()
        bench.client.ask([0x10, 3], of: 0)
        bench.client.ask([0x2F, 0xF0, 0x03, 3, 1], of: 0)
        bench.client.ask([0x31, 1, 0xE0, 0x10], of: 0)
        bench.pass(1)
        bench.hear(0x7E8, [0x02, 0x50, 3])
        bench.pass(1)
        bench.hear(0x7E8, [0x04, 0x6F, 0xF0, 0x03, 3])
        bench.pass(1)
        bench.hear(0x7E8, [0x03, 0x7F, 0x31, 0x78])
        let end = bench.now
        bench.client.cancel(atOnce: true)
        bench.client.keepSessions(false)
        bench.client.makeSafe(stoppingRoutines: true)
        bench.pass(10)
        #expect(bench.sent.last == "7E0#042FF00300CCCCCC")
        bench.hear(0x7E8, [0x04, 0x6F, 0xF0, 0x03, 0])
        bench.pass(10)
        #expect(bench.sent.last == "7E0#043102E010CCCCCC")
        bench.hear(0x7E8, [0x04, 0x71, 2, 0xE0, 0x10])
        bench.pass(1)
        #expect(bench.sent.last == "7E0#021001CCCCCCCCCC")
        #expect(bench.now - end <= 100_000_000)
    }
}
