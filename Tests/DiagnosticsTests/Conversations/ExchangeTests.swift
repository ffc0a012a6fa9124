import CANFrame
import CANTransport
import Testing

@testable import Diagnostics

/// Conversations written down by hand from ISO 15765-2, ISO 14229-1 and -2; times in milliseconds.
@Suite("Exchanges")
struct ExchangeTests {
    @Test("a request and its answer are one exchange, with P2 and the frames that show it")
    func single() throws {
        var heard = HeardConversation()
        heard.hear("7E0#0322F190AAAAAAAA")
        heard.hear("123#0102030405060708", after: 1)
        heard.hear("7E8#0462F19041AAAAAA", after: 11)
        #expect(heard.exchanges.count == 1)
        let exchange = try #require(heard.exchanges.first)
        #expect(exchange.outcome == .positive)
        #expect(exchange.request?.payload == [0x22, 0xF1, 0x90])
        #expect(exchange.responses.map { $0.message?.payload } == [[0x62, 0xF1, 0x90, 0x41]])
        #expect(exchange.responses[0].p2 == MeasuredTime(time: 12_000_000, limit: 50_000_000))
        #expect(exchange.responses[0].p2?.margin == 38_000_000)
        #expect(exchange.evidence == 0...2)
        #expect(!exchange.isFunctional)
    }

    /// ISO 14229-2 7.2: P2server is met by the first frame of the answer.
    @Test("P2 ends at the first frame of an answer of several")
    func firstFrameEndsP2() throws {
        var heard = HeardConversation()
        heard.hear("7E0#0322F190AAAAAAAA")
        heard.hear("7E8#101462F190574155", after: 30)
        heard.hear("7E0#30000AAAAAAAAAAA", after: 1)
        heard.hear("7E8#215A5A5A38453739", after: 40)
        heard.hear("7E8#2244303031323334", after: 40)
        let exchange = try #require(heard.exchanges.first)
        #expect(exchange.responses[0].p2?.time == 30_000_000)
        #expect(exchange.responses[0].message?.length == 20)
        #expect(exchange.evidence == 0...4)
        #expect(exchange.outcome == .positive)
    }

    @Test("an answer whose frames take longer than any limit is still the answer")
    func longAnswer() {
        var options = ConversationTracker.Options()
        options.patience = 100_000_000
        var heard = HeardConversation(options)
        heard.hear(["7E0#0322F190AAAAAAAA", "7E8#101462F190574155", "7E0#300000AAAAAAAAAA"])
        heard.hear(["7E8#215A5A5A38453739", "7E8#2244303031323334"], every: 900)
        #expect(heard.exchanges.map(\.outcome) == [.positive])
    }

    /// ISO 14229-2 7.2: each response pending starts P2* again.
    @Test("each response pending restarts P2*")
    func responsePending() throws {
        var heard = HeardConversation()
        heard.hear("7E0#0431010203000000")
        heard.hear("7E8#037F317800000000", after: 40)
        heard.hear("7E8#037F317800000000", after: 4_800)
        heard.hear("7E8#037F317800000000", after: 4_900)
        heard.hear("7E8#0471010203000000", after: 3_000)
        #expect(heard.exchanges.count == 1)
        let response = try #require(heard.exchanges.first?.responses.first)
        #expect(response.pendingCount == 3)
        #expect(response.p2?.time == 40_000_000)
        #expect(response.p2Star == MeasuredTime(time: 4_900_000_000, limit: 5_000_000_000))
        #expect(response.negativeCode == nil)
        #expect(heard.exchanges[0].evidence == 0...4)
        #expect(!heard.exchanges[0].isLate)
    }

    @Test("a final answer that never comes behind a response pending is told as such")
    func unfinished() {
        var heard = HeardConversation()
        heard.hear(["7E0#0431010203000000", "7E8#037F317800000000"])
        heard.wait(5_900)
        #expect(heard.exchanges.isEmpty)
        heard.wait(200)
        #expect(heard.exchanges.map(\.outcome) == [.unfinished])
    }

