import Diagnostics

/// Reads an expression by recursive descent, in bounded depth.
struct RuleParser {
    private var lexer: RuleLexer
    private var token: RuleToken
    private var depth = 0
    private var count = 0
    private let start: RulePlace

    /// Parentheses, `not` and signs within one another.
    static let maximumDepth = 32
    /// Numbers, names, functions and operators.
    static let maximumParts = 256

    init(_ text: String, at place: RulePlace) throws(RuleError) {
        var lexer = try RuleLexer(text, at: place)
        token = try lexer.next()
        self.lexer = lexer
        start = place
    }

    /// The whole text as a condition.
    mutating func condition() throws(RuleError) -> RuleExpression {
        guard token.kind != .end else { throw RuleError(at: start, "the expression is empty") }
        let expression = try disjunction()
        guard token.kind == .end else { throw unexpected() }
        try Self.requireCondition(expression)
        guard !expression.readings.isEmpty else {
            throw RuleError(
                at: start, "the expression reads nothing that could change",
                hint: "name a signal, as in ECM_Temps.CoolantTemp > 125")
        }
        if let orphan = expression.readings.first(where: { $0.input == .specifiedP2(role: "") }) {
            throw RuleError(
                at: orphan.place, "spec.p2 of which role is not said",
                hint: "compare it with p2, as in p2(ECM) > spec.p2")
        }
        return expression
    }

    // MARK: Words

    private mutating func advance() throws(RuleError) { token = try lexer.next() }

    private mutating func takes(_ sign: String) throws(RuleError) -> Bool {
        guard token.kind == .sign(sign) else { return false }
        try advance()
        return true
    }

    private func unexpected() -> RuleError {
        switch token.kind {
        case .end: return RuleError(at: token.place, "the expression ends too early")
        case .name(let name) where ["and", "or", "not"].contains(name.lowercased()):
            return RuleError(
                at: token.place, "\(name) cannot stand here", hint: "write \(name.lowercased())")
        case .sign(")"): return RuleError(at: token.place, "no ( is open for this )")
        default:
            return RuleError(
                at: token.place, "an operator is missing before \(token.text)",
                hint: "and, or, a comparison, or + - * /")
        }
    }

    private mutating func make(
        _ node: RuleExpression.Node, at place: RulePlace
    ) throws(RuleError) -> RuleExpression {
        count += 1
        guard count <= Self.maximumParts else {
            throw RuleError(
                at: place, "the expression has more than \(Self.maximumParts) parts",
                hint: "make several rules of it, and use finding('id')")
        }
        return RuleExpression(node, at: place)
    }

    private mutating func deeper() throws(RuleError) {
        depth += 1
        guard depth <= Self.maximumDepth else {
            throw RuleError(
                at: token.place, "more than \(Self.maximumDepth) levels within one another")
        }
    }

    // MARK: Conditions

    private mutating func disjunction() throws(RuleError) -> RuleExpression {
        var left = try conjunction()
        while token.kind == .name("or") {
            left = try logical(.or, left)
        }
        return left
    }

    private mutating func conjunction() throws(RuleError) -> RuleExpression {
        var left = try negation()
        while token.kind == .name("and") {
            left = try logical(.and, left)
        }
        return left
    }

    private mutating func logical(
        _ sign: RuleOperator, _ left: RuleExpression
    ) throws(RuleError) -> RuleExpression {
        let place = token.place
        try Self.requireCondition(left)
        try advance()
        let right = sign == .or ? try conjunction() : try negation()
        try Self.requireCondition(right)
        return try make(.binary(sign, left, right), at: place)
    }

    private mutating func negation() throws(RuleError) -> RuleExpression {
        guard token.kind == .name("not") else { return try comparison() }
        let place = token.place
        try advance()
        try deeper()
        let operand = try negation()
        depth -= 1
        try Self.requireCondition(operand)
        return try make(.not(operand), at: place)
    }

