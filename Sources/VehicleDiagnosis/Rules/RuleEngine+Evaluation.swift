// What is called for each operation is `mutating` though it changes nothing: an engine that is merely
// borrowed is passed as a copy of its 225 bytes (a quarter of the time, measured).
extension RuleEngine {
    /// The value of a condition: 1, 0, or NaN for unknown.
    mutating func evaluate(_ range: Range<Int>) -> Double {
        for place in range {
            let operation = layout.operations[place]
            let register = Int(operation.register)
            registers[register] = result(of: operation, register)
        }
        return registers[0]
    }

    @inline(__always)
    private mutating func result(of operation: RuleOperation, _ register: Int) -> Double {
        let first = registers[register]
        let constant = operation.constant
        return switch operation.code {
        case .constant: constant
        case .input: values[Int(operation.index)]
        case .finding: states[Int(operation.index)].isOpen ? 1 : 0
        case .rate, .minimum, .maximum, .average, .spread, .stuck, .changed, .changedWithin,
            .cycle, .silent, .errors:
            watched(operation)
        case .absolute: abs(first)
        case .negative: -first
        case .equalConstant: Self.truth(first == constant, unless: first.isNaN)
        case .lessConstant: Self.truth(first < constant, unless: first.isNaN)
        case .lessOrEqualConstant: Self.truth(first <= constant, unless: first.isNaN)
        case .greaterConstant: Self.truth(first > constant, unless: first.isNaN)
        case .greaterOrEqualConstant: Self.truth(first >= constant, unless: first.isNaN)
        case .not: 1 - first
        default: Self.combine(operation.code, first, registers[register + 1])
        }
    }

    @inline(__always)
    private static func truth(_ isTrue: Bool, unless isUnknown: Bool) -> Double {
        isUnknown ? .nan : isTrue ? 1 : 0
    }

    @inline(__always)
    private static func combine(
        _ code: RuleOperation.Code, _ first: Double, _ second: Double
    ) -> Double {
        let isUnknown = first.isNaN || second.isNaN
        return switch code {
        case .plus: number(first + second)
        case .minus: number(first - second)
        case .times: number(first * second)
        case .divided: second == 0 ? .nan : number(first / second)
        case .equal: truth(first == second, unless: isUnknown)
        case .notEqual: truth(first != second, unless: isUnknown)
        case .less: truth(first < second, unless: isUnknown)
        case .lessOrEqual: truth(first <= second, unless: isUnknown)
        // One side that is false decides; else one that is not known.
        case .and: first == 0 || second == 0 ? 0 : isUnknown ? .nan : 1
        case .or: first == 1 || second == 1 ? 1 : isUnknown ? .nan : 0
        default: .nan
        }
    }

    /// What is beyond all numbers is not known.
    @inline(__always)
    private static func number(_ value: Double) -> Double { value.isFinite ? value : .nan }

    @inline(never)
    private mutating func watched(_ operation: RuleOperation) -> Double {
        let index = Int(operation.index)
        let window = Int64(operation.constant)
        switch operation.code {
        case .rate: return Self.number(windows[index].rate)
        case .minimum: return windows[index].least
        case .maximum: return windows[index].greatest
        case .average: return Self.number(windows[index].average)
        case .spread: return Self.number(windows[index].greatest - windows[index].least)
        case .stuck, .changedWithin:
            let history = histories[index]
            let isStuck = history.last &- history.runStart >= window
            return Self.truth(
                isStuck == (operation.code == .stuck), unless: !history.covers(window))
        case .changed:
            let history = histories[index]
            return Self.truth(history.isChange, unless: history.previous == RuleHistory.never)
        case .cycle:
            let history = histories[index]
            guard history.previous != RuleHistory.never else { return .nan }
            return Double(history.last - history.previous) / 1e9
        case .silent:
            let silence = layout.silences[index]
            let last = histories[silence.input].last
            if last == RuleHistory.never, !silence.sinceStart { return .nan }
            let since = last == RuleHistory.never ? start : last
            return now - since >= silence.limit ? 1 : 0
        case .errors: return Double(counters[index].count)
        default: return .nan
        }
    }
}
