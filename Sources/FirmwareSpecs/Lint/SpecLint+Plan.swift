import Diagnostics
import SignalDatabase
import VehicleSpec

extension SpecLint {
    /// Names of the plan that the variant, or one supplier's control unit, does not have.
    mutating func checkPlan(_ built: VehicleBuilder.Built) {
        guard let plan = built.plan?.file else { return }
        for step in plan.steps {
            for mention in step.identifiers + step.factors {
                guard let slot = slot(mention, built) else { continue }
                tellMissing(mention, slot, "identifier", built) { unit in
                    unit.identifier(named: mention.name) != nil
                } near: {
                    $0.identifiers.map(\.name)
                }
            }
            for mention in step.routines {
                guard let slot = slot(mention, built) else { continue }
                tellMissing(mention, slot, "routine", built) { unit in
                    unit.routine(named: mention.name) != nil
                } near: {
                    $0.routines.map(\.name)
                }
            }
            for mention in step.signals { checkSignal(mention, built) }
            checkRoles(step, built)
            checkValues(step, built)
        }
    }

    private mutating func slot(
        _ mention: PlanFile.Mention, _ built: VehicleBuilder.Built
    ) -> Slot? {
        if let slot = built.spec.slot(of: mention.role) { return slot }
        guard built.isComplete else { return nil }
        journal.note(
            mention.place,
            "\(built.spec.name) has no slot '\(mention.role)', which '\(mention.role).\(mention.name)' "
                + "names",
            remedy: SpecHint.near(
                mention.role, built.spec.slots.map(\.role), else: "its slots are"))
        return nil
    }

    /// Names the control units of a slot that lack something, family by family.
    private mutating func tellMissing(
        _ mention: PlanFile.Mention, _ slot: Slot, _ kind: String,
        _ built: VehicleBuilder.Built, has: (ControlUnitSpec) -> Bool,
        near names: (ControlUnitSpec) -> [String]
    ) {
        let missing = slot.alternatives.filter { !has($0) }
        guard !missing.isEmpty else { return }
        let what = "\(mention.role).\(mention.name)"
        guard missing.count < slot.alternatives.count else {
            let known = Set(slot.alternatives.flatMap(names))
            journal.note(
                mention.place,
                "no control unit of the slot \(slot.role) has the \(kind) '\(mention.name)'",
                remedy: SpecHint.near(mention.name, Array(known), else: "they have"))
            return
        }
        journal.note(
            mention.place,
            "'\(what)' is not in \(Self.names(of: missing, among: slot)), and plans run with every "
                + "alternative of \(slot.role)",
            remedy: "describe it in "
                + Set(missing.compactMap { built.units[$0.family]?.id.place.file }).sorted()
                .joined(separator: ", ") + ", or use another name")
    }

    /// The families all of whose versions are in `units`, and versions of the others.
    static func names(of units: [ControlUnitSpec], among slot: Slot) -> String {
        var names: [String] = []
        for family in slot.families {
            let missing = units.filter { $0.family == family.family }
            let all = slot.alternatives.count { $0.family == family.family }
            names += missing.count == all ? [family.family] : missing.map(\.id)
        }
        return names.joined(separator: ", ")
    }

    private func checkSignal(_ mention: PlanFile.Mention, _ built: VehicleBuilder.Built) {
        let databases = built.spec.buses.map(\.database)
        let messages = databases.flatMap { database in
            database.messageIndices(named: mention.role).map { database.messages[$0] }
        }
        guard !messages.isEmpty else {
            let names = databases.flatMap { $0.messages.map(\.longName) }
            journal.note(
                mention.place,
                "no database of \(built.spec.name) has the message '\(mention.role)'",
                remedy: SpecHint.near(mention.role, names, else: "there are"))
            return
        }
        guard !messages.contains(where: { !$0.signalIndices(named: mention.name).isEmpty }) else {
            return
        }
        journal.note(
            mention.place, "the message \(mention.role) has no signal '\(mention.name)'",
            remedy: SpecHint.near(
                mention.name, messages.flatMap { $0.signals.map(\.longName) }, else: "it has"))
    }

    private mutating func checkRoles(_ step: PlanFile.Step, _ built: VehicleBuilder.Built) {
        var slots: [Slot] = []
        for role in step.roles {
            if role.value == "all" {
                slots = built.spec.slots
            } else if let slot = built.spec.slot(of: role.value) {
                slots.append(slot)
            } else if built.isComplete {
                journal.note(
                    role.place, "\(built.spec.name) has no slot '\(role.value)'",
                    remedy: SpecHint.near(
                        role.value, built.spec.slots.map(\.role), else: "its slots are"))
            }
        }
        guard let written = step.written else { return }
        for slot in slots {
            let mention = PlanFile.Mention(
                role: slot.role, name: written.value, place: written.place)
            tellMissing(mention, slot, "identifier that can be written", built) { unit in
                unit.identifier(named: written.value)?.isWritable == true
            } near: {
                $0.identifiers.filter(\.isWritable).map(\.name)
            }
        }
    }

    /// Units and expected texts that identifiers do not have.
    private func checkValues(_ step: PlanFile.Step, _ built: VehicleBuilder.Built) {
        for mention in step.identifiers {
            guard let slot = built.spec.slot(of: mention.role) else { continue }
            for unit in slot.alternatives {
                guard let identifier = unit.identifier(named: mention.name) else { continue }
                if let wanted = step.unit,
                    !RuleUnit.areSame(wanted.value, identifier.encoding.unit)
                {
                    journal.note(
                        wanted.place,
                        "'\(mention.role).\(mention.name)' of \(unit.id) is in "
                            + (identifier.encoding.unit.isEmpty
                                ? "no unit" : "'\(identifier.encoding.unit)'")
                            + ", not in '\(wanted.value)'",
                        remedy: "write the unit of the ECU file; units are never converted")
                    return
                }
                let texts = identifier.encoding.labels.map(\.text)
                if let expected = step.expected, step.action == "read", !texts.isEmpty,
                    !texts.contains(expected.value)
                {
                    journal.note(
                        expected.place,
                        "'\(mention.role).\(mention.name)' of \(unit.id) is never '\(expected.value)'",
                        remedy: SpecHint.near(expected.value, texts, else: "it is"))
                    return
                }
            }
        }
    }
}
