public import CANTransport
public import Diagnostics

/// How an ECU answers testers.
public struct DiagnosticSettings: Sendable {
    /// Where requests to this ECU, and to all, are heard, and where it answers.
    public var request: ISOTPAddress
    public var response: ISOTPAddress
    public var functional: ISOTPAddress?
    /// The transport protocol's: what its flow control asks for, how its frames are filled up.
    public var transport = ISOTPConnection.Options()

    /// From the end of a request to the answer, in nanoseconds.
    public var latency: Int64 = 5_000_000
    /// What it tells of P2 and P2*, and keeps to: with more to do it says "response pending".
    public var p2: Int64 = 50_000_000
    public var p2Star: Int64 = 5_000_000_000
    /// After this time without a request it leaves a session that is not the default one.
    public var s3: Int64 = 5_000_000_000
    /// How long a reset takes: it neither sends nor answers.
    public var resetTime: Int64 = 200_000_000
    /// Diagnostic sessions by their number; the default session (01) is always there.
    public var sessions: Set<UInt8> = [0x01, 0x02, 0x03]

    public var identifiers: [UInt16: StoredIdentifier] = [:]
    public var troubleCodes: [StoredTroubleCode] = []
    public var routines: [UInt16: StoredRoutine] = [:]
    public var security: SecuritySettings?
    public var obd: OBDSettings?

    public init(request: ISOTPAddress, response: ISOTPAddress, functional: ISOTPAddress?) {
        (self.request, self.response, self.functional) = (request, response, functional)
    }
}

/// What must hold before a tester may have something.
public struct AccessCondition: Sendable, Hashable {
    /// The sessions in which it is there; `nil` for all.
    public var sessions: Set<UInt8>?
    /// The security level, by its odd number, that must be unlocked.
    public var level: UInt8?

    public init(sessions: Set<UInt8>? = nil, level: UInt8? = nil) {
        (self.sessions, self.level) = (sessions, level)
    }
}

/// Data that is read, and perhaps written, by an identifier.
public struct StoredIdentifier: Sendable, Hashable {
    public enum Value: Sendable, Hashable {
        case bytes([UInt8])
        /// What a message of the ECU holds at the time: its place among the ECU's messages, the signal's
        /// place in it, and how many bytes it has.
        case signal(message: Int, signal: Int, length: Int)
    }

    public var value: Value
    /// `nil` if it cannot be written.
    public var writing: AccessCondition?
    public var reading = AccessCondition()

    public init(_ value: Value) {
        self.value = value
    }
}

/// A trouble code that an ECU has, or could have.
public struct StoredTroubleCode: Sendable, Hashable {
    public var code: TroubleCode
    public var status: TroubleCodeStatus
    /// Whether its cause lasts, so that it comes back a second after it was cleared.
    public var isPresent: Bool
    /// How often it occurred.
    public var occurrences: UInt8 = 1
    /// What its one snapshot holds.
    public var snapshot: [SnapshotItem] = []

    public init(_ code: TroubleCode, status: TroubleCodeStatus) {
        self.code = code
        self.status = status
        isPresent = status.contains(.testFailed)
    }
}

/// A data identifier with what it held when a trouble code was stored.
public struct SnapshotItem: Sendable, Hashable {
    public var identifier: UInt16
    public var bytes: [UInt8]

    public init(identifier: UInt16, bytes: [UInt8]) {
        (self.identifier, self.bytes) = (identifier, bytes)
    }
}

/// What `RoutineControl` may start.
public struct StoredRoutine: Sendable, Hashable {
    /// What follows the routine's identifier in the answers.
    public var result: [UInt8] = []
    /// How long starting takes, in nanoseconds; beyond P2 with "response pending".
    public var duration: Int64 = 0
    public var access = AccessCondition()

    public init() {}
}

/// How a tester gets access: the seed of 4 bytes and the secret make the key.
public struct SecuritySettings: Sendable, Hashable {
    public enum Algorithm: String, Sendable, CaseIterable {
        /// The seed exclusive or the secret.
        case xor
        /// The lowest 32 bits of the sum of both.
        case add
        /// The seed inverted; the secret does not matter.
        case invert
    }

    public var algorithm = Algorithm.xor
    public var secret: UInt32 = 0
    /// By their odd numbers, as they stand in a request for a seed.
    public var levels: Set<UInt8> = [0x01]
    /// After so many wrong keys there is no seed for ``delay`` nanoseconds.
    public var attempts = 3
    public var delay: Int64 = 10_000_000_000

    public init() {}

    /// The key that belongs to a seed.
    public func key(for seed: UInt32) -> UInt32 {
        switch algorithm {
        case .xor: seed ^ secret
        case .add: seed &+ secret
        case .invert: ~seed
        }
    }
}

/// What an ECU answers of OBD-II (SAE J1979).
public struct OBDSettings: Sendable {
    /// The values of mode 01, by their parameter (PID), as physical values of ``OBDParameter``.
    public var parameters: [UInt8: SignalCourse] = [:]
    public var vehicleIdentificationNumber = ""
    public var calibration = ""
    public var calibrationVerification: UInt32 = 0
    public var name = ""

    public init() {}
}
