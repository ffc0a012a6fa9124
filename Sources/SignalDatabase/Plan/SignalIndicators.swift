extension SignalPlan.Indicators {
    /// Those of an unsigned signal of J1939.
    init(of signal: Signal) {
        let all = SignalPlan.mask(of: signal.length)
        let named = signal.labels.filter { !Self.isNoValue($0.text) }
            .map { UInt64(bitPattern: $0.raw) }
        guard !named.contains(all) else {
            self = .none
            return
        }
        switch signal.length {
        case 2: self = named.contains(all - 1) ? .allOnes : .discrete
        case 3...7: self = .allOnes
        case 8...32:
            let greatest = 0xFB << UInt64(signal.length - 8) - 1
            self = named.contains { $0 > greatest && $0 < all } ? .allOnes : .topByte
        default: self = .none
        }
    }

    /// Whether a label says that there is no value, as databases put it.
    private static func isNoValue(_ label: String) -> Bool {
        let label = label.lowercased()
        let words = label.split { !$0.isLetter && !$0.isNumber && $0 != "/" }
        if words.contains(where: { ["na", "n/a", "sna", "n"].contains($0) }) { return true }
        return [
            "error", "fault", "avail", "invalid", "reserved", "care", "no action", "not supported",
            "not defined", "undefined", "unknown", "not used", "unused", "not installed",
        ].contains { label.contains($0) }
    }
}
