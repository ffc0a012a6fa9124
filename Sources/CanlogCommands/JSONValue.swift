import CANFrame

/// A value of a JSON document, written with sorted keys so that two of them can be compared.
enum JSONValue: ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral {
    case null
    case bool(Bool)
    case integer(Int64)
    case count(UInt64)
    /// A number with this many decimals.
    case number(Double, decimals: Int)
    /// A number with the digits that tell it from all others.
    case decimal(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(stringLiteral value: String) {
        self = .string(value)
    }

    init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { $1 })
    }

    /// The text or `null`.
    init(_ text: String?) {
        self = text.map { .string($0) } ?? .null
    }

    /// The document without blanks, in one line.
    var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .count(let value): String(value)
        case .number(let value, let decimals):
            FigureText.digits(value, decimals) ?? JSONValue.decimal(value).text
        case .decimal(let value): value.isFinite ? "\(value)" : "null"
        case .string(let value): JSONText.quoted(value)
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .object(let values):
            "{"
                + values.sorted { $0.key < $1.key }.map {
                    JSONText.quoted($0.key) + ":" + $0.value.text
                }.joined(separator: ",") + "}"
        }
    }
}
