/// A condition of the rule language, as it was written: see <doc:RuleLanguage>.
///
/// Names are those of the text. Whether they exist, and in which units their values are, is for
/// ``RuleVocabulary`` to say.
public struct RuleExpression: Sendable, Hashable {
    public let node: Node
    /// Where it begins; of two operands, where the operator between them stands.
    public let place: RulePlace

    public indirect enum Node: Sendable, Hashable {
        case number(Double, unit: String?)
        /// A label of a value table, or the text of an identifier.
        case text(String)
        /// A signal, an identifier, or `spec.p2`.
        case input(RuleInput)
        /// A function of something that is read, over a window in nanoseconds where it has one.
        case function(RuleFunction, of: RuleInput, window: Int64?)
        case absolute(RuleExpression)
        case negative(RuleExpression)
        case not(RuleExpression)
        case binary(RuleOperator, RuleExpression, RuleExpression)
    }

    init(_ node: Node, at place: RulePlace) {
        self.node = node
        self.place = place
    }

    /// Reads `text`, which begins at `place` of a file.
    public init(_ text: String, at place: RulePlace = .start) throws(RuleError) {
        var parser = try RuleParser(text, at: place)
        self = try parser.condition()
    }
}

/// What stands between two operands.
public enum RuleOperator: String, Sendable, Hashable {
    case or, and
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divided = "/"

    public var isComparison: Bool {
        switch self {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: true
        default: false
        }
    }

    /// Whether it takes conditions, and not numbers.
    public var isLogical: Bool { self == .or || self == .and }
}

/// One mention of something that a rule reads.
public struct RuleReading: Sendable, Hashable {
    public var input: RuleInput
    /// What is asked of it; `nil` for its value.
    public var function: RuleFunction?
    /// In nanoseconds, of functions that have one.
    public var window: Int64?
    public var place: RulePlace
}

extension RuleExpression {
    /// Whether it is true or false, and not a number or a text.
    public var isCondition: Bool {
        switch node {
        case .number, .text, .input, .absolute, .negative: false
        case .function(let function, _, _): function.result == .condition
        case .not: true
        case .binary(let sign, _, _): sign.isLogical || sign.isComparison
        }
    }

    /// What it reads, in the order written, each mention by itself.
    public var readings: [RuleReading] {
        var readings: [RuleReading] = []
        collect(&readings)
        return readings
    }

    private func collect(_ readings: inout [RuleReading]) {
        switch node {
        case .number, .text: break
        case .input(let input):
            readings.append(RuleReading(input: input, place: place))
        case .function(let function, let input, let window):
            readings.append(
                RuleReading(input: input, function: function, window: window, place: place))
        case .absolute(let operand), .negative(let operand), .not(let operand):
            operand.collect(&readings)
        case .binary(_, let first, let second):
            first.collect(&readings)
            second.collect(&readings)
        }
    }
}
