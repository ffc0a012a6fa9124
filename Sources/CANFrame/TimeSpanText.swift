/// A time as people write it: seconds, or a number with `us`, `ms`, `s`, `min`, `h` or `d`.
public enum TimeSpanText {
    private static let units: [(suffix: String, nanoseconds: Double)] = [
        ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("min", 60e9), ("h", 3600e9), ("d", 86400e9),
        ("s", 1e9),
    ]
    /// A hundred years.
    private static let greatest = 100 * 365.25 * 86400e9

    /// The nanoseconds of `text`, neither negative nor more than a hundred years; else `nil`.
    public static func nanoseconds(_ text: some StringProtocol) -> Int64? {
        let unit = units.first { text.hasSuffix($0.suffix) }
        let digits = text.dropLast(unit?.suffix.count ?? 0)
        guard let number = Double(digits), number >= 0 else { return nil }
        let value = number * (unit?.nanoseconds ?? 1e9)
        return value <= greatest ? Int64(value.rounded()) : nil
    }
}
