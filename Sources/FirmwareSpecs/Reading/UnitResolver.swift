import SignalDatabase
import Diagnostics
import VehicleSpec

/// Lays the levels of a control unit over one another.
struct UnitResolver {
    let journal: SpecJournal
    private var layer = UnitLayer()
    /// Which profile a key is from.
    private var profileOf: [String: String] = [:]
    /// Where something was told already: a version has most of its family's mistakes, too.
    private var told: Set<SpecPlace> = []
    /// Whether all profiles that it names are there.
    private(set) var isComplete = true

    init(journal: SpecJournal) { self.journal = journal }

    /// Where identifiers (`F190`), routines (`r0203`) and codes stand.
    var places: [String: SpecPlace] {
        var places: [String: SpecPlace] = [:]
        for (number, identifier) in layer.identifiers {
            places[number.digits] = identifier.place
        }
        for (number, routine) in layer.routines { places["r" + number.digits] = routine.place }
        for (code, spec) in layer.troubleCodes { places[code.description] = spec.place }
        return places
    }

    mutating func addProfiles(
        of fields: SpecFields, _ profiles: [String: ProfileFile], unread: Set<String>,
        _ used: inout Set<String>
    ) {
        for name in fields.texts("uses") {
            guard let profile = profiles[name.value] else {
                isComplete = false
                if unread.contains(name.value) { continue }
                journal.note(
                    name.place, "there is no profile '\(name.value)'",
                    remedy: SpecHint.near(
                        name.value, Array(profiles.keys), else: "the profiles are"))
                continue
            }
            used.insert(name.value)
            for key in Self.keys(of: profile.layer) {
                if let other = profileOf[key], other != name.value {
                    journal.note(
                        name.place,
                        "the profiles '\(other)' and '\(name.value)' both define \(key)",
                        remedy: "define it in one of them, or in the ECU file itself")
                }
                profileOf[key] = name.value
            }
            add(profile.layer, isOverride: false)
        }
    }

    private static func keys(of layer: UnitLayer) -> [String] {
        layer.identifiers.keys.map { "the identifier \($0.digits)" }.sorted()
            + layer.routines.keys.map { "the routine \($0.digits)" }.sorted()
            + layer.troubleCodes.keys.map { "the code \($0)" }.sorted()
    }

    /// Lays `upper` over what is there; an override may only take away what is.
    mutating func add(_ upper: UnitLayer, isOverride: Bool) {
        for (number, identifier) in upper.identifiers {
            if identifier.value == nil, layer.identifiers[number]?.value == nil {
                tellMissing(identifier.place, "identifier \(number.digits)")
            }
            layer.identifiers[number] = identifier
        }
        for (number, routine) in upper.routines {
            if routine.value == nil, layer.routines[number]?.value == nil {
                tellMissing(routine.place, "routine \(number.digits)")
            }
            layer.routines[number] = routine
        }
        for (code, spec) in upper.troubleCodes {
            if spec.value == nil, layer.troubleCodes[code]?.value == nil {
                tellMissing(spec.place, "code \(code)")
            }
            layer.troubleCodes[code] = spec
        }
        layer.sessions.merge(upper.sessions) { $1 }
        layer.security.merge(upper.security) { $1 }
        let timing = upper.timing
        layer.timing.p2 = timing.p2 ?? layer.timing.p2
        layer.timing.p2Star = timing.p2Star ?? layer.timing.p2Star
        layer.timing.s3 = timing.s3 ?? layer.timing.s3
        layer.timing.separationTime = timing.separationTime ?? layer.timing.separationTime
        layer.timing.blockSize = timing.blockSize ?? layer.timing.blockSize
    }

    private func tellMissing(_ place: SpecPlace, _ what: String) {
        journal.note(
            place, "'none' takes away the \(what), which is not there", remedy: "leave it out",
            severity: .warning)
    }

