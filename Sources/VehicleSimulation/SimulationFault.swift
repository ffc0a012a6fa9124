import CANFrame
public import Diagnostics

/// What is wrong with a fault, or with what it names.
public struct SimulationMistake: Error, Sendable, Hashable {
    public var cause: String
    public var remedy: String?

    public init(_ cause: String, remedy: String? = nil) {
        self.cause = cause
        self.remedy = remedy
    }
}

/// A fault of a simulated vehicle and when it is there: `stuck:Engine.Coolant@5s..20s`.
///
/// The same words on the command line and in the file: the kind, whom it concerns, for some kinds a
/// value, and from which time on, or from when to when, since the start; else all the time.
public struct SimulationFault: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        /// An ECU that neither sends nor answers: `missing:ECM`.
        case missing
        /// Every request, or every one of a service, is answered by a negative response code:
        /// `negative:ECM:22` or `negative:ECM:2E:31`, the code last.
        case negative
        /// Each request is told to come again this often before it is served (busyRepeatRequest):
        /// `busy:ECM:3`.
        case busy
        /// Before each answer, this many times "response pending": `pending:ECM:20`.
        case pending
        /// Answers come after this time and nothing before: `slow:ECM:200ms`.
        case slow
        /// Consecutive frames have a wrong sequence number: `wrong-sequence:ECM`.
        case wrongSequence = "wrong-sequence"
        /// A trouble code is there, its cause as long as the fault: `dtc:ECM:P0118-17`, of J1939
        /// `dtc:EMS:110/3` (SPN and FMI).
        case troubleCode = "dtc"
        /// A signal keeps its value: `stuck:Engine.Coolant`.
        case stuck
        /// A signal leaves its limits: `out-of-range:Engine.Coolant`.
        case outOfRange = "out-of-range"
        /// A message comes at another cycle time: `cycle:Engine:25ms`.
        case cycle
        /// A message has a wrong checksum: `bad-checksum:Engine`.
        case badChecksum = "bad-checksum"
        /// The counter of a message stands still: `frozen-counter:Engine`.
        case frozenCounter = "frozen-counter"
    }

    public var kind: Kind
    /// The ECU, the message, or `message.signal`.
    public var target: String
    /// Nanoseconds since the start, from the first on, before the second.
    public var from: Int64 = 0
    public var to: Int64 = .max

    /// Of ``Kind/negative``: the service, `nil` for all.
    public var service: UInt8?
    /// Of ``Kind/negative``.
    public var code: UInt8 = 0
    /// Of ``Kind/pending`` and ``Kind/busy``.
    public var count = 0
    /// Of ``Kind/slow`` and ``Kind/cycle``, in nanoseconds.
    public var time: Int64 = 0
    /// Of ``Kind/troubleCode``, one or the other.
    public var troubleCode: TroubleCode?
    public var j1939Code: J1939TroubleCode?

    /// As many "response pending" as are sent before one answer.
    public static let mostPending = 10_000

    /// Reads `stuck:Engine.Coolant@5s..20s`.
    public init(_ text: String) throws(SimulationMistake) {
        let halves = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        var words = halves[0].split(separator: ":", omittingEmptySubsequences: false)[...]
        guard let word = words.popFirst(), let kind = Kind(rawValue: String(word)) else {
            let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw SimulationMistake(
                "'\(text)' begins with no fault that there is", remedy: "the faults are \(kinds)")
        }
        self.kind = kind
        guard let target = words.popFirst(), !target.isEmpty else {
            throw SimulationMistake(
                "'\(text)' does not say whom it concerns", remedy: "write it as \(kind.form)")
        }
        self.target = String(target)
        guard takeValues(words.map(String.init)) else {
            throw SimulationMistake(
                "'\(text)' is not complete, or has too much", remedy: "write it as \(kind.form)")
        }
        if halves.count > 1 { try takeTimes(halves[1], of: text) }
    }

    /// Whether it is there at `time`.
    public func isActive(at time: Int64) -> Bool { time >= from && time < to }

    private mutating func takeValues(_ words: [String]) -> Bool {
        switch (kind, words.count) {
        case (.negative, 1), (.negative, 2):
            guard let code = UInt8(words[words.count - 1], radix: 16) else { return false }
            self.code = code
            if words.count == 2 {
                guard let service = UInt8(words[0], radix: 16) else { return false }
                self.service = service
            }
            return true
        case (.pending, 1), (.busy, 1):
            guard let count = Int(words[0]), (1...Self.mostPending).contains(count) else {
                return false
            }
            self.count = count
            return true
        case (.slow, 1), (.cycle, 1):
            guard let time = TimeSpanText.nanoseconds(words[0]),
                time >= SimulationReader.shortestCycle
            else { return false }
            self.time = time
            return true
        case (.troubleCode, 1):
            troubleCode = TroubleCode(words[0])
            j1939Code = J1939TroubleCode(words[0])
            return troubleCode != nil || j1939Code != nil
        case (.negative, _), (.pending, _), (.busy, _), (.slow, _), (.cycle, _), (.troubleCode, _):
            return false
        default: return words.isEmpty
        }
    }

    private mutating func takeTimes(
        _ text: Substring, of whole: String
    ) throws(SimulationMistake) {
        let mistake = SimulationMistake(
            "'\(whole)' ends with no times", remedy: "write '@5s', or '@5s..20s'")
        let dots = text.indices.first { text[$0...].hasPrefix("..") }
        guard let from = TimeSpanText.nanoseconds(text[..<(dots ?? text.endIndex)]) else {
            throw mistake
        }
        self.from = from
        guard let dots else { return }
        guard let to = TimeSpanText.nanoseconds(text[dots...].dropFirst(2)), to > from else {
            throw mistake
        }
        self.to = to
    }
}

extension SimulationFault.Kind {
    /// How it is written.
    public var form: String {
        switch self {
        case .missing, .wrongSequence: "\(rawValue):ECU"
        case .negative: "\(rawValue):ECU[:SERVICE]:CODE"
        case .pending, .busy: "\(rawValue):ECU:COUNT"
        case .slow: "\(rawValue):ECU:TIME"
        case .troubleCode: "\(rawValue):ECU:CODE"
        case .stuck, .outOfRange: "\(rawValue):MESSAGE.SIGNAL"
        case .cycle: "\(rawValue):MESSAGE:TIME"
        case .badChecksum, .frozenCounter: "\(rawValue):MESSAGE"
        }
    }

    /// Whether it concerns an ECU, not a message or signal.
    var concernsECU: Bool {
        switch self {
        case .missing, .negative, .pending, .busy, .slow, .wrongSequence, .troubleCode: true
        case .stuck, .outOfRange, .cycle, .badChecksum, .frozenCounter: false
        }
    }
}

extension SimulationFault: CustomStringConvertible {
    /// The kind and whom it concerns.
    public var description: String { "\(kind.rawValue):\(target)" }
}
