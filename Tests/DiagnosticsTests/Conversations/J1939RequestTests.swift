import CANTransport
import Testing

@testable import Diagnostics

/// Requests for the diagnostic messages of J1939-73 and their answers, by J1939-21 5.4.2, 5.10.2.4 and
/// 5.12.3.
@Suite("J1939: requests and answers")
struct J1939RequestTests {
    private static func heard(_ frames: [(Double, String)]) -> HeardConversation {
        var heard = HeardConversation()
        for (time, frame) in frames { heard.hear(frame, after: time - heard.now) }
        heard.finish()
        return heard
    }

    @Test(
        "the next DM1 of the control unit that was asked answers, and only a new one is told again")
    func dm1() throws {
        let heard = Self.heard([
            (0, "18EA00F9#CAFE00"), (5, "18FECA01#04FF6E000301FFFF"),
            (10, "18FECA00#04FF6E000301FFFF"), (1_010, "18FECA00#04FF6E000301FFFF"),
        ])
        #expect(heard.exchanges.map(\.outcome) == [.broadcast, .positive])
        let exchange = try #require(heard.exchanges.last)
        #expect(exchange.responses.map(\.p2?.time) == [10_000_000])
        #expect(exchange.evidence == 0...2)
        #expect(heard.tracker.unchangedBroadcasts == 1)
    }

    @Test("a DM1 behind Tr may be the cyclic one: it answers, and is not late")
    func cyclic() throws {
        let heard = Self.heard([(0, "18EA00F9#CAFE00"), (700, "18FECA00#04FF6E000301FFFF")])
        let exchange = try #require(heard.exchanges.first)
        #expect(exchange.outcome == .positive)
        #expect(!exchange.isLate)
    }

    /// 62 bytes in nine packets, 160 ms apart: 5.10.2.4 allows 50 to 200 ms.
    private static let packets = (1...9).map { packet in
        (20.0 + 160 * Double(packet), "18EBFF00#0\(packet)04FF6400030165")
    }

    @Test(
        "an answer that is announced in time may last longer than a request waits",
        arguments: ["FF", "00"])
    func longBroadcast(destination: String) throws {
        let heard = Self.heard(
            [(0, "18EA\(destination)F9#CBFE00"), (20, "18ECFF00#203E0009FFCBFE00")] + Self.packets)
        #expect(heard.exchanges.map(\.outcome) == [.positive])
        let response = try #require(heard.exchanges.first?.responses.first)
        #expect(response.p2?.time == 20_000_000)
        #expect(response.message?.payload.count == 62)
    }

    @Test("a request behind the announcement of a message is not answered by it")
    func askedTooLate() {
        let heard = Self.heard(
            [(20, "18ECFF00#203E0009FFCBFE00"), (30, "18EA00F9#CBFE00")] + Self.packets)
        #expect(Set(heard.exchanges.map(\.outcome)) == [.broadcast, .unanswered])
    }

    @Test("packets that are lost are counted")
    func lostPackets() {
        let heard = Self.heard([
            (0, "18ECFF00#20120003FFCAFE00"), (50, "18EBFF00#0104FF6E00030164"),
            (150, "18EBFF00#0303000300030000"),
        ])
        #expect(heard.tracker.j1939Failures.total == 1)
    }
}
