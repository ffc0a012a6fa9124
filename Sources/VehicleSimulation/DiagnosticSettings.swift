public import CANFrame
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
    /// Memory that is read and written by addresses; the regions do not overlap.
    public var memory: [MemoryRegion] = []
    /// How memory is sent in blocks; `nil` if it is not.
    public var transfer: TransferSettings?
    public var periodic = PeriodicSettings()

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
    /// `nil` if it cannot be controlled (InputOutputControlByIdentifier).
    public var controlling: AccessCondition?

    public init(_ value: Value) {
        self.value = value
    }
}

/// A stretch of an ECU's memory.
public struct MemoryRegion: Sendable, Hashable {
    /// The address of its first byte.
    public var start: UInt64
    public var bytes: [UInt8]
    public var reading = AccessCondition()
    /// `nil` if it cannot be written.
    public var writing: AccessCondition?

    /// As many bytes as all regions of an ECU have.
    public static let mostBytes = 1 << 20

    public init(start: UInt64, bytes: [UInt8]) {
        (self.start, self.bytes) = (start, bytes)
    }
}

/// How an ECU takes and gives memory in blocks (RequestDownload, RequestUpload, TransferData).
public struct TransferSettings: Sendable, Hashable {
    /// How many bytes a request or an answer of TransferData has at most, all counted; from 3 to 4095.
    public var blockLength = 1_026
    public var access = AccessCondition()

    public init() {}
}

/// How an ECU sends identifiers periodically (ReadDataByPeriodicIdentifier).
public struct PeriodicSettings: Sendable, Hashable {
    /// Where the data are sent alone, without the protocol's first byte and without the service (UUDT);
    /// `nil`: as answers with the service, where all answers are.
    public var identifier: PackedID?
    /// Between two of the same identifier, in nanoseconds; the maker chooses them.
    public var slow: Int64 = 1_000_000_000
    public var medium: Int64 = 300_000_000
    public var fast: Int64 = 25_000_000

    public init() {}

    /// Of the modes of transmission 01, 02 and 03; `nil` of others.
    func period(ofMode mode: UInt8) -> Int64? {
        switch mode {
        case 1: slow
        case 2: medium
        case 3: fast
        default: nil
        }
    }
}

extension DiagnosticSettings {
    /// How many bytes behind its number a periodic identifier has at most: what one frame holds.
    var periodicCapacity: Int {
        let addressBytes = response.addressByte == nil ? 0 : 1
        // Alone: the number. As an answer: the protocol's first byte, the service, the number.
        return 8 - (periodic.identifier == nil ? 3 + addressBytes : 1)
    }
}

/// A trouble code that an ECU has, or could have.
public struct StoredTroubleCode: Sendable, Hashable {
    public var code: TroubleCode
    public var status: TroubleCodeStatus
    /// Whether its cause lasts, so that it comes back a second after it was cleared.
    public var isPresent: Bool
    /// Whether it is among the permanent codes, which a tester cannot clear (SAE J1979, mode 0A): once
    /// confirmed it is, until its test passes in an operation cycle behind a clear.
    public var isPermanent: Bool
    /// How often it occurred.
    public var occurrences: UInt8 = 1
    /// What its one snapshot holds.
    public var snapshot: [SnapshotItem] = []

    public init(_ code: TroubleCode, status: TroubleCodeStatus) {
        self.code = code
        self.status = status
        isPresent = status.contains(.testFailed)
        isPermanent = status.contains(.confirmed)
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
