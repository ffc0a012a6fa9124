import CANFrame

/// A rule of a rules file: when it is violated, and what that means.
public struct Rule: Sendable, Hashable {
    /// Unique among the rules of a vehicle: `ect-range`.
    public var id: String
    /// What is wrong when it is true.
    public var when: RuleExpression
    /// How long it must be true before a finding opens (`for`); `nil`: at once.
    public var `for`: RuleHold?
    /// How long it must be false before the finding closes (`clear-for`); `nil`: at once.
    public var clearFor: RuleHold?
    /// What must hold for the rule to count (`only-if`).
    public var onlyIf: RuleExpression?
    /// The step of a plan in which alone it is judged (`during`).
    public var during: String?
    /// The trouble code or word of the finding: `P0118`, `NET-LOAD`.
    public var finding: String?
    public var severity: FindingSeverity
    public var text: String?
    /// Whether people may be harmed by what it finds.
    public var safety = false
    /// Where its `id` stands.
    public var place: RulePlace

    public init(
        id: String, when: RuleExpression, severity: FindingSeverity, place: RulePlace = .start
    ) {
        self.id = id
        self.when = when
        self.severity = severity
        self.place = place
    }
}

/// How long a condition must hold.
public enum RuleHold: Sendable, Hashable {
    /// Nanoseconds of bus time, at least 1.
    case time(Int64)
    /// So many events in a row, at least 1.
    case events(Int)

    /// 10 minutes.
    public static let longestTime: Int64 = 600_000_000_000
    public static let mostEvents = 1_000_000

    /// Reads `500ms`, `3 events` or `1 event`, which stands at `place`.
    public init(_ text: String, at place: RulePlace = .start) throws(RuleError) {
        let words = text.split(separator: " ")
        if words.count == 2, words[1] == "events" || words[1] == "event" {
            guard let count = Int(words[0]), (1...Self.mostEvents).contains(count) else {
                throw RuleError(
                    at: place, "\(words[0]) is no number of events",
                    hint: "write 1 to \(Self.mostEvents)")
            }
            self = .events(count)
            return
        }
        let isNumber = text.utf8.last.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard isNumber != true,
            let time = TimeSpanText.nanoseconds(text.filter { $0 != " " }), time > 0,
            time <= Self.longestTime
        else {
            throw RuleError(
                at: place, "\(text) is no time of at most 10min and no number of events",
                hint: "write 500ms, or 3 events")
        }
        self = .time(time)
    }
}

extension RuleHold: CustomStringConvertible {
    /// `500ms`, `3 events`
    public var description: String {
        switch self {
        case .time(let time): RuleTime.text(time)
        case .events(let count): count == 1 ? "1 event" : "\(count) events"
        }
    }
}
