import ArgumentParser

/// A resolution of stamps as an argument: a number with ns, us or ms.
struct Resolution: ExpressibleByArgument, CustomStringConvertible {
    /// A divisor of a second.
    var nanoseconds: Int64

    init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    init?(argument: String) {
        let units: [(String, Int64)] = [("ns", 1), ("us", 1_000), ("µs", 1_000), ("ms", 1_000_000)]
        for (suffix, factor) in units where argument.hasSuffix(suffix) {
            guard let number = Int64(argument.dropLast(suffix.count)),
                (1...1_000_000).contains(number), number * factor <= 1_000_000_000,
                1_000_000_000 % (number * factor) == 0
            else { return nil }
            nanoseconds = number * factor
            return
        }
        return nil
    }

    static let parse = wanted("a part of a second as 1us, 100ns or 10ms")

    var description: String { nanoseconds == 1_000 ? "1us" : "\(nanoseconds)ns" }
}
