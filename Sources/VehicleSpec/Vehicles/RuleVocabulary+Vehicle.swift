extension RuleVocabulary {
    /// The names that rules of `spec` may use: its buses, its slots with all their alternatives, the
    /// steps of its plan, the findings of automatic checks.
    public init(of spec: VehicleSpec) {
        self.init(
            buses: spec.buses.map { Bus(name: $0.name, database: $0.database) },
            roles: spec.slots.map { slot in
                Role(
                    name: slot.role,
                    alternatives: slot.alternatives.map { unit in
                        Alternative(
                            id: unit.id, identifiers: unit.identifiers.compactMap(Identifier.init))
                    })
            })
        steps = spec.plan.map { Set($0.steps.map(\.id)) }
        findings = Set(AutomaticCheck.allCases.map(\.rawValue))
    }
}

extension RuleVocabulary.Identifier {
    /// What rules see of an identifier; `nil` of one that has several values.
    fileprivate init?(_ identifier: DataIdentifierSpec) {
        let encoding = identifier.encoding
        switch encoding.kind {
        case .bits, .repeated: return nil
        case .unsigned, .signed, .float32:
            self.init(
                name: identifier.name, unit: encoding.unit.isEmpty ? nil : encoding.unit,
                isText: !encoding.labels.isEmpty, labels: encoding.labels.map(\.text))
        case .ascii, .bytes, .bcd, .bcdDate:
            self.init(name: identifier.name, unit: nil, isText: true)
        }
    }
}
