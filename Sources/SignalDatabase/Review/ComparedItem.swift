/// Something of a database that has a name and properties, and no parts.
protocol ComparedItem {
    var comparedName: String { get }

    static func fields(_ old: Self, _ new: Self) -> [DatabaseChange.Field]
}

extension Node: ComparedItem {
    var comparedName: String { longName }

    static func fields(_ old: Self, _ new: Self) -> [DatabaseChange.Field] {
        var fields: [DatabaseChange.Field] = []
        fields.add("comment", old.comment, new.comment)
        fields.add(attributes: old.attributes, new.attributes)
        return fields
    }
}

extension ValueTable: ComparedItem {
    var comparedName: String { name }

    static func fields(_ old: Self, _ new: Self) -> [DatabaseChange.Field] {
        var fields: [DatabaseChange.Field] = []
        fields.add(labels: old.labels, new.labels)
        return fields
    }
}

extension EnvironmentVariable: ComparedItem {
    var comparedName: String { name }

    static func fields(_ old: Self, _ new: Self) -> [DatabaseChange.Field] {
        var fields: [DatabaseChange.Field] = []
        fields.add("minimum", old.minimum.decimalText, new.minimum.decimalText)
        fields.add("maximum", old.maximum.decimalText, new.maximum.decimalText)
        fields.add("unit", old.unit, new.unit)
        fields.add("initial value", old.initialValue?.decimalText, new.initialValue?.decimalText)
        fields.add("nodes", old.nodes, new.nodes)
        fields.add("size", old.dataSize.map(String.init), new.dataSize.map(String.init))
        fields.add(labels: old.labels, new.labels)
        fields.add("comment", old.comment, new.comment)
        fields.add(attributes: old.attributes, new.attributes)
        return fields
    }
}

extension AttributeDefinition: ComparedItem {
    var comparedName: String { "\(name) (\(owner))" }

    static func fields(_ old: Self, _ new: Self) -> [DatabaseChange.Field] {
        var fields: [DatabaseChange.Field] = []
        fields.add("type", old.kind.text, new.kind.text)
        fields.add("default", old.defaultValue?.shownText, new.defaultValue?.shownText)
        return fields
    }
}

extension SignalType: ComparedItem {
    var comparedName: String { name }

    static func fields(_ old: Self, _ new: Self) -> [DatabaseChange.Field] {
        var fields: [DatabaseChange.Field] = []
        fields.add("layout", old.text, new.text)
        return fields
    }
}

/// A relation by the names of its ends.
struct NamedRelation: ComparedItem {
    var comparedName: String
    var value: String

    static func fields(_ old: Self, _ new: Self) -> [DatabaseChange.Field] {
        var fields: [DatabaseChange.Field] = []
        fields.add("value", old.value, new.value)
        return fields
    }
}

extension Database {
    var allRelations: [NamedRelation] {
        relations.map { relation in
            let target =
                switch relation.target {
                case .message(let place): messages[place].longName
                case .signal(let message, let place):
                    "\(messages[message].longName).\(messages[message].signals[place].longName)"
                case .variable(let place): environmentVariables[place].name
                }
            return NamedRelation(
                comparedName:
                    "\(relation.attribute.name) of \(nodes[relation.node].longName) and \(target)",
                value: relation.attribute.value.shownText)
        }
    }

    /// The statements that are not modelled, each by its text.
    var statementCounts: [NamedRelation] {
        otherStatements.filter { !$0.keyword.isEmpty }.map {
            NamedRelation(comparedName: $0.text, value: "")
        }
    }
}

extension AttributeValue {
    /// The value for people: the name of a choice, the digits of a number.
    public var shownText: String {
        switch self {
        case .integer(let value): String(value)
        case .number(let value): value.decimalText
        case .text(let text): text
        case .choice(_, let name): name
        }
    }
}

extension AttributeDefinition.Kind {
    /// The type as a file has it.
    public var text: String {
        switch self {
        case .integer(let minimum, let maximum):
            "INT \(minimum.decimalText) \(maximum.decimalText)"
        case .hexadecimal(let minimum, let maximum):
            "HEX \(minimum.decimalText) \(maximum.decimalText)"
        case .number(let minimum, let maximum):
            "FLOAT \(minimum.decimalText) \(maximum.decimalText)"
        case .text: "STRING"
        case .choice(let names): "ENUM " + names.joined(separator: ", ")
        }
    }
}
