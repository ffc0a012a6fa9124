import SignalDatabase

/// Makes what is evaluated of what was written: one for all rules of a vehicle.
struct RuleResolver {
    private let naming: RuleNaming
    /// The indices of rules by their ids.
    private let rules: [String: Int]
    private(set) var inputs: [RuleFacts] = []
    private var places: [RuleInput: Int] = [:]
    /// Of each input the texts that it is compared with, in the order in which they are met.
    private(set) var texts: [[String]] = []
    private(set) var findings: Set<Int> = []

    init(rules: [String: Int], naming: @escaping RuleNaming) {
        self.rules = rules
        self.naming = naming
    }

    /// A value with its dimension.
    private struct Value {
        var expression: ResolvedExpression
        var dimension: RuleDimension
    }

    mutating func rule(_ rule: Rule) throws(RuleError) -> ResolvedRule {
        findings = []
        var condition = try condition(rule.when)
        let events = condition.inputs.filter { inputs[$0].input.isEvent }
        if let onlyIf = rule.onlyIf {
            condition = .binary(.and, try self.condition(onlyIf), condition)
        }
        if let step = rule.during {
            let place = place(of: RuleFacts(.step(id: step)))
            condition = .binary(.and, .input(place), condition)
        }
        return ResolvedRule(
            rule: rule, condition: condition, eventInputs: Set(events), findings: findings)
    }

    private mutating func place(of facts: RuleFacts) -> Int {
        if let place = places[facts.input] { return place }
        places[facts.input] = inputs.count
        inputs.append(facts)
        texts.append([])
        return inputs.count - 1
    }

    private mutating func place(
        of input: RuleInput, at place: RulePlace
    ) throws(RuleError) -> Int { self.place(of: try naming(input, place)) }

    // MARK: Conditions

    private mutating func condition(
        _ expression: RuleExpression
    ) throws(RuleError) -> ResolvedExpression {
        switch expression.node {
        case .not(let operand): return .not(try condition(operand))
        case .binary(let sign, let first, let second) where sign.isLogical:
            return .binary(sign, try condition(first), try condition(second))
        case .binary(let sign, let first, let second):
            return try comparison(sign, first, second, at: expression.place)
        default: return try value(expression).expression
        }
    }

    private mutating func comparison(
        _ sign: RuleOperator, _ first: RuleExpression, _ second: RuleExpression,
        at place: RulePlace
    ) throws(RuleError) -> ResolvedExpression {
        for (one, other) in [(first, second), (second, first)] {
            if case .text(let text) = one.node, case .input(let input) = other.node {
                return try label(text, at: one.place, sign, of: input, at: other.place)
            }
        }
        if case .function(.age, let input, _) = first.node {
            return try age(input, at: first.place, sign, second)
        }
        if case .function(.age, let input, _) = second.node {
            return try age(input, at: second.place, sign.mirrored, first)
        }
        let (left, right) = (try value(first), try value(second))
        let agreed = try agree(
            left, right, at: Self.number(first, second) ?? place,
            hint: Self.quotient(sign, first, second))
        return .binary(sign, agreed.0, agreed.1)
    }

    /// How values in different units can be compared: the whole of it, if it is one with a multiple of
    /// another.
    private static func quotient(
        _ sign: RuleOperator, _ first: RuleExpression, _ second: RuleExpression
    ) -> String {
        let advice = "compare their quotient with a number"
        var (factor, divisor) = (RuleExpression.Node.number(1, unit: nil), second.node)
        if case .binary(.times, let one, let other) = second.node {
            (factor, divisor) = (one.node, other.node)
        }
        guard case .input(let input) = first.node, case .number(let number, nil) = factor,
            case .input(let other) = divisor
        else { return advice }
        return advice + ", as in \(input) / \(other) \(sign.rawValue) \(number.decimalText)"
    }

    /// The place of a number with a unit, which is more likely wrong than a signal.
    private static func number(_ operands: RuleExpression...) -> RulePlace? {
        for operand in operands {
            if case .number(_, .some) = operand.node { return operand.place }
        }
        return nil
    }

    private func agree(
        _ first: Value, _ second: Value, at place: RulePlace, hint: String? = nil
    ) throws(RuleError) -> (ResolvedExpression, ResolvedExpression, RuleDimension) {
        let agreement = try RuleAgreement(first.dimension, second.dimension, at: place, hint: hint)
        return (
            first.expression.inSeconds(agreement.firstNanoseconds),
            second.expression.inSeconds(agreement.secondNanoseconds), agreement.dimension
        )
    }

