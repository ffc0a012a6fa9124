import SignalDatabase
import VehicleSpec

/// Makes the variants of vehicles of the files that they name, and looks through each.
struct VehicleBuilder {
    private let folder: SpecFolder
    private let journal: SpecJournal

    init(_ folder: SpecFolder, _ journal: SpecJournal) {
        self.folder = folder
        self.journal = journal
    }

    /// A variant with the places of what it says.
    struct Built {
        var spec: VehicleSpec
        var file: VehicleFile
        var variant: VehicleFile.Variant
        /// The files of the slots' families.
        var units: [String: ControlUnitFile]
        var plan: (path: String, file: PlanFile)?
        var rules: [(path: String, file: RulesFile)]
        /// Whether all control units that it names are there; if not, nothing is told of what follows.
        var isComplete: Bool
    }

    mutating func build() -> [VehicleSpec] {
        var built: [Built] = []
        for (_, file) in folder.vehicles {
            for variant in file.variants { built.append(build(file, variant)) }
        }
        var lint = SpecLint(folder, journal)
        for variant in built { lint.look(at: variant) }
        lint.compareNumbers(of: built)
        lint.checkTransmitters(of: built)
        folder.tellUnused()
        return built.map(\.spec)
    }

    private func build(_ file: VehicleFile, _ variant: VehicleFile.Variant) -> Built {
        var spec = VehicleSpec(
            vehicle: file.id.value, variant: variant.name.value, vehicleNumbers: file.numbers.value)
        spec.title = variant.title.isEmpty ? file.title : variant.title
        spec.variantNumbers = variant.numbers?.value
        spec.options = variant.options
        spec.unknown = file.unknown
        spec.released = variant.released.map(\.value)
        spec.forbidden = variant.forbidden.map(\.value)
        spec.buses = buses(file, variant)
        var units: [String: ControlUnitFile] = [:]
        spec.slots = slots(variant, spec, &units)
        let rules = variant.rules.compactMap { path in rulesFile(path) }
        spec.automaticChecks = RulesFile.settings(of: rules.map(\.file))
        spec.rules = rules.flatMap { $0.file.rules.map(\.value) }
        for (_, file) in rules { spec.ruleConditions.merge(file.conditions) { first, _ in first } }
        spec.ruleTexts = rules.map { folder.canonicalText($0.path) }
        let plan = variant.plan.flatMap(planFile)
        spec.plan = plan.map { $0.file.spec(file: $0.path, text: folder.canonicalText($0.path)) }
        return Built(
            spec: spec, file: file, variant: variant, units: units, plan: plan, rules: rules,
            isComplete: Set(variant.slots.flatMap(\.units).map(\.value)).count == units.count)
    }

    // MARK: Buses

    private func buses(_ file: VehicleFile, _ variant: VehicleFile.Variant) -> [BusSpec] {
        var buses = file.buses.map { bus in
            var spec = BusSpec(name: bus.name, bitRate: bus.bitRate)
            spec.dataBitRate = bus.dataBitRate
            spec.samplePoint = bus.samplePoint
            return spec
        }
        for (name, path) in variant.databases {
            guard let index = buses.firstIndex(where: { $0.name == name.value }) else {
                journal.note(
                    name.place, "the vehicle has no bus '\(name.value)'",
                    remedy: SpecHint.near(name.value, buses.map(\.name), else: "its buses are"))
                continue
            }
            guard let database = folder.database(path.value) else {
                tellMissing(path, .dbc)
                continue
            }
            buses[index].database = database
            buses[index].databaseFile = path.value
            buses[index].databaseText = folder.databaseText(path.value)
        }
        return buses.sorted { $0.name < $1.name }
    }

    private func tellMissing(_ path: Placed<String>, _ kind: SpecFiles.Kind) {
        guard !folder.unreadPaths.contains(path.value) else { return }
        journal.note(
            path.place, "there is no file '\(path.value)'",
            remedy: SpecHint.near(path.value, folder.paths(of: kind), else: "there are"))
    }

    private func rulesFile(_ path: Placed<String>) -> (path: String, file: RulesFile)? {
        folder.use(path.value)
        guard let file = folder.rules[path.value] else {
            tellMissing(path, .rules)
            return nil
        }
        return (path.value, file)
    }

    private func planFile(_ path: Placed<String>) -> (path: String, file: PlanFile)? {
        folder.use(path.value)
        guard let file = folder.plans[path.value] else {
            tellMissing(path, .plans)
            return nil
        }
        return (path.value, file)
    }

    // MARK: Slots

    private func slots(
        _ variant: VehicleFile.Variant, _ spec: VehicleSpec,
        _ units: inout [String: ControlUnitFile]
    ) -> [Slot] {
        var slots: [Slot] = []
        if variant.slots.isEmpty {
            journal.note(
                variant.name.place, "the variant '\(variant.name.value)' has no 'slots'",
                remedy: "write 'slots: {ECM: [ecm-volna-m7]}'")
        }
        for (role, names) in variant.slots {
            var families: [ControlUnitFile] = []
            var seen: Set<String> = []
            if names.isEmpty {
                journal.note(role.place, "the slot \(role.value) has no control unit")
            }
            for name in names {
                guard seen.insert(name.value).inserted else {
                    journal.note(
                        name.place, "'\(name.value)' is in the slot \(role.value) twice",
                        remedy: "write it once", severity: .warning)
                    continue
                }
                guard let unit = family(name, role.value, spec) else { continue }
                families.append(unit)
                units[name.value] = unit
            }
            guard !families.isEmpty else { continue }
            slots.append(
                Slot(
                    role: role.value, families: families.map(\.base),
                    alternatives: families.flatMap(\.versions)))
        }
        return slots.sorted { $0.role < $1.role }
    }

    private func family(
        _ name: Placed<String>, _ role: String, _ spec: VehicleSpec
    ) -> ControlUnitFile? {
        guard let unit = folder.units[name.value] else {
            guard !folder.unreadIDs.contains(name.value) else { return nil }
            journal.note(
                name.place, "there is no ECU '\(name.value)'",
                remedy: SpecHint.near(name.value, Array(folder.units.keys), else: "there are"))
            return nil
        }
        folder.use(unit.id.place.file)
        if unit.role.value != role {
            journal.note(
                name.place,
                "'\(name.value)' is in the slot \(role), and its role is \(unit.role.value)",
                remedy: "move it to the slot \(unit.role.value), or mend the role in "
                    + unit.id.place.file)
        }
        if spec.bus(named: unit.base.bus) == nil {
            journal.note(
                name.place,
                "'\(name.value)' is on the bus \(unit.base.bus), which the vehicle has not",
                remedy: SpecHint.near(
                    unit.base.bus, spec.buses.map(\.name), else: "its buses are"))
        }
        return unit
    }
}
