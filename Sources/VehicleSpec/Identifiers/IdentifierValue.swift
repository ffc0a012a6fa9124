import CANFrame

/// One value out of the bytes of a data identifier.
public struct IdentifierValue: Sendable, Hashable {
    public enum Content: Sendable, Hashable {
        case number(Double)
        case text(String)
        case bytes([UInt8])
    }

    /// What a value is worth.
    public enum Validity: String, Sendable, Hashable, CaseIterable {
        case valid
        /// Outside of what a sound vehicle has.
        case outside
        /// The bytes say that there is no value.
        case notAvailable = "not-available"
        /// The bytes are none of this type: too few, too many, no decimal digits, no text.
        case malformed
    }

    /// The identifier's name, with `.field` of a part, `[2]` of what is repeated.
    public var name: String
    public var content: Content
    /// The bits as they came, of numbers and parts; sign extended.
    public var raw: Int64?
    /// The text that stands for the raw value.
    public var label: String?
    public var unit = ""
    public var validity: Validity

    public init(name: String, content: Content, validity: Validity = .valid) {
        self.name = name
        self.content = content
        self.validity = validity
    }

    /// The number, if it is one that counts.
    public var number: Double? {
        guard case .number(let number) = content, validity == .valid || validity == .outside else {
            return nil
        }
        return number
    }
}

extension IdentifierValue: CustomStringConvertible {
    /// `12.3 V`, `closed`, `VOLNA `, `00 12 FF`.
    public var description: String {
        if validity == .notAvailable { return "not available" }
        if let label { return label }
        switch content {
        case .number(let number):
            let rounded = (number * 1e6).rounded() / 1e6
            let text =
                rounded == rounded.rounded() && abs(rounded) < 1e15
                ? String(Int64(rounded)) : "\(rounded)"
            return unit.isEmpty ? text : "\(text) \(unit)"
        case .text(let text): return text
        case .bytes(let bytes): return bytes.map { $0.hexadecimal }.joined(separator: " ")
        }
    }
}
