import CANFrame
import Diagnostics
import SignalDatabase
import VehicleSpec

/// Tells the rules' engine what traffic and control units say: which input is fed by what.
struct RuleFeed: Sendable {
    /// A signal that rules read, with its place in its message.
    struct SignalInput: Sendable {
        var input: Int
        var place: Int
        /// Every frame counts, not only those in which it changes.
        var wantsAll: Bool
    }

    /// What the frames of one message feed.
    struct MessageInputs: Sendable {
        var signals: [SignalInput] = []
        var arrivals: [Int] = []
        var counters: [Int] = []
        var checksums: [Int] = []
        /// After so long without a frame its signals are not known.
        var patience: Int64 = 0
        var lastTime: Int64?

        var isEmpty: Bool {
            signals.isEmpty && arrivals.isEmpty && counters.isEmpty && checksums.isEmpty
        }
    }

    /// By bus and message of its database.
    private(set) var messages: [[MessageInputs]] = []
    private(set) var loads: [(bus: Int, input: Int, window: Int64)] = []
    private(set) var errors: [(bus: Int, input: Int)] = []
    /// Inputs of roles, with what they are.
    private(set) var roles: [(input: Int, of: RuleInput)] = []
    private(set) var findings: [(input: Int, id: String)] = []
    private var loadCounts: [Int] = []
    /// No message becomes old before this.
    private var nextStale = Int64.max

    init(_ rules: ResolvedRules, buses: [BusSpec], wantsAll: Set<Int>) {
        messages = buses.map {
            Array(repeating: MessageInputs(), count: $0.database.messages.count)
        }
        for (input, facts) in rules.inputs.enumerated() {
            add(facts.input, input, buses, wantsAll: wantsAll.contains(input))
        }
        loadCounts = Array(repeating: 0, count: loads.count)
        for bus in messages.indices {
            for message in messages[bus].indices {
                let cycle = buses[bus].database.messages[message].cycleTimeMilliseconds ?? 0
                messages[bus][message].patience = max(
                    Self.leastPatience, Int64(cycle * 1e6) * 5)
            }
        }
    }

    /// As long a message without a cycle time may be silent until its signals are not known.
    private static let leastPatience: Int64 = 1_000_000_000

    private mutating func add(
        _ input: RuleInput, _ number: Int, _ buses: [BusSpec], wantsAll: Bool
    ) {
        switch input {
        case .signal(let bus, let message, let signal):
            guard let at = Self.place(bus, message, buses),
                let place = buses[at.bus].database.messages[at.message].signals.firstIndex(
                    where: { $0.longName == signal || $0.name == signal })
            else { return }
            messages[at.bus][at.message].signals.append(
                SignalInput(input: number, place: place, wantsAll: wantsAll))
        case .message(let bus, let message):
            guard let at = Self.place(bus, message, buses) else { return }
            messages[at.bus][at.message].arrivals.append(number)
        case .counterError(let bus, let message, _):
            guard let at = Self.place(bus, message, buses) else { return }
            messages[at.bus][at.message].counters.append(number)
        case .checksumError(let bus, let message):
            guard let at = Self.place(bus, message, buses) else { return }
            messages[at.bus][at.message].checksums.append(number)
        case .busLoad(let bus, let window):
            guard let bus = buses.firstIndex(where: { $0.name == bus }) else { return }
            loads.append((bus, number, window))
        case .errors(let bus):
            guard let bus = buses.firstIndex(where: { $0.name == bus }) else { return }
            errors.append((bus, number))
        case .identifier, .dtc, .p2, .specifiedP2, .nrc: roles.append((number, input))
        case .finding(let id): findings.append((number, id))
        // A listener runs no plan.
        case .step: break
        }
    }

    private static func place(
        _ bus: String?, _ message: String, _ buses: [BusSpec]
    ) -> (bus: Int, message: Int)? {
        for (index, one) in buses.enumerated() where bus == nil || one.name == bus {
            let found = one.database.messages.firstIndex {
                $0.longName == message || $0.name == message
            }
            if let found { return (index, found) }
        }
        return nil
    }

    /// Whether rules ask for findings that others make.
    var asksForFindings: Bool { !findings.isEmpty }

    // MARK: Traffic

