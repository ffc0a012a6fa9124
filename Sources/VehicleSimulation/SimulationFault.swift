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
        /// A control unit of the specs whose software is that of no version: `wrong-firmware:ECM`.
        case wrongFirmware = "wrong-firmware"
        /// A control unit that is none of those that the specs have for its slot: `wrong-part:ECM`.
        case wrongPart = "wrong-part"
        /// A control unit that may not leave the line on that day: `unreleased:ECM`.
        case unreleased
        /// A control unit at an address that no slot of the specs has, on a bus: `foreign:PT`.
        case foreign
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
        do throws(SimulationMistake) {
            try takeValues(words.map(String.init))
        } catch {
            throw SimulationMistake(
                "'\(text)' \(error.cause)", remedy: error.remedy ?? "write it as \(kind.form)")
        }
        guard halves.count > 1 else { return }
        if kind.concernsFitting {
            throw SimulationMistake(
                "'\(text)': what is fitted does not change while it runs",
                remedy: "write it without '@'")
        }
        try takeTimes(halves[1], of: text)
    }

    /// Whether it is there at `time`.
    public func isActive(at time: Int64) -> Bool { time >= from && time < to }

    /// How many values stand behind the target.
    private var wantedValues: ClosedRange<Int> {
        switch kind {
        case .negative: 1...2
        case .pending, .busy, .slow, .cycle, .troubleCode: 1...1
        case .missing, .wrongSequence, .stuck, .outOfRange, .badChecksum, .frozenCounter,
            .wrongFirmware, .wrongPart, .unreleased, .foreign:
            0...0
        }
    }

    /// The cause of a mistake goes on where the fault's own words end.
    private mutating func takeValues(_ words: [String]) throws(SimulationMistake) {
        guard words.count >= wantedValues.lowerBound else {
            throw SimulationMistake("is not complete")
        }
        guard words.count <= wantedValues.upperBound else {
            throw SimulationMistake("has too much behind '\(target)'")
        }
        guard let last = words.last else { return }
        switch kind {
        case .negative:
            code = try Self.byte(last, "negative response code")
            guard code != 0 else {
                // ISO 14229-1 Table A.1: 00 is positiveResponse, which no 7F carries.
                throw SimulationMistake("refuses with 00, which stands for a positive response")
            }
            if words.count == 2 { service = try Self.byte(words[0], "service") }
        case .pending, .busy:
            guard let count = Int(last), (1...Self.mostPending).contains(count) else {
                throw SimulationMistake(
                    "has the count '\(last)'; it is from 1 to \(Self.mostPending)")
            }
            self.count = count
        case .slow, .cycle:
            guard let time = TimeSpanText.nanoseconds(last) else {
                throw SimulationMistake(
                    "has the time '\(last)', which is none", remedy: "write it as 200ms or 1.5s")
            }
            guard time >= SimulationReader.shortestCycle else {
                throw SimulationMistake("has the time '\(last)'; the shortest is 100us")
            }
            self.time = time
        case .troubleCode:
            troubleCode = TroubleCode(last)
            j1939Code = J1939TroubleCode(last)
            guard troubleCode != nil || j1939Code != nil else {
                throw SimulationMistake(
                    "has the trouble code '\(last)', which is none",
                    remedy: "write it as P0118 or P0118-17, of J1939 as 110/3 (SPN and FMI)")
            }
        case .missing, .wrongSequence, .stuck, .outOfRange, .badChecksum, .frozenCounter,
            .wrongFirmware, .wrongPart, .unreleased, .foreign:
            break
        }
    }

    private static func byte(
        _ word: String, _ what: String
    ) throws(SimulationMistake) -> UInt8 {
        guard (1...2).contains(word.utf8.count), word.allSatisfy(\.isHexDigit),
            let byte = UInt8(word, radix: 16)
        else {
            throw SimulationMistake(
                "has the \(what) '\(word)'; it is two hexadecimal digits, as 22")
        }
        return byte
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
        guard let to = TimeSpanText.nanoseconds(text[dots...].dropFirst(2)) else { throw mistake }
        guard to > from else {
            throw SimulationMistake(
                "'\(whole)' ends before it begins", remedy: "write '@5s..20s', the earlier first")
        }
        self.to = to
    }
}

extension SimulationFault.Kind {
    /// How it is written.
    public var form: String {
        switch self {
        case .missing, .wrongSequence, .wrongFirmware, .wrongPart, .unreleased: "\(rawValue):ECU"
        case .negative: "\(rawValue):ECU[:SERVICE]:CODE"
        case .pending, .busy: "\(rawValue):ECU:COUNT"
        case .slow: "\(rawValue):ECU:TIME"
        case .troubleCode: "\(rawValue):ECU:CODE"
        case .stuck, .outOfRange: "\(rawValue):MESSAGE.SIGNAL"
        case .cycle: "\(rawValue):MESSAGE:TIME"
        case .badChecksum, .frozenCounter: "\(rawValue):MESSAGE"
        case .foreign: "\(rawValue):BUS"
        }
    }

    /// Whether it concerns an ECU, not a message or signal.
    var concernsECU: Bool {
        switch self {
        case .missing, .negative, .pending, .busy, .slow, .wrongSequence, .troubleCode: true
        case .stuck, .outOfRange, .cycle, .badChecksum, .frozenCounter: false
        case .wrongFirmware, .wrongPart, .unreleased, .foreign: false
        }
    }

    /// Whether it is one of what control units are fitted, which the specs of a vehicle tell.
    public var concernsFitting: Bool {
        switch self {
        case .wrongFirmware, .wrongPart, .unreleased, .foreign: true
        default: false
        }
    }
}

extension SimulationFault: CustomStringConvertible {
    /// The kind and whom it concerns.
    public var description: String { "\(kind.rawValue):\(target)" }
}
