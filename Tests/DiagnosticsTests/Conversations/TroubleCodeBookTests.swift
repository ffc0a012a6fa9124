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
        return heard.book
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
        let book = heard.book
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

    /// P0118-17, C0035-13, B1000-55, U0100-87, all confirmed.
    private static let fourCodes = [
        "7E0#031902FFAAAAAAAA", "7E8#10135902FF011817", "7E0#300000AAAAAAAAAA",
        "7E8#2108403513089000", "7E8#225508C1008708AA",
    ]

    @Test(
        "clearing names all codes, those of one letter, or one",
        arguments: [
            ("FFFFFF", ["P0118-17", "C0035-13", "B1000-55", "U0100-87"]), ("000000", ["P0118-17"]),
            ("400000", ["C0035-13"]), ("800000", ["B1000-55"]), ("C00000", ["U0100-87"]),
            ("403513", ["C0035-13"]), ("FFFF33", []), ("FFFFD0", []), ("403514", []),
        ])
    func groups(group: String, cleared: [String]) {
        let book = Self.book(Self.fourCodes + ["7E0#0414\(group)AAAAAA", "7E8#0154AAAAAAAAAAAA"])
        let entries = book.units.flatMap(\.entries)
        #expect(entries.count == 4)
        #expect(entries.filter(\.isCleared).map(\.code) == cleared)
    }

    /// The request to all is waited for until 1.1 s.
    @Test("a code that is back before the request to all which cleared it ends is back")
    func clearedByAll() throws {
        var heard = HeardConversation()
        heard.hear(["7E0#031902FF", "7E8#075902FF01181709"])
        heard.hear(["7DF#0414FFFFFF", "7E8#0154"], every: 10)
        heard.hear(["7E0#031902FF", "7E8#075902FF01181709"], every: 200)
        heard.finish()
        let entry = try #require(heard.book.units.first?.entries.first)
        #expect(
            entry.transitions.map(\.kind) == [
                .reported([.active, .confirmed]), .cleared, .reported([.active, .confirmed]),
            ])
        #expect(entry.condition == [.active, .confirmed])
        #expect(entry.transitions.map(\.time) == [10, 30, 430].map { $0 * 1_000_000 })
    }

    /// ISO 14229-1 12.3: 0F, 10 and 11 report the mirror memory, 17 to 19 one of the maker's.
    @Test(
        "codes of a mirror memory or of one of the maker's are not the control unit's own",
        arguments: [
            ["7E0#03190FFF", "7E8#07590FFF01181709"],
            ["7E0#04191708FF", "7E8#1008591708FF0118", "7E0#300000", "7E8#211709"],
        ])
    func otherMemories(frames: [String]) {
        #expect(Self.book(frames).units.isEmpty)
        let cleared = Self.book(
            ["7E0#031902FF", "7E8#075902FF01181709", "7E0#0414FFFFFF", "7E8#0154"] + frames)
        #expect(cleared.units.first?.entries.first?.transitions.last?.kind == .cleared)
    }

    @Test("clearing a memory of the maker's leaves these codes as they are")
    func userMemory() {
        let book = Self.book(Self.fourCodes + ["7E0#0514FFFFFF10AAAA", "7E8#0154AAAAAAAAAAAA"])
        #expect(book.units.flatMap(\.entries).allSatisfy { !$0.isCleared })
    }

    /// SAE J1979, 0A: no tester clears permanent codes.
    @Test("clearing leaves what is permanent")
    func permanent() throws {
        let book = Self.book([
            "7E0#0103AAAAAAAAAAAA", "7E8#0443010118AAAAAA", "7E0#010AAAAAAAAAAAAA",
            "7E8#044A010118AAAAAA", "7E0#0104AAAAAAAAAAAA", "7E8#0144AAAAAAAAAAAA",
        ])
        let entry = try #require(book.units.first?.entries.first)
        #expect(
            entry.transitions.map(\.kind) == [
                .reported(.confirmed), .reported([.confirmed, .permanent]), .cleared,
            ])
        #expect(entry.condition == .permanent)
    }

    /// J1939-73 5.7.3 and 5.7.11.
    @Test("DM3 clears what was active before, DM11 what is active, each nothing else")
    func clearHalves() throws {
        let both = [
            "18FECA00#04FF6E000301FFFF", "18EA00F9#CBFE00", "18FECB00#04FF6E000301FFFF",
        ]
        let before = Self.book(both + ["18EA00F9#CCFE00", "18E8FF00#00FFFFFFF9CCFE00"])
        #expect(before.units.first?.entries.first?.condition == .active)
        let active = Self.book(both + ["18EA00F9#D3FE00", "18E8FF00#00FFFFFFF9D3FE00"])
        #expect(active.units.first?.entries.first?.condition == .previouslyActive)
        let refused = Self.book(both + ["18EA00F9#D3FE00", "18E8FF00#01FFFFFFF9D3FE00"])
        #expect(refused.units.first?.entries.first?.condition == [.active, .previouslyActive])
    }

    @Test("a message of several packets is shown by all its frames, from its announcement on")
    func packetsAsEvidence() throws {
        var heard = HeardConversation()
        heard.hear([
            "18EAFFF9#CAFE00", "18ECFF00#200A0002FFCAFE00", "18EBFF00#0104FF6E000301BE",
            "18EBFF00#02000102FFFFFFFF",
        ])
        heard.finish()
        let response = try #require(heard.exchanges.first?.responses.first)
        #expect(response.firstFrame == 1 && response.lastFrame == 3)
        #expect(response.message?.firstTime == 10_000_000)
    }
}
