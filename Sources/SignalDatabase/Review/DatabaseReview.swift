extension Database {
    /// What the format allows and whoever uses the database should know: signals that share bits, or
    /// that no frame can carry, names that repeat, nodes that nothing declares. By line; at most
    /// ``maximumDiagnostics``.
    public func review() -> [Diagnostic] {
        var review = DatabaseReview(self)
        review.run()
        return review.findings.sorted { $0.line < $1.line }
    }
}

/// Looks through a database for what may surprise.
private struct DatabaseReview {
    let database: Database
    var findings: [Diagnostic] = []

    /// More signals of one message are not compared with one another.
    private static let maximumSignalsCompared = 2_000
    /// How many pairs of signals may still be compared.
    private var pairsLeft = 20_000_000
    /// The lengths of CAN FD beyond 8 bytes (ISO 11898-1, table of the DLC).
    private static let flexibleLengths: Set = [12, 16, 20, 24, 32, 48, 64]

    init(_ database: Database) {
        self.database = database
    }

    mutating func run() {
        reviewNames()
        reviewGroups()
        var unknown: Set<String> = []
        let nodes = Set(database.nodes.map(\.name))
        for message in database.messages {
            review(message)
            guard !nodes.isEmpty else { continue }
            for name in message.transmitters + message.signals.flatMap(\.receivers)
            where !nodes.contains(name) && unknown.insert(name).inserted {
                note(message.line, "the node \(name) is not in BU_", "it is kept as a name")
            }
        }
    }

    private mutating func note(_ line: Int, _ cause: String, _ action: String) {
        guard findings.count < Database.maximumDiagnostics else { return }
        findings.append(
            Diagnostic(line: line, column: 1, severity: .noted, cause: cause, action: action))
    }

    private mutating func reviewNames() {
        var lines: [String: Int] = [:]
        for message in database.messages {
            if let line = lines[message.longName] {
                note(
                    message.line,
                    "a message of line \(line) has the name \(message.longName) too",
                    "both are kept; name one by its identifier")
            } else {
                lines[message.longName] = message.line
            }
        }
    }

    private mutating func reviewGroups() {
        var names: [UInt32: String] = [:]
        for message in database.messages {
            guard let group = message.parameterGroup else { continue }
            if let name = names[group.number] {
                note(
                    message.line,
                    "the message \(message.longName) has the parameter group \(group.number) of "
                        + name,
                    "frames of other sources and priorities are decoded by the first")
            } else {
                names[group.number] = message.longName
            }
        }
    }

    private mutating func review(_ message: Message) {
        guard message.identifier != nil else { return }
        if message.transmitters.isEmpty, !database.nodes.isEmpty {
            note(
                message.line, "the message \(message.longName) has no transmitter", "it is decoded")
        }
        if message.format != .j1939, message.length > 8,
            !Self.flexibleLengths.contains(message.length)
        {
            note(
                message.line,
                "the message \(message.longName) has \(message.length) bytes, a length that no frame "
                    + "has",
                "frames of any length are decoded as far as they go")
        }
        reviewMultiplexing(of: message)
        reviewOverlaps(in: message)
        for signal in message.signals { review(signal) }
    }

    private mutating func review(_ signal: Signal) {
        if signal.factor == 0 {
            note(
                signal.line, "the factor of \(signal.longName) is 0",
                "its physical value is always the offset")
        }
        if signal.minimum > signal.maximum {
            note(
                signal.line,
                "the minimum of \(signal.longName) is greater than its maximum",
                "the limits are for people only")
        }
        if signal.length > 64 {
            note(
                signal.line, "the signal \(signal.longName) has \(signal.length) bits",
                "more than 64 are not decoded")
        }
        var texts: [Int64: String] = [:]
        for label in signal.labels {
            if let text = texts.updateValue(label.text, forKey: label.raw), text != label.text {
                note(
                    signal.line,
                    "the value \(label.raw) of \(signal.longName) has two texts",
                    "the first counts")
                texts[label.raw] = text
            }
        }
    }

    // MARK: Multiplexing

