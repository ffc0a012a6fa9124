import CANFrame
import LocalFiles
import TestBench
import Testing

@testable import SignalViews

@Suite("the monitor's screen")
struct MonitorScreenTests {
    /// One message with a signal of each kind that a screen tells apart.
    private static let database = """
        VERSION ""
        BU_: ECM
        BO_ 256 ENGINE: 8 ECM
         SG_ Mux M : 0|8@1+ (1,0) [0|0] "" Vector__XXX
         SG_ Speed m0 : 8|16@1+ (0.25,0) [0|0] "rpm" Vector__XXX
         SG_ Gear m1 : 8|8@1+ (1,0) [0|0] "" Vector__XXX
         SG_ Last : 56|8@1- (1,-40) [0|0] "°C" Vector__XXX
        BA_DEF_ BO_ "GenMsgCycleTime" INT 0 65535;
        BA_ "GenMsgCycleTime" BO_ 256 100;
        VAL_ 256 Gear 3 "third" ;

        """

    private static func databases() throws -> BoundDatabases {
        let folder = try TemporaryFolder()
        let path = folder.path + "/engine.dbc"
        var file = try WritableFile(creating: path)
        let bytes = Array(database.utf8)
        try file.append(bytes.span)
        return try BoundDatabases([DatabaseBinding(path: path)])
    }

    private static func model(_ frames: [Frame], withDatabase: Bool = true) throws -> MonitorModel {
        var model = MonitorModel(databases: withDatabase ? try databases() : nil)
        var batch = FrameBatch(capacity: max(1, frames.count))
        batch.append(TrafficCounterTests.channel, at: TrafficCounterTests.stamp(0), channel: 0)
        for frame in frames { batch.append(frame) }
        model.take(batch)
        return model
    }

    private static func lines(
        _ model: MonitorModel, _ view: inout MonitorView, columns: Int = 80, rows: Int = 24,
        isAtEnd: Bool = false
    ) -> [String] {
        var surroundings = MonitorScreen.Surroundings()
        surroundings.title = "test"
        surroundings.isAtEnd = isAtEnd
        let screen = MonitorScreen(of: model, surroundings, columns: columns)
        return screen.lines(&view, rows: rows).map(\.text)
    }

    private typealias Make = TrafficCounterTests

    @Test("signals stand under their message with value, unit and label, states in words")
    func signals() throws {
        var view = MonitorView(expandsAll: true)
        let model = try Self.model([
            Make.frame(0x100, 0, [0, 0xA0, 0x0F, 0, 0, 0, 0, 65]),
            Make.frame(0x100, 100, [1, 3, 0, 0]),
        ])
        let lines = Self.lines(model, &view)
        #expect(lines[3].hasPrefix("- 100         2   100 ms        -  01 03 00 00"))
        #expect(lines[3].hasSuffix("len 4, not 8 ENGINE"))
        // 0x0FA0 x 0.25, kept from the frame before; of a signal that the frame does not reach no value.
        let words = lines[4...7].map { $0.split(separator: " ").joined(separator: " ") }
        #expect(words == ["Mux 1", "Speed 1000.00 rpm", "Gear 3 third", "Last beyond frame"])
    }

