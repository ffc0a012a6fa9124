import CANTransport
import Diagnostics
import SignalDatabase
import VehicleSpec

/// What is otherwise in one folder of specs than in another, in the words of who writes them.
public struct SpecDifference: Sendable {
    /// One thing that was added, removed or changed.
    public struct Change: Sendable, Hashable {
        public enum Action: String, Sendable, Hashable { case added, removed, changed }

        public var action: Action
        /// Whose it is: `ecm-volna-m7`, `ecm-volna-m7@1.6`, `strela-3/petrol`.
        public var subject: String
        /// What of it: `identifier 0110 battery_voltage`; empty for all of it.
        public var item: String
        /// Which property: `valid`; empty for all of it.
        public var property: String
        public var old: String?
        public var new: String?
    }

    /// In order of subject; control units first, vehicles behind them.
    public private(set) var changes: [Change] = []

    public var isEmpty: Bool { changes.isEmpty }

    public init(from old: SpecCatalog, to new: SpecCatalog) {
        let bases = Self.difference(old.families, new.families, \.id, \.facts, kind: "control unit")
        // What a family has otherwise, its versions have as well: it is told once.
        let known = Dictionary(grouping: bases, by: \.subject)
        let versions = Self.difference(old.versions, new.versions, \.id, \.facts, kind: "version")
        changes = bases
        changes += versions.filter { change in
            let family = String(change.subject.split(separator: "@")[0])
            return !(known[family] ?? []).contains { base in
                base.item.isEmpty
                    || (base.action, base.item, base.property, base.old, base.new)
                        == (change.action, change.item, change.property, change.old, change.new)
            }
        }
        changes += Self.difference(old.vehicles, new.vehicles, \.name, \.facts, kind: "variant")
        changes += Self.databases(old.vehicles, new.vehicles)
    }

    /// What databases have otherwise, each told once.
    private static func databases(
        _ old: [VehicleSpec], _ new: [VehicleSpec]
    ) -> [Change] {
        var changes: [Change] = []
        var seen: Set<String> = []
        for spec in new {
            let before = old.first { $0.name == spec.name }
            for bus in spec.buses {
                guard let file = bus.databaseFile, let first = before?.bus(named: bus.name),
                    let oldFile = first.databaseFile, first.databaseText != bus.databaseText,
                    seen.insert("\(oldFile) \(file)").inserted
                else { continue }
                let difference = DatabaseDifference(from: first.database, to: bus.database)
                for change in difference.changes { changes += Self.changes(change, of: file, "") }
            }
        }
        return changes
    }

    private static func changes(
        _ change: DatabaseChange, of file: String, _ prefix: String
    ) -> [Change] {
        let item = "\(change.kind.rawValue) \(prefix)\(change.name)"
        guard let action = Change.Action(rawValue: change.action.rawValue) else { return [] }
        if action != .changed {
            return [Change(action: action, subject: file, item: item, property: "")]
        }
        return change.fields.map {
            Change(
                action: .changed, subject: file, item: item, property: $0.name, old: $0.old ?? "",
                new: $0.new ?? "")
        } + change.changes.flatMap { Self.changes($0, of: file, "\(change.name).") }
    }

    private static func difference<Item>(
        _ old: [Item], _ new: [Item], _ name: (Item) -> String, _ facts: (Item) -> SpecFacts,
        kind: String
    ) -> [Change] {
        let before = Dictionary(old.map { (name($0), $0) }) { first, _ in first }
        let after = Dictionary(new.map { (name($0), $0) }) { first, _ in first }
        var changes: [Change] = []
        for subject in Set(before.keys).union(after.keys).sorted() {
            switch (before[subject], after[subject]) {
            case (let first?, let second?):
                changes += facts(first).changes(to: facts(second), of: subject)
            case (nil, _?):
                changes.append(
                    Change(action: .added, subject: subject, item: "", property: "", new: kind))
            default:
                changes.append(
                    Change(action: .removed, subject: subject, item: "", property: "", old: kind))
            }
        }
        return changes
    }
}

/// What can be said of a control unit or a variant: properties of items, both by name.
struct SpecFacts {
    /// By item, in order of name; the item without a name is the thing itself.
    private var items: [String: [(property: String, value: String)]] = [:]

    mutating func add(_ item: String, _ property: String, _ value: String?) {
        items[item, default: []].append((property, value ?? ""))
    }

