public import VehicleSpec

/// One rule or check that was violated: when, where, and the frames that show it.
///
/// It opens when the violation is established, extends while it lasts, and closes when it is over:
/// one record for an episode, not one for each frame.
public struct Finding: Sendable, Hashable {
    /// What was violated: the name of an automatic check (`cycle-time`) or of a rule (`ect-range`).
    public var check: String
    /// What it is about: `PT.ECM_Temps.CoolantTemp`, `PT.ECM_Engine`, `PT.7A0`, `ECM`, `PT`.
    public var subject: String
    /// Which episode of this check on this subject it is, from 1.
    public var episode = 1
    /// The trouble code or the word that it stands for: `P0118`, `NET-LOAD`.
    public var code: String?
    public var severity: FindingSeverity
    /// Whether lives may depend on it.
    public var isSafety = false
    /// The role of the control unit that it is laid at, where one is known.
    public var role: String?
    /// The bus by its name in the spec.
    public var bus: String?
    /// One line for people: what was seen, and what was wanted.
    public var text: String
    /// Bus time in nanoseconds at which the violation began, and was established.
    public var began: Int64
    public var opened: Int64
    /// When it was over; `nil` while it lasts.
    public var closed: Int64?
    /// How many frames, exchanges or deadlines showed it.
    public var occurrences: UInt64 = 1
    /// The numbers of the first and the last frame that show it; `nil` where it is that none came.
    public var evidence: ClosedRange<UInt64>?

    public init(
        check: String, subject: String, severity: FindingSeverity, text: String, began: Int64,
        opened: Int64
    ) {
        self.check = check
        self.subject = subject
        self.severity = severity
        self.text = text
        self.began = began
        self.opened = opened
    }

    /// The same for the same violation in every reading of the same traffic:
    /// `cycle-time/PT.ECM_Engine#1`.
    public var id: String { "\(check)/\(subject)#\(episode)" }
}
