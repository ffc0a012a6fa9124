public import CANFrame

/// What is otherwise in one database than in another.
///
/// Messages are the same by their identifier, and those that are left by their name; signals by
/// their name, and those that are left by where they lie. Of things that repeat, the first is the
/// same as the first, the second as the second. The order of things is no difference.
public struct DatabaseDifference: Sendable {
    /// In the order of the new database; what was removed comes last of its kind.
    public private(set) var changes: [DatabaseChange] = []

    public var isEmpty: Bool { changes.isEmpty }

    public init(from old: Database, to new: Database) {
        var fields: [DatabaseChange.Field] = []
        fields.add("version", old.version, new.version)
        fields.add("comment", old.comment, new.comment)
        fields.add(attributes: old.attributes, new.attributes)
        if !fields.isEmpty {
            changes.append(DatabaseChange(.changed, .database, named: "", fields: fields))
        }
        compareMessages(old, new)
        compare(old.nodes, new.nodes, as: .node)
        compare(old.valueTables, new.valueTables, as: .valueTable)
        compare(old.environmentVariables, new.environmentVariables, as: .environmentVariable)
        compare(old.attributeDefinitions, new.attributeDefinitions, as: .attribute)
        compare(old.signalTypes, new.signalTypes, as: .signalType)
        compare(old.allRelations, new.allRelations, as: .relation)
        compare(old.statementCounts, new.statementCounts, as: .statement)
    }

    private mutating func compareMessages(_ old: Database, _ new: Database) {
        var pairs = Pairs(old.messages, new.messages) { $0.identifierText }
        pairs.matchRest { $0.longName }
        for (before, after) in pairs.matched {
            guard let before else {
                changes.append(.message(.added, after))
                continue
            }
            let change = DatabaseChange.between(before, after)
            if !change.fields.isEmpty || !change.changes.isEmpty { changes.append(change) }
        }
        for message in pairs.removed { changes.append(.message(.removed, message)) }
    }

    private mutating func compare<Item: ComparedItem>(
        _ old: [Item], _ new: [Item], as kind: DatabaseChange.Kind
    ) {
        let pairs = Pairs(old, new) { $0.comparedName }
        for (before, after) in pairs.matched {
            var fields: [DatabaseChange.Field] = []
            if let before { fields = Item.fields(before, after) }
            if before != nil, fields.isEmpty { continue }
            changes.append(
                DatabaseChange(
                    before == nil ? .added : .changed, kind, named: after.comparedName,
                    fields: fields))
        }
        for item in pairs.removed {
            changes.append(DatabaseChange(.removed, kind, named: item.comparedName))
        }
    }
}

/// Something that is in one of two databases alone, or otherwise in both.
public struct DatabaseChange: Sendable, Hashable {
    public enum Action: String, Sendable, Hashable {
        case added, removed, changed
    }

    public enum Kind: String, Sendable, Hashable {
        case database, message, signal, node, valueTable, environmentVariable, attribute, signalType
        case relation, statement
    }

    /// A property with its value in the old and in the new database, `nil` where it has none.
    public struct Field: Sendable, Hashable {
        public var name: String
        public var old: String?
        public var new: String?
    }

    public var action: Action
    public var kind: Kind
    /// The new name of what was renamed.
    public var name: String
    /// Of a message, that in the new database if it is in both.
    public var identifier: ArbitrationID?
    public var fields: [Field]
    /// Those of a message's signals.
    public var changes: [DatabaseChange] = []

    init(
        _ action: Action, _ kind: Kind, named name: String, identifier: ArbitrationID? = nil,
        fields: [Field] = []
    ) {
        self.action = action
        self.kind = kind
        self.name = name
        self.identifier = identifier
        self.fields = fields
    }

    /// A message that only one of the databases has.
    static func message(_ action: Action, _ message: Message) -> Self {
        let text =
            UInt64(message.length).counting("byte") + ", "
            + UInt64(message.signals.count).counting("signal")
        return Self(
            action, .message, named: message.longName, identifier: message.identifier,
            fields: [only(text, action)])
    }

    private static func only(_ layout: String, _ action: Action) -> Field {
        Field(
            name: "layout", old: action == .removed ? layout : nil,
            new: action == .added ? layout : nil)
    }

    static func between(_ old: Message, _ new: Message) -> Self {
        var change = Self(.changed, .message, named: new.longName, identifier: new.identifier)
        change.fields.add("name", old.longName, new.longName)
        change.fields.add("identifier", old.identifierText, new.identifierText)
        change.fields.add("length", old.length, new.length)
        change.fields.add("format", "\(old.format)", "\(new.format)")
        change.fields.add(
            "cycle time", old.cycleTimeMilliseconds?.decimalText,
            new.cycleTimeMilliseconds?.decimalText)
        change.fields.add("transmitters", old.transmitters, new.transmitters)
        change.fields.add("comment", old.comment, new.comment)
        change.fields.add(attributes: old.attributes, new.attributes)
        change.fields.add("signal groups", old.groupTexts, new.groupTexts)

        var pairs = Pairs(Array(old.signals.indices), Array(new.signals.indices)) { side, place in
            side == .old ? old.signals[place].longName : new.signals[place].longName
        }
        pairs.matchRest { side, place in
            side == .old ? old.layoutText(of: place) : new.layoutText(of: place)
        }
        for (before, after) in pairs.matched {
            guard let before else {
                change.changes.append(.signal(.added, new, after))
                continue
            }
            let signal = Self.betweenSignals(old, before, new, after)
            if !signal.fields.isEmpty { change.changes.append(signal) }
        }
        for place in pairs.removed { change.changes.append(.signal(.removed, old, place)) }
        return change
    }

    private static func signal(_ action: Action, _ message: Message, _ place: Int) -> Self {
        Self(
            action, .signal, named: message.signals[place].longName,
            fields: [only(message.layoutText(of: place), action)])
    }

    private static func betweenSignals(
        _ before: Message, _ beforePlace: Int, _ after: Message, _ afterPlace: Int
    ) -> Self {
        let old = before.signals[beforePlace]
        let new = after.signals[afterPlace]
        var fields: [Field] = []
        fields.add("name", old.longName, new.longName)
        fields.add("start bit", old.startBit, new.startBit)
        fields.add("length", old.length, new.length)
        fields.add("byte order", "\(old.byteOrder)", "\(new.byteOrder)")
        fields.add("type", "\(old.valueType)", "\(new.valueType)")
        fields.add("factor", old.factor.decimalText, new.factor.decimalText)
        fields.add("offset", old.offset.decimalText, new.offset.decimalText)
        fields.add("minimum", old.minimum.decimalText, new.minimum.decimalText)
        fields.add("maximum", old.maximum.decimalText, new.maximum.decimalText)
        fields.add("unit", old.unit, new.unit)
        fields.add(
            "multiplexing", before.multiplexingText(of: beforePlace),
            after.multiplexingText(of: afterPlace))
        fields.add("receivers", old.receivers.sorted(), new.receivers.sorted())
        fields.add(labels: old.labels, new.labels)
        fields.add("comment", old.comment, new.comment)
        fields.add("signal type", old.typeName, new.typeName)
        fields.add(attributes: old.attributes, new.attributes)
        return Self(.changed, .signal, named: new.longName, fields: fields)
    }
}
