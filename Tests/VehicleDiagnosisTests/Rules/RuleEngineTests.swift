import Testing
import TestBench
import VehicleDiagnosis
import VehicleSpec

@Suite("Rules as they are judged")
struct RuleEngineTests {
    /// A rule, what is told, and what opens and closes; worked out by hand from the page RuleLanguage.
    static let valueCases: [(String, String, String)] = [
        ("A.x > 1", "0 A.x=0; 10 A.x=2; 20 A.x=3; 30 A.x=1", "+10(10) -30(30)"),
        ("A.x >= 1 and A.y < 1", "0 A.x=1; 10 A.y=0; 20 A.y=1", "+10(10) -20(20)"),
        ("A.x > 1 or A.y > 1", "0 A.x=2", "+0(0)"),
        ("A.x > 1 and A.y > 1", "0 A.x=2; 10 A.x=0; 20 A.y=0", ""),
        ("not A.x > 1", "0 A.y=1; 10 A.x=1; 20 A.x=nil; 30 A.x=2", "+10(10) -30(30)"),
        ("A.x / A.y > 1", "0 A.x=2 A.y=0; 10 A.y=1", "+10(10)"),
        ("A.x - A.y * 2 < -3", "0 A.x=1 A.y=2; 10 A.x=0", "+10(10)"),
        ("abs(A.x) > 3", "0 A.x=-4; 10 A.x=3", "+0(0) -10(10)"),
        ("A.x != 0", "0 A.x=0; 10 A.x=-1", "+10(10)"),
        ("1 < A.x", "0 A.x=1; 10 A.x=2", "+10(10)"),
        ("A.state == 'on'", "0 A.state=0; 10 A.state=2; 20 A.state=0", "+10(10) -20(20)"),
        ("A.state != 'on'", "0 A.state=1; 10 A.state=0; 20 A.state=nil", "+10(10)"),
        ("A.text == 'abc'", "0 A.text='x'; 10 A.text='abc'; 20 A.text='y'", "+10(10) -20(20)"),
        ("A.x > A.y", "0 A.x=1 A.y=0; 10 A.x=3 A.y=4", "+0(0) -10(10)"),
        // Both of one frame are judged together: at no time was x above y.
        ("A.x > A.y", "0 A.x=1 A.y=2; 10 A.x=3 A.y=4", ""),
        ("A.x > 1", "0 A.x=inf; 10 A.x=nan", ""),
        // Time that steps back is the time before.
        ("A.x > 1", "20 A.x=0; 10 A.x=2; 30 A.x=0", "+20(20) -30(30)"),
    ]

    @Test(
        "values are compared, and what is not known decides nothing",
        arguments: valueCases)
    func values(rule: String, script: String, expected: String) throws {
        #expect(try RuleScript.run([rule], script) == expected)
    }

    static let holdCases: [(String, String, String)] = [
        ("A.x > 1 | for 50ms", "0 A.x=2; 49 A.x=2; 100 A.y=1", "+50(0)"),
        ("A.x > 1 | for 50ms", "0 A.x=2; 49 A.x=1; 60 A.x=2; 100 A.x=1", ""),
        // The hold is fulfilled when the time has come, whatever comes then.
        ("A.x > 1 | for 50ms", "0 A.x=2; 50 A.x=1", "+50(0) -50(50)"),
        ("A.x > 1 | for 50ms", "0 A.x=2; 20 A.x=nil; 30 A.x=2; 200", "+80(30)"),
        ("A.x > 1 | clear-for 20ms", "0 A.x=2; 10 A.x=0; 20 A.x=2; 30 A.x=0; 100", "+0(0) -50(30)"),
        (
            "A.x > 1 | clear-for 20ms", "0 A.x=2; 10 A.x=0; 20 A.x=nil; 25 A.x=0; 100",
            "+0(0) -45(25)"
        ),
        (
            "A.x > 1 | for 10ms | clear-for 20ms", "0 A.x=2; 15 A.x=0; 40 A.x=2; 60",
            "+10(0) -35(15) +50(40)"
        ),
        ("A.x > 1 | for 3 events", "0 A.x=2; 10 A.x=2; 20 A.x=2; 30 A.x=0", "+20(0) -30(30)"),
        (
            "A.x > 1 | for 3 events", "0 A.x=2; 10 A.x=2; 20 A.x=1; 30 A.x=2; 40 A.x=2; 50 A.x=2",
            "+50(30)"
        ),
        ("A.x > 1 | for 2 events", "0 A.x=2; 10 A.y=2; 20; 30 A.x=2", "+30(0)"),
        ("A.x > 1 | for 2 events", "0 A.x=2; 10 A.x=nil; 20 A.x=2; 30 A.x=2", "+30(20)"),
        ("A.x > 1 | clear-for 2 events", "0 A.x=2; 10 A.x=1; 20 A.x=1", "+0(0) -20(10)"),
        (
            "alive_error(A.n) | for 3 events",
            "0 alive_error(A.n)=1; 1 alive_error(A.n)=1; 2 alive_error(A.n)=1", "+2(0)"
        ),
        (
            "p2(ECM) > spec.p2 | for 2 events",
            "0 p2(ECM)=0.06; 1 spec.p2~of~ECM=0.05; 2 p2(ECM)=0.07; 3 p2(ECM)=0.07", "+3(2)"
        ),
        ("p2(ECM) > 50ms", "0 p2(ECM)=0.05; 10 p2(ECM)=0.0501", "+10(10)"),
        (
            "A.x > 1 | only-if A.y == 1", "0 A.x=2; 10 A.y=1; 20 A.y=0; 30 A.y=nil",
            "+10(10) -20(20)"
        ),
        (
            "A.x > 1 | only-if A.y == 1 | for 2 events",
            "0 A.x=2; 10 A.y=1; 20 A.x=2; 30 A.y=1; 40 A.x=2", "+40(20)"
        ),
        ("A.x > 1 | during warm-up", "0 A.x=2; 10 A.x=3", ""),
    ]

