import VehicleSpec

/// How far a rule is: the condition turns true, holds long enough, the finding is open, the condition
/// turns false, holds long enough, the finding is closed.
struct RuleState: BitwiseCopyable {
    enum Phase: UInt8, BitwiseCopyable {
        case closed
        /// True, but not for long enough.
        case opening
        case open
        /// Open, and false, but not for long enough.
        case closing
    }

    /// What a hold asks for: a time in nanoseconds, a number of events, or nothing.
    struct Hold: BitwiseCopyable {
        var time: Int64 = 0
        var events = 0

        init(_ hold: RuleHold?) {
            switch hold {
            case .time(let time): self.time = time
            case .events(let count): events = count
            case nil: break
            }
        }
    }

    var phase = Phase.closed
    let opening: Hold
    let closing: Hold
    /// Events in a row, while opening or closing.
    private var events = 0
    /// When the condition became true; and false, while closing.
    private(set) var began: Int64 = 0
    private(set) var ended: Int64 = 0
    /// When the hold is fulfilled, if it is one of time.
    private(set) var due: Int64 = 0
    private(set) var occurrences: UInt64 = 0
    private var firstFrame: UInt64 = 0
    private var lastFrame: UInt64 = 0
    private var hasFrame = false

    init(_ rule: Rule) {
        opening = Hold(rule.for)
        closing = Hold(rule.clearFor)
    }

    var isOpen: Bool { phase == .open || phase == .closing }

    var evidence: ClosedRange<UInt64>? {
        hasFrame ? min(firstFrame, lastFrame)...max(firstFrame, lastFrame) : nil
    }

    /// What is to be done about a judgement.
    enum Outcome: BitwiseCopyable { case nothing, wait, opened, closed }

    /// The condition is `value` now: NaN for unknown.
    mutating func judge(
        _ value: Double, at now: Int64, frame: UInt64?, isEvent: Bool
    ) -> Outcome {
        if value == 0 { return judgeFalse(at: now, isEvent: isEvent) }
        if value.isNaN {
            // Neither a finding nor its end rests on what is not known.
            if phase == .opening { phase = .closed }
            if phase == .closing { phase = .open }
            return .nothing
        }
        switch phase {
        case .closed:
            guard opening.events == 0 || isEvent else { return .nothing }
            began = now
            (events, occurrences) = (1, 1)
            hasFrame = false
            note(frame)
            if opening.time > 0 {
                (phase, due) = (.opening, now + opening.time)
                return .wait
            }
            return openIfEnough()
        case .opening:
            if isEvent { events += 1 }
            occurrences &+= 1
            note(frame)
            return opening.time > 0 ? .nothing : openIfEnough()
        case .open, .closing:
            phase = .open
            occurrences &+= 1
            note(frame)
            return .nothing
        }
    }

    private mutating func openIfEnough() -> Outcome {
        phase = events >= opening.events ? .open : .opening
        return phase == .open ? .opened : .nothing
    }

    private mutating func judgeFalse(at now: Int64, isEvent: Bool) -> Outcome {
        switch phase {
        case .closed: return .nothing
        case .opening:
            phase = .closed
            return .nothing
        case .open:
            guard closing.events == 0 || isEvent else { return .nothing }
            ended = now
            events = 1
            if closing.time > 0 {
                (phase, due) = (.closing, now + closing.time)
                return .wait
            }
            return closeIfEnough()
        case .closing:
            if isEvent { events += 1 }
            return closing.time > 0 ? .nothing : closeIfEnough()
        }
    }

    private mutating func closeIfEnough() -> Outcome {
        phase = events >= closing.events ? .closed : .closing
        return phase == .closed ? .closed : .nothing
    }

    private mutating func note(_ frame: UInt64?) {
        guard let frame else { return }
        if !hasFrame { firstFrame = frame }
        lastFrame = frame
        hasFrame = true
    }

    /// Whether it waits for a time.
    var isWaiting: Bool {
        phase == .opening && opening.time > 0 || phase == .closing && closing.time > 0
    }

    /// The time that it waited for has come.
    mutating func holdEnds() -> Outcome {
        switch phase {
        case .opening:
            phase = .open
            return .opened
        case .closing:
            phase = .closed
            return .closed
        case .closed, .open: return .nothing
        }
    }
}
