/// What is wrong with which rule.
public struct RuleProblem: Error, Sendable, Hashable {
    /// The index of the rule.
    public var rule: Int
    public var error: RuleError

    public init(rule: Int, error: RuleError) {
        self.rule = rule
        self.error = error
    }
}

/// The rules of a vehicle with all they read, checked and ready to be evaluated.
public struct ResolvedRules: Sendable {
    public private(set) var rules: [ResolvedRule] = []
    /// What they read; the place of an input here is its number.
    public private(set) var inputs: [RuleFacts] = []
    /// Of each input the texts that it is compared with; the number of a text is its place.
    public private(set) var texts: [[String]] = []
    /// The order in which rules are judged: as they are given, but a rule that asks for the finding of
    /// another behind that.
    public private(set) var order: [Int] = []
    /// The windows over samples, each once.
    public private(set) var windows: [RuleWindow] = []

    /// The most rules of a vehicle.
    public static let maximumRules = 4_096

    /// No rules.
    public init() {}

    /// Checks and resolves `rules`; those with a problem are left out.
    public static func resolve(
        _ rules: [Rule], naming: @escaping RuleNaming
    ) -> (rules: ResolvedRules, problems: [RuleProblem]) {
        var (problems, left) = refused(in: rules)
        // A rule that asks for the finding of one that is left out is left out too.
        while true {
            let (resolved, found) = resolveOnce(rules, without: left, naming: naming)
            guard !found.isEmpty else {
                problems.sort { $0.rule < $1.rule }
                return (resolved, problems)
            }
            problems += found
            for problem in found { left.insert(problem.rule) }
        }
    }

    private static func refused(in rules: [Rule]) -> ([RuleProblem], Set<Int>) {
        var seen: [String: RulePlace] = [:]
        var problems: [RuleProblem] = []
        for (index, rule) in rules.enumerated() {
            guard index < maximumRules else {
                problems.append(
                    RuleProblem(
                        rule: index,
                        error: RuleError(
                            at: rule.place, "a vehicle has at most \(maximumRules) rules")))
                continue
            }
            if let first = seen[rule.id] {
                problems.append(
                    RuleProblem(
                        rule: index,
                        error: RuleError(
                            at: rule.place, "a rule \(rule.id) is at \(first) already",
                            hint: "give it another id")))
            } else {
                seen[rule.id] = rule.place
            }
        }
        return (problems, Set(problems.map(\.rule)))
    }

    private static func resolveOnce(
        _ rules: [Rule], without left: Set<Int>, naming: @escaping RuleNaming
    ) -> (ResolvedRules, [RuleProblem]) {
        let kept = rules.indices.filter { !left.contains($0) }
        var names: [String: Int] = [:]
        for (place, index) in kept.enumerated() { names[rules[index].id] = place }
        var resolver = RuleResolver(rules: names, naming: naming)
        var resolved = ResolvedRules()
        var problems: [RuleProblem] = []
        for index in kept {
            do throws(RuleError) {
                resolved.rules.append(try resolver.rule(rules[index]))
            } catch {
                problems.append(RuleProblem(rule: index, error: error))
            }
        }
        guard problems.isEmpty else { return (resolved, problems) }
        resolved.inputs = resolver.inputs
        resolved.texts = resolver.texts
        if let cycle = resolved.putInOrder() {
            let ids = cycle.map { resolved.rules[$0].rule.id }.joined(separator: ", ")
            let first = cycle[0]
            problems.append(
                RuleProblem(
                    rule: kept[first],
                    error: RuleError(
                        at: resolved.rules[first].rule.place,
                        "it asks for a finding that depends on its own (\(ids))",
                        hint: "take finding(…) out of one of them")))
        }
        if problems.isEmpty, let (rule, error) = resolved.makeWindows() {
            problems.append(RuleProblem(rule: kept[rule], error: error))
        }
        return (resolved, problems)
    }

