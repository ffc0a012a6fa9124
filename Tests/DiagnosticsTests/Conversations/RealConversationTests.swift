import CANFrame
import LogTools
import TestBench
import Testing

@testable import Diagnostics

@Suite(
    "Conversations of real logs",
    .enabled(if: Requirement.data.shouldRun, "the real logs at CANLOG_TEST_DATA are not there"))
struct RealConversationTests {
    private static func exchanges(_ name: String) throws -> (
        [Exchange], pairs: [String], losses: ConversationLosses, units: Int
    ) {
        var log = try LogInput(path: "\(testDataFolder)/logs/\(name).log.zst")
        var tracker = ConversationTracker()
        var batch = FrameBatch(capacity: 8_192)
        var exchanges: [Exchange] = []
        while try log.read(into: &batch, waiting: .zero) != .ended {
            tracker.take(batch)
            exchanges += tracker.takeExchanges()
        }
        tracker.finish()
        exchanges += tracker.takeExchanges()
        return (
            exchanges, tracker.pairs.map { "\($0.pair)" }, tracker.losses,
            tracker.controlUnits.count
        )
    }

    @Test(
        "no addresses are learned where nobody diagnoses",
        arguments: ["durango_mapswitch", "ralliart_drive", "comma2k19_toyota", "css_94c49784"])
    func noFalsePairs(name: String) throws {
        let heard = try Self.exchanges(name)
        #expect(heard.pairs.isEmpty)
        #expect(heard.0.filter { $0.family == .service }.isEmpty)
    }

    /// Counted in the text of the log with grep: 375 frames at 7DF, 113 that begin with 03 7F, 14 of
    /// them response pending.
    @Test("the tester of an electric car: every request to all, every refusal")
    func kona() throws {
        let heard = try Self.exchanges("kona_obd_elm327")
        #expect(heard.0.count { $0.isFunctional } == 375)
        let responses = heard.0.flatMap(\.responses)
        #expect(responses.count { $0.negativeCode != nil } == 113 - 14)
        #expect(responses.reduce(0) { $0 + $1.pendingCount } == 14)
        // All that were found are eight apart.
        for pair in heard.pairs {
            let sides = pair.split(separator: ":").compactMap { Int($0, radix: 16) }
            #expect(sides[1] - sides[0] == 8)
        }
        #expect(heard.pairs.count == 23)
        #expect(heard.losses.isEmpty)
    }

    /// The frames are 0.30 s of the log from 1701363731.498300 on, 18DAEEFB#0322F19000000000.
    @Test("the tachograph of a truck is asked by 29-bit identifiers that hold both addresses")
    func truck() throws {
        let heard = try Self.exchanges("css_asammdfbasics")
        #expect(heard.pairs == ["18DAEEFB:18DAFBEE"])
        let asked = heard.0.filter { $0.family == .service }
        #expect(asked.count == 9)
        #expect(asked.allSatisfy { $0.outcome == .positive })
        let answer = try #require(asked.first?.responses.first)
        #expect(
            String(decoding: answer.message?.payload.dropFirst(3) ?? [], as: UTF8.self)
                == "LC04S44R0K4000092")
        #expect(answer.p2?.time == 11_750_000)
        // Ten frames of DM1 that all say the same: no code, no lamp.
        #expect(heard.0.count { $0.family == .j1939(group: 0xFECA) } == 1)
    }

    @Test("answers to a logger that does not log its own requests are all told")
    func answersAlone() throws {
        let heard = try Self.exchanges("css_3ba199e2")
        #expect(heard.0.count == 33_677)
        #expect(heard.0.allSatisfy { $0.outcome == .unrequested })
        #expect(heard.pairs == ["7E0:7E8"])
    }
}
