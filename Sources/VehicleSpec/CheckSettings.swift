/// How strictly the automatic checks judge, and what they leave out.
///
/// The defaults suit a vehicle at the end of the line. Times are in nanoseconds of bus time; what
/// each is for stands in "Automatic checks" of the documentation of VehicleDiagnosis.
public struct CheckSettings: Sendable, Hashable {
    /// Checks that are not made.
    public var off: Set<AutomaticCheck> = []
    /// Severities other than those of ``AutomaticCheck/severity``.
    public var severities: [AutomaticCheck: FindingSeverity] = [:]
    /// Subjects about which nothing is found: `PT.7A0`, `PT.Engine`, `PT.Engine.*`; `*` stands for
    /// any characters.
    public var ignored: [Exception] = []

    /// A subject that is left out, of one check or of all.
    public struct Exception: Sendable, Hashable {
        public var check: AutomaticCheck?
        public var subject: String

        public init(_ check: AutomaticCheck? = nil, subject: String) {
            self.check = check
            self.subject = subject
        }
    }

    /// How long after the first frame of its bus a node has to begin, and after its own first frame
    /// a message to have values.
    public var startUp: Int64 = 2_000_000_000
    /// How long a violation must not be seen for the finding to close.
    public var clear: Int64 = 1_000_000_000
    /// For so long the others must go on before the silence of a message or node is one: a vehicle
    /// that goes to sleep does not do so in one instant.
    public var confirm: Int64 = 1_000_000_000
    /// By which part the mean interval of a message may differ from its cycle time.
    public var cycleTolerance = 0.2
    /// How many cycles may pass without a frame of a message, and how long beyond them at least.
    public var gapCycles = 3.0
    public var gapSlack: Int64 = 30_000_000
    /// Whether a message of which frames come too often is found.
    public var findsFastMessages = true
    /// How long no frame of a node must come, at least, until it is silent.
    public var nodeSilence: Int64 = 500_000_000
    /// Frames in a row that show a value out of range, not available or reserved.
    public var valueFrames = 2
    /// Errors of a counter among ``counterWindow`` frames.
    public var counterErrors = 2
    public var counterWindow = 16
    /// Which part of the bit rate is too much, over a second.
    public var busLoad = 0.8
    /// Error frames within a second.
    public var errorFrames = 3

    public init() {}

    public func isOn(_ check: AutomaticCheck) -> Bool { !off.contains(check) }

    public func severity(of check: AutomaticCheck) -> FindingSeverity {
        severities[check] ?? check.severity
    }

    /// Whether nothing is to be found of this check about this subject.
    public func ignores(_ check: AutomaticCheck, on subject: String) -> Bool {
        if off.contains(check) { return true }
        return ignored.contains {
            ($0.check == nil || $0.check == check)
                && Self.matches(Array(subject.utf8)[...], Array($0.subject.utf8)[...])
        }
    }

    /// Whether a pattern with `*` describes all of `text`; in time of their product at most.
    private static func matches(_ text: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        var (at, wanted) = (text.startIndex, pattern.startIndex)
        var retry: (text: Int, pattern: Int)?
        while at < text.endIndex {
            if wanted < pattern.endIndex, pattern[wanted] == UInt8(ascii: "*") {
                retry = (at, wanted + 1)
                wanted += 1
            } else if wanted < pattern.endIndex, pattern[wanted] == text[at] {
                at += 1
                wanted += 1
            } else if let last = retry {
                retry = (last.text + 1, last.pattern)
                (at, wanted) = (last.text + 1, last.pattern)
            } else {
                return false
            }
        }
        return pattern[wanted...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
