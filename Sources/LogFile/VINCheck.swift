/// Whether a scanned vehicle identification number has the form of one.
///
/// ISO 3779: 17 characters of A to Z without I, O and Q, and 0 to 9. The check digit (position 9) is
/// used in some markets only, so it is not judged.
public enum VINCheck {
    /// What is doubtful about `vin`, or `nil` if nothing is.
    public static func doubt(about vin: String) -> String? {
        let characters = Array(vin.unicodeScalars)
        guard characters.count == 17 else {
            return "VIN \(quoted(vin)) has \(characters.count) characters instead of 17"
        }
        for (index, scalar) in characters.enumerated() where !isAllowed(scalar) {
            return
                "VIN \(quoted(vin)) has \(quoted(String(scalar))) in position \(index + 1), which no VIN has (ISO 3779)"
        }
        return nil
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "0"..."9": true
        case "I", "O", "Q": false
        default: ("A"..."Z").contains(scalar)
        }
    }

    private static func quoted(_ text: String) -> String {
        "'"
            + text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? "?" : String($0) }
            .joined() + "'"
    }
}
