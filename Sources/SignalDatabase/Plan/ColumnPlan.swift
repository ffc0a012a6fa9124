/// Which signals frames of a message carry together: the columns that a block of them has.
struct ColumnPlan: Sendable {
    /// Signals that depend on the same values of the same multiplexer; those that depend on none are
    /// the first branch of a message.
    struct Branch: Sendable {
        /// The place of the multiplexer, -1 for none.
        var multiplexer: Int32
        var multiplexerMask: UInt64 = 0
        var firstRange: Int32
        var rangeCount: Int32
        /// The branch that the multiplexer is in, as a place among those of the message.
        var parent: Int
        /// Places in the message, among those of all messages.
        var signals = 0..<0
    }

    private(set) var branches: [Branch] = []
    private(set) var signals: [Int32] = []
    /// By message.
    private(set) var ranges: [Range<Int>] = []

    init(_ plan: DecodePlan) {
        for message in plan.messages { add(message, plan) }
    }

    /// Signals of more than 64 bits, and those of which no frame can be known to carry them, are in
    /// no branch.
    private mutating func add(_ message: DecodePlan.MessagePlan, _ plan: DecodePlan) {
        let first = Int(message.firstSignal)
        let count = Int(message.signalCount)
        let start = branches.count
        branches.append(Branch(multiplexer: -1, firstRange: 0, rangeCount: 0, parent: 0))
        var branchOfPlace = [Int](repeating: -1, count: count)
        var placesOfBranch: [[Int32]] = [[]]
        // By multiplexer and ranges.
        var known: [BranchKey: Int] = [:]
        for step in first..<first + count {
            let place = Int(plan.order[step])
            let signal = plan.signals[first + place]
            guard signal.isDecodable, signal.multiplexer != -2 else { continue }
            var branch = 0
            if signal.multiplexer >= 0 {
                let parent = branchOfPlace[Int(signal.multiplexer)]
                guard parent >= 0, signal.rangeCount > 0 else { continue }
                let range = Int(signal.firstRange)..<Int(signal.firstRange + signal.rangeCount)
                let key = BranchKey(
                    multiplexer: signal.multiplexer, ranges: Array(plan.ranges[range]))
                branch = known[key] ?? placesOfBranch.count
                if branch == placesOfBranch.count {
                    known[key] = branch
                    placesOfBranch.append([])
                    branches.append(
                        Branch(
                            multiplexer: signal.multiplexer,
                            multiplexerMask: signal.multiplexerMask,
                            firstRange: signal.firstRange, rangeCount: signal.rangeCount,
                            parent: parent))
                }
            }
            branchOfPlace[place] = branch
            placesOfBranch[branch].append(Int32(place))
        }
        for (branch, places) in placesOfBranch.enumerated() {
            branches[start + branch].signals = signals.count..<signals.count + places.count
            signals += places.sorted()
        }
        ranges.append(start..<branches.count)
    }

    private struct BranchKey: Hashable {
        var multiplexer: Int32
        var ranges: [ClosedRange<UInt64>]
    }
}
