public import CANFrame

extension FigureText {
    /// A time between frames in nanoseconds with three digits and its unit: `9.98 ms`.
    public static func interval(_ nanoseconds: Double) -> String {
        let size = abs(nanoseconds)
        let units: [(limit: Double, scale: Double, unit: String)] = [
            (1e6, 1e3, "us"), (1e9, 1e6, "ms"), (100e9, 1e9, "s"), (6_000e9, 60e9, "min"),
        ]
        for (limit, scale, unit) in units where size < limit * 0.9995 {
            return threeDigits(nanoseconds / scale) + " " + unit
        }
        return threeDigits(nanoseconds / 3_600e9) + " h"
    }

    private static func threeDigits(_ value: Double) -> String {
        switch abs(value) {
        case ..<9.995: fixed(value, 2)
        case ..<99.95: fixed(value, 1)
        default: fixed(value, 0)
        }
    }

    /// A bit rate with its unit: `500 kbit/s`.
    public static func bitRate(_ rate: UInt32) -> String {
        if rate >= 1_000_000, rate.isMultiple(of: 100_000) {
            let decimals = rate.isMultiple(of: 1_000_000) ? 0 : 1
            return fixed(Double(rate) / 1e6, decimals) + " Mbit/s"
        }
        return rate.isMultiple(of: 1_000)
            ? "\(rate / 1_000) kbit/s" : fixed(Double(rate) / 1e3, 1) + " kbit/s"
    }
}