    private mutating func comparison() throws(RuleError) -> RuleExpression {
        let left = try sum()
        guard let sign = comparisonSign else { return left }
        let place = token.place
        try advance()
        let right = try sum()
        if let next = comparisonSign {
            throw RuleError(
                at: token.place, "comparisons cannot be chained",
                hint: "write a \(sign.rawValue) b and b \(next.rawValue) c")
        }
        try Self.check(left, sign, right)
        return try make(try Self.withRoles(sign, left, right, at: place), at: place)
    }

    private var comparisonSign: RuleOperator? {
        guard case .sign(let text) = token.kind, let sign = RuleOperator(rawValue: text),
            sign.isComparison
        else { return nil }
        return sign
    }

    // MARK: Numbers

    private mutating func sum() throws(RuleError) -> RuleExpression {
        var left = try product()
        while token.kind == .sign("+") || token.kind == .sign("-") {
            let (sign, place) = (token.kind == .sign("+") ? RuleOperator.plus : .minus, token.place)
            try Self.requireNumber(left)
            try advance()
            let right = try product()
            try Self.requireNumber(right)
            left = try make(.binary(sign, left, right), at: place)
        }
        return left
    }

    private mutating func product() throws(RuleError) -> RuleExpression {
        var left = try signed()
        while token.kind == .sign("*") || token.kind == .sign("/") {
            let (sign, place) = (
                token.kind == .sign("*") ? RuleOperator.times : .divided, token.place
            )
            try Self.requireNumber(left)
            try advance()
            let right = try signed()
            try Self.requireNumber(right)
            left = try make(.binary(sign, left, right), at: place)
        }
        return left
    }

    private mutating func signed() throws(RuleError) -> RuleExpression {
        let place = token.place
        guard try takes("-") else { return try operand() }
        try deeper()
        let operand = try signed()
        depth -= 1
        try Self.requireNumber(operand)
        if case .number(let value, let unit) = operand.node {
            return RuleExpression(.number(-value, unit: unit), at: place)
        }
        return try make(.negative(operand), at: place)
    }

    private mutating func operand() throws(RuleError) -> RuleExpression {
        let place = token.place
        switch token.kind {
        case .number(let value, let unit):
            try advance()
            return try make(.number(value, unit: unit), at: place)
        case .text(let text):
            try advance()
            return try make(.text(text), at: place)
        case .sign("("):
            try advance()
            try deeper()
            let expression = try disjunction()
            depth -= 1
            guard try takes(")") else {
                if token.kind == .end {
                    throw RuleError(at: place, "this ( is not closed", hint: "write ) at its end")
                }
                throw unexpected()
            }
            return expression
        case .name(let name) where !["and", "or", "not"].contains(name):
            return try named()
        case .name(let name) where name == "not":
            throw RuleError(
                at: place, "not stands before a whole condition",
                hint: "write not a == b, or put ( ) around it")
        case .end: throw unexpected()
        default:
            throw RuleError(
                at: place, "a value is missing before \(token.text)",
                hint: "a number, a name as Message.Signal, or a function")
        }
    }

    // MARK: Names and functions

    /// Words with points between them.
    private mutating func path() throws(RuleError) -> [String] {
        var words: [String] = []
        while true {
            guard case .name(let word) = token.kind else {
                throw RuleError(at: token.place, "a name is missing before \(token.text)")
            }
            words.append(word)
            guard words.count <= 3 else {
                throw RuleError(
                    at: token.place, "a name has at most three parts",
                    hint: "write BUS.Message.Signal")
            }
            try advance()
            guard try takes(".") else { return words }
        }
    }

    private mutating func named() throws(RuleError) -> RuleExpression {
        let place = token.place
        let words = try path()
        if token.kind == .sign("(") {
            return try call(words.joined(separator: "."), at: place)
        }
        if words == ["spec", "p2"] {
            return try make(.input(.specifiedP2(role: "")), at: place)
        }
        return try make(.input(try Self.signal(words, at: place)), at: place)
    }

