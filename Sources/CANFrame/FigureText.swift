/// Figures as people read them.
public enum FigureText {
    /// `value` with this many decimals; `-` where ``digits(_:_:)`` has none.
    public static func fixed(_ value: Double, _ decimals: Int) -> String {
        digits(value, decimals) ?? "-"
    }

    /// `value` with this many decimals; `nil` if that has more digits than an integer of 64 bits.
    public static func digits(_ value: Double, _ decimals: Int) -> String? {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let magnitude = (abs(value) * scale).rounded()
        // False of what is no number too.
        guard magnitude < 0x1p63 else { return nil }
        let scaled = Int64(magnitude)
        let (whole, rest) = scaled.quotientAndRemainder(dividingBy: Int64(scale))
        let sign = value < 0 && scaled != 0 ? "-" : ""
        guard decimals > 0 else { return "\(sign)\(whole)" }
        let digits = String(rest)
        return "\(sign)\(whole)." + String(repeating: "0", count: decimals - digits.count) + digits
    }

    /// Nanoseconds as seconds with one decimal, or as minutes and hours.
    public static func seconds(_ nanoseconds: Int64) -> String {
        let seconds = Double(nanoseconds) / 1e9
        if seconds < 60 { return fixed(seconds, 1) + " s" }
        let whole = Int64(seconds)
        if whole < 3_600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3_600) h \(whole / 60 % 60) min"
    }

    /// Bytes in the binary unit that leaves a short number.
    public static func bytes(_ count: UInt64) -> String {
        if count < 1_024 { return "\(count) bytes" }
        let units = ["KiB", "MiB", "GiB", "TiB"]
        var value = Double(count) / 1_024
        var unit = 0
        while value >= 1_024, unit < units.count - 1 {
            value /= 1_024
            unit += 1
        }
        return fixed(value, 1) + " " + units[unit]
    }
}

extension FixedWidthInteger where Self: UnsignedInteger {
    /// Two digits a byte, as candump writes them.
    public var hexadecimal: String {
        let digits = String(self, radix: 16, uppercase: true)
        return String(repeating: "0", count: Self.bitWidth / 4 - digits.utf8.count) + digits
    }
}
