/// What may leave the line: which control units, from when to when.
///
/// It never decides what a control unit is, only whether it may be here.
public struct ReleasedEntry: Sendable, Hashable {
    public var units: ControlUnitGlob
    /// The first day; `nil`: ever.
    public var from: CalendarDate?
    /// The last day, included.
    public var to: CalendarDate?

    public init(_ units: ControlUnitGlob, from: CalendarDate? = nil, to: CalendarDate? = nil) {
        self.units = units
        self.from = from
        self.to = to
    }

    public func covers(_ date: CalendarDate) -> Bool {
        if let from, date < from { return false }
        if let to, date > to { return false }
        return true
    }

    /// Whether some day is in both.
    public func overlaps(_ other: ReleasedEntry) -> Bool {
        if let to, let from = other.from, to < from { return false }
        if let to = other.to, let from, to < from { return false }
        return true
    }
}

extension ReleasedEntry {
    /// `until 2026-03-31`, `always`
    public var days: String {
        switch (from, to) {
        case (nil, nil): "always"
        case (let from?, nil): "from \(from)"
        case (nil, let to?): "until \(to)"
        case (let from?, let to?): "\(from) to \(to)"
        }
    }
}

/// Control units that must not be in one vehicle.
public struct ForbiddenCombination: Sendable, Hashable {
    public var all: [ControlUnitGlob]
    /// Why, for whoever stands before the vehicle.
    public var why: String

    public init(_ all: [ControlUnitGlob], why: String) {
        self.all = all
        self.why = why
    }
}

/// A family, or several, and versions of it: `esc-*`, `ecm-volna-m7@1.*`; without `@` all versions.
public struct ControlUnitGlob: Sendable, Hashable {
    public let text: String
    private let family: BytePattern
    private let version: BytePattern?

    public init(_ text: String) throws(BytePatternError) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        self.text = text
        family = try BytePattern(String(parts.first ?? ""))
        version = parts.count == 2 ? try BytePattern(String(parts[1])) : nil
    }

    public func matches(_ unit: ControlUnitSpec) -> Bool {
        guard family.matches(unit.family) else { return false }
        guard let version else { return true }
        return unit.version.map { version.matches($0) } ?? false
    }
}

extension ControlUnitGlob: CustomStringConvertible {
    public var description: String { text }
}

extension VehicleSpec {
    /// Whether `unit` may leave the line on `date`.
    public func isReleased(_ unit: ControlUnitSpec, on date: CalendarDate) -> Bool {
        released.contains { $0.covers(date) && $0.units.matches(unit) }
    }

    /// The entries that would release `unit` on another day, for the words of a refusal.
    public func releases(of unit: ControlUnitSpec) -> [ReleasedEntry] {
        released.filter { $0.units.matches(unit) }
    }

    /// The forbidden combinations that are among `units`, each held by different ones.
    public func forbiddenCombinations(among units: [ControlUnitSpec]) -> [ForbiddenCombination] {
        forbidden.filter { Self.holds($0.all[...], among: units) }
    }

    /// Whether each of `globs` has a unit of its own; there are few of both.
    static func holds(_ globs: ArraySlice<ControlUnitGlob>, among units: [ControlUnitSpec]) -> Bool
    {
        guard let glob = globs.first else { return true }
        return units.indices.contains { index in
            guard glob.matches(units[index]) else { return false }
            var others = units
            others.remove(at: index)
            return holds(globs.dropFirst(), among: others)
        }
    }
}
