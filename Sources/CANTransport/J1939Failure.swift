public import CANFrame

/// A message of J1939's transport protocol that did not come whole, or a frame of it that fits nowhere.
public struct J1939Failure: Sendable, Hashable {
    public enum Kind: UInt8, Sendable, CaseIterable {
        /// The sender fell silent for longer than the standard allows.
        case timedOut
        /// The last packet came, or the receiver's acknowledgement, and packets before it did not.
        case packetsLost
        /// The same source announced another message to the same destination.
        case replaced
        /// One of both ended it (`Conn_Abort`).
        case aborted
        /// The frames ended while it was under way.
        case cutOff
        /// A length, number of packets or destination that the standard does not have.
        case invalidAnnouncement
        /// A packet of a message whose announcement was not seen, or that failed before.
        case unannouncedPacket
        /// A packet that says a number which the message does not have.
        case unexpectedPacket
        /// A frame that is shorter than it must be, or of an unknown kind.
        case malformed
        /// More messages are under way at once than are held.
        case tooMany
    }

    public var kind: Kind
    public var channel: UInt8
    /// The address of who sends the message.
    public var source: UInt8
    /// The address of who receives it; 255 is everyone.
    public var destination: UInt8
    /// The parameter group of the message, where it is known.
    public var group: UInt32?
    /// How many packets of the message were missing.
    public var missingPackets: UInt8
    /// The stamp of the frame with which it was found out.
    public var timestamp: Timestamp
}

extension J1939Failure.Kind: CustomStringConvertible {
    /// What happened, for people.
    public var description: String {
        switch self {
        case .timedOut: "timed out"
        case .packetsLost: "with packets lost"
        case .replaced: "replaced by another before its end"
        case .aborted: "aborted"
        case .cutOff: "cut off by the end"
        case .invalidAnnouncement: "announced with a faulty length"
        case .unannouncedPacket: "packets without an announcement"
        case .unexpectedPacket: "packets with a faulty number"
        case .malformed: "malformed frames"
        case .tooMany: "refused since too many were under way"
        }
    }
}

/// How often what failed.
public struct J1939FailureCounts: Sendable, Hashable {
    private var counts = [UInt64](repeating: 0, count: J1939Failure.Kind.allCases.count)

    public init() {}

    public internal(set) subscript(kind: J1939Failure.Kind) -> UInt64 {
        get { counts[Int(kind.rawValue)] }
        set { counts[Int(kind.rawValue)] = newValue }
    }

    /// Adds what was counted elsewhere.
    public mutating func add(_ others: J1939FailureCounts) {
        for index in counts.indices { counts[index] += others.counts[index] }
    }

    /// All of them together.
    public var total: UInt64 { counts.reduce(0, +) }

    /// What happened at least once, the first kinds first.
    public var occurred: [(kind: J1939Failure.Kind, count: UInt64)] {
        J1939Failure.Kind.allCases.compactMap { self[$0] > 0 ? ($0, self[$0]) : nil }
    }
}