    /// Feeds what a frame of `stream` says; the frame has just been taken by `checks`.
    mutating func take(
        _ stream: TrafficChecks.Stream, from checks: borrowing TrafficChecks, number: UInt64,
        at time: Int64, into rules: inout RuleEngine
    ) {
        guard !messages[stream.bus][stream.message].isEmpty else { return }
        let wasStale = messages[stream.bus][stream.message].lastTime == nil
        messages[stream.bus][stream.message].lastTime = time
        let inputs = messages[stream.bus][stream.message]
        nextStale = min(nextStale, time &+ inputs.patience)
        if !inputs.signals.isEmpty {
            checks.withSignals(of: stream) { changed, values in
                for signal in inputs.signals {
                    guard
                        signal.wantsAll || wasStale || Self.holds(changed, signal.place)
                    else { continue }
                    let value = values[signal.place]
                    rules.set(
                        signal.input, value.state == .valid ? value.physical : nil, at: time,
                        frame: number)
                }
            }
        }
        for input in inputs.arrivals { rules.note(input, at: time, frame: number) }
        guard !inputs.counters.isEmpty || !inputs.checksums.isEmpty else { return }
        let state = checks.state(of: stream)
        for input in inputs.counters {
            rules.set(input, isTrue: state.isCounterWrong, at: time, frame: number)
        }
        for input in inputs.checksums {
            rules.set(input, isTrue: state.isChecksumWrong, at: time, frame: number)
        }
    }

    private static func holds(_ changed: Span<Int32>, _ place: Int) -> Bool {
        for index in changed.indices where changed[index] == Int32(place) { return true }
        return false
    }

    /// An error frame on a bus.
    func noteError(bus: Int, number: UInt64, at time: Int64, into rules: inout RuleEngine) {
        for error in errors where error.bus == bus {
            rules.note(error.input, at: time, frame: number)
        }
    }

    /// What follows from time alone: loads, and signals that have grown old.
    mutating func advance(
        to time: Int64, _ checks: borrowing TrafficChecks, into rules: inout RuleEngine
    ) {
        for index in loads.indices {
            let count = checks.loadCount(ofBus: loads[index].bus)
            guard count != loadCounts[index] else { continue }
            loadCounts[index] = count
            let load = checks.busLoad(ofBus: loads[index].bus, over: loads[index].window)
            rules.set(loads[index].input, load.map { $0 * 100 }, at: time, frame: nil)
        }
        guard time > nextStale else { return }
        nextStale = .max
        for bus in messages.indices {
            for message in messages[bus].indices {
                guard let last = messages[bus][message].lastTime else { continue }
                let inputs = messages[bus][message]
                guard time > last &+ inputs.patience else {
                    nextStale = min(nextStale, last &+ inputs.patience)
                    continue
                }
                messages[bus][message].lastTime = nil
                for signal in inputs.signals {
                    rules.set(signal.input, nil, at: time, frame: nil)
                }
            }
        }
    }

    /// Which automatic findings are open, for the rules that ask for them.
    func noteFindings(_ book: FindingBook, at time: Int64, into rules: inout RuleEngine) {
        for finding in findings {
            rules.set(finding.input, isTrue: book.isOpen(finding.id), at: time, frame: nil)
        }
    }

    // MARK: Control units

    /// Feeds what one answer of a role says.
    func take(
        _ unit: ControlUnitWatch, _ response: ExchangeResponse, _ codes: TroubleCodeWatch,
        slot: Int, at time: Int64, into rules: inout RuleEngine
    ) {
        let role = unit.slot.role
        let frame = max(response.firstFrame, response.lastFrame)
        for (input, what) in roles {
            switch what {
            case .identifier(role, let name): feed(name, of: unit, input, time, frame, &rules)
            case .p2(role):
                guard let p2 = response.p2 else { continue }
                rules.set(input, Double(p2.time) / 1e9, at: time, frame: frame)
            case .specifiedP2(role):
                let timing = unit.spec?.timing ?? unit.slot.families.first?.timing
                rules.set(
                    input, timing.map { Double($0.p2) / 1e9 }, at: time, frame: frame)
            case .nrc(role, let code):
                let isIt =
                    code.map { $0 == response.negativeCode } ?? (response.negativeCode != nil)
                rules.set(input, isTrue: isIt, at: time, frame: frame)
            case .dtc(role, let text):
                // Until they were read it is not known whether there are any.
                guard unit.codesRead != nil, let code = TroubleCode(text) else { continue }
                rules.set(
                    input, isTrue: codes.hasCode(code, slot: slot), at: time, frame: frame)
            default: break
            }
        }
    }

    private func feed(
        _ name: String, of unit: ControlUnitWatch, _ input: Int, _ time: Int64, _ frame: UInt64,
        _ rules: inout RuleEngine
    ) {
        guard let spec = unit.identifier(named: name), let value = unit.values[spec.number],
            value.evidence.upperBound == frame,
            let decoded = spec.decode(value.bytes.span).first
        else { return }
        if let label = decoded.label {
            rules.set(input, text: label, at: time, frame: frame)
        } else if case .text(let text) = decoded.content {
            rules.set(input, text: text, at: time, frame: frame)
        } else {
            rules.set(input, decoded.number, at: time, frame: frame)
        }
    }
}
