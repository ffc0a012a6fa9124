public import VehicleSpec

/// Judges rules: it is told the values of what they read, and tells which findings open and close.
///
/// It knows no frames and no clock. What is told with one frame number at one time is a moment, and is
/// judged together, when the next moment is told or asked for. A rule is judged only when something that
/// it reads has changed, or when a time has come that was known beforehand; nothing of that takes memory.
/// What it finds does not depend on how frames are divided into batches.
///
/// Times are bus time in nanoseconds; one that steps back is taken for the one before it.
public struct RuleEngine: ~Copyable, Sendable {
    /// The rules, whose indices events have.
    public let rules: ResolvedRules
    /// What the rules read; the index of an input is its number here.
    public let inputs: [RuleInput]

    let layout: RuleLayout
    var values: [Double]
    var histories: [RuleHistory]
    var windows: [RuleSamples]
    var counters: [RuleErrorCounter]
    /// By rank, as are the bits below.
    var states: [RuleState]
    var registers: [Double]
    /// A bit for each rule that is to be judged.
    var dirty: [UInt64]
    /// A bit for each rule to which something happened that it counts.
    var touched: [UInt64]
    var isDirty = false
    var timers: RuleTimers
    var events: [RuleEvent] = []
    /// When it was first told anything.
    var start = RuleHistory.never
    var now = RuleHistory.never
    /// Of the moment that is being told.
    var frame: UInt64?

    /// Times are between this and its negative: there is room to add to them.
    private static let greatestTime: Int64 = 1 << 61

    public init(_ rules: ResolvedRules) {
        self.rules = rules
        inputs = rules.inputs.map(\.input)
        let watches = RuleWatches(rules)
        layout = RuleLayout(rules, watches: watches)
        windows = watches.windows.map { RuleSamples($0) }
        counters = watches.counters
        values = Array(repeating: .nan, count: inputs.count)
        histories = Array(repeating: RuleHistory(), count: inputs.count)
        states = rules.order.map { RuleState(rules.rules[$0].rule) }
        registers = Array(repeating: 0, count: layout.registers + 1)
        dirty = Array(repeating: 0, count: (rules.rules.count + 63) / 64)
        touched = dirty
        timers = RuleTimers(sources: states.count + watches.silences.count + counters.count)
    }

    /// Whether each sample of an input is to be told, also if its value is that of the one before. Of
    /// others it does not matter.
    public borrowing func wantsEverySample(_ input: Int) -> Bool {
        layout.slots[input].wantsEverySample
    }

    // MARK: What is told

    /// Tells the value of an input, `nil` for one that is not known, in frame `frame` at `time`.
    public mutating func set(_ input: Int, _ value: Double?, at time: Int64, frame: UInt64?) {
        begin(at: time, frame: frame)
        // What is no number is not known; zero has one sign.
        let value = value.map { $0.isFinite ? $0 + 0 : .nan } ?? .nan
        let slot = layout.slots[input]
        let isSame = values[input].bitPattern == value.bitPattern
        guard !isSame || slot.wantsEverySample else { return }
        values[input] = value
        if slot.hasHistory { remember(value, of: input, slot, isSame: isSame) }
        if !slot.counters.isEmpty, !value.isNaN { countError(slot) }
        mark(slot.users)
        for place in slot.eventUsers {
            let rank = Int(layout.users[place])
            touched[rank >> 6] |= 1 << UInt64(rank & 63)
        }
    }

    /// Tells whether an input holds.
    public mutating func set(_ input: Int, isTrue: Bool, at time: Int64, frame: UInt64?) {
        set(input, isTrue ? 1 : 0, at: time, frame: frame)
    }

    /// Tells the text of an input.
    public mutating func set(_ input: Int, text: String, at time: Int64, frame: UInt64?) {
        let number = rules.texts[input].firstIndex(of: text) ?? -1
        set(input, Double(number), at: time, frame: frame)
    }

    /// Tells that something arrived whose value does not matter: a message, an error frame.
    public mutating func note(_ input: Int, at time: Int64, frame: UInt64?) {
        set(input, 1, at: time, frame: frame)
    }

    /// Judges what was told, and lets the time pass.
    public mutating func advance(to time: Int64) {
        begin(at: time, frame: nil)
    }

    /// What opened and closed since it was asked last, in order of time; of one time in the order of
    /// the rules. Not to be asked between two inputs of one moment.
    public mutating func takeEvents() -> [RuleEvent] {
        judge()
        guard !events.isEmpty else { return [] }
        let taken = events
        events.removeAll(keepingCapacity: true)
        return taken
    }

    /// Whether something opened or closed since it was asked last.
    public var hasEvents: Bool {
        mutating get {
            judge()
            return !events.isEmpty
        }
    }

    /// The findings that are open, in the order of the rules.
    public mutating func openFindings() -> [RuleEvent] {
        judge()
        return states.indices.filter { states[$0].isOpen }
            .map { event(.stillOpen, of: $0) }.sorted { $0.rule < $1.rule }
    }

    /// Begins another moment, unless it is the one that is being told.
    @inline(__always)
    private mutating func begin(at time: Int64, frame: UInt64?) {
        let time = max(time, now)
        if time == now, frame == self.frame, frame != nil || isDirty { return }
        pass(to: min(time, max(now, Self.greatestTime)), frame: frame)
    }

