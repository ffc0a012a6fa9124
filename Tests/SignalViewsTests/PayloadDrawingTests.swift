import SignalDatabase
import SignalViews
import Testing

@Suite("the drawing of a payload")
struct PayloadDrawingTests {
    private func lines(_ signals: String, length: Int = 2) throws -> [String] {
        let text = Array("BO_ 1 M: \(length) X\n\(signals)\n".utf8)
        let database = Database(dbc: text.span)
        let message = try #require(database.messages.first)
        return PayloadDrawing(
            of: message, signals: Array(message.signals.indices), width: 80
        ).lines.filter { $0.contains("│") && $0.prefix(4).contains { !$0.isWhitespace } }
    }

    /// By hand from the rule of start bits: of Motorola the start bit is the most significant.
    @Test("has each bit where the frame has it, in both byte orders")
    func byteOrders() throws {
        let motorola = try lines(" SG_ Long : 3|12@0+ (1,0) [0|0] \"\" X")
        #expect(motorola[0].hasSuffix("│             Long 11-8             │"))
        #expect(motorola[1].contains(" Long 7-0 "))
        let intel = try lines(" SG_ Long : 4|12@1+ (1,0) [0|0] \"\" X")
        #expect(intel[0].hasPrefix("   0 │             Long 3-0              │"))
        #expect(intel[1].contains(" Long 11-4 "))
    }

    @Test(
        "is 78 columns wide, and of any name",
        arguments: ["A", "Ä_車", "A_name_that_is_much_longer"])
    func width(name: String) throws {
        for line in try lines(" SG_ \(name) : 7|1@1+ (1,0) [0|0] \"\" X") {
            #expect(line.unicodeScalars.count == 78)
        }
    }

    @Test("says where the message ends and a signal does not")
    func misfit() throws {
        let lines = try lines(" SG_ S : 7|24@0+ (1,0) [0|0] \"\" X", length: 2)
        #expect(lines.count == 3)
        #expect(lines[1].hasSuffix("end"))
    }
}
