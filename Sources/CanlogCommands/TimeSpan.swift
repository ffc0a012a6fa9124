import ArgumentParser
import CANFrame

/// A duration as an argument: seconds, or a number with `us`, `ms`, `s`, `min`, `h` or `d`.
struct TimeSpan: ExpressibleByArgument, Hashable, CustomStringConvertible {
    /// Not negative, and at most a hundred years.
    var nanoseconds: Int64

    init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    init?(argument: String) {
        guard let nanoseconds = TimeSpanText.nanoseconds(argument) else { return nil }
        self.nanoseconds = nanoseconds
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
