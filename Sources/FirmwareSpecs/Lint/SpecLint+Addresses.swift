import CANFrame
import CANTransport
import SignalDatabase
import VehicleSpec

extension SpecLint {
    /// One use of an address on a bus.
    private struct Use {
        var role: String
        var family: String
        var isResponse: Bool

        var words: String { "the \(isResponse ? "response" : "request") of \(family) (\(role))" }
    }

    /// Control units of different slots, or messages, at one address of a bus.
    func compareAddresses(_ built: VehicleBuilder.Built) {
        var uses: [String: [ISOTPAddress: [Use]]] = [:]
        for slot in built.spec.slots {
            for unit in slot.families {
                let addresses = unit.addresses
                for (address, isResponse) in [
                    (addresses.request, false), (addresses.response, true),
                ] {
                    let use = Use(role: slot.role, family: unit.family, isResponse: isResponse)
                    // Alternatives of a slot are never there together.
                    let clash = uses[unit.bus]?[address]?.first {
                        $0.role != slot.role || $0.isResponse != isResponse
                    }
                    if let clash {
                        tellClash(
                            unit, "\(address) on \(unit.bus) is \(use.words) and \(clash.words)",
                            built)
                    }
                    uses[unit.bus, default: [:]][address, default: []].append(use)
                    checkMessages(address, use, unit, built)
                }
                if let functional = addresses.functional,
                    functional == addresses.request || functional == addresses.response
                {
                    tellClash(
                        unit,
                        "\(functional) is where all are asked, and an address of \(unit.family)",
                        built)
                }
            }
        }
    }

    private func tellClash(
        _ unit: ControlUnitSpec, _ cause: String, _ built: VehicleBuilder.Built
    ) {
        journal.note(
            built.units[unit.family]?.transportPlace ?? built.variant.name.place, cause,
            remedy: "give each an address of its own")
    }

    private func checkMessages(
        _ address: ISOTPAddress, _ use: Use, _ unit: ControlUnitSpec,
        _ built: VehicleBuilder.Built
    ) {
        guard let database = built.spec.bus(named: unit.bus)?.database else { return }
        let identifier = ArbitrationID(address.identifier)
        guard let index = database.messageIndices(of: identifier).first else { return }
        tellClash(
            unit,
            "\(address) on \(unit.bus) is \(use.words) and the message "
                + "\(database.messages[index].longName) of the database", built)
    }

    // MARK: Names

    private func place(
        of identifier: DataIdentifierSpec, _ unit: ControlUnitSpec, _ built: VehicleBuilder.Built
    ) -> SpecPlace {
        built.units[unit.family]?.places[identifier.number.digits] ?? place(of: unit, built)
    }

    /// Identifiers of one name that are not of one kind: rules and plans compare them by their values.
    mutating func compareNames(_ slot: Slot, _ built: VehicleBuilder.Built) {
        guard let first = slot.alternatives.first else { return }
        for unit in slot.alternatives.dropFirst() {
            for identifier in unit.identifiers {
                guard let other = first.identifier(named: identifier.name),
                    told.insert("\(first.id) \(unit.id) \(identifier.name)").inserted
                else { continue }
                let (one, two) = (identifier.encoding, other.encoding)
                let difference: String? =
                    if one.isNumeric != two.isNumeric {
                        "a \(one.typeName) here and a \(two.typeName) in \(first.id)"
                    } else if !RuleUnit.areSame(one.unit, two.unit) {
                        "in '\(one.unit)' here and in '\(two.unit)' in \(first.id)"
                    } else if !one.labels.isEmpty, !two.labels.isEmpty,
                        Set(one.labels.map(\.text)).isDisjoint(with: two.labels.map(\.text))
                    {
                        "with no text in common with \(first.id)"
                    } else {
                        nil
                    }
                guard let difference else { continue }
                journal.note(
                    place(of: identifier, unit, built),
                    "\(identifier.name) is \(difference) (\(place(of: other, first, built)))",
                    remedy: "one name means one thing for all suppliers of \(slot.role)")
            }
        }
    }
}
