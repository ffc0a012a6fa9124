import SignalDatabase

/// The units of times, and how others are spelled.
enum RuleTime {
    private static let units: [(name: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("min", 60e9),
        ("h", 3_600e9),
    ]

    /// The nanoseconds of a unit; `nil` if it is none of times.
    static func nanoseconds(of unit: String) -> Double? {
        units.first { $0.name == unit }?.nanoseconds
    }

    static let names = "ns, us, ms, s, min or h"

    /// `500ms`, `2s`: the greatest unit that leaves a whole number.
    static func text(_ nanoseconds: Int64) -> String {
        for (name, size) in [("s", Int64(1_000_000_000)), ("ms", 1_000_000), ("us", 1_000)]
        where nanoseconds % size == 0 {
            return "\(nanoseconds / size)\(name)"
        }
        return "\(nanoseconds)ns"
    }
}

/// Units as people and databases spell them.
public enum RuleUnit {
    private static let spellings: [[String]] = [
        ["degC", "°C", "deg C", "Grad C", "Celsius", "degree C", "C deg", "DegC", "deg_C"],
        ["km/h", "kph", "kmh", "KPH", "km/hr"],
        ["1/min", "rpm", "U/min", "min^-1", "RPM", "r/min"],
        ["%", "percent", "Percent", "per cent"], ["deg", "°", "degree", "degrees", "Grad"],
        ["ohm", "Ohm", "Ω", "Ω"], ["kohm", "kOhm", "kΩ", "kΩ"], ["Mohm", "MOhm", "MΩ", "MΩ"],
        ["us", "µs", "μs"], ["m/s^2", "m/s2", "m/s²", "m/s/s", "m/s**2"],
        ["V", "Volt", "volt", "Volts"],
        ["A", "Ampere", "Amp", "Amps", "amp"], ["Nm", "N.m", "N*m", "N m"], ["s", "sec", "Sec"],
    ]

    /// One spelling of all that mean the same: `°C` is `degC`. Units are never converted.
    static func canonical(_ unit: String) -> String {
        if let known = spellings.first(where: { $0.contains(unit) }) { return known[0] }
        guard let slash = unit.lastIndex(of: "/") else { return unit }
        let divided = String(unit[..<slash])
        return (spellings.first { $0.contains(divided) }?[0] ?? divided) + unit[slash...]
    }

    /// Whether both are the same unit, spelled alike or not.
    public static func areSame(_ first: String, _ second: String) -> Bool {
        first == second || canonical(first) == canonical(second)
    }
}