    func changes(to other: SpecFacts, of subject: String) -> [SpecDifference.Change] {
        var changes: [SpecDifference.Change] = []
        for item in Set(items.keys).union(other.items.keys).sorted() {
            guard let before = items[item] else {
                changes.append(
                    .init(
                        action: .added, subject: subject, item: item, property: "",
                        new: Self.summary(other.items[item] ?? [])))
                continue
            }
            guard let after = other.items[item] else {
                changes.append(
                    .init(
                        action: .removed, subject: subject, item: item, property: "",
                        old: Self.summary(before)))
                continue
            }
            let added = after.filter { new in !before.contains { $0.property == new.property } }
            for (property, value) in before + added.map({ ($0.property, "") }) {
                let new = after.first { $0.property == property }?.value ?? ""
                guard new != value else { continue }
                changes.append(
                    .init(
                        action: .changed, subject: subject, item: item, property: property,
                        old: value, new: new))
            }
        }
        return changes
    }

    private static func summary(_ properties: [(property: String, value: String)]) -> String {
        properties.filter { !$0.value.isEmpty }
            .map { $0.property.isEmpty ? $0.value : "\($0.property) \($0.value)" }
            .joined(separator: ", ")
    }
}

extension ControlUnitSpec {
    var facts: SpecFacts {
        var facts = SpecFacts()
        facts.add("", "supplier", supplier)
        facts.add("", "role", role)
        facts.add("", "title", title)
        facts.add("", "bus", bus)
        facts.add("", "request", "\(addresses.request)")
        facts.add("", "response", "\(addresses.response)")
        facts.add("", "functional", addresses.functional.map { "\($0)" })
        facts.add("", "padding", addresses.padding.map { $0.digits } ?? "none")
        facts.add("", "P2", Self.time(timing.p2))
        facts.add("", "P2*", Self.time(timing.p2Star))
        facts.add("", "S3", Self.time(timing.s3))
        facts.add("", "STmin", Self.time(timing.separationTime))
        facts.add("", "block size", "\(timing.blockSize)")
        for session in sessions {
            facts.add("session \(session.name)", "", session.number.digits)
        }
        for level in security {
            facts.add("security level \(level.level.digits)", "algorithm", level.algorithm)
        }
        for predicate in identify + match {
            facts.add(
                "identification \(predicate.identifier.digits)", "", "\(predicate.pattern)")
        }
        for identifier in identifiers { identifier.add(to: &facts) }
        for code in troubleCodes {
            facts.add("trouble code \(code.code)", "text", code.text)
            facts.add("trouble code \(code.code)", "severity", code.severity.rawValue)
            facts.add("trouble code \(code.code)", "end of line", code.endOfLine?.rawValue)
            facts.add("trouble code \(code.code)", "safety", code.isSafetyRelevant ? "yes" : nil)
        }
        for routine in routines { routine.add(to: &facts) }
        return facts
    }

    static func time(_ nanoseconds: Int64) -> String {
        nanoseconds % 1_000_000_000 == 0 && nanoseconds > 0
            ? "\(nanoseconds / 1_000_000_000) s"
            : "\((Double(nanoseconds) / 1e6).decimalText) ms"
    }
}

extension DataIdentifierSpec {
    fileprivate func add(to facts: inout SpecFacts) {
        let item = "identifier \(number.digits) \(name)"
        encoding.add(to: &facts, item, prefix: "")
        facts.add(item, "text", title)
        facts.add(item, "access", (isReadable ? "r" : "") + (isWritable ? "w" : ""))
        facts.add(item, "read", reading.words)
        facts.add(item, "write", writing.words)
        facts.add(item, "trace", isTraced ? "yes" : nil)
        facts.add(item, "trim", ignoresPadding ? "yes" : nil)
    }
}

extension AccessRule {
    fileprivate var words: String? {
        let parts = [session.map { "session \($0)" }, securityLevel.map { "level \($0.digits)" }]
        return parts.compactMap { $0 }.joined(separator: ", ")
    }
}

