import CANFrame

/// Writes YAML in one fixed form: keys in the order given, two blanks for each level, texts in
/// quotes, so that the same content is the same bytes.
struct CanonicalWriter {
    private(set) var text = ""
    private var level = 0

    /// `key: value`, where `value` is written as it is.
    mutating func line(_ key: String, _ value: String) {
        text += indent + key + ": " + value + "\n"
    }

    /// `key: "text"`; nothing for an empty one.
    mutating func quoted(_ key: String, _ value: String?) {
        guard let value, !value.isEmpty else { return }
        line(key, JSONText.quoted(value))
    }

    /// `key: ["a", "b"]`; nothing for an empty one.
    mutating func list(_ key: String, _ values: [String]) {
        guard !values.isEmpty else { return }
        line(key, Self.list(values))
    }

    /// `key:` and what `body` writes below it.
    mutating func section(_ key: String, _ body: (inout CanonicalWriter) -> Void) {
        text += indent + key + ":\n"
        level += 1
        body(&self)
        level -= 1
    }

    /// `- value` in a list.
    mutating func item(_ value: String) { text += indent + "- " + value + "\n" }

    /// `key: |` and the lines of a text below it.
    mutating func block(_ key: String, _ value: String) {
        text += indent + key + ": |2\n"
        var lines = value.split(separator: "\n", omittingEmptySubsequences: false)
        while lines.last?.isEmpty == true { lines.removeLast() }
        for line in lines {
            text += line.isEmpty ? "\n" : indent + "  " + Self.printable(line) + "\n"
        }
    }

    /// Without what YAML takes for the end of a line, or for no text.
    private static func printable(_ line: Substring) -> String {
        func isText(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.value {
            case 0x09: true
            case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: false
            default: true
            }
        }
        guard !line.unicodeScalars.allSatisfy(isText) else { return String(line) }
        var text = ""
        for scalar in line.unicodeScalars {
            text.unicodeScalars.append(isText(scalar) ? scalar : "\u{FFFD}")
        }
        return text
    }

    private var indent: String { String(repeating: "  ", count: level) }

    static func list(_ values: [String]) -> String {
        "[" + values.map(JSONText.quoted).joined(separator: ", ") + "]"
    }

    /// `{a: 1, b: "x"}` of those that are not `nil`.
    static func mapping(_ entries: [(String, String?)]) -> String {
        "{"
            + entries.compactMap { key, value in value.map { "\(key): \($0)" } }
            .joined(separator: ", ") + "}"
    }
}