    @Test("signals of other multiplexer values are told when a frame had them")
    func notSeen() throws {
        var view = MonitorView(expandsAll: true)
        let model = try Self.model([Make.frame(0x100, 0, [9, 0, 0, 0, 0, 0, 0, 65])])
        let lines = Self.lines(model, &view)
        let words = lines[4...6].map { $0.split(separator: " ").joined(separator: " ") }
        #expect(
            words == ["Mux 9", "Last 25 °C", "2 signals of other multiplexer values not seen yet"])
    }

    @Test("a message is overdue after three of the database's cycle times, but not at a log's end")
    func overdue() throws {
        var view = MonitorView()
        var model = try Self.model([Make.frame(0x100, 0), Make.frame(0x200, 5)])
        model.advance(to: Make.start + 2_000_000_000)
        let lines = Self.lines(model, &view)
        #expect(lines[1].hasSuffix("0/s  silent for 2.00 s"))
        #expect(lines[3].contains("2.00 s  overdue"))
        #expect(!lines[4].contains("overdue"))
        #expect(!Self.lines(model, &view, isAtEnd: true)[3].contains("overdue"))
    }

    @Test(
        "each line fits the screen, and there are as many as it has rows",
        arguments: [
            (80, 24), (200, 60), (40, 10), (21, 5),
        ])
    func fits(columns: Int, rows: Int) throws {
        var frames = (0..<100).map {
            Make.frame(0x8000_0000 | UInt32($0), Int64($0), [UInt8](repeating: 0xFF, count: 64))
        }
        frames.append(Make.frame(0x100, 200, [0, 1, 2, 3]))
        let model = try Self.model(frames)
        for expandsAll in [false, true] {
            var view = MonitorView(expandsAll: expandsAll)
            let screen = MonitorScreen(of: model, MonitorScreen.Surroundings(), columns: columns)
            let lines = screen.lines(&view, rows: rows)
            #expect(lines.count == rows)
            #expect(lines.allSatisfy { $0.width <= columns })
            #expect(lines.last?.text.hasPrefix("q quit") == true)
        }
    }

    @Test("keys select, expand, scroll, sort and filter")
    func keys() throws {
        let frames = (0..<50).flatMap { number in
            (0...number).map { Make.frame(0x300 - UInt32(number), Int64(number * 100 + $0), [1]) }
        }
        let model = try Self.model(frames)
        var view = MonitorView()
        let screen = MonitorScreen(of: model, MonitorScreen.Surroundings(), columns: 80)
        func press(_ keys: TerminalKey...) -> [String] {
            for key in keys {
                _ = view.press(key)
                screen.settle(&view, rows: 24)
            }
            return screen.lines(&view, rows: 24).map(\.text)
        }
        #expect(press()[3].hasPrefix("  2CF        50"))
        #expect(press(.end)[22].hasPrefix("  300         1"))
        #expect(press(.home)[3].hasPrefix("  2CF"))
        #expect(press(.pageDown)[3].hasPrefix("  2E2"))
        #expect(press(.home, .down, .down).count == 24)
        #expect(view.selected == model.traffic.streams.firstIndex { $0.identifier.number == 0x2D1 })
        #expect(press(.character("s"), .character("r"), .home)[3].hasPrefix("  300         1"))
        let filtered = press(.character("/"), .character("2"), .character("d"), .character("5"))
        #expect(filtered[3].hasPrefix("  2D5"))
        #expect(filtered[4].isEmpty)
        #expect(press(.enter)[0].hasSuffix("only '2d5'"))
        #expect(press(.escape)[4] != "")
        #expect(view.press(.character("q")) == .quit)
    }

    @Test("bytes that changed are bright, and fade by time")
    func fading() throws {
        var model = try Self.model(
            [Make.frame(0x7, 0, [1, 2]), Make.frame(0x7, 100, [1, 3])], withDatabase: false)
        var view = MonitorView()
        func row() -> String {
            MonitorScreen(of: model, MonitorScreen.Surroundings(), columns: 80)
                .lines(&view, rows: 10)[3].escaped(colors: true)
        }
        #expect(row().contains("01 \u{1B}[1;33m03\u{1B}[0m"))
        model.advance(to: Make.start + 1_000_000_000)
        #expect(row().contains("01 \u{1B}[33m03\u{1B}[0m"))
        model.advance(to: Make.start + 2_000_000_000)
        #expect(row().contains("01 \u{1B}[36m03\u{1B}[0m"))
        model.advance(to: Make.start + 4_000_000_000)
        #expect(row().contains("01 03"))
    }

    @Test("without colours no colour is written, and nothing of a name steers the terminal")
    func plain() throws {
        var model = MonitorModel()
        var batch = FrameBatch(capacity: 4)
        let evil = ChannelDescription(interface: "can\u{1B}[31m0")
        batch.append(.channel(evil), at: Make.stamp(0), channel: 0)
        batch.append(Make.frame(0x7, 0, [1]))
        batch.append(Make.frame(0x7, 1, [2]))
        model.take(batch)
        var view = MonitorView()
        let lines = MonitorScreen(of: model, MonitorScreen.Surroundings(), columns: 80)
            .lines(&view, rows: 10).map { $0.escaped(colors: false) }.joined()
        #expect(!lines.contains("\u{1B}[31m"))
        #expect(!lines.contains("\u{1B}[33m"))
        #expect(lines.contains("\\u001b[31m0"))
    }

    @Test("keys are read from what terminals send, also in pieces")
    func keyBytes() {
        var bytes = Array("a\u{1B}[A\u{1B}OB\u{1B}[5~\u{1B}[1;5C\r\u{7F}é\u{1B}[".utf8)
        #expect(
            TerminalKey.take(from: &bytes) == [
                .character("a"), .up, .down, .pageUp, .enter, .backspace, .character("é"),
            ])
        #expect(bytes == Array("\u{1B}[".utf8))
        bytes += Array("6~".utf8)
        #expect(TerminalKey.take(from: &bytes) == [.pageDown])
        bytes = [0x1B]
        #expect(TerminalKey.take(from: &bytes) == [.escape])
    }
}