    /// ISO 14229-2 7.2: behind P2* the client gives up, and may ask again.
    @Test(
        "a request that is sent again ends the one that a response pending was the last word of",
        arguments: [("22F190", 5_200.0), ("22F18C", 5_200), ("22F190", 1_000)])
    func askedAgain(request: String, after milliseconds: Double) throws {
        var heard = HeardConversation()
        heard.hear("7E0#0322F190")
        heard.hear("7E8#037F2278", after: 20)
        heard.hear("7E0#03\(request)", after: milliseconds)
        heard.hear("7E8#0562\(request.dropFirst(2))4142")
        #expect(heard.exchanges.map(\.outcome) == [.unfinished, .positive])
        let response = try #require(heard.exchanges.last?.responses.first)
        #expect(response.p2?.time == 10_000_000)
        #expect(response.p2Star == nil && response.pendingCount == 0)
    }

    @Test("a negative response beside a response pending is to the request behind it")
    func refusedBeside() {
        var heard = HeardConversation()
        heard.hear(["7E0#0322F190", "7E8#037F2278", "7E0#0322F18C", "7E8#037F2231"])
        heard.hear("7E8#0562F1904142", after: 500)
        #expect(heard.exchanges.map(\.outcome) == [.negative, .positive])
        #expect(
            heard.exchanges.map(\.request?.payload) == [[0x22, 0xF1, 0x8C], [0x22, 0xF1, 0x90]])
    }

    @Test("a negative response is an answer with its code")
    func negative() {
        var heard = HeardConversation()
        heard.hear([
            "7E0#0322F1AAAAAAAAAA", "7E8#037F2231AAAAAAAA",
        ])
        #expect(heard.exchanges.map(\.outcome) == [.negative])
        #expect(heard.exchanges.first?.responses.first?.negativeCode == 0x31)
    }

    @Test("a late answer is an answer, and its margin is negative")
    func late() {
        var heard = HeardConversation()
        heard.hear(["7E0#023E00AAAAAAAAAA", "7E8#027E00AAAAAAAAAA"], every: 80)
        let response = heard.exchanges.first?.responses.first
        #expect(response?.p2?.margin == -30_000_000)
        #expect(heard.exchanges.first?.isLate == true)
    }

    @Test("silence ends a request at a tick, in bus time")
    func unanswered() {
        var heard = HeardConversation()
        heard.hear("7E0#0322F190AAAAAAAA")
        heard.wait(900)
        #expect(heard.exchanges.isEmpty)
        heard.wait(200)
        #expect(heard.exchanges.map(\.outcome) == [.unanswered])
        #expect(heard.exchanges.first?.responses.isEmpty == true)
    }

    @Test("a request that is sent again is counted")
    func repeated() {
        var heard = HeardConversation()
        heard.hear(["7E0#0322F190AAAAAAAA", "7E0#0322F190AAAAAAAA"], every: 300)
        heard.hear("7E0#0322F190AAAAAAAA", after: 300)
        heard.hear("7E8#0462F19041AAAAAA")
        #expect(heard.exchanges.map(\.outcome) == [.unanswered, .unanswered, .positive])
        #expect(heard.exchanges.map(\.repetitions) == [0, 1, 2])
    }

    @Test("a request to all has the answers of all")
    func functional() throws {
        var heard = HeardConversation()
        heard.hear("7DF#020100AAAAAAAAAA")
        heard.hear("7E8#06410080000001AA", after: 8)
        heard.hear("7EA#06410000000001AA", after: 2)
        heard.hear("7EB#037F0112AAAAAAAA", after: 2)
        heard.wait(1_100)
        let exchange = try #require(heard.exchanges.first)
        #expect(heard.exchanges.count == 1)
        #expect(exchange.isFunctional)
        #expect(exchange.outcome == .mixed)
        #expect(exchange.responses.map(\.address.description) == ["7E8", "7EA", "7EB"])
        #expect(exchange.responses.map { $0.p2?.time } == [8_000_000, 10_000_000, 12_000_000])
        #expect(exchange.responses.map(\.negativeCode) == [nil, nil, 0x12])
    }

    @Test("a request to all and one to a single control unit go side by side")
    func interleaved() {
        var heard = HeardConversation()
        heard.hear(
            ["7E1#0322F190AAAAAAAA", "7DF#023E80AAAAAAAAAA", "7E0#0322F187AAAAAAAA"], every: 1)
        heard.hear(
            ["7E8#100A62F187414243", "7E9#100A62F190414243", "7E0#300000", "7E1#300000"], every: 1)
        heard.hear(["7E9#2144454647", "7E8#2154555657"], every: 1)
        heard.wait(1_100)
        #expect(heard.exchanges.map(\.outcome) == [.positive, .positive, .suppressed])
        #expect(
            heard.exchanges.map { $0.responses.first?.message?.payload.suffix(4) }
                == [[0x44, 0x45, 0x46, 0x47], [0x54, 0x55, 0x56, 0x57], nil])
    }

    /// ISO 14229-1 8.2.2: with the bit set no positive response is sent; a negative one is.
    @Test("a suppressed positive answer is no missing one")
    func suppressed() {
        var heard = HeardConversation()
        heard.hear(["7E0#023E80AAAAAAAAAA"])
        heard.wait(300)
        heard.hear(["7E0#021083AAAAAAAAAA", "7E8#037F1022AAAAAAAA"])
        #expect(heard.exchanges.map(\.outcome) == [.suppressed, .negative])
    }

    @Test("an answer that breaks off is told with what it lacked")
    func broken() throws {
        var heard = HeardConversation()
        heard.hear([
            "7E0#0322F190AAAAAAAA", "7E8#101462F190574155", "7E0#300000AAAAAAAAAA",
            "7E8#225A5A5A38453739",
        ])
        let exchange = try #require(heard.exchanges.first)
        #expect(exchange.outcome == .broken)
        #expect(exchange.responses.first?.failure == .wrongSequence)
        #expect(exchange.responses.first?.p2?.time == 10_000_000)
    }

    @Test("what a control unit says of its times is what it is measured by")
    func toldTimes() {
        var heard = HeardConversation()
        heard.hear(["7E0#021003AAAAAAAAAA", "7E8#065003001901F4AA"])
        heard.hear(["7E0#023E00AAAAAAAAAA", "7E8#027E00AAAAAAAAAA"], every: 30)
        let response = heard.exchanges.last?.responses.first
        #expect(response?.p2 == MeasuredTime(time: 30_000_000, limit: 25_000_000))
        #expect(response?.p2Limit == .told)
    }

    /// ISO 14229-2 7.3: a session other than the default one ends when S3 has passed in silence.
    @Test("the tester's silence in a session is measured against S3")
    func s3() {
        var heard = HeardConversation()
        heard.hear(["7E0#021003AAAAAAAAAA", "7E8#065003003201F4AA"])
        heard.hear(["7E0#023E00AAAAAAAAAA", "7E8#027E00AAAAAAAAAA"], every: 4_000)
        heard.hear(["7E0#0322F190AAAAAAAA", "7E8#037F2231AAAAAAAA"], every: 6_000)
        heard.hear(["7E0#0322F190AAAAAAAA", "7E8#037F2231AAAAAAAA"], every: 10)
        heard.finish()
        let silences = heard.exchanges.filter { $0.request != nil }.map(\.s3?.margin)
        #expect(silences.prefix(3) == [nil, 1_000_000_000, -1_000_000_000])
        #expect(silences.last == .some(nil))
    }

    /// ISO 14229-1 10.5: on the answer's own address a periodic message begins with its identifier.
    @Test("periodic answers are known by what was asked for")
    func periodic() {
        var heard = HeardConversation()
        heard.hear(["7E0#032A02E3AAAAAAAA", "7E8#016AAAAAAAAAAAAA"])
        heard.hear(["7E8#03E31234AAAAAAAA", "7E8#03E31235AAAAAAAA"])
        heard.hear(["7E0#032A04E3AAAAAAAA", "7E8#016AAAAAAAAAAAAA", "7E8#03E31234AAAAAAAA"])
        #expect(
            heard.exchanges.map(\.outcome)
                == [.positive, .periodic, .periodic, .positive, .unrequested])
    }

    @Test(
        "periodic data alone on an identifier of their own are told as periodic from the first on")
    func periodicAlone() {
        var heard = HeardConversation()
        heard.hear(["7E0#032A03E3AAAAAAAA", "7E8#016AAAAAAAAAAAAA"])
        heard.hear(["6E8#E31234", "300#E3", "6E8#E31235", "300#0011", "6E8#E31236", "6E8#E31237"])
        #expect(
            heard.exchanges.map(\.outcome)
                == [.positive, .periodic, .periodic, .periodic, .periodic])
        #expect(heard.exchanges.map(\.evidence) == [0...1, 2...2, 4...4, 6...6, 7...7])
        let decoded = DecodedExchange(heard.exchanges[1])
        guard case .message(let message) = decoded.answers[0] else {
            Issue.record("no message")
            return
        }
        #expect(message.service.name == "ReadDataByPeriodicIdentifier")
        #expect(message.fields.map(\.text) == ["E3", "1234"])
        #expect(
            ControlUnitName(heard.exchanges[1].responses[0], in: heard.exchanges[1]).text == "7E8")
    }

    @Test("other traffic that begins behind a request for periodic data is not taken for it")
    func noPeriodic() {
        var heard = HeardConversation()
        heard.hear("300#E30102")
        heard.hear(["7E0#032A03E3AAAAAAAA", "7E8#016AAAAAAAAAAAAA"])
        // One was there before, one counts, one has 29 bits.
        heard.hear(["300#E30102", "300#E30102", "300#E30102"])
        heard.hear(["301#E30102", "301#E30102", "301#E40102", "301#E30102"])
        heard.hear(["00000301#E30102", "00000301#E30102", "00000301#E30102"])
        #expect(heard.exchanges.map(\.outcome) == [.positive])
    }

    @Test("periodic answers with the service's byte are periodic too")
    func periodicWithService() {
        var heard = HeardConversation()
        heard.hear(["7E0#032A03E3AAAAAAAA", "7E8#016AAAAAAAAAAAAA", "7E8#046AE31234AAAAAA"])
        #expect(heard.exchanges.map(\.outcome) == [.positive, .periodic])
    }

    /// ISO 14229-1 9.10: on a change of status (01) of mask 09 the service 19 is to answer.
    @Test("answers to events are known by what was set up")
    func event() {
        var heard = HeardConversation()
        heard.hear([
            "7E0#06860102091901AA", "7E8#0686", "7E8#07C6010002091901",
            "7E0#0486050200AAAAAA", "7E8#04C6050002AAAAAA", "7E8#065901FF010001AA",
        ])
        #expect(heard.exchanges.map(\.outcome) == [.positive, .positive, .event])
    }

    @Test("an answer whose request was not seen is told as such")
    func unrequested() {
        var heard = HeardConversation()
        heard.hear("7E8#03410D30AAAAAAAA")
        #expect(heard.exchanges.map(\.outcome) == [.unrequested])
    }

    @Test("an exchange from which frames are missing says so")
    func lossWithin() {
        var heard = HeardConversation()
        heard.hear("7E0#0322F190AAAAAAAA")
        heard.note(.loss(Loss(cause: .socketBuffer, frames: 3)), channel: 0)
        heard.wait(1_500)
        #expect(heard.exchanges.map(\.lacksFrames) == [true])
        #expect(heard.tracker.losses.frames == 3)
    }

    @Test("an announced length of 4 GB costs nothing and ends the exchange")
    func hugeAnnouncement() {
        var heard = HeardConversation()
        heard.hear(["7E0#0322F190AAAAAAAA", "7E8#1000FFFFFFFF62F1"])
        heard.wait(2_500)
        #expect(heard.exchanges.map(\.outcome) == [.broken])
        #expect(heard.exchanges.first?.responses.first?.failure == .tooLong)
    }

    @Test("first frames without end are as many broken answers, and nothing grows")
    func endlessFirstFrames() {
        var heard = HeardConversation()
        for _ in 0..<2_000 {
            heard.hear(["7E0#0322F190AAAAAAAA", "7E8#1FFF62F190414243"], every: 1)
        }
        heard.finish()
        #expect(heard.exchanges.count == 2_000)
        #expect(heard.exchanges.allSatisfy { $0.outcome == .broken })
        #expect(heard.tracker.open.isEmpty && heard.tracker.heldBytes == 0)
    }

    @Test("requests beyond what is held are ended early and counted")
    func tooManyRequests() {
        var options = ConversationTracker.Options()
        options.maximumOpenRequests = 4
        var heard = HeardConversation(options)
        for _ in 0..<10 { heard.hear("7DF#023E00AAAAAAAAAA", after: 1) }
        heard.finish()
        #expect(heard.exchanges.count == 10)
        #expect(heard.tracker.losses.hurriedRequests == 6)
        #expect(!heard.tracker.losses.isEmpty)
    }

    /// ISO 15765-2 9.8: N_Bs and N_Cr are 1 s at most; the request waits no longer than that for more.
    @Test(
        "an answer that began and broke off is told as such, whatever else is on the bus",
        arguments: [
            (["7E8#101462F190574155"], ISOTPFailure.Kind.timeoutBs),
            (["7E8#101462F190574155", "7E0#300000AAAAAAAAAA"], .timeoutCr),
            (
                ["7E8#101462F190574155", "7E0#300000AAAAAAAAAA", "7E8#215A5A5A38453739"],
                .timeoutCr
            ),
        ], [500.0, 1_500, 5_000])
    func brokenInSilence(_ answer: ([String], ISOTPFailure.Kind), step: Double) throws {
        for isTick in [false, true] {
            var heard = HeardConversation()
            heard.hear("7E0#0322F190AAAAAAAA")
            heard.hear(answer.0)
            for _ in 0..<4 {
                if isTick { heard.wait(step) } else { heard.hear("123#00", after: step) }
            }
            #expect(heard.exchanges.map(\.outcome) == [.broken])
            #expect(heard.exchanges.first?.responses.first?.failure == answer.1)
            #expect(heard.exchanges.first?.responses.first?.p2?.time == 10_000_000)
        }
    }

    /// 2E F190 with a VIN has 20 bytes: a first frame and two consecutive ones.
    @Test(
        "a request that does not come whole is an exchange with what broke it off and where",
        arguments: [
            (["7E8#320000"], ISOTPFailure.Kind.overflow, 0...1 as ClosedRange<UInt64>),
            (["7E8#300000", "7E0#225A5A5A38453739"], .wrongSequence, 0...2),
            (["7E8#300000", "7E0#215A5A5A38453739", "123#00"], .timeoutCr, 0...2),
            (["123#00"], .timeoutBs, 0...0),
        ])
    func brokenRequest(
        _ frames: [String], _ failure: ISOTPFailure.Kind, _ evidence: ClosedRange<UInt64>
    ) throws {
        var heard = HeardConversation()
        heard.hear(["7E0#10142EF190574155"] + frames)
        heard.hear("7E0#023E00AAAAAAAAAA", after: 1_200)
        heard.hear("7E8#027E00AAAAAAAAAA")
        #expect(heard.exchanges.map(\.outcome) == [.broken, .positive])
        let exchange = try #require(heard.exchanges.first)
        #expect(exchange.requestFailure == failure)
        #expect(exchange.evidence == evidence)
        #expect(exchange.time == 0 && exchange.responses.isEmpty)
        #expect(exchange.addressee?.description == "7E8")
        #expect(exchange.request?.payload == [0x2E, 0xF1, 0x90, 0x57, 0x41, 0x55])
        #expect(exchange.request?.length == 20)
    }

    @Test("an answer to all that nobody let go on is beside one that came whole")
    func brokenBeside() throws {
        var heard = HeardConversation()
        heard.hear([
            "7DF#0322F190AAAAAAAA", "7E8#0462F19041AAAAAA", "7EA#101462F190574155",
        ])
        for _ in 0..<6 { heard.hear("123#00", after: 400) }
        let exchange = try #require(heard.exchanges.first)
        #expect(exchange.responses.map(\.address.description) == ["7E8", "7EA"])
        #expect(exchange.responses.map(\.failure) == [nil, .timeoutBs])
    }

    @Test(
        "every pair of service and sub-function is one exchange, whatever answers",
        arguments: 0..<256)
    func allPairs(service: Int) {
        var heard = HeardConversation()
        for sub in 0..<256 {
            let (first, second) = (UInt8(service).hexadecimal, UInt8(sub).hexadecimal)
            heard.hear("7E0#02\(first)\(second)0000000000")
            heard.hear("7E8#02\((UInt8(service) | 0x40).hexadecimal)\(second)0000000000")
        }
        heard.finish()
        #expect(heard.exchanges.count <= 512)
        #expect(heard.tracker.open.isEmpty && heard.tracker.heldBytes == 0)
    }
}
