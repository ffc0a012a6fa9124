/// A deterministic automaton over bytes: says of a text whether it belongs, and can be compared with
/// others without looking at texts.
struct PatternAutomaton: Sendable {
    let classes: ByteClasses
    /// By state and class of byte.
    private let next: [UInt16]
    private let accepts: [Bool]
    /// Whether anything that belongs can be reached from a state.
    private let isAlive: [Bool]

    /// More states than that are refused: a predicate on an identification has some dozens.
    static let maximumStates = 1_024
    /// Steps that making one, or comparing some, may take.
    static let maximumWork = 2_000_000

    /// Explores the states that can be reached from `start`.
    ///
    /// `cost` is what one step costs, in units of ``maximumWork``.
    init<State: Hashable>(
        from start: State, classes: ByteClasses, cost: (State) -> Int = { _ in 1 },
        step: (State, UInt8) -> State, accepts: (State) -> Bool
    ) throws(BytePatternError) {
        let bytes = classes.representatives
        var numbers: [State: UInt16] = [start: 0]
        var states = [start]
        var next: [UInt16] = []
        var work = 0
        var index = 0
        while index < states.count {
            let state = states[index]
            index += 1
            work += bytes.count * cost(state)
            guard work <= Self.maximumWork else { throw .tooComplex }
            for byte in bytes {
                let reached = step(state, byte)
                if let number = numbers[reached] {
                    next.append(number)
                    continue
                }
                guard states.count < Self.maximumStates else { throw .tooComplex }
                numbers[reached] = UInt16(states.count)
                next.append(UInt16(states.count))
                states.append(reached)
            }
        }
        self.classes = classes
        self.next = next
        self.accepts = states.map(accepts)
        isAlive = Self.alive(next, bytes.count, self.accepts)
    }

    /// From which states one that accepts can be reached.
    private static func alive(_ next: [UInt16], _ width: Int, _ accepts: [Bool]) -> [Bool] {
        var sources = [[Int]](repeating: [], count: accepts.count)
        for (place, reached) in next.enumerated() { sources[Int(reached)].append(place / width) }
        var alive = accepts
        var waiting = accepts.indices.filter { accepts[$0] }
        while let state = waiting.popLast() {
            for source in sources[state] where !alive[source] {
                alive[source] = true
                waiting.append(source)
            }
        }
        return alive
    }

    private func next(_ state: UInt16, _ byte: UInt8) -> UInt16 {
        next[Int(state) * classes.count + Int(classes.of[Int(byte)])]
    }

    func accepts(_ bytes: Span<UInt8>) -> Bool {
        var state: UInt16 = 0
        for index in bytes.indices { state = next(state, bytes[index]) }
        return accepts[Int(state)]
    }

    /// Whether a text of so many bytes belongs.
    func accepts(lengths: ClosedRange<Int>) -> Bool {
        var states: [UInt16] = [0]
        for length in 0...lengths.upperBound {
            if length >= lengths.lowerBound, states.contains(where: { accepts[Int($0)] }) {
                return true
            }
            states = following(states)
            if states.isEmpty { break }
        }
        return false
    }

    /// The states a byte further, each once, without those from which nothing belongs.
    private func following(_ states: [UInt16]) -> [UInt16] {
        var isReached = [Bool](repeating: false, count: accepts.count)
        var following: [UInt16] = []
        for state in states {
            let row = Int(state) * classes.count
            for place in row..<row + classes.count {
                let reached = next[place]
                guard isAlive[Int(reached)], !isReached[Int(reached)] else { continue }
                isReached[Int(reached)] = true
                following.append(reached)
            }
        }
        return following
    }

    // MARK: Several

    /// What belongs to any of `automata`.
    init(anyOf automata: [PatternAutomaton]) throws(BytePatternError) {
        try self.init(
            from: [UInt16](repeating: 0, count: automata.count),
            classes: Self.classes(of: automata), cost: { $0.count },
            step: { states, byte in
                states.indices.map { automata[$0].next(states[$0], byte) }
            },
            accepts: { states in states.indices.contains { automata[$0].accepts[Int(states[$0])] } }
        )
    }

    /// What belongs once the bytes of `padding` are taken from its end.
    func ignoring(trailing padding: ByteSet) throws(BytePatternError) -> PatternAutomaton {
        struct State: Hashable {
            var state: UInt16
            /// Whether what came before the padding so far belongs.
            var belongs: Bool
        }
        var classes = ByteClasses([padding])
        classes.refine(by: self.classes)
        return try PatternAutomaton(
            from: State(state: 0, belongs: accepts[0]), classes: classes,
            step: { before, byte in
                let state = next(before.state, byte)
                return State(
                    state: state,
                    belongs: padding.contains(byte) ? before.belongs : accepts[Int(state)])
            }, accepts: \.belongs)
    }

    private static func classes(of automata: [PatternAutomaton]) -> ByteClasses {
        var classes = ByteClasses()
        for automaton in automata { classes.refine(by: automaton.classes) }
        return classes
    }

    /// A shortest text that belongs to all of `automata`; `nil` proves that there is none.
    static func common(to automata: [PatternAutomaton]) throws(BytePatternError) -> [UInt8]? {
        let bytes = classes(of: automata).representatives
        let start = [UInt16](repeating: 0, count: automata.count)
        guard automata.allSatisfy({ $0.isAlive[0] }) else { return nil }
        var seen: Set<[UInt16]> = [start]
        var states = [start]
        // From which state, by which byte.
        var origins: [(state: Int, byte: UInt8)] = [(0, 0)]
        var work = 0
        var index = 0
        while index < states.count {
            let state = states[index]
            if state.indices.allSatisfy({ automata[$0].accepts[Int(state[$0])] }) {
                return text(endingAt: index, origins)
            }
            work += bytes.count * automata.count
            guard work <= maximumWork else { throw .tooComplex }
            for byte in bytes {
                let reached = state.indices.map { automata[$0].next(state[$0], byte) }
                guard reached.indices.allSatisfy({ automata[$0].isAlive[Int(reached[$0])] }),
                    seen.insert(reached).inserted
                else { continue }
                states.append(reached)
                origins.append((index, byte))
            }
            index += 1
        }
        return nil
    }

    private static func text(
        endingAt end: Int, _ origins: [(state: Int, byte: UInt8)]
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        var state = end
        while state != 0 {
            bytes.append(origins[state].byte)
            state = origins[state].state
        }
        return bytes.reversed()
    }
}
