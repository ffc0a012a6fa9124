import ArgumentParser
import SocketCAN

/// A bit rate as an argument: bit/s, or with `k` or `M`.
struct BitRate: ExpressibleByArgument, Hashable, CustomStringConvertible {
    var bitsPerSecond: UInt32

    init?(argument: String) {
        let units: [(suffix: String, factor: Double)] = [
            ("kbit/s", 1e3), ("Mbit/s", 1e6), ("bit/s", 1), ("k", 1e3), ("M", 1e6),
        ]
        let unit = units.first { argument.hasSuffix($0.suffix) }
        guard let number = Double(argument.dropLast(unit?.suffix.count ?? 0)) else { return nil }
        let value = (number * (unit?.factor ?? 1)).rounded()
        guard (1...20_000_000).contains(value) else { return nil }
        bitsPerSecond = UInt32(value)
    }

    var description: String { "\(bitsPerSecond)" }

    static let form = "a bit rate as 500000, 500k or 2M"
}

/// Where in a bit it is sampled, as an argument: a part of the bit as 0.875, or 87.5%.
struct SamplePoint: ExpressibleByArgument, Hashable, CustomStringConvertible {
    /// Thousandths of the bit.
    var thousandths: UInt32

    init?(argument: String) {
        let isPercent = argument.hasSuffix("%")
        guard let number = Double(argument.dropLast(isPercent ? 1 : 0)) else { return nil }
        let value = (number * (isPercent ? 10 : 1_000)).rounded()
        guard (1...999).contains(value) else { return nil }
        thousandths = UInt32(value)
    }

    var description: String { LinkSettings.pointText(thousandths) }

    static let form = "a part of the bit as 0.875 or 87.5%"
}
