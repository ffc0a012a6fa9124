import CANFrame
import CANTransport
import Testing

@testable import Diagnostics

@Suite("Addresses that are learned")
struct AddressLearningTests {
    private static func pairs(_ heard: borrowing HeardConversation) -> [String] {
        heard.tracker.pairs.map { "\($0.pair)" }
    }

    @Test("a request and just its answer make a pair, and the first exchange is not lost")
    func firstExchange() throws {
        var heard = HeardConversation()
        heard.hear(["712#0322F190AAAAAAAA", "77C#0462F19041AAAAAA"], every: 8)
        #expect(Self.pairs(heard) == ["712:77C"])
        let exchange = try #require(heard.exchanges.first)
        #expect(exchange.outcome == .positive)
        #expect(exchange.responses.first?.p2?.time == 8_000_000)
        #expect(exchange.evidence == 0...1)
    }

    @Test("a first exchange of several frames both ways is whole")
    func firstExchangeOfManyFrames() throws {
        var heard = HeardConversation()
        heard.hear([
            "712#10082EF190414243", "77C#30000AAAAAAAAAAA", "712#214445AAAAAAAAAA",
            "77C#100B6EF190010203", "712#300000AAAAAAAAAA", "77C#210405060708AAAA",
        ])
        let exchange = try #require(heard.exchanges.first)
        #expect(exchange.request?.payload == [0x2E, 0xF1, 0x90, 0x41, 0x42, 0x43, 0x44, 0x45])
        #expect(exchange.responses.first?.message?.length == 11)
        #expect(exchange.evidence == 0...5)
    }

    @Test("a negative response to just this service is evidence too")
    func negativeAnswer() {
        var heard = HeardConversation()
        heard.hear(["712#043101FF00AAAAAA", "77C#037F3131AAAAAAAA"])
        #expect(Self.pairs(heard) == ["712:77C"])
    }

    /// Another identifier was read, another service refused, the answer says too little, comes too late,
    /// is filled up with data, or has 29 bits.
    private static let doubtful: [(frames: [String], milliseconds: Double)] = [
        (["712#0322F190AAAAAAAA", "77C#0462F19141AAAAAA"], 8),
        (["712#0322F190AAAAAAAA", "77C#037F2331AAAAAAAA"], 8),
        (["712#0414FFFFFFAAAAAA", "77C#0154AAAAAAAAAAAA"], 8),
        (["712#0322F190AAAAAAAA", "77C#0462F19041AAAAAA"], 400),
        (["712#0322F190AAAAAAAA", "77C#0462F19041AAABAC"], 8),
        (["712#0322F190AAAAAAAA", "0000077C#0462F19041AAAAAA"], 8),
    ]

    @Test("what does not answer is no evidence", arguments: doubtful)
    func noEvidence(frames: [String], milliseconds: Double) {
        var heard = HeardConversation()
        heard.hear(frames, every: milliseconds)
        heard.finish()
        #expect(Self.pairs(heard).isEmpty)
        #expect(heard.exchanges.isEmpty)
    }

    @Test("an identifier that carries anything else is nobody's")
    func otherTraffic() {
        var heard = HeardConversation()
        for counter in 0..<256 {
            heard.hear("712#\(UInt8(counter).hexadecimal)22F190AAAAAAAA", after: 5)
            heard.hear("77C#\(UInt8(counter).hexadecimal)62F19041AAAAAA", after: 5)
        }
        #expect(Self.pairs(heard).isEmpty)
    }

