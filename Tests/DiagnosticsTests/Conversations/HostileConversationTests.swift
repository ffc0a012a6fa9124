import CANFrame
import CANTransport
import Testing

@testable import Diagnostics

/// Logs that are made to cost time and memory.
@Suite("Hostile conversations")
struct HostileConversationTests {
    @Test(
        "address bytes without end are as many control units as are held, and the rest is counted")
    func endlessAddressBytes() {
        var heard = HeardConversation()
        for source in 0..<16 {
            for byte in 0..<256 {
                heard.hear(
                    "18CEF1\(UInt8(source).hexadecimal)#\(UInt8(byte).hexadecimal)0462F19041",
                    after: 0.1)
            }
        }
        #expect(heard.tracker.controlUnits.count == 1_024)
        #expect(heard.tracker.listener.linkCount <= 4_096)
        #expect(heard.tracker.losses.refusedMessages == 4_096 - 1_024)
        #expect(!heard.tracker.losses.isEmpty)
    }

    @Test("addresses for requests to all are bounded too")
    func endlessFunctional() {
        var options = ConversationTracker.Options()
        options.maximumControlUnits = 8
        var heard = HeardConversation(options)
        for byte in 0..<256 {
            heard.hear("18CD33F1#\(UInt8(byte).hexadecimal)023E00", after: 0.1)
        }
        #expect(heard.tracker.listener.linkCount == 32)
        #expect(heard.tracker.losses.refusedMessages == 256 - 32)
    }

    @Test("requests to all and answers of hundreds of control units end, and nothing stays held")
    func requestsToAll() {
        var heard = HeardConversation()
        for target in 0..<0xE0 {
            for tester in 0xE0..<0xE4 {
                heard.hear(
                    "18DA\(UInt8(tester).hexadecimal)\(UInt8(target).hexadecimal)#0462F19041",
                    after: 0.01)
            }
        }
        for round in 0..<3_000 {
            heard.hear("18DB33E1#0322F190", after: 0.01)
            heard.hear(
                "18DAE1\(UInt8(round % 0xE0).hexadecimal)#0462F19041", after: 0.01)
        }
        heard.wait(2_000)
        #expect(heard.tracker.controlUnits.count == 4 * 0xE0)
        #expect(heard.exchanges.count { $0.isFunctional } == 3_000)
        #expect(heard.tracker.open.isEmpty && heard.tracker.heldBytes == 0)
        #expect(heard.tracker.heldResponses == 0)
    }
}
