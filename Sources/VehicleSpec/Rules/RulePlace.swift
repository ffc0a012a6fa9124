/// A place in the file that a rule stands in: line and column, counted from 1.
///
/// The column counts characters as editors do (Unicode scalars). In a text in quotes that has
/// escapes it is the column within the text.
public struct RulePlace: Sendable, Hashable {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// The begin of a text that is no part of a file.
    public static let start = RulePlace(line: 1, column: 1)
}

extension RulePlace: CustomStringConvertible {
    /// `12:5`
    public var description: String { "\(line):\(column)" }
}

/// What is wrong with a rule, where, and what to do.
public struct RuleError: Error, Sendable, Hashable {
    public var place: RulePlace
    /// Lower case, no full stop: `no message is named ECM_Temp`.
    public var cause: String
    /// `did you mean ECM_Temps?`; `nil` where nothing is known that would help.
    public var hint: String?

    public init(at place: RulePlace, _ cause: String, hint: String? = nil) {
        self.place = place
        self.cause = cause
        self.hint = hint
    }
}

extension RuleError: CustomStringConvertible {
    /// `12:5: no message is named ECM_Temp; did you mean ECM_Temps?`
    public var description: String { "\(place): \(cause)" + (hint.map { "; \($0)" } ?? "") }
}