extension ValueEncoding {
    fileprivate func add(to facts: inout SpecFacts, _ item: String, prefix: String) {
        facts.add(item, prefix + "type", typeName)
        facts.add(item, prefix + "length", length.map { "\($0)" })
        facts.add(item, prefix + "scale", scale == 1 ? nil : scale.decimalText)
        facts.add(item, prefix + "offset", offset == 0 ? nil : offset.decimalText)
        facts.add(item, prefix + "unit", unit)
        facts.add(
            item, prefix + "valid",
            valid.map { "\($0.lowerBound.decimalText) to \($0.upperBound.decimalText)" })
        facts.add(
            item, prefix + "invalid",
            invalid.map { String($0, radix: 16, uppercase: true) }.joined(separator: " "))
        facts.add(
            item, prefix + "enum", labels.map { "\($0.raw) \($0.text)" }.joined(separator: ", "))
        facts.add(item, prefix + "byte order", isLittleEndian ? "little" : nil)
        switch kind {
        case .bits(_, let fields):
            for field in fields {
                let labels = field.labels.map { "\($0.raw) \($0.text)" }.joined(separator: ", ")
                facts.add(
                    item, prefix + "bits of \(field.name)",
                    "\(field.bits.lowerBound) to \(field.bits.upperBound) \(labels)")
            }
        case .repeated(let element, _): element.add(to: &facts, item, prefix: "each: ")
        default: break
        }
    }
}

extension RoutineSpec {
    fileprivate func add(to facts: inout SpecFacts) {
        let item = "routine \(number.digits) \(name)"
        func words(_ parameters: [Parameter]) -> String {
            parameters.map { "\($0.name) \($0.encoding.typeName)" }.joined(separator: ", ")
        }
        facts.add(item, "text", title)
        facts.add(item, "start", words(start))
        facts.add(item, "result", words(result))
        facts.add(item, "pass", pass)
        facts.add(item, "access", access.words)
        facts.add(item, "timeout", timeout.map(ControlUnitSpec.time))
    }
}

extension VehicleSpec {
    var facts: SpecFacts {
        var facts = SpecFacts()
        facts.add("", "title", title)
        facts.add("", "VIN", "\(vehicleNumbers)")
        facts.add("", "VIN of the variant", variantNumbers.map { "\($0)" })
        facts.add("", "options", options.joined(separator: ", "))
        facts.add("", "unknown part", unknown.part.rawValue)
        facts.add("", "unknown firmware", unknown.firmware.rawValue)
        facts.add("", "ambiguous", unknown.ambiguous.rawValue)
        for bus in buses {
            facts.add("bus \(bus.name)", "bit rate", "\(bus.bitRate) bit/s")
            facts.add("bus \(bus.name)", "data bit rate", bus.dataBitRate.map { "\($0) bit/s" })
            facts.add("bus \(bus.name)", "sample point", bus.samplePoint?.decimalText)
        }
        for slot in slots {
            facts.add(
                "slot \(slot.role)", "control units",
                slot.families.map(\.family).joined(separator: ", "))
        }
        for entry in released.sorted(by: { $0.units.text < $1.units.text }) {
            facts.add("released \(entry.units)", "days", entry.days)
        }
        for entry in forbidden {
            let names = entry.all.map(\.text).sorted().joined(separator: " with ")
            facts.add("forbidden \(names)", "why", entry.why)
        }
        for rule in rules { rule.add(to: &facts, ruleConditions[rule.id]) }
        let checks = AutomaticCheck.allCases.filter(automaticChecks.isOn)
        facts.add("automatic checks", "", checks.map(\.rawValue).joined(separator: ", "))
        for check in checks {
            facts.add(
                "automatic checks", check.rawValue, automaticChecks.severity(of: check).rawValue)
        }
        facts.add("plan", "id", plan?.id)
        facts.add("plan", "revision", plan?.revision.map { "\($0)" })
        for step in plan?.steps ?? [] {
            for (key, value) in step.properties.sorted(by: { $0.key < $1.key }) {
                facts.add("step \(step.id)", key, value)
            }
        }
        return facts
    }
}

extension Rule {
    fileprivate func add(to facts: inout SpecFacts, _ condition: String?) {
        let item = "rule \(id)"
        facts.add(item, "when", condition)
        facts.add(item, "for", self.for.map { "\($0)" })
        facts.add(item, "clear-for", clearFor.map { "\($0)" })
        facts.add(item, "during", during)
        facts.add(item, "finding", finding)
        facts.add(item, "severity", severity.rawValue)
        facts.add(item, "text", text)
        facts.add(item, "safety", safety ? "yes" : nil)
    }
}
