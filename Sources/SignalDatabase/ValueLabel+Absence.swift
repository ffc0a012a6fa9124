/// What a label says where it stands for no value.
public enum ValueAbsence: UInt8, Sendable, Hashable {
    /// "not available", "invalid", "SNA".
    case notAvailable
    /// "reserved", "undefined".
    case reserved
}

extension ValueLabel {
    /// Whether the text says that there is no value; of words that also name states of what is
    /// measured ("fault", "unknown", "not installed") nothing is made.
    public var absence: ValueAbsence? {
        let words = text.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "/" }
        // "Signal not available", "Invalid value", but not "Invalid key in ignition".
        guard words.count <= 4 else { return nil }
        if words.contains(where: { Self.notAvailableWords.contains(String($0)) }) {
            return .notAvailable
        }
        let joined = words.joined(separator: " ")
        if joined.contains("not available") || joined == "not avail" { return .notAvailable }
        if words.contains(where: { Self.reservedWords.contains(String($0)) })
            || joined.contains("not defined")
        {
            return .reserved
        }
        return nil
    }

    private static let notAvailableWords: Set<String> = [
        "na", "n/a", "sna", "invalid", "unavailable", "notavailable",
    ]
    private static let reservedWords: Set<String> = ["reserved", "undefined", "rsvd"]
}
