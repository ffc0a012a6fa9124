/// What an attribute may be attached to.
public enum AttributeOwner: Sendable, Hashable {
    case database, node, message, signal, environmentVariable
    /// A node together with what it sends or uses (`BA_DEF_REL_`).
    case nodeAndMessage, nodeAndSignal, nodeAndVariable

    /// Whether it is a pair of objects.
    public var isRelation: Bool {
        switch self {
        case .nodeAndMessage, .nodeAndSignal, .nodeAndVariable: true
        case .database, .node, .message, .signal, .environmentVariable: false
        }
    }
}

/// The declaration of an attribute (`BA_DEF_`) with its default (`BA_DEF_DEF_`).
public struct AttributeDefinition: Sendable, Hashable {
    /// What values an attribute has; the limits are as written, both 0 for none.
    public enum Kind: Sendable, Hashable {
        case integer(minimum: Double, maximum: Double)
        case hexadecimal(minimum: Double, maximum: Double)
        case number(minimum: Double, maximum: Double)
        case text
        case choice([String])
    }

    public var name: String
    public var owner: AttributeOwner
    public var kind: Kind
    /// The value where an object has none of its own.
    public var defaultValue: AttributeValue?
    public var line: Int
}

/// The value of an attribute, by the kind of its definition.
public enum AttributeValue: Sendable, Hashable {
    case integer(Int64)
    case number(Double)
    case text(String)
    /// A member of an enumeration, by its place and its name.
    case choice(index: Int, name: String)

    /// The number, of those that are one; the place of a choice.
    public var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .choice(let index, _): Double(index)
        case .text: nil
        }
    }

    /// The text, or the name of a choice.
    public var text: String? {
        switch self {
        case .text(let text): text
        case .choice(_, let name): name
        case .integer, .number: nil
        }
    }
}

/// A value that an object has of its own (`BA_`).
public struct Attribute: Sendable, Hashable {
    public var name: String
    public var value: AttributeValue
}

/// The value that an attribute has for a node and something that it sends or uses (`BA_REL_`).
public struct NodeRelation: Sendable, Hashable {
    public enum Target: Sendable, Hashable {
        case message(Int)
        case signal(message: Int, signal: Int)
        case variable(Int)
    }

    /// The index of the node.
    public var node: Int
    public var target: Target
    public var attribute: Attribute
}

extension [Attribute] {
    /// The last value given to the attribute of this name.
    public func value(of name: String) -> AttributeValue? {
        last { $0.name == name }?.value
    }
}
