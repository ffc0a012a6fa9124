public import CANTransport

/// One request and what became of it. Times are nanoseconds of the clock that the frames came with.
public struct DiagnosticExchange: Sendable, Hashable {
    /// Why it was sent.
    public enum Purpose: UInt8, Sendable, Hashable {
        /// Whoever uses the client asked for it.
        case asked
        /// The same, and what waits behind it is held until its answer, a seed, is answered by a key.
        case askingSeed
        /// It keeps a session that is not the default one.
        case testerPresent
        /// It returns control of an input or output, which was taken before.
        case returningControl
        /// It stops a routine, which was started before.
        case stoppingRoutine
        /// It restores the default session.
        case restoringSession
    }

    public enum Outcome: Sendable, Hashable {
        /// Not decided yet.
        case underWay
        case positive
        /// The control unit refused, for this code.
        case negative(UInt8)
        /// The request asked for no answer when all is well, and none came.
        case suppressed
        /// Nothing came within P2, or within P2* behind an answer 78.
        case noAnswer
        /// The answer was put off for longer than is waited for.
        case pendingTooLong
        /// The request was not sent whole, or the answer did not come whole.
        case broken(ISOTPFailure.Kind)
        /// Not sent, since one before it failed or all was given up.
        case skipped
        /// Given up after it was sent, or had begun to be: the control unit may do what it was asked.
        case stopped
    }

    /// The control unit by its place in the client.
    public let unit: Int
    public let request: [UInt8]
    public let purpose: Purpose
    /// Whether it was sent to all at once.
    public let isFunctional: Bool
    public internal(set) var outcome = Outcome.underWay
    /// The last answer, positive or negative; empty without one.
    public internal(set) var answer: [UInt8] = []
    /// How many answers 78 came.
    public internal(set) var pendings = 0
    /// How often it was sent again after an answer 21.
    public internal(set) var repeats = 0
    /// When the last frame of the request was sent.
    public internal(set) var sent: Int64?
    /// When the first answer began, be it 78.
    public internal(set) var firstAnswer: Int64?
    /// When the last answer began, and when its last frame came.
    public internal(set) var lastAnswer: Int64?
    public internal(set) var finished: Int64?
    /// The longest time from an answer 78 to the beginning of the next (P2*).
    public internal(set) var longestPending: Int64?
    /// How long an answer may take (P2), and the next one behind an answer 78 (P2*): what the control unit
    /// named for its session, else 50 ms and 5 s (ISO 14229-2 7.2).
    public internal(set) var p2Limit: Int64 = standardP2
    public internal(set) var p2StarLimit: Int64 = standardP2Star
    /// How long an answer was waited for at last.
    public internal(set) var waited: Int64 = 0
    /// Answers that came meanwhile and belong to another request.
    public internal(set) var unrelated = 0

    init(_ request: [UInt8], for unit: Int, _ purpose: Purpose, isFunctional: Bool = false) {
        (self.unit, self.request, self.purpose) = (unit, request, purpose)
        self.isFunctional = isFunctional
    }

    /// From the end of the request to the beginning of the first answer.
    public var p2: Int64? {
        guard let sent, let firstAnswer else { return nil }
        return firstAnswer &- sent
    }

    /// Whether an answer came later than it may, though it was waited for.
    public var isLate: Bool {
        p2.map { $0 > p2Limit } ?? false || longestPending.map { $0 > p2StarLimit } ?? false
    }

    /// Whether whoever uses the client asked for it.
    var isAsked: Bool { purpose == .asked || purpose == .askingSeed }

    /// P2server_max and P2*server_max where nobody named others.
    public static let standardP2: Int64 = 50_000_000
    public static let standardP2Star: Int64 = 5_000_000_000

    /// Whether it did what it was to do.
    public var isPositive: Bool { outcome == .positive || outcome == .suppressed }
}
