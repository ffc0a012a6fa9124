/// Something in a database file that is not as the format says, and what was done about it.
public struct Diagnostic: Sendable, Hashable {
    /// What it means for who uses the database.
    public enum Severity: Sendable, Hashable {
        /// Something that the file names is not in the database.
        case lost
        /// Something was taken otherwise than it was written, as its author most probably meant it.
        case repaired
        /// Nothing is lost or changed; the database may surprise.
        case noted
    }

    /// Counted from 1.
    public var line: Int
    /// Counted from 1, in characters as an editor counts them; a tab is one.
    public var column: Int
    public var severity: Severity
    /// What is wrong.
    public var cause: String
    /// What was done about it.
    public var action: String

    public init(line: Int, column: Int, severity: Severity, cause: String, action: String) {
        self.line = line
        self.column = column
        self.severity = severity
        self.cause = cause
        self.action = action
    }

    /// `FILE:LINE:COLUMN: cause; action`
    public func text(file: String) -> String { "\(file):\(self)" }
}

extension Diagnostic: CustomStringConvertible {
    public var description: String { "\(line):\(column): \(cause); \(action)" }
}
