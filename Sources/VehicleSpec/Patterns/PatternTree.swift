/// A pattern as a tree of what follows what.
indirect enum PatternTree: Sendable {
    case nothing
    case one(of: ByteSet)
    case sequence([PatternTree])
    case choice([PatternTree])
    /// `most` is `nil` where there is no limit.
    case repeated(PatternTree, least: Int, most: Int?)

    static let anything = PatternTree.repeated(.one(of: .all), least: 0, most: nil)

    static func text(_ bytes: some Sequence<UInt8>) -> PatternTree {
        .sequence(bytes.map { .one(of: ByteSet($0)) })
    }
}

extension PatternAutomaton {
    /// The automaton of a tree, by the states that a text can be in at the same time.
    init(_ tree: PatternTree) throws(BytePatternError) {
        var graph = PatternGraph()
        let (start, end) = try graph.add(tree)
        let made = graph
        try self.init(
            from: made.closure(of: [start]), classes: ByteClasses(made.sets),
            cost: { $0.count + 1 },
            step: { states, byte in made.step(states, byte) },
            accepts: { $0.contains(end) })
    }
}

/// The states of a tree with steps that need no byte (Thompson's construction).
private struct PatternGraph {
    private struct Node {
        /// What leads on to the next node, if a byte does.
        var bytes: ByteSet?
        var target: UInt16 = 0
        var free: [UInt16] = []
    }

    private var nodes: [Node] = []
    /// More are refused: hundreds of characters, counted as often as they are repeated.
    private static let maximumNodes = 4_096
    /// Trees within one another; a parser of patterns has a limit that is less.
    private static let maximumDepth = 64

    var sets: [ByteSet] { nodes.compactMap(\.bytes) }

    private mutating func node() throws(BytePatternError) -> UInt16 {
        guard nodes.count < Self.maximumNodes else { throw .tooComplex }
        nodes.append(Node())
        return UInt16(nodes.count - 1)
    }

    mutating func add(
        _ tree: PatternTree, depth: Int = 0
    ) throws(BytePatternError) -> (UInt16, UInt16) {
        guard depth <= Self.maximumDepth else { throw .tooComplex }
        let start = try node()
        switch tree {
        case .nothing: return (start, start)
        case .one(let bytes):
            let end = try node()
            nodes[Int(start)].bytes = bytes
            nodes[Int(start)].target = end
            return (start, end)
        case .sequence(let parts):
            var end = start
            for part in parts { end = try append(part, after: end, depth) }
            return (start, end)
        case .choice(let parts):
            let end = try node()
            for part in parts {
                nodes[Int(try append(part, after: start, depth))].free.append(end)
            }
            return (start, end)
        case .repeated(let part, let least, let most):
            var end = start
            for _ in 0..<least { end = try append(part, after: end, depth) }
            let last = try node()
            guard let most else {
                let again = try node()
                nodes[Int(end)].free.append(again)
                nodes[Int(try append(part, after: again, depth))].free.append(again)
                nodes[Int(again)].free.append(last)
                return (start, last)
            }
            for _ in least..<max(least, most) {
                nodes[Int(end)].free.append(last)
                end = try append(part, after: end, depth)
            }
            nodes[Int(end)].free.append(last)
            return (start, last)
        }
    }

    private mutating func append(
        _ tree: PatternTree, after node: UInt16, _ depth: Int
    ) throws(BytePatternError) -> UInt16 {
        let (start, end) = try add(tree, depth: depth + 1)
        nodes[Int(node)].free.append(start)
        return end
    }

    /// `states` and all that is reached from them without a byte, in order.
    func closure(of states: [UInt16]) -> [UInt16] {
        var isIn = [Bool](repeating: false, count: nodes.count)
        var waiting: [UInt16] = []
        var result: [UInt16] = []
        for state in states where !isIn[Int(state)] {
            isIn[Int(state)] = true
            waiting.append(state)
        }
        while let state = waiting.popLast() {
            result.append(state)
            for reached in nodes[Int(state)].free where !isIn[Int(reached)] {
                isIn[Int(reached)] = true
                waiting.append(reached)
            }
        }
        return result.sorted()
    }

    func step(_ states: [UInt16], _ byte: UInt8) -> [UInt16] {
        closure(
            of: states.compactMap { state in
                let node = nodes[Int(state)]
                return node.bytes?.contains(byte) == true ? node.target : nil
            })
    }
}