    private static func signal(
        _ words: [String], at place: RulePlace
    ) throws(RuleError) -> RuleInput {
        switch words.count {
        case 2: return .signal(bus: nil, message: words[0], signal: words[1])
        case 3: return .signal(bus: words[0], message: words[1], signal: words[2])
        default: break
        }
        let word = words[0]
        let isFunction = RuleFunction(rawValue: word)
        throw RuleError(
            at: place, "\(word) alone is no value",
            hint: isFunction.map { "write \($0.usage)" }
                ?? (["true", "false"].contains(word.lowercased())
                    ? "a condition stands by itself, or behind not"
                    : "write Message.\(word), or '\(word)' in quotes for a label"))
    }

    private mutating func call(_ name: String, at place: RulePlace) throws(RuleError)
        -> RuleExpression
    {
        guard let function = RuleFunction(rawValue: name) else {
            throw RuleError(
                at: place, "no function is named \(name)", hint: RuleHints.function(near: name))
        }
        try advance()
        try deeper()
        var arguments = RuleArguments()
        let (kinds, isLastOptional, _) = function.signature
        for (index, kind) in kinds.enumerated() {
            if token.kind == .sign(")") {
                if index == kinds.count - 1, isLastOptional { break }
                throw RuleError(
                    at: token.place, "\(name) wants \(index == 0 ? "an" : "another") argument",
                    hint: "write \(function.usage)")
            }
            if index > 0, !(try takes(",")) {
                throw RuleError(
                    at: token.place, "a comma is missing before \(token.text)",
                    hint: "write \(function.usage)")
            }
            try argument(kind, of: function, into: &arguments)
        }
        guard try takes(")") else {
            throw RuleError(
                at: token.place,
                "\(name) ends with ) after its arguments, and here is \(token.text)",
                hint: "write \(function.usage)")
        }
        depth -= 1
        return try make(arguments.node(of: function), at: place)
    }

    private mutating func argument(
        _ kind: RuleFunction.Argument, of function: RuleFunction,
        into arguments: inout RuleArguments
    ) throws(RuleError) {
        let place = token.place
        switch kind {
        case .number:
            let operand = try disjunction()
            try Self.requireNumber(operand)
            arguments.operand = operand
        case .time: arguments.window = try window(of: function)
        case .message, .signal, .bus, .role:
            guard case .name = token.kind else { throw wrong(function, at: place) }
            let words = try path()
            guard kind.wordCounts.contains(words.count) else { throw wrong(function, at: place) }
            arguments.words = words
        case .troubleCode, .responseCode, .findingID:
            guard case .text(let text) = token.kind else {
                throw RuleError(
                    at: place, "\(function.rawValue) wants a text in quotes here",
                    hint: "write \(function.usage)")
            }
            try advance()
            try arguments.take(text, as: kind, at: place)
        }
    }

    private func wrong(_ function: RuleFunction, at place: RulePlace) -> RuleError {
        RuleError(
            at: place, "this is not what \(function.rawValue) wants",
            hint: "write \(function.usage)")
    }

    /// A time behind a comma, in nanoseconds.
    private mutating func window(of function: RuleFunction) throws(RuleError) -> Int64 {
        let place = token.place
        guard case .number(let value, let unit) = token.kind else {
            throw RuleError(
                at: place, "\(function.rawValue) wants a time here",
                hint: "write \(function.usage)")
        }
        guard let unit else {
            throw RuleError(at: place, "the time has no unit", hint: "write \(RuleTime.names)")
        }
        guard let size = RuleTime.nanoseconds(of: unit) else {
            throw RuleError(
                at: place, "\(unit) is no unit of time", hint: "write \(RuleTime.names)")
        }
        let time = (value * size).rounded()
        guard time >= 1, time <= Double(RuleFunction.longestWindow) else {
            throw RuleError(
                at: place, "the time must be more than 0 and at most 60s")
        }
        try advance()
        return Int64(time)
    }
}
