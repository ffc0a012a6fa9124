import TestBench
import VehicleDiagnosis
import VehicleSpec

/// Rules and what they are told, in few words.
enum RuleScript {
    /// Every name is known: `A` sends each 10 ms, the texts of `A.state` are `off` 0 and `on` 1.
    static func facts(of input: RuleInput, at place: RulePlace) -> RuleFacts {
        var facts = RuleFacts(input)
        switch input {
        case .signal(_, let message, let signal):
            facts.input = .signal(bus: "PT", message: message, signal: signal)
            facts.unit = ["t": "degC", "v": "V", "ms": "ms"][signal] ?? ""
            facts.cycleTime = 10_000_000
            if signal == "state" {
                facts.labels = [
                    RuleLabel(text: "off", value: 0), RuleLabel(text: "on", value: 1),
                    RuleLabel(text: "on", value: 2),
                ]
            }
            if signal == "text" { facts.isText = true }
        case .message(_, let message):
            facts.input = .message(bus: "PT", message: message)
            facts.cycleTime = message == "A" ? 10_000_000 : nil
        default: break
        }
        return facts
    }

    /// `for 50ms` and the like stand behind the condition: `A.x > 1 | for 50ms | clear-for 2 events`.
    static func rule(_ text: String, id: String) throws -> Rule {
        let parts = text.split(separator: "|").map { String($0.trimmed) }
        var rule = Rule(id: id, when: try RuleExpression(parts[0]), severity: .rework)
        for part in parts.dropFirst() {
            let words = part.split(separator: " ", maxSplits: 1).map(String.init)
            switch words[0] {
            case "for": rule.for = try RuleHold(words[1])
            case "clear-for": rule.clearFor = try RuleHold(words[1])
            case "only-if": rule.onlyIf = try RuleExpression(words[1])
            default: rule.during = words[1]
            }
        }
        return rule
    }

    static func engine(_ texts: [String]) throws -> RuleEngine {
        let rules = try texts.enumerated().map { try rule($0.element, id: "r\($0.offset)") }
        let (resolved, problems) = ResolvedRules.resolve(rules) {
            (input, place) throws(RuleError) in facts(of: input, at: place)
        }
        if let problem = problems.first { throw problem }
        return RuleEngine(resolved)
    }

    /// One moment: milliseconds, then inputs with values: `20 A.x=3 A.y=nil`. Without inputs it is a
    /// tick.
    struct Moment {
        var time: Int64
        var values: [(name: String, value: String)]

        init(_ text: Substring) {
            let words = text.split(separator: " ")
            time = Int64((Double(words[0]) ?? 0) * 1e6)
            values = words.dropFirst().map { word in
                let sides = word.split(separator: "=", maxSplits: 1)
                return (
                    String(sides[0]).replacing("~", with: " "),
                    sides.count > 1 ? String(sides[1]) : "1"
                )
            }
        }
    }

    static func moments(_ text: String) -> [Moment] {
        text.split(separator: ";").map { Moment($0.trimmed) }
    }

    /// The inputs by the names that moments have for them.
    static func names(of engine: borrowing RuleEngine) -> [String: [Int]] {
        var names: [String: [Int]] = [:]
        for (input, name) in engine.inputs.map(\.description).enumerated() {
            names[name, default: []].append(input)
            if name.hasPrefix("PT.") { names[String(name.dropFirst(3)), default: []].append(input) }
            // The bus stands within the parentheses: alive_error(PT.A.n).
            let short = name.replacing("(PT.", with: "(")
            if short != name { names[short, default: []].append(input) }
        }
        return names
    }

    static func tell(
        _ engine: inout RuleEngine, _ moment: Moment, _ names: [String: [Int]], frame: UInt64
    ) {
        engine.advance(to: moment.time)
        for (name, value) in moment.values {
            for input in names[name] ?? [] {
                if value.hasPrefix("'") {
                    let text = String(value.dropFirst().dropLast())
                    engine.set(input, text: text, at: moment.time, frame: frame)
                } else {
                    engine.set(input, Double(value), at: moment.time, frame: frame)
                }
            }
        }
    }

    /// `+20(10)`: opened at 20 ms of what began at 10; `-40(30)`: closed at 40 ms, over at 30. With its
    /// number before it if there are several rules.
    static func run(_ rules: [String], _ script: String) throws -> String {
        var engine = try engine(rules)
        var told: [String] = []
        func note(_ events: [RuleEvent]) {
            for event in events {
                let number = rules.count > 1 ? "\(event.rule)" : ""
                let since = event.ended ?? event.began
                told.append(
                    number + (event.kind == .opened ? "+" : "-")
                        + "\(milliseconds(event.time))(\(milliseconds(since)))")
            }
        }
        let names = names(of: engine)
        for (index, moment) in moments(script).enumerated() {
            tell(&engine, moment, names, frame: UInt64(index))
        }
        note(engine.takeEvents())
        return told.joined(separator: " ")
    }

    static func milliseconds(_ time: Int64) -> String {
        time % 1_000_000 == 0 ? "\(time / 1_000_000)" : "\(Double(time) / 1e6)"
    }
}

extension StringProtocol {
    var trimmed: SubSequence {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
