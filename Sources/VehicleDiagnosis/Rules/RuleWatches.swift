import VehicleSpec

/// What is watched of inputs beside their values, each list in the order of the inputs.
struct RuleWatches {
    private(set) var windows: [RuleWindow]
    private(set) var silences: [RuleSilence] = []
    private(set) var counters: [RuleErrorCounter] = []
    /// The inputs whose samples are remembered.
    private(set) var histories = Set<Int>()

    init(_ rules: ResolvedRules) {
        windows = rules.windows.sorted { $0.input < $1.input }
        for rule in rules.rules { collect(rule.condition.folded) }
        silences.sort { $0.input < $1.input }
        counters.sort { $0.input < $1.input }
    }

    private mutating func collect(_ expression: ResolvedExpression) {
        switch expression {
        case .constant, .input, .finding: break
        case .silent(let input, let limit, let sinceStart):
            histories.insert(input)
            let silence = RuleSilence(input: input, limit: limit, sinceStart: sinceStart)
            if !silences.contains(silence) { silences.append(silence) }
        case .function(.errors, let input, let window):
            let isThere = counters.contains { $0.input == input && $0.window == window }
            if !isThere { counters.append(RuleErrorCounter(input: input, window: window)) }
        case .function(_, let input, _): histories.insert(input)
        case .absolute(let operand), .negative(let operand), .not(let operand): collect(operand)
        case .binary(_, let first, let second):
            collect(first)
            collect(second)
        }
    }
}

/// What is remembered of the samples of an input.
struct RuleHistory: BitwiseCopyable {
    /// Before the first sample.
    static let never = Int64.min

    /// Since when the value has been known without a gap.
    var first = never
    /// Since when it is what it is.
    var runStart = never
    /// The last sample, and the one before.
    var last = never
    var previous = never
    /// Whether these two differ.
    var isChange = false

    mutating func forget() { self = RuleHistory() }

    /// Takes a known sample.
    mutating func take(at time: Int64, isSame: Bool) {
        isChange = first != Self.never && !isSame
        if first == Self.never {
            (first, runStart) = (time, time)
        } else if !isSame {
            runStart = time
        }
        (previous, last) = (last, time)
    }

    /// Whether the samples reach back so far.
    func covers(_ window: Int64) -> Bool { first != Self.never && last - first >= window }
}

/// A limit on the time since the last arrival of an input.
struct RuleSilence: Hashable, BitwiseCopyable {
    let input: Int
    let limit: Int64
    let sinceStart: Bool
}

/// Error frames of a bus: all of them, or those within a window that ends now.
struct RuleErrorCounter {
    let input: Int
    /// In nanoseconds; 0: since the start.
    let window: Int64
    private var times: [Int64]
    private var head = 0
    private(set) var count = 0

    /// As many as are counted within a window.
    static let maximumCount = 1_024

    init(input: Int, window: Int64) {
        self.input = input
        self.window = window
        times = Array(repeating: 0, count: window == 0 ? 0 : Self.maximumCount)
    }

    mutating func take(at time: Int64) {
        guard window > 0 else {
            count += 1
            return
        }
        if count == times.count { dropFirst() }
        times[(head + count) % times.count] = time
        count += 1
    }

    /// Forgets those that are no longer within the window.
    mutating func advance(to now: Int64) {
        while window > 0, count > 0, now - times[head] >= window { dropFirst() }
    }

    private mutating func dropFirst() {
        head = (head + 1) % times.count
        count -= 1
    }

    /// When the first of them leaves the window.
    var deadline: Int64? { window > 0 && count > 0 ? times[head] + window : nil }
}
