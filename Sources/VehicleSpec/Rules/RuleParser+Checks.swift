extension RuleParser {
    static func requireCondition(_ expression: RuleExpression) throws(RuleError) {
        guard !expression.isCondition else { return }
        switch expression.node {
        case .text:
            throw RuleError(
                at: expression.place, "a text is no condition",
                hint: "compare a signal with it, as in Message.Signal == 'label'")
        case .input(let input):
            throw RuleError(
                at: expression.place, "\(input) is a value, and a condition is wanted here",
                hint: "compare it, as in \(input) == 1")
        case .function(let function, _, _):
            throw RuleError(
                at: expression.place,
                "\(function.rawValue) is a number, and a condition is wanted here",
                hint: "compare it with another")
        default:
            throw RuleError(
                at: expression.place, "this is a number, and a condition is wanted here",
                hint: "compare it with another")
        }
    }

    static func requireNumber(_ expression: RuleExpression) throws(RuleError) {
        if case .text(let text) = expression.node {
            throw RuleError(
                at: expression.place, "'\(text)' is a text, and a number is wanted here",
                hint: "texts can be compared with == and != alone")
        }
        guard !expression.isCondition else {
            throw RuleError(
                at: expression.place, "this is true or false, and a number is wanted here",
                hint: "a condition stands by itself, or behind not")
        }
        try refuseAge(expression)
    }

    /// An age grows by itself: when it passes a limit is known only if that is a time alone.
    static func refuseAge(_ expression: RuleExpression) throws(RuleError) {
        if case .function(.age, _, _) = expression.node {
            throw RuleError(
                at: expression.place, "one cannot reckon with an age",
                hint: "compare it with a time alone, as in age(Message) > 500ms")
        }
    }

    /// What may be compared with what.
    static func check(
        _ left: RuleExpression, _ sign: RuleOperator, _ right: RuleExpression
    ) throws(RuleError) {
        for (one, other) in [(left, right), (right, left)] {
            if case .text(let text) = one.node {
                guard case .input(let input) = other.node, case .specifiedP2 = input else {
                    if case .input = other.node, sign == .equal || sign == .notEqual { return }
                    throw RuleError(
                        at: one.place,
                        "the text '\(text)' can be compared with a signal or an identifier, by == or !="
                    )
                }
                throw RuleError(at: one.place, "spec.p2 is a time, and '\(text)' is a text")
            }
            guard case .function(.age, _, _) = one.node else { continue }
            guard sign != .equal, sign != .notEqual, other.readings.isEmpty else {
                throw RuleError(
                    at: one.place, "an age is compared with a time alone, by < <= > or >=",
                    hint: "write age(Message) > 500ms")
            }
            return try requireNumber(other)
        }
        try requireNumber(left)
        try requireNumber(right)
    }

    /// The comparison, in which `spec.p2` belongs to the role of the `p2` beside it.
    static func withRoles(
        _ sign: RuleOperator, _ left: RuleExpression, _ right: RuleExpression, at place: RulePlace
    ) throws(RuleError) -> RuleExpression.Node {
        let readings = left.readings + right.readings
        guard readings.contains(where: { $0.input == .specifiedP2(role: "") }) else {
            return .binary(sign, left, right)
        }
        var roles = Set<String>()
        for case .p2(let role) in readings.map(\.input) { roles.insert(role) }
        guard let role = roles.first, roles.count == 1 else {
            throw RuleError(
                at: place, "spec.p2 of which role is not said",
                hint: "compare it with one p2, as in p2(ECM) > spec.p2")
        }
        return .binary(sign, left.naming(role), right.naming(role))
    }
}

extension RuleExpression {
    /// The same with `spec.p2` of a role.
    fileprivate func naming(_ role: String) -> RuleExpression {
        let named: Node
        switch node {
        case .input(.specifiedP2): named = .input(.specifiedP2(role: role))
        case .number, .text, .input, .function: return self
        case .absolute(let operand): named = .absolute(operand.naming(role))
        case .negative(let operand): named = .negative(operand.naming(role))
        case .not(let operand): named = .not(operand.naming(role))
        case .binary(let sign, let left, let right):
            named = .binary(sign, left.naming(role), right.naming(role))
        }
        return RuleExpression(named, at: place)
    }
}