    @Test("a finding opens and closes when its condition has held", arguments: holdCases)
    func holds(rule: String, script: String, expected: String) throws {
        #expect(try RuleScript.run([rule], script) == expected)
    }

    static let windowCases: [(String, String, String)] = [
        // Known from 20 ms of history on: 0 to 20.
        (
            "max(A.x, 20ms) > 4", "0 A.x=5; 10 A.x=1; 20 A.x=1; 30 A.x=1; 31 A.x=1",
            "+20(20) -30(30)"
        ),
        ("min(A.x, 20ms) > 4", "0 A.x=5; 10 A.x=6; 20 A.x=7; 30 A.x=4", "+20(20) -30(30)"),
        (
            "spread(A.x, 20ms) >= 3", "0 A.x=1; 10 A.x=4; 20 A.x=2; 30 A.x=2; 40 A.x=2",
            "+20(20) -30(30)"
        ),
        // 20 ms at 4, then 20 ms at 8, at 40 ms: 6.
        (
            "avg(A.x, 40ms) >= 6", "0 A.x=4; 20 A.x=8; 30 A.x=8; 40 A.x=0; 41 A.x=0",
            "+40(40) -41(41)"
        ),
        // The value that held 20 ms ago: at 20 ms that of 0.
        (
            "rate(A.x, 20ms) > 100", "0 A.x=0; 10 A.x=1; 20 A.x=2; 30 A.x=4; 50 A.x=4",
            "+30(30) -50(50)"
        ),
        (
            "stuck(A.x, 30ms)", "0 A.x=1; 10 A.x=2; 20 A.x=2; 39 A.x=2; 40 A.x=2; 50 A.x=3",
            "+40(40) -50(50)"
        ),
        // Time alone does not make a signal stuck: its frames do.
        ("stuck(A.x, 30ms)", "0 A.x=1; 100; 200 A.x=2", ""),
        ("changed(A.x)", "0 A.x=1; 10 A.x=2; 20 A.x=2", "+10(10) -20(20)"),
        (
            "changed(A.x, 20ms)", "0 A.x=1; 10 A.x=2; 20 A.x=2; 29 A.x=2; 30 A.x=2",
            "+20(20) -30(30)"
        ),
        ("max(A.x, 20ms) > 4", "0 A.x=5; 10 A.x=nil; 20 A.x=5; 30 A.x=5; 40 A.x=5", "+40(40)"),
        ("cycle(A) > 15ms", "0 A; 10 A; 26 A; 36 A", "+26(26) -36(36)"),
        ("cycle(A) < 5ms", "0 A; 10 A; 10 A", "+10(10)"),
        ("age(A) > 30ms", "0; 100 A; 110 A; 150 A", "+140.000001(140.000001) -150(150)"),
        ("age(A) >= 30ms", "0; 100 A; 110 A; 150", "+140(140)"),
        ("age(A) < 30ms", "0; 100 A; 110 A; 150", "+100(100) -140(140)"),
        ("age(A) >= 30ms | for 10ms", "0 A; 100", "+40(30)"),
        ("missing(A, 30ms)", "5; 100 A; 110 A; 200 A", "+35(35) -100(100) +140(140) -200(200)"),
        // Three cycles of 10 ms.
        ("missing(A)", "0 A; 20 A; 100", "+50(50)"),
        ("errors(PT) > 1", "0 errors(PT); 5; 10 errors(PT)", "+10(10)"),
        ("errors(PT, 20ms) > 1", "0 errors(PT); 15 errors(PT); 20; 40", "+15(15) -20(20)"),
        ("errors(PT, 20ms) == 0", "0; 5 errors(PT); 30", "+0(0) -5(5) +25(25)"),
        ("busload(PT) > 70 %", "0 busload(PT,~1s)=71; 10 busload(PT,~1s)=70", "+0(0) -10(10)"),
    ]

