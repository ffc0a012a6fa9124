import Testing
import VehicleSpec

extension RuleExpression {
    /// With a parenthesis for each operator, so that a test sees what binds what.
    var outline: String {
        switch node {
        case .number(let value, let unit): "\(value)\(unit ?? "")"
        case .text(let text): "'\(text)'"
        case .input(let input): input.description
        case .function(let function, let input, let window):
            "\(function.rawValue)<\(input)>" + (window.map { "[\($0 / 1_000_000)ms]" } ?? "")
        case .absolute(let operand): "abs\(operand.outline)"
        case .negative(let operand): "-\(operand.outline)"
        case .not(let operand): "not\(operand.outline)"
        case .binary(let sign, let left, let right):
            "(\(left.outline) \(sign.rawValue) \(right.outline))"
        }
    }
}

@Suite("Rules as they are written")
struct RuleParserTests {
    @Test(
        "operators bind as in arithmetic, then comparisons, not, and, or",
        arguments: [
            ("A.x > 1 or B.y < 2 and C.z == 3", "((A.x > 1.0) or ((B.y < 2.0) and (C.z == 3.0)))"),
            ("not A.x > 1 and B.y < 2", "(not(A.x > 1.0) and (B.y < 2.0))"),
            ("A.x + 2 * A.y - 1 > -A.z / 2", "(((A.x + (2.0 * A.y)) - 1.0) > (-A.z / 2.0))"),
            ("(A.x + 2) * A.y >= 0", "(((A.x + 2.0) * A.y) >= 0.0)"),
            ("A.x - A.y - A.z <= 0", "(((A.x - A.y) - A.z) <= 0.0)"),
            ("not (A.x > 1 or A.y > 1)", "not((A.x > 1.0) or (A.y > 1.0))"),
            ("PT.A.x != 1.5e-3", "(PT.A.x != 0.0015)"),
        ])
    func precedence(text: String, outline: String) throws {
        #expect(try RuleExpression(text).outline == outline)
    }

    @Test(
        "the examples of the design are read",
        arguments: [
            ("ECM_Temps.CoolantTemp > 125", "(ECM_Temps.CoolantTemp > 125.0)"),
            (
                "abs(rate(ECM_Temps.CoolantTemp, 1s)) > 10",
                "(absrate<ECM_Temps.CoolantTemp>[1000ms] > 10.0)"
            ),
            (
                "stuck(ESC_Wheels.WheelFL, 2s) and avg(ESC_Wheels.WheelFR, 2s) > 5",
                "(stuck<ESC_Wheels.WheelFL>[2000ms] and (avg<ESC_Wheels.WheelFR>[2000ms] > 5.0))"
            ),
            (
                "alive_error(ESC_Wheels.Alive)",
                "alive_error<alive_error(ESC_Wheels.Alive)>"
            ),
            (
                "finding('ect-range') and not dtc(ECM, 'P0118')",
                "(finding<finding('ect-range')> and notdtc<dtc(ECM, 'P0118')>)"
            ),
            ("p2(ECM) > spec.p2", "(p2<p2(ECM)> > spec.p2 of ECM)"),
            ("busload(PT, 1s) > 70", "(busload<busload(PT, 1s)> > 70.0)"),
            (
                "BMS_State.Isolation < 0.5 * BMS_State.PackVoltage",
                "(BMS_State.Isolation < (0.5 * BMS_State.PackVoltage))"
            ),
            ("ECM_Engine.RunState == 'running'", "(ECM_Engine.RunState == 'running')"),
            ("age(PT.ECM_Engine) > 500ms", "(age<PT.ECM_Engine> > 500.0ms)"),
            ("missing(ECM_Engine)", "missing<ECM_Engine>"),
            ("nrc(ECM, '7f') or nrc(ECM)", "(nrc<nrc(ECM, '7F')> or nrc<nrc(ECM)>)"),
            ("errors(PT, 100ms) > 3", "(errors<errors(PT)>[100ms] > 3.0)"),
        ])
    func examples(text: String, outline: String) throws {
        #expect(try RuleExpression(text).outline == outline)
    }

    @Test(
        "a unit stands behind a number, and a name behind an operator is none",
        arguments: [
            ("A.x > 85 degC", "(A.x > 85.0degC)"), ("A.x > 85°C", "(A.x > 85.0°C)"),
            ("A.x > 50 km/h", "(A.x > 50.0km/h)"), ("A.x > 2 m/s^2", "(A.x > 2.0m/s^2)"),
            ("A.x > 70 %", "(A.x > 70.0%)"), ("A.x > 800 [1/min]", "(A.x > 8001/min)"),
            ("5V/A.x > 1", "((5.0V / A.x) > 1.0)"), ("5 /A.x > 1", "((5.0 / A.x) > 1.0)"),
            ("A.x > 5 and A.y > 1", "((A.x > 5.0) and (A.y > 1.0))"),
            ("A.x > 5V and A.y > 1", "((A.x > 5.0V) and (A.y > 1.0))"),
            ("A.x > 1e3", "(A.x > 1000.0)"), ("A.x > 1 e", "(A.x > 1.0e)"),
        ])
    func units(text: String, outline: String) throws {
        let expected = outline.replacing("8001/min", with: "800.01/min")
        #expect(try RuleExpression(text).outline == expected)
    }

