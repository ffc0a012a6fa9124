import Diagnostics
import Testing

@Suite("J1939 diagnostic messages")
struct J1939DiagnosticTests {
    private func message(_ group: UInt32, _ text: String) -> J1939Diagnostic? {
        let payload = bytes(text)
        return J1939Diagnostic(group: group, payload: payload.span)
    }

    @Test("active codes have parameter, failure mode and count, and the lamps are named")
    func active() throws {
        // SAE J1939-73 5.7.1.7: SPN 91 (5B), FMI 3, count 5; amber lamp on.
        let dm1 = try #require(message(0xFECA, "04 FF 5B 00 03 05 FF FF"))
        #expect(dm1.kind == .dm1)
        #expect(dm1.codes.map(\.description) == ["SPN 91 FMI 3"])
        #expect(dm1.codes[0].occurrenceCount == 5)
        #expect(dm1.codes[0].failureModeName == "voltage above normal or shorted to high")
        #expect(!dm1.codes[0].hasOldConversion)
        #expect(dm1.lamps?.lit == [.amberWarning])
        #expect(dm1.surplus.isEmpty)
    }

    @Test("a parameter number of 19 bits has its upper bits beside the failure mode")
    func highNumber() throws {
        // SPN 520192 is 7F000: bytes 00 F0, upper three bits E0, FMI 31; count 127 is not known.
        let dm2 = try #require(message(0xFECB, "00 00 00 F0 FF FF"))
        #expect(dm2.codes.map(\.description) == ["SPN 520192 FMI 31"])
        #expect(dm2.codes[0].occurrenceCount == nil)
        #expect(dm2.codes[0].hasOldConversion)
    }

    @Test(
        "a message without codes has none",
        arguments: ["00 FF 00 00 00 00 FF FF", "00 00 FF FF FF FF FF FF"])
    func none(text: String) throws {
        let dm1 = try #require(message(0xFECA, text))
        #expect(dm1.codes.isEmpty)
        #expect(dm1.lamps?.lit == [])
    }

    @Test("several codes come in a long message, in their order")
    func several() throws {
        let dm12 = try #require(message(0xFED4, "40 FF 64 00 01 01 6E 00 00 02 BE 00 08 81"))
        #expect(
            dm12.codes.map(\.description) == ["SPN 100 FMI 1", "SPN 110 FMI 0", "SPN 190 FMI 8"])
        #expect(dm12.lamps?.lit == [.malfunctionIndicator])
        #expect(dm12.codes.map(\.hasOldConversion) == [false, false, true])
    }

    @Test("clearing has no codes; readiness has counts; other groups are none of these")
    func others() throws {
        #expect(try #require(message(0xFED3, "FF FF FF FF FF FF FF FF")).codes.isEmpty)
        let dm5 = try #require(message(0xFECE, "02 FF 13 00 00 00 00 00"))
        #expect(dm5.readiness?.activeCodes == 2)
        #expect(dm5.readiness?.previouslyActiveCodes == nil)
        #expect(dm5.readiness?.requirements == 0x13)
        #expect(message(0xFEEE, "00") == nil)
    }

    @Test("a payload of any length is read", arguments: 0..<12)
    func anyLength(length: Int) {
        for kind in J1939Diagnostic.Kind.allCases {
            let payload = [UInt8](repeating: 0x55, count: length)
            let message = J1939Diagnostic(group: kind.group, payload: payload.span)
            #expect(message != nil)
        }
    }
}
