public import VehicleSpec

/// Which control unit is in each slot of a vehicle, and as of which day.
public struct VehicleFitting: Sendable {
    /// In the order of the vehicle's slots.
    public private(set) var units: [ControlUnitSpec] = []
    public let date: CalendarDate

    /// Combinations that are tried before it is given up.
    private static let mostTries = 100_000

    /// Control units that may leave the line together on `date`.
    ///
    /// Of each slot the first family that is released, in its newest version; with `seed` any of them.
    /// - Parameters:
    ///   - chosen: by role, whatever may be said of it: `ecm-kestrin-e4@1.1`, a family for its newest
    ///     version, or a supplier.
    ///   - unreleased: roles that get a control unit that is not released on that day.
    public init(
        of spec: VehicleSpec, on date: CalendarDate, seed: UInt64? = nil,
        chosen: [String: String] = [:], unreleased: Set<String> = []
    ) throws(SimulationMistake) {
        self.date = date
        for role in Array(chosen.keys) + Array(unreleased) where spec.slot(of: role) == nil {
            throw SimulationMistake(
                "\(spec.name) has no slot '\(role)'",
                remedy: "its slots: " + spec.slots.map(\.role).joined(separator: ", "))
        }
        var choices: [[ControlUnitSpec]] = []
        var fixed: [ControlUnitSpec] = []
        for slot in spec.slots {
            if unreleased.contains(slot.role) {
                choices.append([try Self.unreleased(slot, of: spec, on: date)])
            } else if let text = chosen[slot.role] {
                choices.append([try Self.unit(text, of: slot)])
            } else {
                choices.append(try Self.released(slot, of: spec, on: date, seed: seed))
                continue
            }
            fixed += choices[choices.count - 1]
        }
        // Who names two that must not be together gets them.
        let allowed = spec.forbiddenCombinations(among: fixed)
        var tries = 0
        guard
            let units = Self.combination(
                choices[...], [], &tries,
                isForbidden: { units in
                    spec.forbiddenCombinations(among: units).contains { !allowed.contains($0) }
                })
        else {
            throw SimulationMistake(
                "no control units of \(spec.name) may leave the line together on \(date)",
                remedy: "name another day, or control units: --ecu ROLE=family@version")
        }
        self.units = units
    }

    public func unit(of role: String) -> ControlUnitSpec? { units.first { $0.role == role } }

    // MARK: Choosing

    private static func unit(
        _ text: String, of slot: Slot
    ) throws(SimulationMistake) -> ControlUnitSpec {
        if let unit = slot.alternatives.first(where: { $0.id == text }) { return unit }
        let newest = newestFirst(slot.alternatives)
        if let unit = newest.first(where: { $0.family == text || $0.supplier == text }) {
            return unit
        }
        throw SimulationMistake(
            "'\(text)' is no control unit of the slot \(slot.role)",
            remedy: "they are " + slot.alternatives.map(\.id).joined(separator: ", "))
    }

    private static func unreleased(
        _ slot: Slot, of spec: VehicleSpec, on date: CalendarDate
    ) throws(SimulationMistake) -> ControlUnitSpec {
        if let unit = slot.alternatives.first(where: { !spec.isReleased($0, on: date) }) {
            return unit
        }
        throw SimulationMistake(
            "all control units of the slot \(slot.role) are released on \(date)",
            remedy: "take another slot, or another day")
    }

    private static func released(
        _ slot: Slot, of spec: VehicleSpec, on date: CalendarDate, seed: UInt64?
    ) throws(SimulationMistake) -> [ControlUnitSpec] {
        let released = slot.alternatives.filter { spec.isReleased($0, on: date) }
        guard !released.isEmpty else {
            throw SimulationMistake(
                "no control unit of the slot \(slot.role) is released on \(date)",
                remedy: "name another day, or one of "
                    + slot.alternatives.map(\.id).joined(separator: ", "))
        }
        guard let seed else { return newestFirst(released) }
        let numbers = SeededNumbers(seed: seed).derived(slot.role)
        return released.map { ($0, numbers.derived($0.id)[0]) }
            .sorted { ($0.1, $0.0.id) < ($1.1, $1.0.id) }.map(\.0)
    }

    /// Families in order of id, of each the newest version first: digits count as numbers.
    private static func newestFirst(_ units: [ControlUnitSpec]) -> [ControlUnitSpec] {
        units.sorted { first, second in
            if first.family != second.family { return first.family < second.family }
            return numbers(of: second.version).lexicographicallyPrecedes(numbers(of: first.version))
        }
    }

    private static func numbers(of version: String?) -> [Int] {
        (version ?? "").split { !$0.isNumber }.map { Int($0) ?? 0 }
    }

    /// The first combination, one of each, that holds nothing forbidden.
    private static func combination(
        _ choices: ArraySlice<[ControlUnitSpec]>, _ chosen: [ControlUnitSpec], _ tries: inout Int,
        isForbidden: ([ControlUnitSpec]) -> Bool
    ) -> [ControlUnitSpec]? {
        guard let next = choices.first else { return chosen }
        for unit in next {
            tries += 1
            if tries > mostTries { return nil }
            let units = chosen + [unit]
            if isForbidden(units) { continue }
            if let whole = combination(choices.dropFirst(), units, &tries, isForbidden: isForbidden)
            {
                return whole
            }
        }
        return nil
    }
}