    /// Puts the rules in ``order``; if some ask for one another, these.
    private mutating func putInOrder() -> [Int]? {
        var isPlaced = Array(repeating: false, count: rules.count)
        var users = Array(repeating: [Int](), count: rules.count)
        var waits = rules.map(\.findings.count)
        for (index, rule) in rules.enumerated() {
            for other in rule.findings { users[other].append(index) }
        }
        /// Those that wait for none, the first of the file last.
        var ready = Array(rules.indices.filter { waits[$0] == 0 }.reversed())
        while let rule = ready.popLast() {
            isPlaced[rule] = true
            order.append(rule)
            for user in users[rule] {
                waits[user] -= 1
                guard waits[user] == 0 else { continue }
                let place = ready.lastIndex { $0 > user }.map { $0 + 1 } ?? 0
                ready.insert(user, at: place)
            }
        }
        let stuck = rules.indices.filter { !isPlaced[$0] }
        return stuck.isEmpty ? nil : stuck
    }
}

/// The samples of an input that are kept for functions over a window.
public struct RuleWindow: Sendable, Hashable {
    public var input: Int
    /// In nanoseconds.
    public var length: Int64
    /// How many samples are kept: a run of equal values is one.
    public var capacity: Int

    /// In all rules of a vehicle.
    public static let maximumSamples = 65_536
    /// What one of them takes.
    public static let bytesPerSample = 40
    /// How often a message is taken to be sent at most where the database does not say it.
    static let assumedCycle: Int64 = 5_000_000

    init(input: Int, length: Int64, cycleTime: Int64?) {
        self.input = input
        self.length = length
        let cycle = Swift.max(1, cycleTime ?? Self.assumedCycle)
        // Twice as often as it should be is not too often.
        capacity = Int(Swift.min(Int64(Self.maximumSamples), 2 * (length / cycle))) + 16
    }
}

extension ResolvedRules {
    /// The memory that the windows take, in bytes.
    public var windowBytes: Int {
        windows.reduce(0) { $0 + $1.capacity } * RuleWindow.bytesPerSample
    }

    /// The inputs of which every sample is wanted, also if its value is that of the one before.
    public var inputsWithEverySample: Set<Int> {
        var wanted = Set<Int>()
        for rule in rules {
            rule.condition.collectSampled(&wanted)
            if rule.rule.for?.countsEvents == true || rule.rule.clearFor?.countsEvents == true {
                wanted.formUnion(rule.eventInputs)
            }
        }
        return wanted
    }

    /// Finds the windows; where they need too much, the rule with which they do.
    fileprivate mutating func makeWindows() -> (Int, RuleError)? {
        var total = 0
        for (index, rule) in rules.enumerated() {
            for (input, length) in rule.condition.windows
            where !windows.contains(where: { $0.input == input && $0.length == length }) {
                let window = RuleWindow(
                    input: input, length: length, cycleTime: inputs[input].cycleTime)
                total += window.capacity
                windows.append(window)
            }
            if total > RuleWindow.maximumSamples {
                return (
                    index,
                    RuleError(
                        at: rule.rule.when.place,
                        "with this the windows of all rules keep \(total) samples, and at most "
                            + "\(RuleWindow.maximumSamples) are kept",
                        hint: "shorten the window, or give the message a cycle time")
                )
            }
        }
        return nil
    }
}

extension RuleHold {
    var countsEvents: Bool { if case .events = self { true } else { false } }
}

extension ResolvedExpression {
    /// The windows of which samples are kept.
    fileprivate var windows: [(Int, Int64)] {
        switch self {
        case .constant, .input, .silent, .finding: return []
        case .function(let function, let input, let window):
            return function.keepsSamples ? [(input, window)] : []
        case .absolute(let operand), .negative(let operand), .not(let operand):
            return operand.windows
        case .binary(_, let first, let second): return first.windows + second.windows
        }
    }

    fileprivate func collectSampled(_ wanted: inout Set<Int>) {
        switch self {
        case .constant, .input, .finding: break
        case .function(_, let input, _), .silent(let input, _, _): wanted.insert(input)
        case .absolute(let operand), .negative(let operand), .not(let operand):
            operand.collectSampled(&wanted)
        case .binary(_, let first, let second):
            first.collectSampled(&wanted)
            second.collectSampled(&wanted)
        }
    }
}

extension RuleFunction {
    /// Whether the samples within its window are kept, and not only when the value changed last.
    public var keepsSamples: Bool {
        switch self {
        case .rate, .min, .max, .avg, .spread: true
        default: false
        }
    }
}