    @inline(never)
    private mutating func pass(to time: Int64, frame: UInt64?) {
        judge()
        let time = max(time, -Self.greatestTime)
        if start == RuleHistory.never { begin(at: time) }
        if timers.nextDue <= time { fire(until: time) }
        now = time
        self.frame = frame
    }

    /// The first moment: from now on what is missing is missed.
    private mutating func begin(at time: Int64) {
        (start, now) = (time, time)
        for (index, silence) in layout.silences.enumerated() where silence.sinceStart {
            timers.set(states.count + index, due: time + silence.limit)
        }
        for rank in states.indices { dirty[rank >> 6] |= 1 << UInt64(rank & 63) }
        isDirty = !states.isEmpty
        judge()
    }

    // MARK: What is remembered

    private mutating func remember(
        _ value: Double, of input: Int, _ slot: RuleLayout.Slot, isSame: Bool
    ) {
        guard !value.isNaN else {
            histories[input].forget()
            for window in slot.windows { windows[window].forget() }
            return
        }
        histories[input].take(at: now, isSame: isSame)
        for window in slot.windows { windows[window].take(value, at: now, isSame: isSame) }
        for silence in slot.silences {
            timers.set(states.count + silence, due: now + layout.silences[silence].limit)
        }
    }

    private mutating func countError(_ slot: RuleLayout.Slot) {
        for counter in slot.counters {
            counters[counter].take(at: now)
            if let due = counters[counter].deadline {
                timers.set(states.count + layout.silences.count + counter, due: due)
            }
        }
    }

    @inline(__always)
    private mutating func mark(_ users: Range<Int>) {
        for place in users {
            let rank = Int(layout.users[place])
            dirty[rank >> 6] |= 1 << UInt64(rank & 63)
        }
        isDirty = isDirty || !users.isEmpty
    }

    // MARK: Deadlines

    /// Lets what was waited for happen, up to and with `time`: first holds that end, in the order of the
    /// rules, then what is late by now; all of one time is a moment.
    private mutating func fire(until time: Int64) {
        frame = nil
        while timers.nextDue <= time {
            let due = timers.nextDue
            now = max(now, due)
            while timers.nextDue == due {
                let timer = timers.removeFirst()
                if timer.source < states.count {
                    endHold(timer.source)
                } else {
                    look(timer.source - states.count)
                }
            }
            judge()
        }
    }

    private mutating func endHold(_ rank: Int) {
        guard states[rank].isWaiting else { return }
        guard states[rank].due <= now else {
            timers.set(rank, due: states[rank].due)
            return
        }
        let outcome = states[rank].holdEnds()
        tell(outcome, of: rank)
    }

    /// Looks at a silence, or at errors that leave their window.
    private mutating func look(_ watch: Int) {
        let input: Int
        if watch < layout.silences.count {
            let silence = layout.silences[watch]
            input = silence.input
            let last = histories[input].last
            let since = last == RuleHistory.never ? start : last
            // Forgotten since: whoever was silent is not known.
            guard last != RuleHistory.never || silence.sinceStart else { return }
            if since + silence.limit > now {
                timers.set(states.count + watch, due: since + silence.limit)
                return
            }
        } else {
            let counter = watch - layout.silences.count
            input = counters[counter].input
            counters[counter].advance(to: now)
            if let due = counters[counter].deadline {
                timers.set(states.count + watch, due: due)
            }
        }
        mark(layout.slots[input].users)
    }

    // MARK: Judgement

    /// Judges the rules that are to be judged, in order.
    private mutating func judge() {
        guard isDirty else { return }
        isDirty = false
        for word in dirty.indices {
            while dirty[word] != 0 {
                let bit = dirty[word].trailingZeroBitCount
                let mask: UInt64 = 1 << UInt64(bit)
                dirty[word] &= ~mask
                let isEvent = touched[word] & mask != 0
                touched[word] &= ~mask
                judge(word << 6 + bit, isEvent: isEvent)
            }
        }
        // Whom it asks stands behind a finding in the order: all marks were met.
        isDirty = false
    }

    @inline(__always)
    private mutating func judge(_ rank: Int, isEvent: Bool) {
        let value = evaluate(layout.programs[rank].operations)
        let outcome = states[rank].judge(value, at: now, frame: frame, isEvent: isEvent)
        if outcome != .nothing { tell(outcome, of: rank) }
    }

    @inline(never)
    private mutating func tell(_ outcome: RuleState.Outcome, of rank: Int) {
        switch outcome {
        case .nothing: return
        case .wait:
            timers.set(rank, due: states[rank].due)
            return
        case .opened: events.append(event(.opened, of: rank))
        case .closed: events.append(event(.closed, of: rank))
        }
        mark(layout.programs[rank].users)
    }

    private borrowing func event(_ kind: RuleEvent.Kind, of rank: Int) -> RuleEvent {
        let state = states[rank]
        return RuleEvent(
            kind: kind, rule: rules.order[rank], time: now, began: state.began,
            ended: kind == .closed ? state.ended : nil, occurrences: state.occurrences,
            evidence: state.evidence)
    }
}
