/// What is known of something that a rule reads.
public struct RuleFacts: Sendable, Hashable {
    /// With its bus, and as an identifier where a role was written.
    public var input: RuleInput
    /// `nil` or empty where there is none.
    public var unit: String?
    /// Whether it is told as a text: an identifier of characters or of labels.
    public var isText = false
    /// The values that labels stand for; several where a label stands for several.
    public var labels: [RuleLabel] = []
    /// How often its message is sent, in nanoseconds; `nil` where that is not known.
    public var cycleTime: Int64?

    public init(_ input: RuleInput, unit: String? = nil) {
        self.input = input
        self.unit = unit
    }
}

/// A label of a value table with the physical value it stands for.
public struct RuleLabel: Sendable, Hashable {
    public var text: String
    public var value: Double

    public init(text: String, value: Double) {
        self.text = text
        self.value = value
    }
}

/// Says what an input is, or why there is none of this name.
public typealias RuleNaming = (RuleInput, RulePlace) throws(RuleError) -> RuleFacts
