import CANFrame

/// Text inside JSON.
enum JSONText {
    /// `text` as a JSON string, RFC 8259 section 7; what would steer a terminal is escaped.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.steersTerminals: result += scalar.escaped
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
