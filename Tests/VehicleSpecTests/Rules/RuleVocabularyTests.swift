import SignalDatabase
import Testing
import VehicleSpec

@Suite("Names, units and labels in rules")
struct RuleVocabularyTests {
    static let database = """
        VERSION ""
        BU_: ECM ESC
        BO_ 256 ECM_Temps: 8 ECM
         SG_ CoolantTemp : 0|8@1+ (1,-40) [-40|215] "°C" ESC
         SG_ OilTemp : 8|8@1+ (1,-40) [-40|215] "degC" ESC
         SG_ RunState : 16|2@1+ (1,0) [0|3] "" ESC
         SG_ Delay : 24|8@1+ (1,0) [0|255] "ms" ESC
        BO_ 512 ESC_Wheels: 8 ESC
         SG_ WheelFL : 0|16@1+ (0.01,0) [0|300] "km/h" ECM
        BA_DEF_ BO_ "GenMsgCycleTime" INT 0 10000;
        BA_DEF_DEF_ "GenMsgCycleTime" 0;
        BA_ "GenMsgCycleTime" BO_ 256 20;
        VAL_ 256 RunState 0 "off" 1 "running" 3 "running" ;
        """

    static let vocabulary: RuleVocabulary = {
        let bytes = Array(Self.database.utf8)
        let database = Database(dbc: bytes.span)
        typealias Vocabulary = RuleVocabulary
        return Vocabulary(
            buses: [
                .init(name: "PT", database: database),
                .init(
                    name: "CH",
                    database: {
                        var other = Database()
                        other.messages = database.messages.filter { $0.name == "ESC_Wheels" }
                        other.messages[0].cycleTimeMilliseconds = nil
                        return other
                    }()),
            ],
            roles: [
                .init(
                    name: "BMS",
                    alternatives: [
                        .init(
                            id: "bms-a@1",
                            identifiers: [
                                .init(name: "pack_voltage", unit: "V"),
                                .init(
                                    name: "state", unit: nil, isText: true, labels: ["on", "off"]),
                            ]),
                        .init(
                            id: "bms-b@1",
                            identifiers: [
                                .init(name: "pack_voltage", unit: "V"),
                                .init(
                                    name: "state", unit: nil, isText: true, labels: ["on", "sleep"]),
                                .init(name: "cells", unit: nil),
                            ]),
                    ])
            ])
    }()

    static func resolve(_ texts: String...) throws -> (ResolvedRules, [String]) {
        let rules = try texts.enumerated().map {
            Rule(id: "r\($0.offset)", when: try RuleExpression($0.element), severity: .info)
        }
        let (resolved, problems) = ResolvedRules.resolve(rules, with: vocabulary)
        return (resolved, problems.map(\.error.description))
    }

