import CANFrame
import YAMLText

extension YAMLNode {
    /// The same content in a fixed form: no comments, keys in order, texts in quotes.
    var canonicalText: String {
        switch content {
        case .mapping(let entries):
            return entries.sorted { $0.key < $1.key }
                .map { "\(JSONText.quoted($0.key)): \($0.value.inlineText)\n" }.joined()
        case .sequence, .scalar: return inlineText + "\n"
        }
    }

    /// In one line, but for the items of lists, which have one each.
    private var inlineText: String {
        switch content {
        case .scalar(let scalar): return scalar.canonicalText
        case .sequence(let items):
            return "[" + items.map { "\n  " + $0.flowText }.joined(separator: ",")
                + (items.isEmpty ? "]" : "\n]")
        case .mapping: return flowText
        }
    }

    /// For people: the same without quotes.
    var plainText: String {
        switch content {
        case .scalar(let scalar): return scalar.text
        case .sequence(let items): return "[" + items.map(\.plainText).joined(separator: ", ") + "]"
        case .mapping(let entries):
            return "{"
                + entries.map { "\($0.key): \($0.value.plainText)" }.joined(separator: ", ") + "}"
        }
    }

    /// In one line, keys in order.
    private var flowText: String { flowText { $0.sorted { $0.key < $1.key } } }

    /// In one line, keys as they are written.
    var flowTextAsWritten: String { flowText { $0 } }

    private func flowText(_ order: ([YAMLEntry]) -> [YAMLEntry]) -> String {
        switch content {
        case .scalar(let scalar): return scalar.canonicalText
        case .sequence(let items):
            return "[" + items.map { $0.flowText(order) }.joined(separator: ", ") + "]"
        case .mapping(let entries):
            return "{"
                + order(entries).map { "\(JSONText.quoted($0.key)): \($0.value.flowText(order))" }
                .joined(separator: ", ") + "}"
        }
    }
}

extension YAMLScalar {
    fileprivate var canonicalText: String {
        if isNull { return "null" }
        // The only values that are not read as the text that they are.
        if let boolean { return boolean ? "true" : "false" }
        return JSONText.quoted(text)
    }
}
