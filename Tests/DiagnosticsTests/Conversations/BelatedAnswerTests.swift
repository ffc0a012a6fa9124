import CANFrame
import CANTransport
import Testing

@testable import Diagnostics

/// Answers that come behind the end of their requests, or not as ISO 15765-2 has them; milliseconds.
@Suite("Belated and malformed answers")
struct BelatedAnswerTests {
    /// The tester asks for something else at 80 ms, and the first answer comes at 90 ms.
    @Test("an answer behind the request that was given up says so, and how late it is")
    func belated() throws {
        var heard = HeardConversation()
        heard.hear("7E0#0322F190")
        heard.hear("7E0#0322F18C", after: 80)
        heard.hear(["7E8#0562F1904142", "7E8#0562F18C3132"])
        #expect(heard.exchanges.map(\.outcome) == [.unanswered, .belated, .positive])
        let exchange = heard.exchanges[1]
        #expect(exchange.request == nil)
        #expect(exchange.givenUpRequest?.payload == [0x22, 0xF1, 0x90])
        #expect(exchange.givenUpRequest?.firstFrame == 0)
        #expect(
            exchange.responses[0].p2 == MeasuredTime(time: 90_000_000, limit: 50_000_000))
        #expect(exchange.isLate)
        #expect(exchange.evidence == 2...2)
        // It is read as the answer that it is.
        let decoded = DecodedExchange(exchange)
        guard case .message(let answer) = decoded.answers[0] else { return }
        #expect(answer.field(of: 0xF190)?.range == 3..<5)
    }

    /// Patience is a second: the request ends at 1 s, and an answer is taken for its own until 2 s.
    @Test(
        "so does one that nobody waited for any more, for as long again",
        arguments: [
            (1_500.0, Exchange.Outcome.belated), (2_200, .unrequested),
        ])
    func behindPatience(after milliseconds: Double, outcome: Exchange.Outcome) {
        var heard = HeardConversation()
        heard.hear("7E0#0322F190")
        heard.wait(1_001)
        heard.hear("7E8#0562F1904142", after: milliseconds - 1_001)
        #expect(heard.exchanges.map(\.outcome) == [.unanswered, outcome])
    }

    @Test("one request to all has a belated answer of each control unit, once")
    func belatedToAll() {
        var heard = HeardConversation()
        heard.hear(["7DF#0322F190", "7E8#0562F1904142"])
        heard.wait(1_200)
        heard.hear(["7EA#0562F1904142", "7E9#0562F1904142", "7E9#0562F1904142"])
        // 7E8 has answered in time: what it says now is to nothing.
        heard.hear("7E8#0562F1904142")
        #expect(
            heard.exchanges.map(\.outcome) == [
                .positive, .belated, .belated, .unrequested, .unrequested,
            ])
        #expect(heard.exchanges[1].isFunctional)
    }

    /// ISO 14229-2 7.2: P2* behind the 78; 5 s passed without an answer, which comes 1.5 s later.
    @Test("behind a response pending it is measured against P2*")
    func behindPending() {
        var heard = HeardConversation()
        heard.hear(["7E0#043101E010", "7E8#037F3178"])
        heard.hear("7E0#0322F18C", after: 5_500)
        heard.hear("7E8#047101E010", after: 1_000)
        #expect(heard.exchanges.map(\.outcome) == [.unfinished, .belated])
        let response = heard.exchanges[1].responses[0]
        #expect(response.p2Star == MeasuredTime(time: 6_500_000_000, limit: 5_000_000_000))
        #expect(response.p2 == nil)
    }

    @Test("a session that begins belatedly has begun, and its codes are cleared")
    func belatedEffect() {
        var heard = HeardConversation()
        heard.hear(["7E0#031902FF", "7E8#075902FF01181709", "7E0#0414FFFFFF"])
        heard.hear("7E0#021003", after: 80)
        heard.hear("7E8#0154")
        #expect(heard.exchanges.map(\.outcome) == [.positive, .unanswered, .belated])
        #expect(heard.book.units[0].entries[0].isCleared)
        #expect(heard.book.units[0].entries[0].transitions.last?.tester == "7E0")
        heard.hear("7E0#0322F190", after: 80)
        heard.hear("7E8#06500300C801F4")
        #expect(heard.exchanges.last?.outcome == .belated)
        #expect(heard.tracker.controlUnits[0].session == 3)
    }

    /// The length nibble of a single frame of 8 bytes is 7 at most; kinds 4 to F are reserved.
    @Test(
        "an answer that is no frame of ISO 15765-2 makes the request broken",
        arguments: ["7E8#0862F19041424344", "7E8#0062F190", "7E8#4562F1904142", "7E8#0562F190"])
    func malformed(frame: String) throws {
        var heard = HeardConversation()
        heard.hear("7E0#0322F190")
        heard.hear("123#00", after: 1)
        heard.hear(frame, after: 11)
        heard.wait(1_100)
        #expect(heard.exchanges.map(\.outcome) == [.broken])
        let response = try #require(heard.exchanges.first?.responses.first)
        #expect(response.failure == .malformed)
        #expect(response.lastFrame == 2)
        #expect(response.p2?.time == 12_000_000)
        #expect(response.address.description == "7E8")
        #expect(heard.tracker.transportFailures[.malformed] == 1)
    }

    @Test("one that comes whole behind it is the answer")
    func malformedBefore() {
        var heard = HeardConversation()
        heard.hear(["7E0#0322F190", "7E8#0862F19041424344", "7E8#0562F1904142"])
        #expect(heard.exchanges.map(\.outcome) == [.positive])
        #expect(heard.exchanges[0].responses.map(\.failure) == [nil])
        #expect(heard.exchanges[0].responses[0].p2?.time == 20_000_000)
    }

    @Test("of answers to all the malformed one is told beside the others")
    func malformedToAll() {
        var heard = HeardConversation()
        // Who never sent a frame that can be read is not known.
        heard.hear(["7E2#023E00", "7EA#027E00"])
        heard.hear(["7DF#0322F190", "7E8#0562F1904142", "7EA#0862F19041424344"])
        heard.wait(1_100)
        #expect(heard.exchanges.map(\.outcome) == [.positive, .positive])
        #expect(heard.exchanges[1].responses.map(\.failure) == [nil, .malformed])
    }

    /// ISO 14230-3 numbers sessions from 81 on; ISO 14229-1 8.2.2 has the bit zero in the answer.
    @Test(
        "a control unit that answers a session by its number with the highest bit suppresses nothing"
    )
    func highBit() {
        var heard = HeardConversation()
        heard.hear("7E0#021081")
        heard.wait(300)
        heard.hear(["7E0#021081", "7E8#025081", "7E0#021081"])
        heard.wait(1_100)
        #expect(heard.exchanges.map(\.outcome) == [.suppressed, .positive, .unanswered])
        let request = DecodedExchange(heard.exchanges[2]).request
        #expect(request?.suppressesPositiveResponse == false)
        #expect(request?.subFunction == 0x81)
    }

    @Test(
        "a session that ISO 14229-1 reserves, with that bit, is one of ISO 14230-3 from the first on"
    )
    func reservedSession() {
        var heard = HeardConversation()
        heard.hear(["7E0#021090", "7E8#025090", "7E0#021092"])
        heard.wait(1_100)
        #expect(heard.exchanges.map(\.outcome) == [.positive, .unanswered])
        let request = DecodedExchange(heard.exchanges[0]).request
        #expect(request?.summary == "DiagnosticSessionControl diagnosticMode90")
        #expect(request?.suppressesPositiveResponse == false)
    }
}