    @Test(
        "what agrees is resolved",
        arguments: [
            "ECM_Temps.CoolantTemp > 85 degC", "ECM_Temps.CoolantTemp > 85°C",
            "ECM_Temps.CoolantTemp - ECM_Temps.OilTemp > 20", "PT.ESC_Wheels.WheelFL > 5 kph",
            "rate(ECM_Temps.OilTemp, 1s) > 3 degC/s", "abs(rate(ECM_Temps.OilTemp, 1s)) > 3 °C/s",
            "2 * ECM_Temps.OilTemp > 85 degC", "ECM_Temps.Delay > 5 ms",
            "cycle(ECM_Temps) > ECM_Temps.Delay", "BMS.pack_voltage > 300 V", "BMS.state == 'on'",
            "ECM_Temps.RunState == 'running'", "missing(ECM_Temps)", "missing(CH.ESC_Wheels, 1s)",
            "p2(BMS) > 2 * spec.p2", "ECM_Temps.OilTemp / ECM_Temps.CoolantTemp > 2",
            "busload(CH) > 70 %", "age(ECM_Temps) > 2 * 50ms", "finding('r0')",
        ])
    func agrees(text: String) throws {
        #expect(
            try Self.resolve("ECM_Temps.RunState == 1", text).1
                == [])
    }

    @Test(
        "what does not is told with its place and what to do",
        arguments: [
            (
                "ECM_Tmps.CoolantTemp > 1",
                "1:1: no message is named ECM_Tmps; did you mean ECM_Temps?"
            ),
            (
                "ECM_Temps.CoolantTmp > 1",
                "1:1: ECM_Temps has no signal CoolantTmp; did you mean CoolantTemp?"
            ),
            ("XX.ECM_Temps.OilTemp > 1", "1:1: no bus is named XX; there are PT, CH"),
            (
                "ESC_Wheels.WheelFL > 1",
                "1:1: ESC_Wheels.WheelFL is on PT and on CH; "
                    + "write PT.ESC_Wheels.WheelFL or CH.ESC_Wheels.WheelFL"
            ),
            (
                "ECM_Temps.OilTemp > 85 °F",
                "1:21: degC and °F are different units, and none is converted; write the number in degC"
            ),
            (
                "PT.ESC_Wheels.WheelFL > ECM_Temps.OilTemp",
                "1:23: km/h and degC are different units, and none is converted; "
                    + "compare their quotient with a number, "
                    + "as in PT.ESC_Wheels.WheelFL / ECM_Temps.OilTemp > 1"
            ),
            (
                "ECM_Temps.OilTemp < 0.5 * PT.ESC_Wheels.WheelFL",
                "1:19: degC and km/h are different units, and none is converted; "
                    + "compare their quotient with a number, "
                    + "as in ECM_Temps.OilTemp / PT.ESC_Wheels.WheelFL < 0.5"
            ),
            (
                "ECM_Temps.OilTemp < rate(PT.ESC_Wheels.WheelFL, 1s)",
                "1:19: degC and km/h/s are different units, and none is converted; "
                    + "compare their quotient with a number"
            ),
            (
                "ECM_Temps.RunState > 1 V",
                "1:22: the number is in V, and the signal has no unit; write the number without unit"
            ),
            (
                "ECM_Temps.RunState == 'runing'",
                "1:23: PT.ECM_Temps.RunState has no label 'runing'; did you mean 'running'?"
            ),
            (
                "ECM_Temps.OilTemp == 'hot'",
                "1:22: PT.ECM_Temps.OilTemp has no labels; compare it with a number"
            ),
            (
                "age(ECM_Temps) > 500",
                "1:18: a time is compared with a number without unit; write the unit, as in 50ms"
            ),
            (
                "p2(BMS) > 5 V",
                "1:11: a time is compared with a value in V; units of time are ns, us, ms, s, min or h"
            ),
            ("p2(BMSS) > 5s", "1:1: no role is named BMSS; did you mean BMS?"),
            (
                "BMS.cells > 1",
                "1:1: bms-a@1 has no identifier cells; each control unit of BMS needs it"
            ),
            (
                "BMS.state == 'sleep'",
                "1:14: BMS.state has no label 'sleep'; it has 'on'"
            ),
            (
                "BMS.state > 1",
                "1:1: BMS.state is a text, and a number is wanted here; compare it with a text, as in BMS.state == 'on'"
            ),
            (
                "missing(CH.ESC_Wheels)",
                "1:1: the database gives no cycle time of CH.ESC_Wheels; "
                    + "write how long to wait, as in missing(CH.ESC_Wheels, 500ms)"
            ),
            ("finding('r9')", "1:1: no rule has the id 'r9'"),
        ])
    func disagrees(text: String, told: String) throws {
        let problems = try Self.resolve(text).1
        #expect(problems == [told])
    }

    @Test("labels are the physical values of all numbers that have them")
    func labels() throws {
        let (rules, _) = try Self.resolve("ECM_Temps.RunState == 'running'")
        #expect(
            rules.rules[0].condition
                == .binary(
                    .or, .binary(.equal, .input(0), .constant(1)),
                    .binary(.equal, .input(0), .constant(3))))
    }

    @Test("windows of all rules together have a bound, and the rule beyond it is told")
    func windows() throws {
        // Each 60 s of a message each 20 ms keep 2 * 3,000 + 16 samples: ten fit, and an eleventh not.
        let texts = (0..<12).map { "avg(ECM_Temps.OilTemp, \(60_000 - $0)ms) > 1" }
        let rules = try texts.enumerated().map {
            Rule(id: "r\($0.offset)", when: try RuleExpression($0.element), severity: .info)
        }
        let (resolved, problems) = ResolvedRules.resolve(rules, with: Self.vocabulary)
        #expect(problems.first?.rule == 10)
        #expect(problems.first?.error.cause.contains("at most 65536 are kept") == true)
        #expect(resolved.windowBytes <= 65_536 * 40)
    }

    @Test("the rules without a problem are resolved, and those that need the others left out")
    func others() throws {
        let (resolved, problems) = try Self.resolve(
            "ECM_Temps.OilTemp > 1", "Nowhere.x > 1", "finding('r1')", "finding('r0')")
        #expect(resolved.rules.map(\.rule.id) == ["r0", "r3"])
        #expect(problems.count == 2)
    }

    /// Found by fuzzing: each sign doubled what the others cost.
    @Test("signs within signs are folded at once", .timeLimit(.minutes(1)))
    func signs() throws {
        let text = String(repeating: "-", count: 29) + "abs(ECM_Temps.OilTemp) > --5"
        let rule = Rule(id: "r", when: try RuleExpression(text), severity: .info)
        let (resolved, problems) = ResolvedRules.resolve([rule], with: Self.vocabulary)
        #expect(problems.isEmpty)
        var expected = ResolvedExpression.absolute(.input(0))
        for _ in 0..<29 { expected = .negative(expected) }
        #expect(
            resolved.rules.map(\.condition.folded) == [
                .binary(.greater, expected, .constant(5))
            ])
    }
}
