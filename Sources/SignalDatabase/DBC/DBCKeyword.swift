/// The words that begin a statement of a DBC file.
enum DBCKeyword: String, CaseIterable {
    // The frequent ones first: the search goes down the list.
    case signal = "SG_"
    case value = "VAL_"
    case attribute = "BA_"
    case message = "BO_"
    case comment = "CM_"
    case version = "VERSION"
    case newSymbols = "NS_"
    case bitTiming = "BS_"
    case nodes = "BU_"
    case valueTable = "VAL_TABLE_"
    case attributeDefinition = "BA_DEF_"
    case attributeDefault = "BA_DEF_DEF_"
    case valueType = "SIG_VALTYPE_"
    case multiplexing = "SG_MUL_VAL_"
    case transmitters = "BO_TX_BU_"
    case signalGroup = "SIG_GROUP_"
    case environmentVariable = "EV_"
    case environmentData = "ENVVAR_DATA_"
    case relationDefinition = "BA_DEF_REL_"
    case relationDefault = "BA_DEF_DEF_REL_"
    case relation = "BA_REL_"
    case nodeSignalRelation = "BU_SG_REL_"
    case nodeMessageRelation = "BU_BO_REL_"
    case nodeVariableRelation = "BU_EV_REL_"
    case signalType = "SGTYPE_"
    case signalTypeReference = "SIG_TYPE_REF_"
    // Those that are kept as they are written.
    case signalTypeValue = "SGTYPE_VAL_"
    case signalTypeAttribute = "BA_SGTYPE_"
    case signalTypeDefinition = "BA_DEF_SGTYPE_"
    case signalTypeValueType = "SIGTYPE_VALTYPE_"
    case category = "CAT_"
    case categoryDefinition = "CAT_DEF_"
    case environmentDataDefinition = "EV_DATA_"
    case symbolDescription = "NS_DESC_"
    case filter = "FILTER"

    /// Whether a statement ends with its line and not with a semicolon.
    var endsWithLine: Bool {
        switch self {
        case .signal, .message, .version, .newSymbols, .bitTiming, .nodes: true
        default: false
        }
    }

    /// Whether it says something of what other statements declare, which may come later.
    var isAnnotation: Bool {
        switch self {
        case .value, .attribute, .comment, .attributeDefault, .valueType, .multiplexing,
            .transmitters, .signalGroup, .environmentData, .relationDefault, .relation,
            .signalTypeReference:
            true
        default: false
        }
    }

    /// Whether it names the kind of object, or of two, that a statement is about.
    var isObject: Bool {
        switch self {
        case .nodes, .message, .signal, .environmentVariable, .nodeSignalRelation,
            .nodeMessageRelation, .nodeVariableRelation:
            true
        default: false
        }
    }

    /// The keyword that `bytes` spell.
    init?(_ bytes: Span<UInt8>) {
        guard 3...16 ~= bytes.count else { return nil }
        var word: UInt128 = 0
        for index in bytes.indices { word = word << 8 | UInt128(bytes[index]) }
        let words = Self.words
        for index in words.indices where words[index].packed == word {
            self = words[index].keyword
            return
        }
        return nil
    }

    /// The bytes of each as one number.
    private static let words: [(packed: UInt128, keyword: Self)] = allCases.map { keyword in
        (keyword.rawValue.utf8.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }, keyword)
    }
}
