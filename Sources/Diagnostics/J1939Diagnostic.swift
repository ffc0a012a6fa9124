/// A diagnostic message of SAE J1939-73 that lists trouble codes, out of a whole payload: of one frame,
/// or of the transport protocol.
public struct J1939Diagnostic: Sendable, Hashable {
    /// Which of the diagnostic messages (DM) it is.
    public enum Kind: UInt8, Sendable, Hashable, CaseIterable {
        /// Active trouble codes, sent each second.
        case dm1 = 1
        /// Previously active ones.
        case dm2 = 2
        /// Clear the previously active ones.
        case dm3 = 3
        /// Diagnostic readiness.
        case dm5 = 5
        /// Pending trouble codes.
        case dm6 = 6
        /// Clear the active ones.
        case dm11 = 11
        /// Emission-related active trouble codes.
        case dm12 = 12
        /// Emission-related previously active ones.
        case dm23 = 23

        /// The parameter group (PGN) that carries it.
        public var group: UInt32 {
            switch self {
            case .dm1: 0xFECA
            case .dm2: 0xFECB
            case .dm3: 0xFECC
            case .dm5: 0xFECE
            case .dm6: 0xFECF
            case .dm11: 0xFED3
            case .dm12: 0xFED4
            case .dm23: 0xFDB5
            }
        }

        public init?(group: UInt32) {
            guard let kind = Self.allCases.first(where: { $0.group == group }) else { return nil }
            self = kind
        }

        public var name: String { "DM\(rawValue)" }

        /// Whether it lists trouble codes, and lamps before them.
        public var listsCodes: Bool {
            switch self {
            case .dm1, .dm2, .dm6, .dm12, .dm23: true
            case .dm3, .dm5, .dm11: false
            }
        }
    }

    public let kind: Kind
    /// The lamps; `nil` in messages without them.
    public private(set) var lamps: J1939Lamps?
    /// The codes in the order of the message; a message that says "none" has none.
    public private(set) var codes: [J1939TroubleCode] = []
    /// DM5: how many codes are active and were, and for which standard the unit was made.
    public private(set) var readiness: Readiness?
    /// Bytes at the end that are no code; bytes of `FF` that fill up a frame are none.
    public private(set) var surplus: [UInt8] = []

    public struct Readiness: Sendable, Hashable {
        /// `nil`: not available.
        public var activeCodes: UInt8?
        public var previouslyActiveCodes: UInt8?
        /// SAE J1939-73 5.7.5.3, as in OBD-II's parameter 1C.
        public var requirements: UInt8
    }

    /// The message of a parameter group; `nil` for a group that is none of these.
    public init?(group: UInt32, payload: Span<UInt8>) {
        guard let kind = Kind(group: group) else { return nil }
        self.kind = kind
        if kind == .dm5, payload.count >= 3 {
            readiness = Readiness(
                activeCodes: payload[0] == 0xFF ? nil : payload[0],
                previouslyActiveCodes: payload[1] == 0xFF ? nil : payload[1],
                requirements: payload[2])
        }
        guard kind.listsCodes else { return }
        guard payload.count >= 2 else {
            for index in payload.indices { surplus.append(payload[index]) }
            return
        }
        lamps = J1939Lamps(status: payload[0], flash: payload[1])
        let records = J1939TroubleCodes(payload)
        codes.reserveCapacity(records.count)
        for index in 0..<records.count {
            if let code = records[index] { codes.append(code) }
        }
        var end = 2 + 4 * records.count
        while end < payload.count {
            if payload[end] != 0xFF { surplus.append(payload[end]) }
            end += 1
        }
    }
}

/// The records of trouble codes in a payload of DM1 and its like, read where they are: it allocates
/// nothing.
public struct J1939TroubleCodes: ~Escapable {
    private let payload: Span<UInt8>
    /// Records of four bytes, those that say nothing too.
    public let count: Int

    @_lifetime(copy payload)
    public init(_ payload: Span<UInt8>) {
        self.payload = payload
        count = max(0, payload.count - 2) / 4
    }

    /// The code of a record; `nil` where the record says "none" (SPN 0, FMI 0; all ones).
    public subscript(index: Int) -> J1939TroubleCode? {
        precondition(index >= 0 && index < count, "there is no such record")
        let at = 2 + 4 * index
        let value =
            UInt32(payload[at]) | UInt32(payload[at + 1]) << 8 | UInt32(payload[at + 2]) << 16
            | UInt32(payload[at + 3]) << 24
        // SPN and FMI of zero mean that there is no code (SAE J1939-73 5.7.1); FF fills up.
        guard value & 0x00FF_FFFF != 0, value != 0xFFFF_FFFF else { return nil }
        return J1939TroubleCode(littleEndian: value)
    }
}

/// The four lamps of DM1 and its like.
public struct J1939Lamps: Sendable, Hashable, BitwiseCopyable {
    public enum State: UInt8, Sendable, Hashable {
        case off, on, error, notAvailable
    }

    public enum Flash: UInt8, Sendable, Hashable {
        case slow, fast, reserved, none
    }

    public enum Lamp: UInt8, Sendable, Hashable, CaseIterable {
        case protect, amberWarning, redStop, malfunctionIndicator
    }

    private let status: UInt8
    private let flash: UInt8

    public init(status: UInt8, flash: UInt8) {
        self.status = status
        self.flash = flash
    }

    public subscript(lamp: Lamp) -> State {
        // Two bits have four values, which are all there.
        State(rawValue: status >> (2 * lamp.rawValue) & 3) ?? .notAvailable
    }

    public func flash(of lamp: Lamp) -> Flash {
        Flash(rawValue: flash >> (2 * lamp.rawValue) & 3) ?? .none
    }

    /// The lamps that are commanded on.
    public var lit: [Lamp] { Lamp.allCases.filter { self[$0] == .on } }
}
