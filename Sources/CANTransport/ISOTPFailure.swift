public import CANFrame

/// A message of ISO 15765-2 that did not come whole, a rule that was broken on its way, or a frame
/// that fits nowhere.
public struct ISOTPFailure: Sendable, Hashable {
    public enum Kind: UInt8, Sendable, CaseIterable {
        /// A consecutive frame with another sequence number than the next (N_WRONG_SN).
        case wrongSequence
        /// The sender fell silent between consecutive frames (N_TIMEOUT_Cr).
        case timeoutCr
        /// The receiver gave no flow control in time (N_TIMEOUT_Bs).
        case timeoutBs
        /// A frame was not sent in time (N_TIMEOUT_A).
        case timeoutA
        /// The receiver refused the message as too long (N_BUFFER_OVFLW).
        case overflow
        /// The receiver asked to wait more often than is allowed (N_WFT_OVRN).
        case waitLimit
        /// A flow control with a status that the standard does not have (N_INVALID_FS).
        case invalidFlowStatus
        /// The sender began another message before the end (N_UNEXP_PDU).
        case replaced
        /// The frames ended while it was under way.
        case cutOff
        /// The announced length is more than is held.
        case tooLong
        /// More bytes are under way in all than are held.
        case tooMuch
        /// A consecutive frame of no message that began, or of one that failed.
        case unexpectedConsecutive
        /// A flow control that no message waits for.
        case unexpectedFlowControl
        /// A frame that is shorter or longer than it must be, or of an unknown kind.
        case malformed
        /// Consecutive frames came before the receiver's flow control.
        case missingFlowControl
        /// More consecutive frames came in one block than the receiver allowed.
        case blockSizeExceeded
        /// Consecutive frames came closer together than the receiver allowed.
        case separationTimeShort

        /// Whether a message was lost by it; else a rule was broken, and the message goes on, or
        /// there is none.
        public var endsMessage: Bool { rawValue <= Self.tooMuch.rawValue }

        /// Whether it is about a message that a connection sends, and not one that it receives.
        public var concernsSending: Bool {
            switch self {
            case .timeoutBs, .timeoutA, .overflow, .waitLimit, .invalidFlowStatus,
                .unexpectedFlowControl:
                true
            default: false
            }
        }
    }

    public var kind: Kind
    /// The link by its number; 0 of a connection.
    public var link: Int
    /// The number of the frame with which the message began, if there is one.
    public var firstFrame: UInt64?
    /// The number of the frame with which it was found out.
    public var frame: UInt64
    /// When that was, in nanoseconds of bus time.
    public var time: Int64
    /// The stamp of that frame.
    public var timestamp: Timestamp
    /// How many bytes the message was to have; 0 without a message.
    public var announced: Int
    /// How many of them came.
    public var received: Int
    /// Whether a message was lost by it: always of some kinds, of a malformed frame if it had to
    /// continue a message.
    public var endsMessage: Bool
}

extension ISOTPFailure.Kind: CustomStringConvertible {
    /// What happened, for people.
    public var description: String {
        switch self {
        case .wrongSequence: "with a wrong sequence number"
        case .timeoutCr: "timed out between consecutive frames (N_Cr)"
        case .timeoutBs: "timed out before a flow control (N_Bs)"
        case .timeoutA: "not sent in time (N_As)"
        case .overflow: "refused by the receiver as too long"
        case .waitLimit: "put off by the receiver too often"
        case .invalidFlowStatus: "answered by a flow control of an unknown status"
        case .replaced: "replaced by another before its end"
        case .cutOff: "cut off by the end"
        case .tooLong: "announced longer than is held"
        case .tooMuch: "given up since too much was under way"
        case .unexpectedConsecutive: "consecutive frames of no message"
        case .unexpectedFlowControl: "flow controls of no message"
        case .malformed: "malformed frames"
        case .missingFlowControl: "continued before the flow control"
        case .blockSizeExceeded: "with more frames in a block than allowed"
        case .separationTimeShort: "with frames closer together than STmin"
        }
    }
}

/// How often what failed.
public struct ISOTPFailureCounts: Sendable, Hashable {
    private var counts = [UInt64](repeating: 0, count: ISOTPFailure.Kind.allCases.count)

    public init() {}

    public internal(set) subscript(kind: ISOTPFailure.Kind) -> UInt64 {
        get { counts[Int(kind.rawValue)] }
        set { counts[Int(kind.rawValue)] = newValue }
    }

    /// All of them together.
    public var total: UInt64 { counts.reduce(0, +) }

    /// What happened at least once, the first kinds first.
    public var occurred: [(kind: ISOTPFailure.Kind, count: UInt64)] {
        ISOTPFailure.Kind.allCases.compactMap { self[$0] > 0 ? ($0, self[$0]) : nil }
    }
}

/// The failures that the last frame showed, and how many there were in all.
struct ISOTPFailureLog: Sendable {
    private(set) var recent: [ISOTPFailure] = []
    private(set) var counts = ISOTPFailureCounts()

    mutating func tell(_ failure: ISOTPFailure) {
        counts[failure.kind] += 1
        recent.append(failure)
    }

    /// Counts what repeats a failure that was told.
    mutating func count(_ kind: ISOTPFailure.Kind) { counts[kind] += 1 }

    mutating func forgetRecent() {
        if !recent.isEmpty { recent.removeAll(keepingCapacity: true) }
    }
}
