import ArgumentParser

/// A number of bytes as an argument: with `k`, `M`, `G` or `T` for thousands, or without.
struct ByteCount: ExpressibleByArgument, Hashable, CustomStringConvertible {
    var bytes: UInt64

    init?(argument: String) {
        let units: [(suffix: String, factor: Double)] = [
            ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12),
        ]
        var digits = argument[...]
        if digits.hasSuffix("B") { digits = digits.dropLast() }
        let unit = units.first { digits.hasSuffix($0.suffix) }
        digits = digits.dropLast(unit?.suffix.count ?? 0)
        guard let number = Double(digits), number > 0 else { return nil }
        let value = number * (unit?.factor ?? 1)
        guard value >= 1, value < 1e18 else { return nil }
        bytes = UInt64(value)
    }

    static let parse = wanted("a number of bytes as 200M, 1.5G or 4096")

    var description: String { "\(bytes)" }
}
