import TestBench
import Testing

@Suite("canlog db")
struct DatabaseCommandTests {
    private static let car = """
        BU_: ECM TCM
        BO_ 291 EngineData: 8 ECM
         SG_ Speed : 7|16@0+ (0.01,-5) [0|250] "km/h" TCM
         SG_ Gear M : 16|4@1+ (1,0) [0|8] "" TCM
         SG_ Torque m3 : 24|8@1- (1,0) [-100|100] "Nm" TCM
        BO_ 2566844926 CCVS1: 8 ECM
        CM_ SG_ 291 Speed "of the wheels";
        VAL_ 291 Gear 0 "P" 3 "D" ;
        CM_ BO_ 99 "gone";

        """

    private func workshop() throws -> Workshop {
        try Workshop([
            "car.dbc": Self.car,
            "good.dbc": Self.car.replacing("CM_ BO_ 99 \"gone\";\n", with: ""),
            "new.dbc": Self.car.replacing("(0.01,-5)", with: "(0.02,-5)"),
        ])
    }

    @Test("check says place and cause, counts, and ends with 1 if something is lost")
    func check() throws {
        let workshop = try workshop()
        let checked = try workshop.run("canlog db check --only lost car.dbc good.dbc")
        #expect(checked.status == 1 && checked.errors == "")
        #expect(
            checked.lines == [
                "car.dbc:9:9: lost: there is no message 99; the comment is left out",
                "car.dbc: 2 messages, 3 signals, 2 nodes, UTF-8: 1 lost, 0 repaired, 1 noted",
                "good.dbc: 2 messages, 3 signals, 2 nodes, UTF-8: 0 lost, 0 repaired, 1 noted",
            ])
        #expect(try workshop.run("canlog db check good.dbc").status == 0)
        let missing = try workshop.run("canlog db check gone.dbc good.dbc")
        #expect(missing.status == 2 && missing.errors.contains("gone.dbc: there is no such file"))
        #expect(missing.lines.last?.hasPrefix("good.dbc: 2 messages") == true)
        let json = try workshop.run("canlog db check --json car.dbc")
        #expect(json.status == 1 && json.output.contains("\"lost\":1"))
        #expect(try workshop.run("canlog db check --encoding klingon car.dbc").status == 64)
    }

    @Test("list has a line for each message, or signal, of a pattern")
    func list() throws {
        let workshop = try workshop()
        #expect(
            try workshop.run("canlog db list car.dbc").lines == [
                "123       EngineData  8  -  3  ECM", "18FEF1FE  CCVS1       8  -  0  ECM",
            ])
        #expect(try workshop.run("canlog db list car.dbc 18fef1fe").lines.count == 1)
        #expect(
            try workshop.run("canlog db list car.dbc '*.T*'").lines == [
                "123  EngineData.Torque  24|8  Intel  signed  raw  Nm  Gear = 3"
            ])
        let none = try workshop.run("canlog db list car.dbc EngineDate")
        #expect(none.status == 1 && none.errors.contains("did you mean EngineData?"))
    }

    @Test("show draws a message and tells of its signals")
    func show() throws {
        let workshop = try workshop()
        let shown = try workshop.run("canlog db show car.dbc enginedata")
        #expect(shown.status == 0)
        #expect(shown.output.contains("raw x 0.01 - 5"))
        #expect(shown.output.contains("Speed 15-8"))
        #expect(shown.output.contains("└─ 3 (D): Torque"))
        #expect(shown.output.contains("of the wheels"))
        #expect(!shown.output.contains("\u{1B}"))
        let signal = try workshop.run("canlog db show car.dbc 123.Speed")
        #expect(signal.output.contains("EngineData.Speed\n") && !signal.output.contains("labels"))
        let branch = try workshop.run("canlog db show car.dbc 123 --branch 4")
        #expect(!branch.output.contains("Torque"))
        let json = try workshop.run("canlog db show --json car.dbc 123")
        #expect(json.output.contains("\"factor\":0.01"))
    }

    @Test("diff ends with 1 and old and new values, or with 0")
    func difference() throws {
        let workshop = try workshop()
        let differs = try workshop.run("canlog db diff car.dbc new.dbc")
        #expect(differs.status == 1)
        #expect(
            differs.lines == [
                "~ message 123 EngineData", "  ~ signal Speed", "      factor  0.01 → 0.02",
                "messages: 1 changed; signals: 1 changed",
            ])
        let same = try workshop.run("canlog db diff car.dbc car.dbc")
        #expect(same.status == 0 && same.lines == ["no difference"])
        #expect(try workshop.run("canlog db diff car.dbc gone.dbc").status == 2)
    }

    @Test("never lets a name steer the terminal")
    func hostile() throws {
        let text = "BO_ 1 M\u{1B}[31m: 8 X\n SG_ S : 0|8@1+ (1,0) [0|0] \"\u{1B}]0;x\u{7}\" X\n"
        let workshop = try Workshop(["a.dbc": text, "b.dbc": text.replacing("0|8", with: "8|8")])
        for line in [
            "check a.dbc", "list a.dbc", "list a.dbc '*.*'", "show a.dbc '*'", "diff a.dbc b.dbc",
        ] {
            let result = try workshop.run("canlog db \(line)")
            #expect(!result.output.contains("\u{1B}") && !result.errors.contains("\u{1B}"))
        }
    }
}
