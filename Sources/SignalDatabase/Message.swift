public import CANFrame

/// The layout of the payloads of one identifier, or of one parameter group of J1939.
public struct Message: Sendable, Hashable {
    /// The number in its `BO_` line, bit 31 set for an extended identifier.
    public var number: UInt32
    /// The identifier that it stands for; `nil` of the collection of signals that belong to no
    /// message (`VECTOR__INDEPENDENT_SIG_MSG`).
    public var identifier: ArbitrationID?
    /// The name in its `BO_` line, which no other message needs to differ from.
    public var name: String
    /// The name before it was cut to 32 characters (`SystemMessageLongSymbol`), else ``name``.
    public var longName: String
    /// In bytes; 0 to 64, or more where J1939 sends it by its transport protocol.
    public var length: Int
    /// The nodes that send it, that of its `BO_` line first; empty if the file names none.
    public var transmitters: [String]
    /// In the order of the file. They are told apart by their index.
    public var signals: [Signal] = []
    public var signalGroups: [SignalGroup] = []
    public var comment: String?
    public var attributes: [Attribute] = []
    /// Which frames carry it.
    public var format = FrameFormat.classic
    /// How often it is sent (`GenMsgCycleTime`), `nil` where the file gives none or 0; at most
    /// ``maximumCycleTime``.
    public var cycleTimeMilliseconds: Double?
    /// In milliseconds: 11 days, beyond which no time is meant.
    public static let maximumCycleTime = 1e9
    /// Where its `BO_` stands.
    public var line: Int

    /// Which frames carry a message (`VFrameFormat`, `ProtocolType`).
    public enum FrameFormat: Sendable, Hashable {
        case classic
        case flexibleDataRate
        /// A parameter group of J1939: of its identifier the PGN counts, not priority or source.
        case j1939
    }

    /// The parameter group number of a J1939 message.
    public var parameterGroup: ParameterGroup? {
        guard format == .j1939, let identifier else { return nil }
        return ParameterGroup(of: identifier)
    }

    /// The indices of the signals of this name, short or long.
    public func signalIndices(named name: String) -> [Int] {
        signals.indices.filter { signals[$0].name == name || signals[$0].longName == name }
    }
}

/// Signals of a message that belong together (`SIG_GROUP_`).
public struct SignalGroup: Sendable, Hashable {
    public var name: String
    public var repetitions: Int
    /// Indices of the message's signals.
    public var signals: [Int]
}

/// A parameter group number (PGN) of J1939-21: 18 bits that say what a frame carries.
public struct ParameterGroup: Hashable, Sendable {
    public let number: UInt32

    /// The group of an extended identifier: `nil` of a standard one.
    ///
    /// A PDU format below 240 has a destination address in the next byte, which is no part of the
    /// number (J1939-21 5.2.3).
    @inlinable
    public init?(of identifier: ArbitrationID) {
        guard identifier.isExtended else { return nil }
        self.init(extended: identifier.value)
    }

    @inlinable
    init(extended value: UInt32) {
        let number = (value >> 8) & 0x3_FFFF
        self.number = number & 0xFF00 < 0xF000 ? number & 0x3_FF00 : number
    }
}
