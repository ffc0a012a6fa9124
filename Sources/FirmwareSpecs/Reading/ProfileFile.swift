import Diagnostics

/// `profiles/…yaml`: what control units of several families have alike.
struct ProfileFile {
    var id: Placed<String>
    var layer: UnitLayer
    /// Other profiles that it names: there is no third level, so that these are mistakes.
    var uses: [Placed<String>]

    init?(_ fields: SpecFields) {
        guard let id = fields.identity() else { return nil }
        self.id = id
        uses = fields.texts("uses")
        layer = UnitLayer(fields)
    }

    static let keys = ["spec", "id", "title", "uses"] + UnitLayer.keys

    /// Tells of profiles that use profiles: a circle by its members, all else by the rule.
    static func check(_ profiles: [String: ProfileFile], _ journal: SpecJournal) {
        for (id, profile) in profiles.sorted(by: { $0.key < $1.key }) {
            for used in profile.uses {
                if let circle = circle(from: used.value, to: id, profiles) {
                    // Each circle once, at its first member.
                    guard circle.min() == id else { continue }
                    journal.note(
                        used.place,
                        "the profiles use one another in a circle: "
                            + ([id] + circle).joined(separator: " → "),
                        remedy: "take 'uses' out of one of them")
                } else {
                    journal.note(
                        used.place,
                        "a profile uses no other: there are two levels, profile and family",
                        remedy: "name '\(used.value)' in the 'uses' of the ECU files")
                }
            }
        }
    }

    /// The way from one profile back to another over what they use.
    private static func circle(
        from start: String, to end: String, _ profiles: [String: ProfileFile]
    ) -> [String]? {
        var ways: [[String]] = [[start]]
        var seen: Set<String> = [start]
        while let way = ways.popLast() {
            guard let last = way.last else { continue }
            if last == end { return way }
            for next in profiles[last]?.uses ?? [] where seen.insert(next.value).inserted {
                ways.append(way + [next.value])
            }
        }
        return nil
    }
}

extension SpecFields {
    /// `id:`, which files are known by.
    func identity() -> Placed<String>? {
        guard let id = neededText("id", "give it a name of its own, as the file's without .yaml")
        else { return nil }
        let allowed = id.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
        }
        guard allowed, !id.isEmpty else {
            note(
                place(of: "id").yaml, "id: '\(id)' is no name",
                "write letters, digits, - and _ only")
            return nil
        }
        return Placed(id, at: place(of: "id"))
    }
}
