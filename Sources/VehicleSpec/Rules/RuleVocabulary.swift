public import SignalDatabase

/// The names that rules of a vehicle may use, with what is known of each.
public struct RuleVocabulary: Sendable {
    /// A bus with its database.
    public struct Bus: Sendable {
        public var name: String
        public var database: Database

        public init(name: String, database: Database) {
            self.name = name
            self.database = database
        }
    }

    /// A role with the control units that may play it, each of which must know a name.
    public struct Role: Sendable {
        public var name: String
        public var alternatives: [Alternative]

        public init(name: String, alternatives: [Alternative]) {
            self.name = name
            self.alternatives = alternatives
        }
    }

    /// A control unit: one version of a family.
    public struct Alternative: Sendable {
        /// For messages: `esc-kedr-brk2@2.0`.
        public var id: String
        public var identifiers: [Identifier]

        public init(id: String, identifiers: [Identifier]) {
            self.id = id
            self.identifiers = identifiers
        }
    }

    /// A data identifier of one value.
    public struct Identifier: Sendable {
        public var name: String
        public var unit: String?
        /// Characters, or a number with labels: suppliers give labels different numbers.
        public var isText: Bool
        public var labels: [String]

        public init(name: String, unit: String?, isText: Bool = false, labels: [String] = []) {
            self.name = name
            self.unit = unit
            self.isText = isText
            self.labels = labels
        }
    }

    public var buses: [Bus]
    public var roles: [Role]
    /// Findings that others than rules make, for `finding('id')`.
    public var findings: Set<String> = []
    /// The steps of the plan; `nil` where there is no plan to check them with.
    public var steps: Set<String>?

    public init(buses: [Bus], roles: [Role] = []) {
        self.buses = buses
        self.roles = roles
    }

    /// What `input` is, or why there is none of this name.
    public func facts(of input: RuleInput, at place: RulePlace) throws(RuleError) -> RuleFacts {
        switch input {
        case .signal(let bus, let message, let signal):
            return try self.signal(bus, message, signal, at: place)
        case .identifier(let role, let name):
            return try identifier(name, of: try self.role(role, at: place), at: place)
        case .message(let bus, let name):
            let found = try message(bus, name, at: place)
            var facts = RuleFacts(.message(bus: found.bus, message: found.message.longName))
            facts.cycleTime = found.message.cycleTime
            return facts
        case .counterError(let bus, let message, let signal):
            let facts = try self.signal(bus, message, signal, at: place)
            guard case .signal(let bus, let message, let signal) = facts.input else {
                throw RuleError(at: place, "\(facts.input) is no signal, and has no counter")
            }
            return RuleFacts(.counterError(bus: bus, message: message, signal: signal))
        case .checksumError(let bus, let name):
            let found = try message(bus, name, at: place)
            return RuleFacts(.checksumError(bus: found.bus, message: found.message.longName))
        case .busLoad(let bus, _), .errors(let bus):
            _ = try self.bus(bus, at: place)
        case .dtc(let role, _), .p2(let role), .specifiedP2(let role), .nrc(let role, _):
            _ = try self.role(role, at: place)
        case .finding(let id):
            guard findings.contains(id) else {
                throw RuleError(
                    at: place, "no rule has the id '\(id)'", hint: Self.hint(id, findings.sorted()))
            }
        case .step(let id):
            guard steps?.contains(id) != false else {
                throw RuleError(
                    at: place, "the plan has no step \(id)",
                    hint: Self.hint(id, steps?.sorted() ?? []))
            }
        }
        return RuleFacts(input)
    }

    private static func hint(_ word: String, _ names: [String]) -> String? {
        NearName.nearest(to: word, among: names).map { "did you mean \($0)?" }
    }

    // MARK: Buses

    private func bus(_ name: String, at place: RulePlace) throws(RuleError) -> Bus {
        if let bus = buses.first(where: { $0.name == name }) { return bus }
        let names = buses.map(\.name)
        throw RuleError(
            at: place, "no bus is named \(name)",
            hint: Self.hint(name, names) ?? "there are " + names.joined(separator: ", "))
    }

    /// The messages of a name, on one bus or on all.
    private func messages(
        _ bus: String?, _ name: String, at place: RulePlace
    ) throws(RuleError) -> [(bus: String, message: Message)] {
        let asked = if let bus { [try self.bus(bus, at: place)] } else { buses }
        return asked.flatMap { bus in
            bus.database.messageIndices(named: name).map { (bus.name, bus.database.messages[$0]) }
        }
    }

    private func message(
        _ bus: String?, _ name: String, at place: RulePlace
    ) throws(RuleError) -> (bus: String, message: Message) {
        let found = try messages(bus, name, at: place)
        guard let first = found.first else { throw unknownMessage(bus, name, at: place) }
        guard found.count == 1 else { throw Self.several(found.map(\.bus), name, at: place) }
        return first
    }

