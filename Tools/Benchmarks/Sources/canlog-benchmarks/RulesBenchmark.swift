import CANFrame
import SignalDatabase
import VehicleDiagnosis
import VehicleSpec

/// What it costs to judge 200 rules over the signals of a log: alone, with decoding, and with the
/// automatic checks; beside Python libraries that evaluate expressions, over the same frames.
enum RulesBenchmark {
    static let rules = 200
    /// The frames that the Python libraries are given.
    static let peerFrames = 20_000

    static func run(_ options: Options) throws {
        print("rules: CPU time on one core, median of \(options.rounds) rounds")
        if options.only.isEmpty || options.only == "A" {
            try measure(DecodeInput.real(), options)
        }
        if options.only.isEmpty || options.only == "B" {
            try measure(DecodeInput.dense(), options)
        }
    }

    private static func measure(_ input: consuming DecodeInput, _ options: Options) throws {
        let input = input
        let set = try RuleSet(input, count: rules)
        let told = set.told(in: input)
        print(
            "\n\(input.name): \(input.frames.count) frames, \(rules) rules over "
                + "\(set.resolved.inputs.count) inputs, \(set.resolved.windows.count) windows, "
                + "\(set.resolved.windowBytes / 1_024) KiB; \(told.count) values told")
        var times: [[Double]] = [[], [], [], []]
        var events = Set<Int>()
        for round in 0...options.rounds {
            for (row, body) in [set.judge, set.judgeDecoded, set.decodeOnly, set.judgeChecked]
                .enumerated()
            {
                let start = processTime()
                let found = body(input, told)
                if round > 0 {
                    times[row].append((processTime() - start) / Double(input.frames.count))
                }
                if row != 2 { events.insert(found) }
            }
        }
        guard events.count == 1, let found = events.first else {
            throw BenchmarkError(description: "the ways to feed find different things: \(events)")
        }
        print("  \(found) findings opened and closed")
        let names = [
            "rules alone, values told", "rules and decoding, frame by frame",
            "decoding alone, frame by frame", "rules and automatic checks",
        ]
        for (name, times) in zip(names, times) { show("canlog: " + name, median(times)) }
        if options.withPeers, input.name.hasPrefix("A") { try peers(input, set, options) }
    }

    private static func show(_ name: String, _ time: Double) {
        print(
            "  \(name.padded(60)) \((1_000 / time).text(3, width: 9)) M frames/s "
                + "\(time.text(1, width: 11)) ns")
    }

    /// Python libraries that judge the simple comparisons among the rules with cantools' values.
    private static func peers(
        _ input: borrowing DecodeInput, _ set: RuleSet, _ options: Options
    ) throws {
        let folder = String(decoding: try output(of: "mktemp -d"), as: UTF8.self)
            .split(separator: "\n").joined()
        defer { _ = try? output(of: "rm -r '\(folder)'") }
        try input.write(to: folder + "/frames")
        let text = set.comparisons.joined(separator: "\n")
        _ = try output(of: "cat > '\(folder)/rules' << 'END'\n\(text)\nEND")
        let cache = environment("XDG_CACHE_HOME") ?? (environment("HOME") ?? "") + "/.cache"
        let command =
            "'\(cache)/canlog/peers/bin/python3' -B Tools/Benchmarks/rules/python_peers.py "
            + "'\(input.path)' '\(folder)/frames' '\(folder)/rules' \(peerFrames)"
        var names: [String] = []
        var times: [String: [Double]] = [:]
        for _ in 0..<max(1, options.rounds / 2) {
            for line in String(decoding: try output(of: command), as: UTF8.self)
                .split(separator: "\n")
            {
                let words = line.split(separator: "\t").map(String.init)
                guard words.count == 2, let seconds = Double(words[1]) else {
                    throw BenchmarkError(description: "a peer says: \(line)")
                }
                if times[words[0]] == nil { names.append(words[0]) }
                times[words[0], default: []].append(seconds * 1e9 / Double(peerFrames))
            }
        }
        print("  \(set.comparisons.count) comparisons, no windows and no holds, in Python:")
        for name in names { show(name, median(times[name] ?? [])) }
    }
}

/// Rules over the signals that a log has, and ways to tell them its values.
struct RuleSet {
    let resolved: ResolvedRules
    /// The rules that Python can evaluate as they are: `Message__Signal > 5`.
    private(set) var comparisons: [String] = []
    /// By message and place, the input that is told when the signal changes, else -1.
    private var inputs: [[Int]] = []
    /// By message, the places of signals that are told with each frame, and the message's own inputs.
    private var everyFrame: [[Int]] = []
    private var arrivals: [[Int]] = []

