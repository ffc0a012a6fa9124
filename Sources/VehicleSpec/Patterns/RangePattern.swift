/// Reads ranges: `>=1.4 <2`, `>=0x0102`.
///
/// Texts are compared as people count versions: where both have digits, the numbers that they are
/// decide (1.10 comes after 1.9, and 01 is 1), elsewhere the bytes; what ends first is the lesser.
/// Limits in hexadecimal digits behind `0x` compare bytes as numbers, of their own length only.
enum RangePattern {
    /// A limit as it is written.
    private struct Limit {
        var isLower: Bool
        var includesItself: Bool
        var text: Substring
    }

    static func automaton(_ text: String) throws(BytePatternError) -> PatternAutomaton {
        var limits: [Limit] = []
        for word in text.split(separator: " ") {
            guard let sign = word.first, sign == ">" || sign == "<" else {
                throw BytePatternError(
                    "'\(word)' is no limit",
                    remedy: "write a range as '>=1.4 <2', without blanks in it"
                )
            }
            let hasEqual = word.dropFirst().first == "="
            let value = word.dropFirst(hasEqual ? 2 : 1)
            let limit = Limit(isLower: sign == ">", includesItself: hasEqual, text: value)
            guard !value.isEmpty, !limits.contains(where: { $0.isLower == limit.isLower }) else {
                throw BytePatternError(
                    value.isEmpty ? "a limit has no value" : "there are two limits of one kind",
                    remedy: "write a range as '>=1.4 <2'")
            }
            limits.append(limit)
        }
        let automaton =
            try limits.contains { $0.text.hasPrefix("0x") } ? numbers(limits) : texts(limits)
        guard try PatternAutomaton.common(to: [automaton]) != nil else {
            throw BytePatternError(
                "nothing is in the range", remedy: "write the lesser limit behind >=")
        }
        return automaton
    }

    private static func isWithin(_ limit: Limit, _ order: Int8) -> Bool {
        order == 0 ? limit.includesItself : (order > 0) == limit.isLower
    }

    // MARK: Texts

    private enum Token: Hashable {
        case byte(UInt8)
        /// The digits without zeros in front.
        case number([UInt8])
    }

    /// How far a text was compared with a limit.
    private struct Progress: Hashable {
        var token = 0
        /// How many digits of a number came, without zeros in front; `nil` outside of one.
        var digits: Int?
        /// Less, equal so far, or greater.
        var order: Int8 = 0
        var isDecided = false

        static func decided(_ order: Int8) -> Progress {
            Progress(order: order, isDecided: true)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func tokens(_ text: Substring) -> [Token] {
        var tokens: [Token] = []
        var digits: [UInt8]?
        for byte in text.utf8 {
            if isDigit(byte) {
                let before = digits ?? []
                digits = before.isEmpty && byte == UInt8(ascii: "0") ? [] : before + [byte]
                continue
            }
            if let number = digits { tokens.append(.number(number)) }
            digits = nil
            tokens.append(.byte(byte))
        }
        if let number = digits { tokens.append(.number(number)) }
        return tokens
    }

    private static func texts(_ limits: [Limit]) throws(BytePatternError) -> PatternAutomaton {
        let tokens = limits.map { Self.tokens($0.text) }
        var sets = (UInt8(ascii: "0")...UInt8(ascii: "9")).map { ByteSet($0) }
        for case .byte(let byte) in tokens.joined() {
            // Less, equal, greater.
            sets.append(ByteSet(byte))
            sets.append(ByteSet(0...byte))
        }
        sets.append(ByteSet(0...UInt8(ascii: "/")))
        return try PatternAutomaton(
            from: [Progress](repeating: Progress(), count: limits.count),
            classes: ByteClasses(sets),
            step: { states, byte in
                states.indices.map { step(states[$0], byte, tokens[$0]) }
            },
            accepts: { states in
                states.indices.allSatisfy { isWithin(limits[$0], order(states[$0], tokens[$0])) }
            })
    }

    private static func step(_ state: Progress, _ byte: UInt8, _ tokens: [Token]) -> Progress {
        guard !state.isDecided else { return state }
        guard state.token < tokens.count else { return .decided(1) }
        switch tokens[state.token] {
        case .byte(let wanted):
            guard byte == wanted else { return .decided(byte < wanted ? -1 : 1) }
            return Progress(token: state.token + 1)
        case .number(let wanted):
            guard !isDigit(byte) else { return step(state, digit: byte, wanted) }
            // Neither text goes on with a digit, or only the limit's does.
            guard let count = state.digits else {
                return .decided(byte < UInt8(ascii: "0") ? -1 : 1)
            }
            if count < wanted.count { return .decided(-1) }
            if state.order != 0 { return .decided(state.order) }
            return step(Progress(token: state.token + 1), byte, tokens)
        }
    }

    private static func step(_ state: Progress, digit: UInt8, _ wanted: [UInt8]) -> Progress {
        var state = state
        let count = state.digits ?? 0
        state.digits = count
        if count == 0, digit == UInt8(ascii: "0") { return state }
        guard count < wanted.count else { return .decided(1) }
        if state.order == 0, digit != wanted[count] { state.order = digit < wanted[count] ? -1 : 1 }
        state.digits = count + 1
        return state
    }

    /// How a text that ends here compares.
    private static func order(_ state: Progress, _ tokens: [Token]) -> Int8 {
        guard !state.isDecided else { return state.order }
        guard state.token < tokens.count else { return 0 }
        guard let count = state.digits, case .number(let wanted) = tokens[state.token] else {
            return -1
        }
        if count < wanted.count { return -1 }
        if state.order != 0 { return state.order }
        return state.token + 1 == tokens.count ? 0 : -1
    }

    // MARK: Numbers

    private struct Position: Hashable {
        var count = 0
        /// By limit.
        var orders: [Int8]
    }

    private static func numbers(_ limits: [Limit]) throws(BytePatternError) -> PatternAutomaton {
        var values: [[UInt8]] = []
        for limit in limits {
            guard let value = BytePattern.bytes(of: String(limit.text)),
                value.count == values.first?.count ?? value.count
            else {
                throw BytePatternError(
                    "the limits are not both of as many bytes", remedy: "write '>=0x0102 <0x0200'")
            }
            values.append(value)
        }
        let length = values.first?.count ?? 0
        let sets = values.joined().flatMap { [ByteSet($0), ByteSet(0...$0)] }
        let wanted = values
        return try PatternAutomaton(
            from: Position(orders: [Int8](repeating: 0, count: limits.count)),
            classes: ByteClasses(sets),
            step: { state, byte in
                guard state.count < length else {
                    return Position(count: length + 1, orders: state.orders.map { _ in 0 })
                }
                var next = state
                next.count += 1
                for (index, value) in wanted.enumerated()
                where state.orders[index] == 0 && byte != value[state.count] {
                    next.orders[index] = byte < value[state.count] ? -1 : 1
                }
                return next
            },
            accepts: { state in
                state.count == length
                    && limits.indices.allSatisfy { isWithin(limits[$0], state.orders[$0]) }
            })
    }
}
