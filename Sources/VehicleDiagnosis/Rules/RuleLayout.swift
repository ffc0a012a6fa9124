import VehicleSpec

/// Where everything is that an engine works with; it never changes.
struct RuleLayout {
    struct Slot {
        /// In ``users``: the rules to be judged when it changes, by rank.
        var users: Range<Int> = 0..<0
        /// In ``users``: those that count its samples.
        var eventUsers: Range<Int> = 0..<0
        var windows: Range<Int> = 0..<0
        var silences: Range<Int> = 0..<0
        var counters: Range<Int> = 0..<0
        var wantsEverySample = false
        var hasHistory = false
    }

    struct Program {
        var operations: Range<Int>
        /// In ``users``: the rules that ask for its finding.
        var users: Range<Int>
    }

    let slots: [Slot]
    /// By rank, the place in the order of judgement.
    let programs: [Program]
    let users: [UInt16]
    let operations: [RuleOperation]
    let silences: [RuleSilence]
    let registers: Int

    init(_ rules: ResolvedRules, watches: RuleWatches) {
        var ranks = Array(repeating: 0, count: rules.rules.count)
        for (rank, rule) in rules.order.enumerated() { ranks[rule] = rank }
        var users: [UInt16] = []
        func append(_ these: some Sequence<Int>) -> Range<Int> {
            let first = users.count
            users += these.sorted().map(UInt16.init)
            return first..<users.count
        }
        var ofInput = Array(repeating: Set<Int>(), count: rules.inputs.count)
        var ofEvent = ofInput
        var ofFinding = Array(repeating: Set<Int>(), count: rules.rules.count)
        for (index, rule) in rules.rules.enumerated() {
            for input in rule.condition.inputs { ofInput[input].insert(ranks[index]) }
            for input in rule.eventInputs { ofEvent[input].insert(ranks[index]) }
            for other in rule.findings { ofFinding[ranks[other]].insert(ranks[index]) }
        }
        let sampled = rules.inputsWithEverySample
        slots = rules.inputs.indices.map { input in
            Slot(
                users: append(ofInput[input]), eventUsers: append(ofEvent[input]),
                windows: watches.windows.places { $0.input == input },
                silences: watches.silences.places { $0.input == input },
                counters: watches.counters.places { $0.input == input },
                wantsEverySample: sampled.contains(input),
                hasHistory: watches.histories.contains(input))
        }
        var compiler = RuleCompiler(ranks: ranks, watches: watches)
        programs = rules.order.map { rule in
            let operations = compiler.compile(rules.rules[rule].condition)
            return Program(operations: operations, users: append(ofFinding[ranks[rule]]))
        }
        self.users = users
        operations = compiler.operations
        registers = compiler.registers
        silences = watches.silences
    }
}

extension Array {
    /// The range of those that are `wanted`, which stand side by side.
    fileprivate func places(_ isWanted: (Element) -> Bool) -> Range<Int> {
        guard let first = firstIndex(where: isWanted) else { return 0..<0 }
        let count = self[first...].prefix(while: isWanted).count
        return first..<first + count
    }
}
