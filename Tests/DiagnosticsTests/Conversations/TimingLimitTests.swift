import CANFrame
import Testing

@testable import Diagnostics

/// By which limits answers are measured: ISO 14229-1 9.2.2.4 and ISO 14229-2 7.2.
@Suite("Limits of answers")
struct TimingLimitTests {
    /// The extended session tells P2 of 200 ms, P2* of 1 s.
    private static let session = ["7E0#021003", "7E8#06500300C80064"]

    private static func answer(
        after frames: [String], pause: Double = 100, answer: Double = 150,
        given: GivenTiming = GivenTiming()
    ) throws -> ExchangeResponse {
        var options = ConversationTracker.Options()
        options.timing = given
        var heard = HeardConversation(options)
        heard.hear(frames)
        heard.hear("7E0#0322F190", after: pause)
        heard.hear("7E8#0562F1904142", after: answer)
        heard.finish()
        return try #require(heard.exchanges.last?.responses.first)
    }

    @Test("a limit that is given leaves what the control unit told of the others")
    func oneGiven() throws {
        let told = try Self.answer(after: Self.session, given: GivenTiming(s3: 4_000_000_000))
        #expect(told.p2 == MeasuredTime(time: 150_000_000, limit: 200_000_000))
        #expect(told.p2Limit == .told)
        let given = try Self.answer(after: Self.session, given: GivenTiming(p2: 100_000_000))
        #expect(given.p2?.limit == 100_000_000 && given.p2Limit == .given && given.isLate)
        let standard = try Self.answer(after: [], given: GivenTiming(p2Star: 1))
        #expect(standard.p2?.limit == 50_000_000 && standard.p2Limit == .standard)
    }

    @Test(
        "times that a control unit told end with the session that they are of",
        arguments: [
            (["7E0#021101", "7E8#025101"], 100.0), (["7E0#021001", "7E8#025001"], 100),
            (["7E0#021181"], 300), ([], 5_100),
        ] as [([String], Double)])
    func endOfSession(frames: [String], pause: Double) throws {
        let answer = try Self.answer(after: Self.session + frames, pause: pause)
        #expect(answer.p2 == MeasuredTime(time: 150_000_000, limit: 50_000_000))
        #expect(answer.p2Limit == .standard)
    }

    @Test("S3 counts in a session that was entered without an answer")
    func quietSession() {
        var heard = HeardConversation()
        heard.hear("7E0#021083")
        heard.hear(["7E0#0322F190", "7E8#0562F1904142"], every: 1_000)
        heard.hear("7E0#0322F190", after: 6_500)
        heard.hear("7E8#0562F1904142")
        heard.finish()
        #expect(heard.exchanges.map { $0.s3?.isExceeded } == [nil, false, true])
    }
}