    @Test(
        "of several requests that wait for the same answer the usual distance decides, else nothing"
    )
    func parallelRequests() {
        var heard = HeardConversation()
        heard.hear(
            ["712#0322F190AAAAAAAA", "714#0322F190AAAAAAAA", "77C#0462F19041AAAAAA"], every: 1)
        #expect(Self.pairs(heard).isEmpty)
        #expect(heard.tracker.learner.ambiguousAnswers == 1)
        heard.hear(["712#0322F18CAAAAAAAA", "77C#0462F18C41AAAAAA"], every: 300)
        heard.wait(2_000)
        #expect(Self.pairs(heard).isEmpty)
        heard.hear(["712#0322F18CAAAAAAAA", "77C#0462F18C41AAAAAA"], every: 8)
        heard.hear(["714#0322F190AAAAAAAA", "715#0322F190AAAAAAAA"], every: 1)
        heard.hear(["77F#0462F19041AAAAAA", "77E#0462F19041AAAAAA"], every: 1)
        #expect(Self.pairs(heard) == ["712:77C", "715:77F", "714:77E"])
    }

    @Test("an identifier that several answer stands for all")
    func functional() {
        var heard = HeardConversation()
        heard.hear(["700#0322F190AAAAAAAA", "77C#0462F19041AAAAAA", "77D#0462F19042AAAAAA"])
        heard.hear(
            ["700#0322F18CAAAAAAAA", "77C#0462F18C41AAAAAA", "77D#0462F18C42AAAAAA"], every: 20)
        heard.finish()
        #expect(heard.exchanges.last?.isFunctional == true)
        #expect(heard.exchanges.last?.responses.count == 2)
    }

    @Test("who answers a request to all at an address of its own is heard, and its tester found")
    func responderOfAll() {
        var heard = HeardConversation()
        heard.hear(["7DF#0322F190AAAAAAAA", "7A8#101462F190574155", "7A0#300000AAAAAAAAAA"])
        heard.hear(["7A8#215A5A5A38453739", "7A8#2244303031323334"])
        heard.finish()
        #expect(heard.exchanges.map(\.outcome) == [.positive])
        #expect(heard.exchanges.first?.responses.first?.message?.length == 20)
        #expect(Self.pairs(heard) == ["7A0:7A8"])
    }

    @Test("29 bits hold both addresses, to one and to all")
    func fixedAddresses() {
        var heard = HeardConversation()
        heard.hear(["18DA10F1#0322F190AAAAAAAA", "18DAF110#0462F19041AAAAAA"])
        heard.hear([
            "18DB33F1#020100AAAAAAAAAA", "18DAF110#0641000000000000", "18DAF118#0641000000000000",
        ])
        heard.finish()
        #expect(Self.pairs(heard).first == "18DA10F1:18DAF110")
        #expect(heard.exchanges.map(\.responses.count) == [1, 2])
        let names = heard.exchanges.last.map { last in
            last.responses.map { ControlUnitName($0, in: last).text }
        }
        #expect(names == ["10", "18"])
    }

    @Test("mixed addressing has the extension in front of each frame")
    func mixedAddresses() {
        var heard = HeardConversation()
        heard.hear(["18CE10F1#0A0322F190AAAAAA", "18CEF110#0A0462F19041AAAA"])
        heard.hear(["18CE10F1#0B0322F190AAAAAA", "18CEF110#0B0462F19042AAAA"])
        #expect(heard.exchanges.map { $0.responses.first?.message?.payload.last } == [0x41, 0x42])
    }