    /// One value of one frame.
    struct Told {
        var input: Int
        var value: Double?
        var row: Int
    }

    init(_ input: borrowing DecodeInput, count: Int) throws {
        let signals = Self.signals(in: input)
        var rules: [Rule] = []
        var comparisons: [String] = []
        for number in 0..<count {
            let (one, other) = (
                signals[number % signals.count], signals[(number * 7 + 3) % signals.count]
            )
            let limit = one.limit
            let (message, name) = (one.message, one.name)
            var rule: (text: String, hold: String?)
            switch number % 10 {
            case 0, 1, 2:
                rule = ("\(name) > \(limit)", "500ms")
                comparisons.append("\(name.replacing(".", with: "__")) > \(limit)")
            case 3: rule = ("\(name) > \(limit) and \(other.name) < \(other.limit)", "200ms")
            case 4:
                // Units are not converted.
                let alike = signals.last { $0.unit == one.unit && $0.name != name } ?? one
                rule = (
                    "abs(\(name) - \(alike.name)) > \(limit) or \(name) < -\(limit)", "3 events"
                )
            case 5: rule = ("abs(rate(\(name), 1s)) > \(limit)", nil)
            case 6: rule = ("stuck(\(name), 2s) and avg(\(other.name), 2s) > \(other.limit)", nil)
            case 7: rule = ("spread(\(name), 500ms) > \(limit)", "100ms")
            case 8:
                rule = ("max(\(name), 1s) > \(limit) and not \(other.name) > \(other.limit)", nil)
            default: rule = ("age(\(message)) > 1s or cycle(\(message)) > 300ms", nil)
            }
            var made = Rule(
                id: "r\(number)", when: try RuleExpression(rule.text), severity: .rework)
            made.for = try rule.hold.map { text throws(RuleError) in try RuleHold(text) }
            rules.append(made)
        }
        let vocabulary = RuleVocabulary(buses: [.init(name: "PT", database: input.database)])
        let (resolved, problems) = ResolvedRules.resolve(rules, with: vocabulary)
        if let problem = problems.first {
            throw BenchmarkError(description: "rule \(problem.rule): \(problem.error)")
        }
        self.resolved = resolved
        self.comparisons = comparisons
        bind(input.database)
    }

    private mutating func bind(_ database: Database) {
        let every = resolved.inputsWithEverySample
        inputs = database.messages.map { Array(repeating: -1, count: $0.signals.count) }
        everyFrame = database.messages.map { _ in [] }
        arrivals = everyFrame
        for (number, facts) in resolved.inputs.enumerated() {
            switch facts.input {
            case .signal(_, let name, let signal):
                guard let message = database.messages.firstIndex(where: { $0.longName == name }),
                    let place = database.messages[message].signals.firstIndex(where: {
                        $0.longName == signal
                    })
                else { continue }
                inputs[message][place] = number
                if every.contains(number) { everyFrame[message].append(place) }
            case .message(_, let name):
                guard let message = database.messages.firstIndex(where: { $0.longName == name })
                else { continue }
                arrivals[message].append(number)
            default: break
            }
        }
    }

    private struct Candidate {
        var message: String
        var name: String
        var unit: String
        var limit: Int
    }

    /// The signals of the messages that come, with a limit that they pass now and then.
    private static func signals(in input: borrowing DecodeInput) -> [Candidate] {
        var decoder = LiveDecoder(input.plan)
        var most: [[Double]] = input.database.messages.map { $0.signals.map { _ in 0 } }
        var seen = Set<Int>()
        for index in 0..<min(input.frames.count, 100_000) {
            guard
                let stream = decoder.decode(
                    input.frames.rows[index], longPayload: input.frames.longPayload(at: index))
            else { continue }
            let message = decoder.streams[stream].message
            seen.insert(message)
            let values = decoder.values(of: stream)
            for place in values.indices where values[place].state == .valid {
                most[message][place] = max(most[message][place], abs(values[place].physical))
            }
        }
        var signals: [Candidate] = []
        for message in seen.sorted() {
            let layout = input.database.messages[message]
            guard input.database.messageIndices(named: layout.longName).count == 1 else { continue }
            for (place, signal) in layout.signals.enumerated()
            where !signal.multiplexing.isSwitched
                && layout.signalIndices(named: signal.longName).count == 1
            {
                let limit = Int(min(1e9, most[message][place] * 0.9))
                signals.append(
                    Candidate(
                        message: layout.longName, name: "\(layout.longName).\(signal.longName)",
                        unit: signal.unit, limit: limit))
            }
        }
        return signals
    }