    /// A comparison with a label or a text.
    private mutating func label(
        _ text: String, at place: RulePlace, _ sign: RuleOperator, of input: RuleInput,
        at inputPlace: RulePlace
    ) throws(RuleError) -> ResolvedExpression {
        let facts = try naming(input, inputPlace)
        let slot = self.place(of: facts)
        var values: [Double] = []
        if facts.isText {
            guard facts.labels.isEmpty || facts.labels.contains(where: { $0.text == text }) else {
                throw Self.unknownLabel(text, of: facts, at: place)
            }
            if !texts[slot].contains(text) { texts[slot].append(text) }
            values = [Double(texts[slot].firstIndex(of: text) ?? 0)]
        } else {
            values = facts.labels.filter { $0.text == text }.map(\.value)
            guard !values.isEmpty else { throw Self.unknownLabel(text, of: facts, at: place) }
        }
        var condition: ResolvedExpression?
        for value in values {
            let one = ResolvedExpression.binary(.equal, .input(slot), .constant(value))
            condition = condition.map { .binary(.or, $0, one) } ?? one
        }
        let equal = condition ?? .constant(0)
        return sign == .equal ? equal : .not(equal)
    }

    private static func unknownLabel(
        _ text: String, of facts: RuleFacts, at place: RulePlace
    ) -> RuleError {
        let labels = facts.labels.map(\.text)
        guard !labels.isEmpty else {
            return RuleError(
                at: place, "\(facts.input) has no labels", hint: "compare it with a number")
        }
        if let near = NearName.nearest(to: text, among: labels) {
            return RuleError(
                at: place, "\(facts.input) has no label '\(text)'", hint: "did you mean '\(near)'?")
        }
        return RuleError(
            at: place, "\(facts.input) has no label '\(text)'",
            hint: "it has " + labels.prefix(12).map { "'\($0)'" }.joined(separator: ", "))
    }

    /// An age passes a limit at a time that is known beforehand.
    private mutating func age(
        _ input: RuleInput, at place: RulePlace, _ sign: RuleOperator, _ limit: RuleExpression
    ) throws(RuleError) -> ResolvedExpression {
        let wanted = Value(expression: .constant(0), dimension: .seconds)
        let agreed = try agree(wanted, try value(limit), at: limit.place)
        guard case .constant(let seconds) = agreed.1.folded, seconds.isFinite, seconds >= 0,
            seconds <= Double(RuleHold.longestTime) / 1e9
        else {
            throw RuleError(at: limit.place, "the age is compared with no time from 0 to 10min")
        }
        let nanoseconds = Int64((seconds * 1e9).rounded())
        let slot = try self.place(of: input, at: place)
        let isStrict = sign == .greater || sign == .lessOrEqual
        let reached = max(1, nanoseconds + (isStrict ? 1 : 0))
        let silent = ResolvedExpression.silent(slot, reached, sinceStart: false)
        return sign == .greater || sign == .greaterOrEqual ? silent : .not(silent)
    }

    // MARK: Numbers

    private mutating func value(_ expression: RuleExpression) throws(RuleError) -> Value {
        switch expression.node {
        case .number(let value, let unit):
            let dimension = unit.map {
                RuleDimension.unit(RuleUnit.canonical($0), isWritten: true)
            }
            return Value(expression: .constant(value), dimension: dimension ?? .plain)
        case .input(let input): return try reading(input, at: expression.place)
        case .function(let function, let input, let window):
            return try self.function(function, of: input, window, at: expression.place)
        case .absolute(let operand):
            let value = try value(operand)
            return Value(expression: .absolute(value.expression), dimension: value.dimension)
        case .negative(let operand):
            let value = try value(operand)
            return Value(expression: .negative(value.expression), dimension: value.dimension)
        case .binary(let sign, let first, let second) where !expression.isCondition:
            return try arithmetic(sign, first, second, at: expression.place)
        // The parser has refused what is neither.
        case .text, .not, .binary:
            return Value(expression: try condition(expression), dimension: .plain)
        }
    }

    private mutating func arithmetic(
        _ sign: RuleOperator, _ first: RuleExpression, _ second: RuleExpression,
        at place: RulePlace
    ) throws(RuleError) -> Value {
        let (left, right) = (try value(first), try value(second))
        switch sign {
        case .times, .divided:
            let dimension =
                sign == .times
                ? RuleDimension.product(left.dimension, right.dimension)
                : .quotient(left.dimension, right.dimension)
            return Value(
                expression: .binary(sign, left.expression, right.expression), dimension: dimension)
        default:
            let agreed = try agree(left, right, at: Self.number(first, second) ?? place)
            return Value(expression: .binary(sign, agreed.0, agreed.1), dimension: agreed.2)
        }
    }