    /// Writes what the levels say together into `unit`.
    mutating func resolve(into unit: inout ControlUnitSpec, at place: SpecPlace) {
        unit.identifiers = layer.identifiers.values.compactMap(\.value)
            .sorted { $0.number < $1.number }
        unit.routines = layer.routines.values.compactMap(\.value).sorted { $0.number < $1.number }
        unit.troubleCodes = layer.troubleCodes.values.compactMap(\.value)
            .sorted { $0.code.description < $1.code.description }
        unit.sessions = layer.sessions.map { SessionSpec(name: $0.key, number: $0.value.value) }
            .sorted { ($0.number, $0.name) < ($1.number, $1.name) }
        unit.security = layer.security
            .map { SecurityLevelSpec(level: $0.key, algorithm: $0.value.value) }
            .sorted { $0.level < $1.level }
        let defaults = ControlUnitTiming()
        unit.timing.p2 = layer.timing.p2 ?? defaults.p2
        unit.timing.p2Star = layer.timing.p2Star ?? defaults.p2Star
        unit.timing.s3 = layer.timing.s3 ?? defaults.s3
        unit.timing.separationTime = layer.timing.separationTime ?? defaults.separationTime
        unit.timing.blockSize = layer.timing.blockSize ?? defaults.blockSize
        checkNames(unit)
        checkAccess(unit)
    }

    /// Plans and rules know identifiers and routines by name.
    private mutating func checkNames(_ unit: ControlUnitSpec) {
        var names: [String: String] = [:]
        let named =
            unit.identifiers.map {
                ($0.name, $0.number.digits, layer.identifiers[$0.number]?.place)
            }
            + unit.routines.map {
                ($0.name, "routine " + $0.number.digits, layer.routines[$0.number]?.place)
            }
        for (name, number, place) in named {
            if let other = names[name], let place, told.insert(place).inserted {
                journal.note(
                    place, "\(unit.id): '\(name)' is the name of \(other) and of \(number)",
                    remedy: "name them apart: plans and rules know them by name")
            }
            names[name] = number
        }
    }

    /// Sessions and levels that identifiers and routines ask for.
    private mutating func checkAccess(_ unit: ControlUnitSpec) {
        let sessions = Set(unit.sessions.map(\.name))
        let levels = Set(unit.security.map(\.level))
        var rules: [(AccessRule, SpecPlace?)] = []
        for identifier in unit.identifiers {
            let place = layer.identifiers[identifier.number]?.place
            rules.append((identifier.reading, place))
            rules.append((identifier.writing, place))
        }
        for routine in unit.routines {
            rules.append((routine.access, layer.routines[routine.number]?.place))
        }
        for (rule, place) in rules {
            guard let place, !told.contains(place) else { continue }
            if let session = rule.session, !sessions.contains(session) {
                told.insert(place)
                journal.note(
                    place, "\(unit.id): there is no session '\(session)'",
                    remedy: SpecHint.near(session, Array(sessions), else: "the sessions are"))
            }
            if let level = rule.securityLevel, !levels.contains(level) {
                told.insert(place)
                journal.note(
                    place, "\(unit.id): there is no security level \(level.digits)",
                    remedy: "name its algorithm in 'security'")
            }
        }
    }
}

/// What was probably meant.
enum SpecHint {
    static func near(_ word: String, _ known: [String], else words: String) -> String {
        if let near = NearName.nearest(to: word, among: known.sorted()) {
            return "did you mean '\(near)'?"
        }
        guard !known.isEmpty else { return "there are none" }
        let shown = known.sorted().prefix(12).joined(separator: ", ")
        return "\(words) \(shown)" + (known.count > 12 ? ", …" : "")
    }
}

extension FixedWidthInteger {
    /// All its hexadecimal digits, in capitals.
    var digits: String {
        let digits = String(self, radix: 16, uppercase: true)
        return String(repeating: "0", count: Swift.max(0, Self.bitWidth / 4 - digits.count))
            + digits
    }
}
