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

    /// Whether a label says that there is no value, as databases put it: by a word of its own
    /// ("Error", not "Default"), or by several ("Not available", not "Available").
    private static func isNoValue(_ label: String) -> Bool {
        let words = label.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "/" }
        if words.contains(where: { noValueWords.contains(String($0)) }) { return true }
        let text = words.joined(separator: " ")
        return noValueTexts.contains { text.contains($0) }
    }

    private static let noValueWords: Set<String> = [
        "na", "n/a", "sna", "error", "err", "fault", "invalid", "reserved", "unavailable",
        "undefined", "unknown", "unused",
    ]
    private static let noValueTexts = [
        "not avail", "notavail", "no action", "don t care", "do not care", "not supported",
        "not defined", "not used", "not installed",
    ]
}