    private mutating func reading(
        _ input: RuleInput, at place: RulePlace
    ) throws(RuleError) -> Value {
        let facts = try naming(input, place)
        guard !facts.isText else {
            throw RuleError(
                at: place, "\(facts.input) is a text, and a number is wanted here",
                hint:
                    "compare it with a text, as in \(facts.input) == '\(facts.labels.first?.text ?? "text")'"
            )
        }
        let slot = self.place(of: facts)
        if case .specifiedP2 = input { return Value(expression: .input(slot), dimension: .seconds) }
        return Value(expression: .input(slot), dimension: RuleDimension(of: facts.unit))
    }

    private mutating func function(
        _ function: RuleFunction, of input: RuleInput, _ window: Int64?, at place: RulePlace
    ) throws(RuleError) -> Value {
        if function == .finding, case .finding(let id) = input, let rule = rules[id] {
            findings.insert(rule)
            return Value(expression: .finding(rule), dimension: .plain)
        }
        let facts = try naming(input, place)
        if facts.isText {
            throw RuleError(
                at: place, "\(facts.input) is a text, and \(function.rawValue) wants numbers")
        }
        let slot = self.place(of: facts)
        switch function {
        case .missing:
            let wait = if let window { window } else { try Self.wait(for: facts, at: place) }
            return Value(
                expression: .silent(slot, wait, sinceStart: true), dimension: .plain)
        case .aliveError, .checksumError, .dtc, .finding, .nrc:
            return Value(expression: .input(slot), dimension: .plain)
        case .p2: return Value(expression: .input(slot), dimension: .seconds)
        case .busLoad:
            return Value(expression: .input(slot), dimension: .unit("%", isWritten: false))
        default:
            return Value(
                expression: .function(function, slot, window: window ?? 0),
                dimension: Self.dimension(of: function, facts))
        }
    }

    private static func dimension(
        of function: RuleFunction, _ facts: RuleFacts
    ) -> RuleDimension {
        switch function.result {
        case .condition: .plain
        case .time: .seconds
        case .share: .unit("%", isWritten: false)
        case .count: .none
        case .ofArgument:
            function == .rate
                ? RuleDimension(of: facts.unit).perSecond : RuleDimension(of: facts.unit)
        }
    }

    /// How long a message is waited for where the rule does not say it: three cycles.
    private static func wait(
        for facts: RuleFacts, at place: RulePlace
    ) throws(RuleError) -> Int64 {
        guard let cycle = facts.cycleTime else {
            throw RuleError(
                at: place, "the database gives no cycle time of \(facts.input)",
                hint: "write how long to wait, as in missing(\(facts.input), 500ms)")
        }
        return Swift.max(1, 3 * cycle)
    }
}

extension RuleOperator {
    /// The comparison with its operands exchanged.
    var mirrored: RuleOperator {
        switch self {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        default: self
        }
    }
}

extension ResolvedExpression {
    /// The same in seconds, if 1 of it stands for so many nanoseconds.
    fileprivate func inSeconds(_ nanoseconds: Double?) -> ResolvedExpression {
        guard let nanoseconds, nanoseconds != 1e9 else { return self }
        // A quotient is rounded once: 50 ms is exactly the number that 0.05 s is.
        return nanoseconds > 1e9
            ? .binary(.times, self, .constant(nanoseconds / 1e9))
            : .binary(.divided, self, .constant(1e9 / nanoseconds))
    }

    /// The same, without reckoning that does not depend on inputs.
    public var folded: ResolvedExpression {
        switch self {
        case .constant, .input, .function, .silent, .finding: return self
        case .absolute(let operand):
            // Once: each level that asked twice would double what the levels below it cost.
            let folded = operand.folded
            if case .constant(let value) = folded { return .constant(abs(value)) }
            return .absolute(folded)
        case .negative(let operand):
            let folded = operand.folded
            if case .constant(let value) = folded { return .constant(-value) }
            return .negative(folded)
        case .not(let operand): return .not(operand.folded)
        case .binary(let sign, let first, let second):
            let (left, right) = (first.folded, second.folded)
            guard case .constant(let one) = left, case .constant(let other) = right else {
                return .binary(sign, left, right)
            }
            switch sign {
            case .plus: return .constant(one + other)
            case .minus: return .constant(one - other)
            case .times: return .constant(one * other)
            case .divided where other != 0: return .constant(one / other)
            default: return .binary(sign, left, right)
            }
        }
    }

    /// The inputs in it, in the order written.
    public var inputs: [Int] {
        switch self {
        case .constant, .finding: []
        case .input(let input), .function(_, let input, _), .silent(let input, _, _): [input]
        case .absolute(let operand), .negative(let operand), .not(let operand): operand.inputs
        case .binary(_, let first, let second): first.inputs + second.inputs
        }
    }
}
