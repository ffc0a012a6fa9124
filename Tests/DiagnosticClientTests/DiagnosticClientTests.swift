import CANTransport
import DiagnosticClient
import Testing

/// Rules of ISO 14229-2 (P2, P2*, S3) and ISO 14229-1 (negative responses), at simulated times.
@Suite("Diagnostic client")
struct DiagnosticClientTests {
    @Test("a request is answered, and P2 ends where the answer begins")
    func answered() {
        let bench = Bench()
        bench.client.ask([0x22, 0xF1, 0x90], of: 0)
        bench.pass(20)
        #expect(bench.sent == ["7E0#0322F190CCCCCCCC"])
        bench.hear(0x7E8, [0x10, 0x14, 0x62, 0xF1, 0x90, 1, 2, 3])
        bench.pass(30)
        #expect(bench.sent.last == "7E0#300000CCCCCCCCCC")
        bench.hear(0x7E8, [0x21, 4, 5, 6, 7, 8, 9, 10])
        bench.hear(0x7E8, [0x22, 11, 12, 13, 14, 15, 16, 17])
        #expect(bench.outcomes == [.positive])
        #expect(bench.exchanges[0].p2 == 20_000_000)
        #expect(bench.exchanges[0].finished == 50_000_000)
        #expect(bench.exchanges[0].answer == [0x62, 0xF1, 0x90] + Array(1...17))
    }

    @Test("an answer that began in time may take longer than P2 as a whole")
    func longAnswer() {
        var patience = TesterPatience()
        patience.p2 = 50_000_000
        let bench = Bench(patience)
        bench.client.ask([0x22, 0xF1, 0x90], of: 0)
        bench.pass(49)
        bench.hear(0x7E8, [0x10, 0x0A, 0x62, 0xF1, 0x90, 1, 2, 3])
        bench.pass(900)
        #expect(bench.outcomes == [])
        bench.hear(0x7E8, [0x21, 4, 5, 6, 7, 8, 9, 10])
        #expect(bench.outcomes == [.positive])
    }

    @Test("of what is given up, it is told what was sent already and what was not")
    func givenUp() {
        let bench = Bench()
        bench.client.ask([0x2E, 0xF1, 0x90, 1], of: 0)
        bench.client.ask([0x22, 0xF1, 0x87], of: 0)
        bench.pass(20)
        #expect(bench.sent == ["7E0#042EF19001CCCCCC"])
        bench.client.cancel(atOnce: true)
        bench.pass(1)
        let given = bench.exchanges.map { ($0.request[0], $0.outcome) }
        #expect(given.contains { $0 == (0x2E, .stopped) })
        #expect(given.contains { $0 == (0x22, .skipped) })
        #expect(bench.sent.count == 1)
    }

    @Test("no answer within P2 ends it, and the next request is sent")
    func silence() {
        var patience = TesterPatience()
        patience.p2 = 50_000_000
        let bench = Bench(patience)
        bench.client.ask([0x22, 0xF1, 0x90], of: 0)
        bench.client.ask([0x22, 0xF1, 0x87], of: 0)
        bench.pass(49)
        #expect(bench.outcomes == [])
        bench.pass(1)
        #expect(bench.outcomes == [.noAnswer])
        #expect(bench.sent.count == 2)
        // The late answer to the first is none to the second.
        bench.hear(0x7E8, [0x04, 0x62, 0xF1, 0x90, 1])
        bench.hear(0x7E8, [0x04, 0x62, 0xF1, 0x87, 1])
        #expect(bench.outcomes == [.noAnswer, .positive])
        #expect(bench.exchanges[1].unrelated == 1)
    }

    @Test("each answer 78 restarts P2*, until the limit of all")
    func pending() {
        var patience = TesterPatience()
        patience.p2 = 50_000_000
        patience.pendingLimit = 20_000_000_000
        let bench = Bench(patience)
        bench.client.ask([0x31, 1, 0xE0, 0x10], of: 0)
        bench.pass(40)
        for _ in 0..<3 {
            bench.hear(0x7E8, [0x03, 0x7F, 0x31, 0x78])
            bench.pass(4_900)
        }
        #expect(bench.outcomes == [])
        bench.hear(0x7E8, [0x04, 0x71, 0x01, 0xE0, 0x10])
        #expect(bench.outcomes == [.positive])
        #expect(bench.exchanges[0].pendings == 3)
        #expect(bench.exchanges[0].longestPending == 4_900_000_000)
        #expect(bench.exchanges[0].p2 == 40_000_000)
        bench.client.ask([0x31, 1, 0xE0, 0x10], of: 0)
        bench.pass(10)
        for _ in 0..<5 {
            bench.hear(0x7E8, [0x03, 0x7F, 0x31, 0x78])
            bench.pass(4_900)
        }
        #expect(bench.outcomes == [.positive, .pendingTooLong])
        bench.client.ask([0x31, 1, 0xE0, 0x10], of: 0)
        bench.pass(10)
        bench.hear(0x7E8, [0x03, 0x7F, 0x31, 0x78])
        bench.pass(5_001)
        #expect(bench.outcomes.last == .noAnswer)
    }

