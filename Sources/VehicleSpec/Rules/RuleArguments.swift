import Diagnostics
import SignalDatabase

/// What was written between the parentheses of a function.
struct RuleArguments {
    var words: [String] = []
    var window: Int64?
    var operand: RuleExpression?
    private var text: String?

    mutating func take(
        _ text: String, as kind: RuleFunction.Argument, at place: RulePlace
    ) throws(RuleError) {
        switch kind {
        case .troubleCode:
            guard let code = TroubleCode(text.uppercased()) else {
                throw RuleError(
                    at: place, "'\(text)' is no trouble code", hint: "write 'P0118' or 'P0118-17'")
            }
            self.text = code.description
        case .responseCode:
            guard let code = RuleCode.number(text) else {
                throw RuleError(
                    at: place, "'\(text)' is no negative response code",
                    hint: "write two hexadecimal digits, as in '31'")
            }
            self.text = RuleCode.text(code)
        default:
            guard !text.isEmpty else {
                throw RuleError(
                    at: place, "the text is empty", hint: "write \(RuleFunction.finding.usage)")
            }
            self.text = text
        }
    }

    /// The function of these; they are what its signature wants.
    func node(of function: RuleFunction) -> RuleExpression.Node {
        if let operand { return .absolute(operand) }
        return .function(function, of: input(of: function), window: window(of: function))
    }

    /// The load of a bus is measured over a window by whoever tells it; all else is windowed here.
    private func window(of function: RuleFunction) -> Int64? {
        function == .busLoad ? nil : window
    }

    private func input(of function: RuleFunction) -> RuleInput {
        let bus = words.count > kind(of: function) ? words[0] : nil
        let names = bus == nil ? words[...] : words.dropFirst()
        let first = names.first ?? ""
        let last = names.last ?? ""
        return switch function {
        case .age, .cycle, .missing: .message(bus: bus, message: first)
        case .rate, .stuck, .changed, .min, .max, .avg, .spread, .abs:
            .signal(bus: bus, message: first, signal: last)
        case .aliveError: .counterError(bus: bus, message: first, signal: last)
        case .checksumError: .checksumError(bus: bus, message: first)
        case .busLoad: .busLoad(bus: first, window: window ?? RuleFunction.busLoadWindow)
        case .errors: .errors(bus: first)
        case .dtc: .dtc(role: first, code: text ?? "")
        case .finding: .finding(id: text ?? "")
        case .p2: .p2(role: first)
        case .nrc: .nrc(role: first, code: text.flatMap(RuleCode.number))
        }
    }

    /// How many words a name has without its bus.
    private func kind(of function: RuleFunction) -> Int {
        function.signature.arguments.first?.wordCounts.lowerBound ?? 1
    }
}

extension RuleFunction.Argument {
    /// How many words a name has, without and with a bus.
    var wordCounts: ClosedRange<Int> {
        switch self {
        case .message: 1...2
        case .signal: 2...3
        default: 1...1
        }
    }
}

/// What was probably meant.
enum RuleHints {
    static func function(near name: String) -> String {
        let names = RuleFunction.allCases.map(\.rawValue)
        if let near = NearName.nearest(to: name, among: names),
            let function = RuleFunction(rawValue: near)
        {
            return "did you mean \(function.usage)?"
        }
        return "there are " + names.sorted().joined(separator: ", ")
    }
}
