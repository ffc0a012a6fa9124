import CANFrame
public import SignalDatabase

extension DatabaseDifference {
    /// The changes in lines for people: `+` added, `-` removed, `~` changed, with old and new value.
    public var text: String {
        changes.flatMap { $0.lines(indent: 0) }.map { $0 + "\n" }.joined()
    }

    /// How many things were added, removed and changed, in a line.
    public var summary: String {
        guard !isEmpty else { return "no difference" }
        let all = changes + changes.flatMap(\.changes)
        let parts = [
            ("message", all.filter { $0.kind == .message }),
            ("signal", all.filter { $0.kind == .signal }),
            ("other thing", all.filter { $0.kind != .message && $0.kind != .signal }),
        ].compactMap { noun, changes -> String? in
            guard !changes.isEmpty else { return nil }
            let counts = [DatabaseChange.Action.added, .removed, .changed].compactMap { action in
                let count = changes.count { $0.action == action }
                return count > 0 ? "\(count) \(action.rawValue)" : nil
            }
            return "\(noun)s: " + counts.joined(separator: ", ")
        }
        return parts.joined(separator: "; ")
    }
}

extension DatabaseChange {
    fileprivate func lines(indent: Int) -> [String] {
        let blanks = String(repeating: " ", count: indent)
        let words = [kind.words, identifierText, name.isEmpty ? nil : name].compactMap { $0 }
        // A single property of something that is new or gone says what it is.
        if action != .changed, fields.count == 1, let value = fields[0].new ?? fields[0].old {
            return ["\(blanks)\(action.mark) \(words.joined(separator: " "))  \(value)".printable]
        }
        var table = TextTable(["", ""])
        for field in fields {
            table.add([field.name, "\(Self.shown(field.old)) → \(Self.shown(field.new))"])
        }
        return ["\(blanks)\(action.mark) \(words.joined(separator: " "))".printable]
            + table.lines(withHeading: false, indent: indent + 4)
            + changes.flatMap { $0.lines(indent: indent + 2) }
    }

    private var identifierText: String? { identifier.map { PackedID($0).description } }

    /// Texts in quotes, so that blanks and nothing can be seen.
    private static func shown(_ value: String?) -> String {
        guard let value else { return "none" }
        let isPlain = !value.isEmpty && !value.contains(" ") && !value.contains("\n")
        return isPlain ? value : "\"\(value)\""
    }
}

extension DatabaseChange.Action {
    fileprivate var mark: String {
        switch self {
        case .added: "+"
        case .removed: "-"
        case .changed: "~"
        }
    }
}

extension DatabaseChange.Kind {
    fileprivate var words: String {
        switch self {
        case .valueTable: "value table"
        case .environmentVariable: "environment variable"
        case .signalType: "signal type"
        default: rawValue
        }
    }
}