    // MARK: Ways to tell

    /// All that is to be told, frame by frame.
    func told(in input: borrowing DecodeInput) -> [Told] {
        var told: [Told] = []
        var decoder = LiveDecoder(input.plan)
        for index in 0..<input.frames.count {
            guard
                let stream = decoder.decode(
                    input.frames.rows[index], longPayload: input.frames.longPayload(at: index))
            else { continue }
            each(
                decoder.streams[stream].message, decoder.changedSignals, decoder.values(of: stream)
            ) {
                told.append(Told(input: $0, value: $1, row: index))
            }
        }
        return told
    }

    /// What a frame tells: what changed, what is wanted of each frame, and that it came.
    @inline(__always)
    private func each(
        _ message: Int, _ changed: Span<Int32>, _ values: Span<SignalValue>,
        _ body: (Int, Double?) -> Void
    ) {
        for index in changed.indices {
            let place = Int(changed[index])
            let input = inputs[message][place]
            if input >= 0 { body(input, values[place].known) }
        }
        for place in everyFrame[message] where !changed.holds(place) {
            body(inputs[message][place], values[place].known)
        }
        for input in arrivals[message] { body(input, 1) }
    }

    func judge(_ input: borrowing DecodeInput, _ told: [Told]) -> Int {
        var engine = RuleEngine(resolved)
        var timeline = BusTimeline()
        var found = 0
        var next = 0
        for index in 0..<input.frames.count {
            let time = timeline.busTime(of: input.frames.rows[index].timestamp)
            engine.advance(to: time)
            while next < told.count, told[next].row == index {
                engine.set(told[next].input, told[next].value, at: time, frame: UInt64(index))
                next += 1
            }
            if index & 4_095 == 4_095 { found += engine.takeEvents().count }
        }
        return found + engine.takeEvents().count
    }

    func judgeDecoded(_ input: borrowing DecodeInput, _ told: [Told]) -> Int {
        var engine = RuleEngine(resolved)
        var decoder = LiveDecoder(input.plan)
        var timeline = BusTimeline()
        var found = 0
        for index in 0..<input.frames.count {
            let row = input.frames.rows[index]
            let time = timeline.busTime(of: row.timestamp)
            engine.advance(to: time)
            if let stream = decoder.decode(row, longPayload: input.frames.longPayload(at: index)) {
                each(
                    decoder.streams[stream].message, decoder.changedSignals,
                    decoder.values(of: stream)
                ) {
                    engine.set($0, $1, at: time, frame: UInt64(index))
                }
            }
            if index & 4_095 == 4_095 { found += engine.takeEvents().count }
        }
        return found + engine.takeEvents().count
    }

    func decodeOnly(_ input: borrowing DecodeInput, _ told: [Told]) -> Int {
        var decoder = LiveDecoder(input.plan)
        var changed = 0
        for index in 0..<input.frames.count {
            _ = decoder.decode(
                input.frames.rows[index], longPayload: input.frames.longPayload(at: index))
            changed += decoder.changedSignals.count
        }
        return changed
    }

    func judgeChecked(_ input: borrowing DecodeInput, _ told: [Told]) -> Int {
        var engine = RuleEngine(resolved)
        let bus = CheckedBus(name: "PT", database: input.database, bitRate: 500_000)
        var book = FindingBook()
        var checks = TrafficChecks([bus])
        checks.bind(channel: 0, toBus: 0)
        var timeline = BusTimeline()
        var found = 0
        for index in 0..<input.frames.count {
            let row = input.frames.rows[index]
            let time = timeline.busTime(of: row.timestamp)
            engine.advance(to: time)
            if let stream = checks.take(
                row, longPayload: input.frames.longPayload(at: index), number: UInt64(index),
                at: time, into: &book)
            {
                checks.withSignals(of: stream) { changed, values in
                    each(stream.message, changed, values) {
                        engine.set($0, $1, at: time, frame: UInt64(index))
                    }
                }
            }
            if index & 4_095 == 4_095 { found += engine.takeEvents().count }
        }
        return found + engine.takeEvents().count
    }
}

extension SignalValue {
    fileprivate var known: Double? { state == .valid ? physical : nil }
}

extension Span<Int32> {
    fileprivate func holds(_ place: Int) -> Bool {
        for index in indices where self[index] == Int32(place) { return true }
        return false
    }
}
