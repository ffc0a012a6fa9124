/// A place in a text: line and column, counted from 1.
public struct YAMLPlace: Sendable, Hashable {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// A value of a YAML document, with the place where it stands.
///
/// Scalars stay the text that was written: what they mean is for whoever asks for them to say. So
/// `0110` is not taken for 72, nor the country code `no` for false.
public struct YAMLNode: Sendable {
    public enum Content: Sendable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        /// In the order written; no key comes twice.
        case mapping([YAMLEntry])
    }

    public let content: Content
    public let place: YAMLPlace

    /// The scalar, if it is one.
    public var scalar: YAMLScalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }

    /// The items, if it is a sequence.
    public var sequence: [YAMLNode]? {
        if case .sequence(let items) = content { items } else { nil }
    }

    /// The entries, if it is a mapping.
    public var mapping: [YAMLEntry]? {
        if case .mapping(let entries) = content { entries } else { nil }
    }

    /// The value of a key, if this is a mapping that has it.
    public subscript(key: String) -> YAMLNode? {
        mapping?.first { $0.key == key }?.value
    }

    /// A mapping that stands for something that was written shorter.
    public static func mapping(
        _ entries: [(key: String, value: YAMLNode)], at place: YAMLPlace
    ) -> YAMLNode {
        YAMLNode(
            content: .mapping(
                entries.map { YAMLEntry(key: $0.key, place: place, value: $0.value) }),
            place: place)
    }

    /// What it is, for messages: `a list`.
    public var kind: String {
        switch content {
        case .scalar(let scalar): scalar.isNull ? "empty" : "a single value"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}

/// A key with its value.
public struct YAMLEntry: Sendable {
    public let key: String
    public let place: YAMLPlace
    public let value: YAMLNode
}

/// A single value, as it was written.
public struct YAMLScalar: Sendable, Hashable {
    /// The text without quotes.
    public let text: String
    /// Whether it stood without quotes, so that it may mean a number, a boolean or nothing.
    public let isPlain: Bool

    public init(text: String, isPlain: Bool) {
        self.text = text
        self.isPlain = isPlain
    }

    /// Whether it means that there is no value: nothing, `~` or `null`.
    public var isNull: Bool {
        isPlain && ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// What `true` and `false` mean; `nil` for everything else, `yes` and `on` included, which YAML
    /// 1.1 takes for booleans and YAML 1.2 for texts.
    public var boolean: Bool? {
        guard isPlain else { return nil }
        switch text {
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        default: return nil
        }
    }

    /// What another reader may take it for instead of the text that it is: `a number`, `a boolean`.
    public var doubt: String? {
        guard isPlain else { return nil }
        if isNull { return "no value" }
        let word = text.lowercased()
        if ["true", "false", "yes", "no", "on", "off", "y", "n"].contains(word) {
            return "a boolean"
        }
        let digits = word.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
        guard let first = digits.first else { return nil }
        let isNumber = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
        let allowed = Array("0123456789abcdefox_.:e+-".utf8)
        if isNumber, digits.allSatisfy({ allowed.contains($0) }) { return "a number" }
        return [".inf", ".nan", "-.inf", "+.inf"].contains(word) ? "a number" : nil
    }
}
