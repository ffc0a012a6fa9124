extension String {
    /// The text as a terminal may have it: what would steer the terminal, in a file's metadata or in a
    /// name, is shown as `\u001b` instead.
    public var printable: String {
        // Nearly every text is plain ASCII, which is quickly told.
        guard utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F }) else { return self }
        guard unicodeScalars.contains(where: \.steersTerminals) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            if scalar.steersTerminals {
                result += scalar.escaped
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension Unicode.Scalar {
    /// Whether this is a control character (C0, DEL, C1), or turns the direction of what follows.
    public var steersTerminals: Bool {
        switch value {
        case 0..<0x20, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// `\u001b`, RFC 8259 section 7.
    public var escaped: String {
        let digits = String(value, radix: 16)
        return "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
