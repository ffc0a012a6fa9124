import ArgumentParser

/// A duration as an argument: seconds, or a number with `us`, `ms`, `s`, `min`, `h` or `d`.
struct TimeSpan: ExpressibleByArgument, Hashable, CustomStringConvertible {
    /// Not negative, and at most a hundred years.
    var nanoseconds: Int64

    init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    init?(argument: String) {
        let units: [(suffix: String, nanoseconds: Double)] = [
            ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("min", 60e9), ("h", 3600e9), ("d", 86400e9),
            ("s", 1e9),
        ]
        let unit = units.first { argument.hasSuffix($0.suffix) }
        let digits = argument.dropLast(unit?.suffix.count ?? 0)
        guard let number = Double(digits), number >= 0 else { return nil }
        let value = number * (unit?.nanoseconds ?? 1e9)
        guard value <= 100 * 365.25 * 86400e9 else { return nil }
        nanoseconds = Int64(value.rounded())
    }

    /// With the largest unit that leaves a whole number.
    var description: String {
        for (suffix, size) in [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000)]
            as [(String, Int64)]
        where nanoseconds.isMultiple(of: size) {
            return "\(nanoseconds / size)\(suffix)"
        }
        return "\(Double(nanoseconds) / 1e9)s"
    }

    static let parse = wanted("a time as 1.5, 20ms, 30s or 2min")
}
