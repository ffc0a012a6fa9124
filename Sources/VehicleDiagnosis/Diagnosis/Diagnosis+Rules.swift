import CANFrame
import CANTransport
import SignalDatabase
import VehicleSpec

extension CheckedBus {
    /// A bus of `spec` with what belongs on it beside the messages of its database.
    convenience init(_ bus: BusSpec, of spec: VehicleSpec) {
        // ISO 15765-4 10.5.2: on these anybody may be asked and answer; who does is of the inventory.
        var known = Set((0x7DF...0x7EF).map { PackedID(rawValue: $0) })
        for unit in spec.slots.flatMap(\.families) where unit.bus == bus.name {
            let addresses = unit.addresses
            for address in [addresses.request, addresses.response]
                + (addresses.functional.map { [$0] } ?? [])
            {
                known.insert(address.identifier)
            }
        }
        self.init(
            name: bus.name, database: bus.database, settings: spec.automaticChecks,
            bitRate: UInt32(clamping: bus.bitRate),
            dataBitRate: bus.dataBitRate.map { UInt32(clamping: $0) }, known: known)
    }
}

extension Diagnosis {
    /// What became of rules goes into the book of findings.
    mutating func takeRuleEvents() {
        for event in rules.takeEvents() {
            let rule = rules.rules.rules[event.rule].rule
            let (subject, role) = ruleSubjects[event.rule]
            switch event.kind {
            case .opened, .stillOpen:
                var finding = Finding(
                    check: rule.id, subject: subject, severity: rule.severity,
                    text: rule.text ?? "\(rule.id): \(subject)", began: event.began,
                    opened: event.time)
                finding.code = rule.finding
                finding.role = role
                finding.isSafety = rule.safety
                finding.evidence = event.evidence
                finding.occurrences = event.occurrences
                _ = findings.open(finding)
            case .closed:
                guard let place = findings.openPlace(of: rule.id, on: subject) else { continue }
                if let frame = event.evidence?.upperBound {
                    let before = findings[place].occurrences
                    findings.extend(
                        place, at: event.time, frame: frame,
                        times: event.occurrences > before ? event.occurrences - before : 0)
                }
                findings.close(place, at: event.ended ?? event.time)
            }
        }
    }

    /// What each rule is about: the first thing that it reads, and the role that sends or has it.
    static func subjects(
        of rules: ResolvedRules, _ spec: VehicleSpec
    ) -> [(subject: String, role: String?)] {
        rules.rules.map { resolved in
            guard let first = resolved.rule.when.readings.first?.input else {
                return (resolved.rule.id, nil)
            }
            let known = rules.inputs.map(\.input).first { $0.isSame(as: first) } ?? first
            return ("\(known)", role(of: known, spec))
        }
    }

    private static func role(of input: RuleInput, _ spec: VehicleSpec) -> String? {
        switch input {
        case .signal(let bus, let message, _), .message(let bus, let message),
            .counterError(let bus, let message, _), .checksumError(let bus, let message):
            let senders = spec.buses.filter { bus == nil || $0.name == bus }.flatMap { bus in
                bus.database.messages.filter { $0.longName == message || $0.name == message }
                    .flatMap(\.transmitters)
            }
            return senders.first
        case .identifier(let role, _), .dtc(let role, _), .p2(let role), .specifiedP2(let role),
            .nrc(let role, _):
            return role
        case .busLoad, .errors, .finding, .step: return nil
        }
    }
}

extension RuleInput {
    /// Whether both are one, the bus aside where one of them has none.
    fileprivate func isSame(as other: RuleInput) -> Bool {
        switch (self, other) {
        case (.signal(_, let message, let signal), .signal(nil, let name, let place)):
            message == name && signal == place
        case (.message(_, let message), .message(nil, let name)): message == name
        case (.counterError(_, let message, let signal), .counterError(nil, let name, let place)):
            message == name && signal == place
        case (.checksumError(_, let message), .checksumError(nil, let name)): message == name
        default: self == other
        }
    }
}
