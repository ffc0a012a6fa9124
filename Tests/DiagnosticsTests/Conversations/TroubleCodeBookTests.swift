import CANFrame
import Testing

@testable import Diagnostics

/// Lives of trouble codes, from the status bits of ISO 14229-1 D.2, the modes of SAE J1979 and the
/// diagnostic messages of J1939-73.
@Suite("Trouble codes and their lives")
struct TroubleCodeBookTests {
    private static func book(_ frames: [String], every milliseconds: Double = 10) -> TroubleCodeBook
    {
        var heard = HeardConversation()
        heard.hear(frames, every: milliseconds)
        heard.finish()
        var book = TroubleCodeBook()
        for exchange in heard.exchanges { book.take(DecodedExchange(exchange)) }
        return book
    }

    private static func life(_ book: TroubleCodeBook, _ code: String) -> [TroubleCodeBook.Transition
        .Kind]
    {
        book.units.flatMap(\.entries).first { $0.code == code }?.transitions.map(\.kind) ?? []
    }

    @Test("pending, confirmed, cleared by the tester, and back")
    func life() throws {
        let book = Self.book([
            "7E0#031902FFAAAAAAAA", "7E8#075902FF01181704",
            "7E0#031902FFAAAAAAAA", "7E8#075902FF0118170D",
            "7E0#0414FFFFFFAAAAAA", "7E8#0154AAAAAAAAAAAA",
            "7E0#031902FFAAAAAAAA", "7E8#035902FFAAAAAAAA",
            "7E0#031902FFAAAAAAAA", "7E8#075902FF01181724",
        ])
        #expect(
            Self.life(book, "P0118-17") == [
                .reported(.pending), .reported([.active, .pending, .confirmed]), .cleared,
                .reported(.pending),
            ])
        let entry = try #require(book.units.first?.entries.first)
        #expect(entry.transitions[2].tester == "7E0")
        #expect(entry.transitions[2].time == 50_000_000)
        #expect(entry.transitions[2].evidence == 4...5)
        #expect(book.units.first?.name.text == "7E8")
    }

    @Test("a code that a report by mask no longer lists is gone")
    func gone() {
        let book = Self.book([
            "7E0#03190208AAAAAAAA", "7E8#075902FF01181708",
            "7E0#03190204AAAAAAAA", "7E8#035902FFAAAAAAAA",
            "7E0#03190208AAAAAAAA", "7E8#035902FFAAAAAAAA",
        ])
        // The mask of the second report would not have it.
        #expect(Self.life(book, "P0118-17") == [.reported(.confirmed), .goneFromReport])
    }

    @Test("clearing one code leaves the others")
    func clearOne() {
        let book = Self.book([
            "7E0#031902FFAAAAAAAA", "7E8#100B5902FF011817", "7E0#300000AAAAAAAAAA",
            "7E8#2108C0351308AAAA", "7E0#0414011817AAAAAA", "7E8#0154AAAAAAAAAAAA",
        ])
        #expect(Self.life(book, "P0118-17").last == .cleared)
        #expect(Self.life(book, "U0035-13") == [.reported(.confirmed)])
    }

    @Test("a refused clearing clears nothing")
    func refused() {
        let book = Self.book([
            "7E0#031902FFAAAAAAAA", "7E8#075902FF01181708", "7E0#0414FFFFFFAAAAAA",
            "7E8#037F1422AAAAAAAA",
        ])
        #expect(Self.life(book, "P0118-17") == [.reported(.confirmed)])
    }

    /// SAE J1979: 03 lists the stored codes, 07 the pending ones, 04 clears.
    @Test("OBD-II's lists are whole: stored, pending, cleared by the tester of all")
    func obd() {
        let book = Self.book(
            [
                "7DF#0107AAAAAAAAAAAA", "7E8#0447010118AAAAAA",
                "7DF#0103AAAAAAAAAAAA", "7E8#0443010118AAAAAA",
                "7DF#0107AAAAAAAAAAAA", "7E8#024700AAAAAAAAAA",
                "7DF#0104AAAAAAAAAAAA", "7E8#0144AAAAAAAAAAAA",
            ], every: 1_100)
        #expect(
            Self.life(book, "P0118") == [
                .reported(.pending), .reported([.pending, .confirmed]), .reported(.confirmed),
                .cleared,
            ])
    }

    /// J1939-73 5.7.1: two bytes of lamps, then SPN 110 (0x6E), FMI 3, once.
    @Test("a code of DM1 is active as long as it is sent, and DM1 is told when it changes")
    func j1939() {
        let book = Self.book([
            "18FECA00#00FF00000000FFFF", "18FECA00#04FF6E000301FFFF", "18FECA00#04FF6E000301FFFF",
            "18FECA00#00FF00000000FFFF",
        ])
        #expect(Self.life(book, "SPN 110 FMI 3") == [.reported(.active), .goneFromReport])
        #expect(book.units.first?.name.text == "00")
    }

    /// J1939-73 5.7.11, J1939-21 5.4.4: an acknowledgment of the parameter group FED3.
    @Test("DM11 is asked for, acknowledged, and clears what is active")
    func clearJ1939() throws {
        var heard = HeardConversation()
        heard.hear([
            "18FECA00#04FF6E000301FFFF", "18EA00F9#D3FE00", "18E8FF00#00FFFFFFF9D3FE00",
        ])
        heard.finish()
        #expect(heard.exchanges.map(\.outcome) == [.broadcast, .positive])
        var book = TroubleCodeBook()
        for exchange in heard.exchanges { book.take(DecodedExchange(exchange)) }
        #expect(Self.life(book, "SPN 110 FMI 3") == [.reported(.active), .cleared])
        #expect(book.units.first?.entries.first?.transitions.last?.tester == "F9")
    }

    @Test("DM1 of several codes comes by the transport protocol")
    func manyCodes() {
        let book = Self.book([
            "18ECFF00#200A0002FFCAFE00", "18EBFF00#0104FF6E000301BE", "18EBFF00#02000102FFFFFFFF",
        ])
        #expect(book.units.first?.entries.map(\.code) == ["SPN 110 FMI 3", "SPN 190 FMI 1"])
    }
}