    @Test("given pairs are heard from their first frame on, with address bytes too")
    func givenPairs() throws {
        var options = ConversationTracker.Options()
        options.pairs = [try #require(AddressPair("6F1/12:612/F1"))]
        options.learnsAddresses = false
        var heard = HeardConversation(options)
        heard.hear(["6F1#120322F190", "612#F1100C62F1905741", "6F1#12300000"])
        heard.hear(["612#F1215A5A5A384537", "612#F1223938"])
        heard.hear([
            "6F1#400322F190", "640#F10462F19041", "712#0322F190AAAAAAAA", "77C#0462F19041AAAAAA",
        ])
        heard.finish()
        #expect(heard.exchanges.map(\.outcome) == [.positive])
        #expect(heard.exchanges.first?.responses.first?.message?.length == 12)
    }

    @Test(
        "a pair is read as it is written, and nothing else is one",
        arguments: [
            ("7E0:7E8", true), ("18DA10F1:18DAF110", true), ("6F1/12:612/F1", true),
            ("6F1/12:612", false), ("7E0", false), ("7E0:7E0", false), ("7E0:", false),
            ("7E0:7E8:7E9", false), ("6F1/:612/F1", false), ("800:7E8", false),
        ])
    func text(_ text: String, isPair: Bool) {
        #expect(AddressPair(text)?.description == (isPair ? text : nil))
    }

    @Test("the same identifiers on another channel are another pair")
    func channels() {
        var heard = HeardConversation()
        heard.hear("712#0322F190AAAAAAAA", channel: 0)
        heard.hear("77C#0462F19041AAAAAA", channel: 1)
        #expect(Self.pairs(heard).isEmpty)
    }

    // MARK: An address byte in front

    /// Two control units behind one identifier of the tester, F1.
    private static let addressed = [
        "6F1#120322F190FFFFFF", "612#F1100762F1904142", "6F1#12300000FFFFFFFF",
        "612#F1214344FFFFFFFF", "6F1#400322F18CFFFFFF", "640#F1037F2278FFFFFF",
        "6F1#12033101FFFFFFFF", "612#F1037F3122FFFFFF", "640#F10462F18C01FFFF",
        "6F1#40021003FFFFFFFF", "640#F1065003003201F4",
    ]

    @Test("a byte in front is learned from two exchanges, and the first of them is not lost")
    func addressByte() {
        var heard = HeardConversation()
        heard.hear(Self.addressed)
        heard.finish()
        #expect(Self.pairs(heard) == ["6F1/12:612/F1", "6F1/40:640/F1"])
        #expect(
            heard.exchanges.map(\.evidence) == [0...3, 6...7, 4...8, 9...10])
        #expect(heard.exchanges.map(\.outcome) == [.positive, .negative, .positive, .positive])
        #expect(heard.exchanges[0].responses.first?.message?.payload.count == 7)
        #expect(heard.exchanges[2].responses.first?.pendingCount == 1)
    }

    @Test("the same byte on both sides is an extension of the address")
    func addressExtension() {
        var heard = HeardConversation()
        heard.hear([
            "700#550322F190AAAAAA", "708#550462F19041AAAA", "700#55021003AAAAAAAA",
            "708#55065003003201F4",
        ])
        #expect(Self.pairs(heard) == ["700/55:708/55"])
        #expect(heard.exchanges.count == 2)
    }

    /// One exchange alone, the same twice, another byte in the second answer, an answer between that is
    /// none, and frames of the same identifiers that are no ISO 15765-2.
    private static let doubtfulBytes: [[String]] = [
        ["6F1#120322F190FFFFFF", "612#F10462F19041FFFF"],
        [
            "6F1#120322F190FFFFFF", "612#F10462F19041FFFF", "6F1#120322F190FFFFFF",
            "612#F10462F19041FFFF",
        ],
        [
            "6F1#120322F190FFFFFF", "612#F10462F19041FFFF", "6F1#120322F18CFFFFFF",
            "612#F20462F18C41FFFF",
        ],
        [
            "6F1#120322F190FFFFFF", "612#F10462F18C41FFFF", "6F1#120322F18CFFFFFF",
            "612#F10462F18C41FFFF",
        ],
        [
            "6F1#120322F190FFFFFF", "612#F10462F19041FFFF", "612#0102030405060708",
            "6F1#120322F18CFFFFFF", "612#F10462F18C41FFFF",
        ],
    ]

    @Test("less than two exchanges with the same bytes make no pair", arguments: doubtfulBytes)
    func doubtfulByte(frames: [String]) {
        var heard = HeardConversation()
        heard.hear(frames)
        heard.finish()
        #expect(Self.pairs(heard).isEmpty)
    }
}
