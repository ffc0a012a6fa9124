import VehicleSpec

extension SpecLint {
    /// Entries of `released` that release nothing, or one control unit twice on one day.
    func checkReleases(_ built: VehicleBuilder.Built) {
        let entries = built.variant.released
        let units = built.spec.slots.flatMap(\.alternatives)
        for (index, entry) in entries.enumerated() {
            let matching = units.filter { entry.value.units.matches($0) }
            guard !matching.isEmpty else {
                tellNothing(entry.value.units, entry.place, "releases", built)
                continue
            }
            for other in entries[..<index] where other.value.overlaps(entry.value) {
                guard let unit = matching.first(where: { other.value.units.matches($0) }) else {
                    continue
                }
                journal.note(
                    entry.place,
                    "\(unit.id) is released by '\(entry.value.units)' and by '\(other.value.units)' "
                        + "(line \(other.place.line)) on the same days",
                    remedy: "make the dates follow one another, or remove one of both")
            }
        }
    }

    private func tellNothing(
        _ glob: ControlUnitGlob, _ place: SpecPlace, _ verb: String,
        _ built: VehicleBuilder.Built
    ) {
        let ids = built.spec.slots.flatMap { $0.families + $0.alternatives }.map(\.id)
        journal.note(
            place,
            "'\(glob)' \(verb) nothing: no slot of \(built.spec.name) has such a control unit",
            remedy: SpecHint.near(glob.text, ids, else: "there are"))
    }

    /// Combinations that cannot happen, because no vehicle could have them.
    func checkForbidden(_ built: VehicleBuilder.Built) {
        for entry in built.variant.forbidden {
            let slots = entry.value.all.map { glob in
                built.spec.slots.indices.filter { index in
                    built.spec.slots[index].alternatives.contains { glob.matches($0) }
                }
            }
            if let empty = zip(entry.value.all, slots).first(where: { $0.1.isEmpty }) {
                tellNothing(empty.0, entry.place, "forbids", built)
            } else if !Self.canHappen(slots[...], without: []) {
                let names = entry.value.all.map(\.text).joined(separator: " and ")
                let roles = Set(slots.joined()).map { built.spec.slots[$0].role }.sorted()
                journal.note(
                    entry.place,
                    "\(names) are never in one vehicle: they are alternatives of the slot "
                        + roles.joined(separator: ", "),
                    remedy: "remove the entry, or name control units of different slots")
            }
        }
    }

    /// Whether each can have a slot of its own.
    private static func canHappen(_ slots: ArraySlice<[Int]>, without taken: Set<Int>) -> Bool {
        guard let first = slots.first else { return true }
        return first.contains {
            !taken.contains($0) && canHappen(slots.dropFirst(), without: taken.union([$0]))
        }
    }
}