    @Test("busyRepeatRequest is asked again, so many times")
    func busy() {
        var patience = TesterPatience()
        patience.busyRetries = 2
        let bench = Bench(patience)
        bench.client.ask([0x22, 0xF1, 0x90], of: 0)
        for _ in 0..<3 {
            bench.pass(100)
            bench.hear(0x7E8, [0x03, 0x7F, 0x22, 0x21])
        }
        #expect(bench.sent.count == 3)
        #expect(bench.outcomes == [.negative(0x21)])
        #expect(bench.exchanges[0].repeats == 2)
        #expect(bench.exchanges[0].p2 == 0)
    }

    @Test("a session is kept by TesterPresent while nothing else is said, and restored")
    func session() {
        let bench = Bench()
        bench.client.ask([0x10, 0x03], of: 0)
        bench.pass(10)
        bench.hear(0x7E8, [0x06, 0x50, 0x03, 0x00, 0x32, 0x01, 0xF4])
        #expect(bench.client.session(of: 0) == 3)
        bench.pass(6_500)
        #expect(
            bench.sent.dropFirst() == [
                "7E0#023E80CCCCCCCCCC", "7E0#023E80CCCCCCCCCC", "7E0#023E80CCCCCCCCCC",
            ])
        bench.client.makeSafe(stoppingRoutines: false)
        bench.pass(10)
        #expect(bench.sent.last == "7E0#021001CCCCCCCCCC")
        bench.hear(0x7E8, [0x06, 0x50, 0x01, 0x00, 0x32, 0x01, 0xF4])
        bench.pass(10_000)
        #expect(bench.sent.count == 5)
        #expect(bench.exchanges.last?.purpose == .restoringSession)
    }

    @Test(
        "what goes on only because it was asked for is ended, in order",
        arguments: [
            (false, ["2FF00400", "1001"]), (true, ["2FF00400", "31020203", "1001"]),
        ])
    func endings(stopsRoutines: Bool, requests: [String]) {
        let bench = Bench()
        func ask(_ request: [UInt8], _ answer: [UInt8]) {
            bench.client.ask(request, of: 0)
            bench.pass(1)
            bench.hear(0x7E8, [UInt8(answer.count)] + answer)
        }
        // F003: taken and returned; F005: refused; F004: taken twice.
        ask([0x2F, 0xF0, 0x03, 3, 1], [0x6F, 0xF0, 0x03, 3])
        ask([0x2F, 0xF0, 0x03, 0], [0x6F, 0xF0, 0x03, 0])
        ask([0x2F, 0xF0, 0x05, 3, 1], [0x7F, 0x2F, 0x31])
        ask([0x2F, 0xF0, 0x04, 3, 1], [0x6F, 0xF0, 0x04, 3])
        ask([0x2F, 0xF0, 0x04, 3, 2], [0x6F, 0xF0, 0x04, 3])
        // 0201: started and stopped; 0202: its result; 0203: started.
        ask([0x31, 1, 0x02, 0x01], [0x71, 1, 0x02, 0x01])
        ask([0x31, 2, 0x02, 0x01], [0x71, 2, 0x02, 0x01])
        ask([0x31, 3, 0x02, 0x02], [0x71, 3, 0x02, 0x02])
        ask([0x31, 1, 0x02, 0x03], [0x71, 1, 0x02, 0x03])
        let before = bench.sent.count
        bench.client.makeSafe(stoppingRoutines: stopsRoutines)
        bench.pass(4_000)
        let sent = bench.sent.dropFirst(before).map { frame in
            frame.dropFirst("7E0#0x".count).prefix { $0 != "C" }
        }
        #expect(sent.map(String.init) == requests)
    }

    @Test("a request that was given up may have been heard: what it began is ended")
    func endingWhatWasGivenUp() {
        let bench = Bench()
        bench.client.ask([0x31, 1, 0xE0, 0x10], of: 0)
        bench.client.ask([0x31, 1, 0xE0, 0x11], of: 0)
        bench.pass(10)
        bench.hear(0x7E8, [0x03, 0x7F, 0x31, 0x78])
        bench.client.cancel(atOnce: true)
        bench.client.makeSafe(stoppingRoutines: true)
        bench.pass(1)
        #expect(bench.sent == ["7E0#043101E010CCCCCC", "7E0#043102E010CCCCCC"])
        // The answer to what was given up is none to this.
        bench.hear(0x7E8, [0x04, 0x71, 0x01, 0xE0, 0x10])
        bench.hear(0x7E8, [0x04, 0x71, 0x02, 0xE0, 0x10])
        bench.pass(1)
        #expect(bench.sent.last == "7E0#021001CCCCCCCCCC")
    }

    @Test(
        "the default session ends all that is under way, and so does a reset",
        arguments: [0x10, 0x11])
    func endedAnyway(service: UInt8) {
        let bench = Bench()
        bench.client.ask([0x2F, 0xF0, 0x04, 3, 1], of: 0)
        bench.pass(1)
        bench.hear(0x7E8, [0x04, 0x6F, 0xF0, 0x04, 3])
        bench.client.ask([service, 1], of: 0)
        bench.pass(1)
        bench.hear(0x7E8, [0x02, service | 0x40, 1])
        bench.client.makeSafe(stoppingRoutines: true)
        bench.pass(10_000)
        #expect(bench.sent.count == 2)
    }

    @Test("P2 that a control unit names for its session is waited for")
    func namedTimes() {
        var patience = TesterPatience()
        patience.p2 = 50_000_000
        let bench = Bench(patience)
        bench.client.ask([0x10, 0x03], of: 0)
        bench.pass(10)
        // P2 1,000 ms, P2* 10,000 ms.
        bench.hear(0x7E8, [0x06, 0x50, 0x03, 0x03, 0xE8, 0x03, 0xE8])
        bench.client.ask([0x22, 0xF1, 0x90], of: 0)
        bench.pass(999)
        #expect(bench.outcomes == [.positive])
        bench.pass(2)
        #expect(bench.outcomes == [.positive, .noAnswer])
    }

    @Test("a request that asks for no answer is done when none came, unless it is refused")
    func suppressed() {
        let bench = Bench()
        bench.client.ask([0x3E, 0x80], of: 0)
        bench.pass(1_001)
        #expect(bench.outcomes == [.suppressed])
        bench.client.ask([0x3E, 0x80], of: 0)
        bench.pass(10)
        bench.hear(0x7E8, [0x03, 0x7F, 0x3E, 0x13])
        #expect(bench.outcomes == [.suppressed, .negative(0x13)])
    }

    @Test("several control units are asked at the same time")
    func parallel() {
        let bench = Bench(units: 3)
        for unit in 0..<3 { bench.client.ask([0x22, 0xF1, 0x90], of: unit) }
        bench.pass(0)
        #expect(bench.sent.count == 3)
        bench.hear(0x7EA, [0x03, 0x7F, 0x22, 0x31])
        bench.hear(0x7E8, [0x04, 0x62, 0xF1, 0x90, 1])
        #expect(bench.outcomes == [.negative(0x31), .positive])
        #expect(bench.exchanges.map(\.unit) == [2, 0])
    }

    @Test("one frame asks all, and each answers or not")
    func functional() {
        let bench = Bench(units: 3)
        #expect(bench.client.askAll([0x22, 0xF1, 0x90], at: address(0x7DF)))
        #expect(!bench.client.askAll([UInt8](repeating: 1, count: 8), at: address(0x7DF)))
        bench.pass(10)
        #expect(bench.sent == ["7DF#0322F190CCCCCCCC"])
        bench.hear(0x7E9, [0x04, 0x62, 0xF1, 0x90, 1])
        bench.pass(1_000)
        #expect(bench.outcomes == [.positive, .noAnswer, .noAnswer])
        #expect(bench.client.isIdle)
    }

    @Test("an answer that breaks off is told by what the transport found")
    func broken() {
        let bench = Bench()
        bench.client.ask([0x22, 0xF1, 0x90], of: 0)
        bench.pass(10)
        bench.hear(0x7E8, [0x10, 0x14, 0x62, 0xF1, 0x90, 1, 2, 3])
        bench.pass(1)
        bench.hear(0x7E8, [0x22, 4, 5, 6, 7, 8, 9, 10])
        #expect(bench.outcomes == [.broken(.wrongSequence)])
        bench.client.ask([0x2E, 0xF1, 0x90, 1, 2, 3, 4, 5, 6], of: 0)
        bench.pass(1_001)
        #expect(bench.outcomes.last == .broken(.timeoutBs))
    }

    @Test("further requests are given up when one fails, where that is wanted")
    func stopping() {
        let bench = Bench()
        bench.client.stopAtFailure(true)
        for _ in 0..<3 { bench.client.ask([0x22, 0xF1, 0x90], of: 0) }
        bench.pass(1)
        bench.hear(0x7E8, [0x03, 0x7F, 0x22, 0x31])
        bench.pass(1)
        #expect(bench.outcomes == [.negative(0x31), .skipped, .skipped])
        #expect(bench.sent.count == 1)
    }

    @Test("what is given up before it was sent is told as not sent")
    func cancelled() {
        let bench = Bench()
        for _ in 0..<3 { bench.client.ask([0x22, 0xF1, 0x90], of: 0) }
        bench.pass(1)
        bench.client.cancel(atOnce: true)
        bench.pass(1)
        // The first was on the bus already.
        #expect(bench.sent.count == 1)
        #expect(bench.outcomes == [.skipped, .skipped, .stopped])
        #expect(bench.client.isIdle)
    }
}
