import CANFrame

/// Numbers and times in the sentences of findings.
enum FindingText {
    /// `85 ms`, `1.2 s`.
    static func time(_ nanoseconds: Int64) -> String {
        let value = Double(nanoseconds)
        if abs(value) < 1e9 { return trimmed(value / 1e6, abs(value) < 1e7 ? 1 : 0) + " ms" }
        return trimmed(value / 1e9, abs(value) < 1e10 ? 2 : 1) + " s"
    }

    /// At most 3 decimals.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "no number" : "infinite" }
        return FigureText.digits(value, 3).map { trimmed($0) } ?? "\(value)"
    }

    private static func trimmed(_ value: Double, _ decimals: Int) -> String {
        trimmed(FigureText.fixed(value, decimals))
    }

    /// Without zeros at the end of a fraction.
    private static func trimmed(_ digits: String) -> String {
        guard digits.contains(".") else { return digits }
        var rest = Substring(digits)
        while rest.last == "0" { rest.removeLast() }
        if rest.last == "." { rest.removeLast() }
        return String(rest)
    }
}
