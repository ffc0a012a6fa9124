public import CANFrame

/// What a database file says of a bus: its messages, their signals, and all that hangs on them.
///
/// Messages and signals are known by their index, since files repeat names and identifiers.
public struct Database: Sendable {
    /// The text of `VERSION`.
    public var version = ""
    public var nodes: [Node] = []
    /// In the order of the file.
    public var messages: [Message] = []
    public var valueTables: [ValueTable] = []
    public var environmentVariables: [EnvironmentVariable] = []
    public var attributeDefinitions: [AttributeDefinition] = []
    /// The attributes of the database itself.
    public var attributes: [Attribute] = []
    public var comment: String?
    /// Attributes of nodes together with what they send or use.
    public var relations: [NodeRelation] = []
    public var signalTypes: [SignalType] = []
    /// Statements that are not modelled here, as they are written, and lines that are none; at most
    /// ``maximumOtherStatements``.
    public var otherStatements: [OtherStatement] = []
    /// What the file was written in.
    public internal(set) var encoding = TextEncoding.utf8
    /// What is wrong with the file, by line; at most ``maximumDiagnostics``.
    public internal(set) var diagnostics: [Diagnostic] = []
    /// How many more diagnostics there were.
    public internal(set) var unlistedDiagnostics = 0

    /// How many diagnostics are kept of one file.
    public static let maximumDiagnostics = 10_000

    /// How many statements that are not modelled are kept of one file.
    public static let maximumOtherStatements = 10_000

    public init() {}

    /// The indices of the messages of this name, short or long.
    public func messageIndices(named name: String) -> [Int] {
        messages.indices.filter { messages[$0].name == name || messages[$0].longName == name }
    }

    /// The indices of the messages of exactly this identifier.
    public func messageIndices(of identifier: ArbitrationID) -> [Int] {
        messages.indices.filter { messages[$0].identifier == identifier }
    }

    /// The value of an attribute of an object with these attributes: its own, else the default.
    public func value(
        of name: String, in attributes: [Attribute], of owner: AttributeOwner
    ) -> AttributeValue? {
        attributes.value(of: name)
            ?? attributeDefinitions.first { $0.name == name && $0.owner == owner }?.defaultValue
    }
}

/// An ECU, or a tool, on the bus (`BU_`).
public struct Node: Sendable, Hashable {
    public var name: String
    /// The name before it was cut to 32 characters (`SystemNodeLongSymbol`), else ``name``.
    public var longName: String
    public var comment: String?
    public var attributes: [Attribute] = []
    public var line: Int
}

/// Texts of raw values under a name of their own (`VAL_TABLE_`).
public struct ValueTable: Sendable, Hashable {
    public var name: String
    public var labels: [ValueLabel]
    public var line: Int
}

/// A value outside the bus that simulations use (`EV_`); kept for completeness.
public struct EnvironmentVariable: Sendable, Hashable {
    public var name: String
    public var minimum: Double
    public var maximum: Double
    public var unit: String
    public var initialValue: Double?
    /// The nodes that may change it.
    public var nodes: [String] = []
    /// In bytes, of one that holds data and no number (`ENVVAR_DATA_`).
    public var dataSize: Int?
    public var labels: [ValueLabel] = []
    public var comment: String?
    public var attributes: [Attribute] = []
    public var line: Int
}

/// A layout that signals refer to and that each repeats in its own line (`SGTYPE_`).
public struct SignalType: Sendable, Hashable {
    public var name: String
    /// As it is written behind the colon.
    public var text: String
    public var line: Int
}

/// A statement that the format has and that means nothing to decoding (`CAT_`, `FILTER`).
public struct OtherStatement: Sendable, Hashable {
    /// Empty of a line that begins with no keyword of the format.
    public var keyword: String
    public var text: String
    public var line: Int
}