    private func unknownMessage(
        _ bus: String?, _ name: String, at place: RulePlace
    ) -> RuleError {
        let names = buses.filter { bus == nil || $0.name == bus }
            .flatMap { $0.database.messages.map(\.longName) }
        return RuleError(
            at: place, "no message is named \(name)" + (bus.map { " on \($0)" } ?? ""),
            hint: Self.hint(name, names))
    }

    private static func several(
        _ buses: [String], _ name: String, at place: RulePlace
    ) -> RuleError {
        guard let first = buses.first, let other = buses.first(where: { $0 != first }) else {
            return RuleError(at: place, "the database has \(name) \(buses.count) times")
        }
        return RuleError(
            at: place, "\(name) is on \(first) and on \(other)",
            hint: "write \(first).\(name) or \(other).\(name)")
    }

    private func signal(
        _ bus: String?, _ name: String, _ signal: String, at place: RulePlace
    ) throws(RuleError) -> RuleFacts {
        let found = try messages(bus, name, at: place)
        let role = bus == nil ? roles.first { $0.name == name } : nil
        let places = found.flatMap { found in
            found.message.signalIndices(named: signal).map { (found.bus, found.message, $0) }
        }
        let isIdentifier =
            role?.alternatives.contains { $0.identifiers.contains { $0.name == signal } } ?? false
        if let role, isIdentifier || found.isEmpty {
            guard places.isEmpty else {
                throw RuleError(
                    at: place, "\(name) is a role and a message, and both have \(signal)",
                    hint: "write \(places[0].0).\(name).\(signal) for the message")
            }
            return try identifier(signal, of: role, at: place)
        }
        guard let first = places.first else {
            guard !found.isEmpty else { throw unknownMessage(bus, name, at: place) }
            let names = found.flatMap { $0.message.signals.map(\.longName) }
            throw RuleError(
                at: place, "\(name) has no signal \(signal)", hint: Self.hint(signal, names))
        }
        guard places.count == 1 else {
            throw Self.several(places.map(\.0), "\(name).\(signal)", at: place)
        }
        return RuleFacts(signal: first.1.signals[first.2], of: first.1, bus: first.0)
    }

    // MARK: Roles

    private func role(_ name: String, at place: RulePlace) throws(RuleError) -> Role {
        if let role = roles.first(where: { $0.name == name }) { return role }
        let names = roles.map(\.name)
        throw RuleError(
            at: place, "no role is named \(name)",
            hint: Self.hint(name, names)
                ?? (names.isEmpty ? nil : "there are " + names.joined(separator: ", ")))
    }

    private func identifier(
        _ name: String, of role: Role, at place: RulePlace
    ) throws(RuleError) -> RuleFacts {
        var facts: RuleFacts?
        for unit in role.alternatives {
            guard let identifier = unit.identifiers.first(where: { $0.name == name }) else {
                let names = unit.identifiers.map(\.name)
                throw RuleError(
                    at: place, "\(unit.id) has no identifier \(name)",
                    hint: Self.hint(name, names) ?? "each control unit of \(role.name) needs it")
            }
            guard let before = facts else {
                facts = RuleFacts(identifier, of: role.name)
                continue
            }
            let isSame =
                before.isText == identifier.isText
                && RuleUnit.areSame(before.unit ?? "", identifier.unit ?? "")
            guard isSame else {
                throw RuleError(
                    at: place, "\(role.name).\(name) of \(unit.id) has another unit or type",
                    hint: "give it those that the others of \(role.name) have")
            }
            // A label must be known to all.
            facts?.labels.removeAll { !identifier.labels.contains($0.text) }
        }
        guard let facts else {
            throw RuleError(at: place, "no control unit of \(role.name) is known")
        }
        return facts
    }
}

extension Message {
    /// In nanoseconds.
    fileprivate var cycleTime: Int64? {
        cycleTimeMilliseconds.map { Int64(($0 * 1e6).rounded()) }
    }
}

extension RuleFacts {
    fileprivate init(
        signal: Signal, of message: Message, bus: String
    ) {
        self.init(
            .signal(bus: bus, message: message.longName, signal: signal.longName), unit: signal.unit
        )
        labels = signal.labels.map {
            // As values are: rounded after each of the two.
            RuleLabel(text: $0.text, value: Double($0.raw) * signal.factor + signal.offset)
        }
        cycleTime = message.cycleTime
    }

    fileprivate init(_ identifier: RuleVocabulary.Identifier, of role: String) {
        self.init(.identifier(role: role, name: identifier.name), unit: identifier.unit)
        isText = identifier.isText
        labels = identifier.labels.map { RuleLabel(text: $0, value: 0) }
    }
}

extension ResolvedRules {
    /// Checks and resolves `rules` with the names of a vehicle; those with a problem are left out.
    public static func resolve(
        _ rules: [Rule], with vocabulary: RuleVocabulary
    ) -> (rules: ResolvedRules, problems: [RuleProblem]) {
        resolve(rules) { (input, place) throws(RuleError) in
            try vocabulary.facts(of: input, at: place)
        }
    }
}
