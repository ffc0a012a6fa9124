import VehicleSpec

/// One step of the list that a condition is compiled to. It takes its operands from registers and
/// leaves its result in one; NaN stands for unknown, 1 and 0 for true and false.
struct RuleOperation: BitwiseCopyable {
    enum Code: UInt8, BitwiseCopyable {
        case constant, input, finding
        case rate, minimum, maximum, average, spread, stuck, changed, changedWithin, cycle
        case silent, errors
        case plus, minus, times, divided, absolute, negative
        case equal, notEqual, less, lessOrEqual
        /// With the constant, from either side.
        case equalConstant, lessConstant, lessOrEqualConstant, greaterConstant
        case greaterOrEqualConstant
        case not, and, or
    }

    var code: Code
    /// The register of the result and of the first operand; the second is in the next.
    var register: UInt8
    /// An input, a rule, a window, or another watch.
    var index: UInt32 = 0
    /// A number, or a time in nanoseconds.
    var constant: Double = 0
}

/// Compiles conditions, one after another, to one list.
struct RuleCompiler {
    /// The place in the order of judgement of each rule.
    let ranks: [Int]
    let watches: RuleWatches
    private(set) var operations: [RuleOperation] = []
    private(set) var registers = 1

    init(ranks: [Int], watches: RuleWatches) {
        self.ranks = ranks
        self.watches = watches
    }

    /// Where the operations of `condition` are.
    mutating func compile(_ condition: ResolvedExpression) -> Range<Int> {
        let first = operations.count
        append(condition.folded, to: 0)
        return first..<operations.count
    }

    private mutating func emit(
        _ code: RuleOperation.Code, _ register: Int, index: Int = 0, constant: Double = 0
    ) {
        registers = max(registers, register + 1)
        operations.append(
            RuleOperation(
                code: code, register: UInt8(register), index: UInt32(index), constant: constant))
    }

    private mutating func append(_ expression: ResolvedExpression, to register: Int) {
        // The parser allows less depth than there are registers.
        precondition(register < 255)
        switch expression {
        case .constant(let value): emit(.constant, register, constant: value)
        case .input(let input): emit(.input, register, index: input)
        case .finding(let rule): emit(.finding, register, index: ranks[rule])
        case .function(let function, let input, let window):
            append(function, of: input, window, to: register)
        case .silent(let input, let limit, let sinceStart):
            let silence = RuleSilence(input: input, limit: limit, sinceStart: sinceStart)
            emit(.silent, register, index: watches.silences.firstIndex(of: silence) ?? 0)
        case .absolute(let operand):
            append(operand, to: register)
            emit(.absolute, register)
        case .negative(let operand):
            append(operand, to: register)
            emit(.negative, register)
        case .not(let operand):
            append(operand, to: register)
            emit(.not, register)
        case .binary(let sign, let first, let second):
            append(sign, first, second, to: register)
        }
    }

    private mutating func append(
        _ sign: RuleOperator, _ first: ResolvedExpression, _ second: ResolvedExpression,
        to register: Int
    ) {
        if sign.isComparison, case .constant(let value) = second {
            append(first, to: register)
            emit(Self.withConstant(sign), register, constant: value)
            if sign == .notEqual { emit(.not, register) }
            return
        }
        // a > b is b < a.
        let isMirrored = sign == .greater || sign == .greaterOrEqual
        append(isMirrored ? second : first, to: register)
        append(isMirrored ? first : second, to: register + 1)
        emit(Self.code(of: sign), register)
    }

    private static func withConstant(_ sign: RuleOperator) -> RuleOperation.Code {
        switch sign {
        case .less: .lessConstant
        case .lessOrEqual: .lessOrEqualConstant
        case .greater: .greaterConstant
        case .greaterOrEqual: .greaterOrEqualConstant
        default: .equalConstant
        }
    }

    private static func code(of sign: RuleOperator) -> RuleOperation.Code {
        switch sign {
        case .or: .or
        case .and: .and
        case .equal: .equal
        case .notEqual: .notEqual
        case .less, .greater: .less
        case .lessOrEqual, .greaterOrEqual: .lessOrEqual
        case .plus: .plus
        case .minus: .minus
        case .times: .times
        case .divided: .divided
        }
    }

    private mutating func append(
        _ function: RuleFunction, of input: Int, _ window: Int64, to register: Int
    ) {
        let length = Double(window)
        switch function {
        case .rate, .min, .max, .avg, .spread:
            let place = watches.windows.firstIndex { $0.input == input && $0.length == window }
            emit(Self.code(of: function), register, index: place ?? 0, constant: length)
        case .stuck: emit(.stuck, register, index: input, constant: length)
        case .changed:
            emit(window == 0 ? .changed : .changedWithin, register, index: input, constant: length)
        case .cycle: emit(.cycle, register, index: input)
        case .errors:
            let place = watches.counters.firstIndex { $0.input == input && $0.window == window }
            emit(.errors, register, index: place ?? 0)
        // All others are inputs by themselves.
        default: emit(.input, register, index: input)
        }
    }

    private static func code(of function: RuleFunction) -> RuleOperation.Code {
        switch function {
        case .rate: .rate
        case .min: .minimum
        case .max: .maximum
        case .avg: .average
        default: .spread
        }
    }
}