    private mutating func reviewMultiplexing(of message: Message) {
        var carried: [Int: [ClosedRange<UInt64>]] = [:]
        for signal in message.signals where signal.multiplexing.isSwitched {
            guard let parent = signal.multiplexing.multiplexer else { continue }
            carried[parent, default: []] += signal.multiplexing.values
            let length = message.signals[parent].length
            let values = signal.multiplexing.values
            if length < 64, values.allSatisfy({ $0.lowerBound >> UInt64(length) > 0 }) {
                note(
                    signal.line,
                    "the signal \(signal.longName) is there with a value that the \(length) bits of "
                        + "\(message.signals[parent].longName) cannot have",
                    "the signal is in no frame")
            }
        }
        for (place, signal) in message.signals.enumerated() where signal.multiplexing.isMultiplexer
        {
            guard let ranges = carried[place] else {
                note(
                    signal.line, "the multiplexer \(signal.longName) switches no signal",
                    "it is decoded as any other")
                continue
            }
            let idle = signal.labels.filter { label in
                let bits = UInt64(bitPattern: label.raw) & signal.allBits
                return !ranges.contains { $0.contains(bits) }
            }
            if !idle.isEmpty {
                let values = idle.prefix(8).map { "\($0.raw)" }.joined(separator: ", ")
                note(
                    signal.line,
                    "the multiplexer \(signal.longName) has values without signals: \(values)"
                        + (idle.count > 8 ? ", …" : ""),
                    "frames with them carry the other signals")
            }
        }
    }

    // MARK: Overlaps

    private mutating func reviewOverlaps(in message: Message) {
        pairsLeft -= message.signals.count * message.signals.count / 2
        guard message.signals.count <= Self.maximumSignalsCompared, pairsLeft > 0 else {
            return note(
                message.line,
                "the message \(message.longName) has \(message.signals.count) signals",
                "whether they share bits is not looked at")
        }
        let masks = message.signals.map(\.bitMask)
        for (place, signal) in message.signals.enumerated() {
            let other = message.signals[..<place].indices.first {
                masks[$0].overlaps(masks[place]) && message.canCarryBoth($0, place)
            }
            guard let other else { continue }
            note(
                signal.line,
                "the signal \(signal.longName) shares bits with \(message.signals[other].longName)",
                "both are decoded")
        }
    }
}

/// The bits of a payload that a signal has, 64 to a word.
struct BitMask {
    private let firstWord: Int
    private let words: [UInt64]

    init(_ bits: some Sequence<Int>) {
        var words: [Int: UInt64] = [:]
        for bit in bits { words[bit >> 6, default: 0] |= 1 << UInt64(bit & 63) }
        let first = words.keys.min() ?? 0
        firstWord = first
        self.words = words.isEmpty ? [] : (first...(words.keys.max() ?? 0)).map { words[$0] ?? 0 }
    }

    func overlaps(_ other: BitMask) -> Bool {
        let start = max(firstWord, other.firstWord)
        let end = min(firstWord + words.count, other.firstWord + other.words.count)
        guard start < end else { return false }
        for word in start..<end
        where words[word - firstWord] & other.words[word - other.firstWord] != 0 {
            return true
        }
        return false
    }
}

extension Signal {
    fileprivate var allBits: UInt64 { length >= 64 ? .max : (1 << UInt64(length)) - 1 }

    /// The bits of the payload that it has, from its least significant one on; bit 0 is the lowest of
    /// byte 0, bit 8 the lowest of byte 1.
    public var payloadBits: [Int] {
        switch byteOrder {
        case .littleEndian: Array(startBit..<startBit + length)
        case .bigEndian:
            (0..<length).reversed().map { place in
                let bit = bigEndianStart + place
                return (bit & ~7) | (7 - bit & 7)
            }
        }
    }

    var bitMask: BitMask { BitMask(payloadBits) }
}

extension Message {
    /// Whether some frame may carry both signals: no multiplexer must have two values at once for it.
    public func canCarryBoth(_ first: Int, _ second: Int) -> Bool {
        guard let one = conditions(of: first), let other = conditions(of: second) else {
            return false
        }
        for (multiplexer, values) in one {
            guard let others = other[multiplexer] else { continue }
            let isShared = values.contains { range in others.contains { $0.overlaps(range) } }
            if !isShared { return false }
        }
        return true
    }

    /// Of each multiplexer above the signal the values with which it is there; `nil` of a signal that
    /// is in no frame.
    private func conditions(of signal: Int) -> [Int: [ClosedRange<UInt64>]]? {
        var conditions: [Int: [ClosedRange<UInt64>]] = [:]
        var place = signal
        while signals[place].multiplexing.isSwitched {
            guard let parent = signals[place].multiplexing.multiplexer else { return nil }
            conditions[parent] = signals[place].multiplexing.values
            place = parent
        }
        return conditions
    }
}
