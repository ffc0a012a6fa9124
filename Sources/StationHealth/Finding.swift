/// One thing that was looked at, what was found, and the command that mends it.
public struct Finding: Sendable, Hashable {
    public enum Verdict: String, Sendable, Hashable, CaseIterable {
        case ok
        /// It can be recorded, with less safety than there could be.
        case warn
        /// The shift should not start so.
        case fail
        /// It could not be found out, so it is none of the others.
        case notMeasured
    }

    /// What was looked at, in a word: `clock`, `can0`.
    public var subject: String
    public var verdict: Verdict
    /// What was found.
    public var words: String
    /// What to run, or to do.
    public var remedy: String?

    public init(_ subject: String, _ verdict: Verdict, _ words: String, remedy: String? = nil) {
        self.subject = subject
        self.verdict = verdict
        self.words = words
        self.remedy = remedy
    }
}

/// What a station is to record, as far as its health depends on it.
public struct StationSetup: Sendable {
    /// The configuration file; `nil` where there is none.
    public var path: String?
    /// The name of its recorder, and of the instance of its service.
    public var name = "station"
    /// The interfaces, or `any`.
    public var interfaces: [String]
    /// Where the logs go.
    public var folder: String
    /// Whether an interface may come later.
    public var waits = false
    /// Whether the recorder sets bit rates itself.
    public var setsBitRates = false
    /// How often the log is forced onto the disk, in nanoseconds.
    public var synchronizeEvery: Int64 = 250_000_000
    /// Bytes that old logs may take.
    public var keptBytes: UInt64?

    public init(interfaces: [String], folder: String) {
        self.interfaces = interfaces
        self.folder = folder
    }

    var service: String { "canlog-record@\(name)" }
    var file: String { path ?? "the configuration" }
}