    @Test("windows end at the last sample, and ages at their deadline", arguments: windowCases)
    func windows(rule: String, script: String, expected: String) throws {
        #expect(try RuleScript.run([rule], script) == expected)
    }

    @Test(
        "a rule may ask for the finding of another, wherever that stands",
        arguments: [
            (
                ["finding('r1') and A.y > 1", "A.x > 1 | for 20ms"], "0 A.x=2 A.y=2; 30 A.x=0",
                "1+20(0) 0+20(20) 1-30(30) 0-30(30)"
            ),
            (
                ["A.x > 1", "not finding('r0')"], "0 A.x=2; 10 A.x=0",
                "1+0(0) 0+0(0) 1-0(0) 0-10(10) 1+10(10)"
            ),
            (
                ["A.x > 1 | clear-for 10ms", "finding('r0')"], "0 A.x=2; 10 A.x=0; 30",
                "0+0(0) 1+0(0) 0-20(10) 1-20(20)"
            ),
        ])
    func findings(rules: [String], script: String, expected: String) throws {
        #expect(try RuleScript.run(rules, script) == expected)
    }

    @Test("events of one time come in the order of the rules")
    func order() throws {
        let rules = ["A.y > 1 | for 20ms", "A.x > 1 | for 20ms", "A.x > 1", "age(A) >= 20ms"]
        #expect(
            try RuleScript.run(rules, "0 A.x=2 A.y=2 A; 20; 30 A.x=0")
                == "2+0(0) 0+20(0) 1+20(0) 3+20(20) 1-30(30) 2-30(30)")
    }

    @Test("evidence is the frames from the first that showed it to the last")
    func evidence() throws {
        var engine = try RuleScript.engine(["A.x > 1 | for 2 events"])
        for (index, value) in [0, 2, 3, 4, 0].enumerated() {
            engine.set(0, Double(value), at: Int64(index) * 10, frame: UInt64(100 + index))
        }
        let events = engine.takeEvents()
        #expect(events.map(\.kind) == [.opened, .closed])
        #expect(events.map(\.evidence) == [101...102, 101...103])
        #expect(events.map(\.occurrences) == [2, 3])
        #expect(engine.openFindings().isEmpty)
    }

    @Test("what is open can be asked for")
    func open() throws {
        var engine = try RuleScript.engine(["A.x > 1", "A.y > 1"])
        engine.set(0, 2, at: 10, frame: 1)
        #expect(engine.openFindings().map(\.rule) == [0])
        #expect(engine.openFindings().map(\.kind) == [.stillOpen])
    }

    @Test("samples beyond what a window keeps leave it unknown, and it comes back")
    func cut() throws {
        // Of a message each 10 ms 20 ms keep 2 * 2 + 16 samples: here come two in a millisecond.
        var script = (0..<80).map { "\(Double($0) / 2) A.x=\($0 % 2 * 9)" }
        #expect(try RuleScript.run(["max(A.x, 20ms) > 1"], script.joined(separator: ";")) == "")
        script += (5..<10).map { "\($0 * 10) A.x=\($0 % 2 * 9)" }
        #expect(
            try RuleScript.run(["max(A.x, 20ms) > 1"], script.joined(separator: ";")) == "+50(50)")
    }

    @Test("once it has seen what it reads, judging takes no memory")
    func memory() throws {
        let rules = [
            "A.x > 500 and avg(A.y, 1s) > 1000", "stuck(A.x, 1s) | for 100ms", "age(A) > 500ms",
            "errors(PT, 100ms) > 2000", "spread(A.y, 500ms) > 100000 | for 3 events",
            "finding('r1') or missing(A, 3s)",
        ]
        var engine = try RuleScript.engine(rules)
        let inputs = engine.inputs
        var time: Int64 = 0
        var opened = 0
        let count = allocations {
            for step in 0..<20_000 {
                time += 1_000_000
                for input in inputs.indices {
                    engine.set(input, Double(step % 97), at: time, frame: UInt64(time))
                }
                opened += engine.takeEvents().count
            }
        }
        #expect(opened == 0)
        #expect(count == nil || count == 0, "\(count ?? 0)")
    }

    @Test(
        "rules that ask for one another in a circle are refused, and so is what reads them",
        arguments: [
            ["finding('r0')"], ["finding('r1')", "finding('r0') or A.x > 1"],
            ["finding('r1')", "finding('r2')", "not finding('r0')"],
        ])
    func cycles(texts: [String]) throws {
        let error = #expect(throws: RuleProblem.self) {
            let engine = try RuleScript.engine(texts)
            _ = engine.inputs
        }
        #expect(error?.error.cause.contains("depends on its own") == true)
    }
}
