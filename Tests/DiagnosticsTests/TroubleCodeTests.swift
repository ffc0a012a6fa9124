import Diagnostics
import Testing

@Suite("Trouble codes")
struct TroubleCodeTests {
    /// Codes as published: SAE J2012's own layout, and the examples of ISO 15031-6.
    static let examples: [(String, UInt32)] = [
        ("P0118-17", 0x01_1817), ("C0035-13", 0x40_3513), ("B1000-55", 0x90_0055),
        ("U0100-87", 0xC1_0087), ("P0000-00", 0), ("U3FFF-FF", 0xFF_FFFF),
    ]

    @Test("three bytes are a letter, four digits and a failure type", arguments: examples)
    func threeBytes(text: String, value: UInt32) throws {
        let code = TroubleCode(threeBytes: value)
        #expect(code.description == text)
        #expect(try #require(TroubleCode(text)) == code)
        #expect(code.threeBytes == value)
        #expect(code.failureType?.rawValue == UInt8(value & 0xFF))
    }

    @Test("two bytes have no failure type, and are another code than one with type 00")
    func twoBytes() {
        let code = TroubleCode(twoBytes: 0x0143)
        #expect(code.description == "P0143")
        #expect(code.failureType == nil)
        #expect(TroubleCode("p0143") == code)
        #expect(code != TroubleCode(threeBytes: 0x01_4300))
    }

    @Test(
        "what is no code is not read",
        arguments: [
            "", "P", "P011", "P01180", "X0118", "P4118", "P0118-", "P0118-1", "P0118-171",
            "P0118-+1", "P+118", "P0118-17-1", "é0118",
        ])
    func notACode(text: String) {
        #expect(TroubleCode(text) == nil)
    }

    @Test("all codes of three bytes come back from their text", arguments: 0..<256)
    func roundTrip(high: Int) {
        for low in stride(from: 0, to: 0x1_0000, by: 251) {
            let code = TroubleCode(threeBytes: UInt32(high << 16 | low))
            #expect(TroubleCode(code.description) == code)
        }
    }

    @Test("a status byte says its bits by name, the lowest first")
    func status() {
        let status = TroubleCodeStatus(rawValue: 0x0D)
        #expect(status == [.testFailed, .pending, .confirmed])
        #expect(status.setNames == ["testFailed", "pendingDTC", "confirmedDTC"])
    }
}
