import CANFrame
import YAMLText

extension SpecFiles {
    /// The folder that a resolved text (`VehicleSpec.canonicalText`) stands for: what it reads as is
    /// the same variant, with the same text.
    ///
    /// So a log that carries the text of its spec needs no other file to be judged again.
    public init(resolved text: String) throws(SpecMistake) {
        var limits = YAMLLimits()
        // Databases are in it.
        limits.bytes = Self.maximumSize
        limits.nodes = 2_000_000
        let name = "the resolved spec"
        let root: YAMLNode?
        do throws(YAMLError) {
            root = try YAMLDocument(text, limits: limits).root
        } catch {
            throw SpecMistake(error, in: name)
        }
        guard let root, root["spec"]?.scalar?.text == "canlog/resolved@1",
            let vehicle = root["vehicle"]?.scalar?.text,
            let variant = root["variant"]?.scalar?.text
        else {
            throw SpecMistake(
                at: SpecPlace(file: name, line: 1, column: 1),
                "this is no resolved spec of a version that is known here",
                remedy: "it begins with 'spec: canlog/resolved@1'")
        }
        self.init(Self.files(root, vehicle, variant).mapValues { Array($0.utf8) })
    }

    private static func files(
        _ root: YAMLNode, _ vehicle: String, _ variant: String
    ) -> [String: String] {
        var files: [String: String] = [:]
        var slots: [String] = []
        for slot in root["slots"]?.mapping ?? [] {
            let families = slot.value.mapping ?? []
            let names = families.map { JSONText.quoted($0.key) }.joined(separator: ", ")
            slots.append("\(JSONText.quoted(slot.key)): [\(names)]")
            for family in families {
                files["ecus/\(family.key).yaml"] = unit(family, role: slot.key)
            }
        }
        var parts: [String] = []
        for key in ["title", "released", "forbid"] {
            guard let node = root[key], node.scalar?.isNull != true else { continue }
            parts.append("\(key): \(node.flowTextAsWritten)")
        }
        var when: [String] = []
        if let vin = root["variant-vin"] { when.append("vin: \(vin.flowTextAsWritten)") }
        if let options = root["options"] { when.append("options: \(options.flowTextAsWritten)") }
        if !when.isEmpty { parts.append("when: {\(when.joined(separator: ", "))}") }
        parts.append("slots: {\(slots.joined(separator: ", "))}")
        let rules = root["rules"]?.mapping ?? []
        for rule in rules { files["rules/\(rule.key).yaml"] = rule.value.scalar?.text ?? "" }
        if !rules.isEmpty {
            parts.append("rules: [\(rules.map { "rules/\($0.key).yaml" }.joined(separator: ", "))]")
        }
        if let plan = root["plan"]?.scalar {
            files["plans/plan.yaml"] = plan.text
            parts.append("plan: plans/plan.yaml")
        }
        var buses: [String] = []
        var databases: [String] = []
        for bus in root["buses"]?.mapping ?? [] {
            let entries = (bus.value.mapping ?? []).filter { $0.key != "dbc" }
                .map { "\($0.key): \($0.value.flowTextAsWritten)" }
            buses.append("\(JSONText.quoted(bus.key)): {\(entries.joined(separator: ", "))}")
            guard let path = bus.value["dbc"]?.scalar?.text else { continue }
            databases.append("\(JSONText.quoted(bus.key)): \(JSONText.quoted(path))")
            files[path] = root["databases"]?[bus.key]?.scalar?.text ?? ""
        }
        parts.append("dbc: {\(databases.joined(separator: ", "))}")
        files["vehicles/vehicle.yaml"] = """
            spec: canlog/vehicle@1
            id: \(JSONText.quoted(vehicle))
            vin: \(root["vin"]?.flowTextAsWritten ?? "[]")
            unknown: \(root["unknown"]?.flowTextAsWritten ?? "{}")
            buses: {\(buses.joined(separator: ", "))}
            variants:
              \(JSONText.quoted(variant)): {\(parts.joined(separator: ", "))}

            """
        return files
    }

    /// The file of a family.
    private static func unit(_ family: YAMLEntry, role: String) -> String {
        var text = "spec: canlog/ecu@1\nid: \(JSONText.quoted(family.key))\n"
        text += "role: \(JSONText.quoted(role))\n"
        for entry in family.value.mapping ?? [] where entry.key != "versions" {
            text += "\(entry.key): \(entry.value.flowTextAsWritten)\n"
        }
        text += "versions:\n"
        for version in family.value["versions"]?.mapping ?? [] {
            let entries = (version.value.mapping ?? []).map {
                ", \($0.key): \($0.value.flowTextAsWritten)"
            }
            text += "  - {id: \(JSONText.quoted(version.key))\(entries.joined())}\n"
        }
        return text
    }
}