    /// Texts, the place and words of what is said of them.
    static let wrong: [(String, String, String)] = [
        ("A.x = 1", "1:5", "write == and not ="), ("A.x => 1", "1:5", "write >="),
        ("A.x > 1 && A.y > 1", "1:9", "write and"), ("A.x > 1 || A.y > 1", "1:9", "write or"),
        ("!A.x", "1:1", "write not"), ("A.x > 1 AND A.y > 1", "1:9", "write and"),
        ("1 < A.x < 2", "1:9", "write a < b and b < c"), ("A.x", "1:1", "A.x == 1"),
        ("Speed > 5", "1:1", "Message.Speed"), ("A.x > ", "1:7", "ends too early"),
        ("(A.x > 1", "1:1", "not closed"), ("A.x > 1)", "1:8", "no ( is open"),
        ("A.x > 'on'", "1:7", "== or !="), ("A.x + 'on' > 1", "1:7", "a number is wanted"),
        ("A.x > 1 + (A.y > 2)", "1:16", "true or false"), ("rate(A.x) > 1", "1:9", "another"),
        ("rate(A.x, 1) > 1", "1:11", "no unit"), ("rate(A.x, 1V) > 1", "1:11", "no unit of time"),
        ("rate(A.x, 61s) > 1", "1:11", "at most 60s"), ("rates(A.x, 1s) > 1", "1:1", "rate"),
        ("stuck(A.x, 2s", "1:14", "write stuck"), ("stuck(2s) > 1", "1:7", "write stuck"),
        ("age(A) > A.x", "1:1", "time alone"), ("age(A) + 1s > 2s", "1:1", "reckon with an age"),
        ("age(A) == 1s", "1:1", "< <= > or >="), ("dtc(ECM, 'X1') ", "1:10", "P0118"),
        ("dtc(ECM, P0118)", "1:10", "in quotes"), ("nrc(ECM, '1')", "1:10", "hexadecimal"),
        ("A.x > spec.p2", "1:5", "p2(ECM) > spec.p2"), ("spec.p2 + 1s", "1:9", "condition"),
        ("A.B.C.D > 1", "1:7", "three parts"), ("", "1:1", "empty"),
        ("1 < 2", "1:1", "reads nothing"),
        ("A.x > 0x10", "1:7", "decimal"), ("A.x == 'on", "1:8", "no end"),
        ("A.x > 5 A.y", "1:9", "operator"),
        ("A.x > 1\nand B.y", "2:5", "B.y == 1"), ("not", "1:4", "ends too early"),
        ("A.x > 1 or not", "1:15", "ends too early"), ("A. > 1", "1:4", "name is missing"),
        ("A.x > 70 $", "1:10", "no part of a rule"), ("finding(ect)", "1:9", "in quotes"),
        ("A.x ≥ 1", "1:5", "write >="),
        ("changed(A.x,)", "1:13", "wants a time"), ("abs(A.x > 1) > 1", "1:9", "true or false"),
        ("true", "1:1", "stands by itself"), ("A.x == not A.y", "1:8", "before a whole condition"),
    ]

    @Test("a mistake is told with its place and what to do", arguments: wrong)
    func mistakes(text: String, place: String, words: String) throws {
        let error = #expect(throws: RuleError.self) { try RuleExpression(text) }
        let told = try #require(error).description
        #expect(told.hasPrefix(place + ":") && told.contains(words), "\(told)")
    }

    @Test("places are those of the file that the text is in")
    func placesInTheFile() throws {
        let text = "A.x > 1\n  and B.y <\n 2"
        let expression = try RuleExpression(text, at: RulePlace(line: 12, column: 30))
        #expect(
            expression.readings.map(\.place) == [
                RulePlace(line: 12, column: 30), RulePlace(line: 13, column: 7),
            ])
        #expect(expression.place == RulePlace(line: 13, column: 3))
    }

    @Test("what is too long, too deep or too wide is refused")
    func bounds() {
        let long = "A.x > 1" + String(repeating: " ", count: 5_000)
        let deep = String(repeating: "(", count: 40) + "A.x > 1" + String(repeating: ")", count: 40)
        let nots = String(repeating: "not ", count: 900) + "A.x > 1"
        let signs = "A.x > " + String(repeating: "-", count: 4_000) + "1"
        let wide = "A.x > 1" + String(repeating: " + 1", count: 200)
        for text in [long, deep, nots, signs, wide] {
            #expect(throws: RuleError.self) { try RuleExpression(text) }
        }
    }

    @Test(
        "how long a rule must hold is a time or a number of events",
        arguments: [
            ("500ms", RuleHold.time(500_000_000)), ("1.5 s", .time(1_500_000_000)),
            ("2min", .time(120_000_000_000)), ("3 events", .events(3)), ("1 event", .events(1)),
        ])
    func holds(text: String, hold: RuleHold) throws { #expect(try RuleHold(text) == hold) }

    @Test(
        "a hold without unit, without length or beyond the limit is refused",
        arguments: ["500", "0s", "-1s", "0 events", "x events", "3 times", "11min", "", "2 V"])
    func wrongHolds(text: String) {
        #expect(throws: RuleError.self) { try RuleHold(text) }
    }
}
