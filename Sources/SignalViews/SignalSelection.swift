public import CANFrame
public import SignalDatabase

/// The signals of bound databases that patterns ask for; all, where there is no pattern.
public struct SignalSelection: Sendable {
    private let patterns: [SignalPattern]

    /// A pattern that no signal of the databases matches.
    public struct UnknownSignal: Error, Sendable, Hashable, CustomStringConvertible {
        public var pattern: String
        /// Names that were probably meant.
        public var near: [String]

        public var description: String {
            let remedy =
                near.isEmpty
                ? "`canlog db list FILE` shows all of them"
                : "did you mean " + near.map { "'\($0)'" }.joined(separator: " or ") + "?"
            return "no signal of the databases matches '\(pattern)'; \(remedy)"
        }
    }

    /// All signals of all databases.
    static let everything = SignalSelection()

    private init() { patterns = [] }

    /// Throws where a pattern stands for nothing.
    public init(_ patterns: [SignalPattern], in databases: BoundDatabases) throws(UnknownSignal) {
        self.patterns = patterns
        let all = databases.databases.map(\.database)
        for pattern in patterns {
            let isKnown = all.contains { database in
                database.messages.contains { message in
                    pattern.matches(message) && message.signals.contains { pattern.matches($0) }
                }
            }
            guard isKnown else {
                throw UnknownSignal(pattern: pattern.text, near: pattern.nearNames(in: all))
            }
        }
    }

    /// Whether all signals are wanted.
    public var isEverything: Bool { patterns.isEmpty }

    /// The places of a message's signals that are wanted, in the order of the file.
    public func places(
        of message: Message, interface: String, sourceAddress: UInt8?
    ) -> [Int] {
        guard !isEverything else { return Array(message.signals.indices) }
        let wanted = patterns.filter {
            $0.matches(message) && $0.matches(interface: interface)
                && $0.matches(source: sourceAddress)
        }
        guard !wanted.isEmpty else { return [] }
        return message.signals.indices.filter { place in
            wanted.contains { $0.matches(message.signals[place]) }
        }
    }

    /// Which of the patterns asks for a signal, the first counted as 0; for an order as it was asked.
    public func rank(of message: Message, _ signal: Signal) -> Int {
        patterns.firstIndex { $0.matches(message, signal) } ?? patterns.count
    }

    /// The places of a message's signals that are wanted of some source on these interfaces; `nil` for
    /// any interface.
    func allPlaces(of message: Message, on interfaces: [String]?) -> [Int] {
        let wanted = patterns.filter { pattern in
            pattern.matches(message)
                && interfaces?.contains { pattern.matches(interface: $0) } ?? true
        }
        guard !isEverything else { return Array(message.signals.indices) }
        return message.signals.indices.filter { place in
            wanted.contains { $0.matches(message.signals[place]) }
        }
    }

    /// Whether some signal of a message is wanted, from whichever interface and source.
    public func wants(_ message: Message) -> Bool {
        isEverything
            || patterns.contains { pattern in
                pattern.matches(message) && message.signals.contains { pattern.matches($0) }
            }
    }

    /// The frames that can carry what is wanted, for a source that skips others; empty for all.
    ///
    /// A J1939 message may come from any source with any priority, so that it stands for all extended
    /// identifiers, as its transport protocol does.
    public func framePatterns(in databases: BoundDatabases) -> [FrameSelection.Pattern] {
        guard !isEverything else { return [] }
        var patterns: Set<FrameSelection.Pattern> = []
        for bound in databases.databases {
            for message in bound.database.messages where wants(message) {
                guard let identifier = message.identifier else { continue }
                let range =
                    message.format == .j1939
                    ? 0...0x1FFF_FFFF : identifier.value...identifier.value
                patterns.insert(.identifiers(range, isExtended: identifier.isExtended))
            }
        }
        return Array(patterns)
    }
}
