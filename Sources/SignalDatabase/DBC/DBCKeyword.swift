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
    // Those that are kept as they are written.
    case relationDefinition = "BA_DEF_REL_"
    case relationDefault = "BA_DEF_DEF_REL_"
    case relation = "BA_REL_"
    case nodeSignalRelation = "BU_SG_REL_"
    case nodeMessageRelation = "BU_BO_REL_"
    case nodeVariableRelation = "BU_EV_REL_"
    case signalType = "SGTYPE_"
    case signalTypeValue = "SGTYPE_VAL_"
    case signalTypeAttribute = "BA_SGTYPE_"
    case signalTypeDefinition = "BA_DEF_SGTYPE_"
    case signalTypeValueType = "SIGTYPE_VALTYPE_"
    case signalTypeReference = "SIG_TYPE_REF_"
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
            .transmitters, .signalGroup, .environmentData:
            true
        default: false
        }
    }

    /// The keyword that `bytes` spell.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard let word = Self.packed(bytes),
            let index = Self.packedWords.firstIndex(of: word)
        else { return nil }
        self = Self.allCases[index]
    }

    private static let packedWords = allCases.map { packed(Array($0.rawValue.utf8)[...]) ?? 0 }

    /// Up to 16 bytes as one number.
    private static func packed(_ bytes: ArraySlice<UInt8>) -> UInt128? {
        guard (2...16).contains(bytes.count) else { return nil }
        var word: UInt128 = 0
        for byte in bytes { word = word << 8 | UInt128(byte) }
        return word
    }
}
