public import CANTransport
public import Diagnostics

/// One control unit as it may be in a vehicle: a family of a supplier, with one firmware version of
/// it resolved, or its base for firmware that no version describes.
public struct ControlUnitSpec: Sendable, Hashable {
    /// The id of the family's file: `ecm-volna-m7`.
    public var family: String
    /// The version's id; `nil` of the family's base.
    public var version: String?
    /// The slot that it fits: `ECM`.
    public var role: String
    public var supplier: String
    public var title = ""
    /// The bus by its name in the vehicle.
    public var bus: String
    public var addresses: ControlUnitAddresses
    public var timing = ControlUnitTiming()
    /// By name, in order of number.
    public var sessions: [SessionSpec] = []
    /// By level: the name of the algorithm, never a key.
    public var security: [SecurityLevelSpec] = []
    /// What must hold for the family, by identifier.
    public var identify: [IdentificationPredicate] = []
    /// What must hold besides for the version; empty of the base.
    public var match: [IdentificationPredicate] = []
    /// In order of number.
    public var identifiers: [DataIdentifierSpec] = []
    /// In order of their text.
    public var troubleCodes: [TroubleCodeSpec] = []
    /// In order of number.
    public var routines: [RoutineSpec] = []

    public init(
        family: String, version: String?, role: String, supplier: String, bus: String,
        addresses: ControlUnitAddresses
    ) {
        self.family = family
        self.version = version
        self.role = role
        self.supplier = supplier
        self.bus = bus
        self.addresses = addresses
    }

    /// `ecm-volna-m7@1.6`; the base is the family alone.
    public var id: String { version.map { "\(family)@\($0)" } ?? family }

    public func identifier(_ number: UInt16) -> DataIdentifierSpec? {
        identifiers.first { $0.number == number }
    }

    public func identifier(named name: String) -> DataIdentifierSpec? {
        identifiers.first { $0.name == name }
    }

    public func routine(named name: String) -> RoutineSpec? { routines.first { $0.name == name } }

    /// What is known of a code: the entry with its failure type, else one without any.
    public func troubleCode(_ code: TroubleCode) -> TroubleCodeSpec? {
        troubleCodes.first { $0.code == code }
            ?? troubleCodes.first { $0.code.failureType == nil && $0.code.number == code.number }
    }

    /// Names and lengths for splitting and naming what answers hold.
    public var dataIdentifierTable: DataIdentifierTable {
        var table = DataIdentifierTable()
        for identifier in identifiers {
            table[identifier.number] = DataIdentifierTable.Entry(
                name: identifier.name, length: identifier.encoding.length)
        }
        return table
    }
}

/// Where a control unit hears and answers.
public struct ControlUnitAddresses: Sendable, Hashable {
    public var request: ISOTPAddress
    public var response: ISOTPAddress
    /// Where all are asked at once.
    public var functional: ISOTPAddress?
    /// With what short frames are filled up; `nil`: they stay short.
    public var padding: UInt8?

    public init(request: ISOTPAddress, response: ISOTPAddress, functional: ISOTPAddress? = nil) {
        self.request = request
        self.response = response
        self.functional = functional
    }
}

/// In which time a control unit answers; nanoseconds.
public struct ControlUnitTiming: Sendable, Hashable {
    /// From the end of a request to the beginning of its answer (P2server_max).
    public var p2: Int64 = 50_000_000
    /// The same behind "response pending" (P2*server_max).
    public var p2Star: Int64 = 5_000_000_000
    /// How long a session lasts without TesterPresent (S3server).
    public var s3: Int64 = 5_000_000_000
    /// What it asks for between consecutive frames (STmin).
    public var separationTime: Int64 = 0
    /// How many consecutive frames it takes at once; 0: all.
    public var blockSize = 0

    public init() {}
}

/// A diagnostic session by its name.
public struct SessionSpec: Sendable, Hashable {
    public var name: String
    public var number: UInt8

    public init(name: String, number: UInt8) {
        self.name = name
        self.number = number
    }
}

/// A level of security access.
public struct SecurityLevelSpec: Sendable, Hashable {
    /// The odd number in a request for a seed.
    public var level: UInt8
    /// The name of what computes the key, outside of these files.
    public var algorithm: String

    public init(level: UInt8, algorithm: String) {
        self.level = level
        self.algorithm = algorithm
    }
}

/// A routine (service 31).
public struct RoutineSpec: Sendable, Hashable {
    /// A value in the request or the answer.
    public struct Parameter: Sendable, Hashable {
        public var name: String
        public var encoding: ValueEncoding

        public init(name: String, encoding: ValueEncoding) {
            self.name = name
            self.encoding = encoding
        }
    }

    public var number: UInt16
    public var name: String
    public var title = ""
    /// In the order of the request.
    public var start: [Parameter] = []
    /// In the order of the answer.
    public var result: [Parameter] = []
    /// What must hold of the results, in words of the rule language.
    public var pass: String?
    public var access = AccessRule()
    /// Nanoseconds.
    public var timeout: Int64?

    public init(number: UInt16, name: String) {
        self.number = number
        self.name = name
    }
}

/// What a trouble code means in this control unit.
public struct TroubleCodeSpec: Sendable, Hashable {
    /// What it is while the vehicle is still being built.
    public enum EndOfLine: String, Sendable, Hashable, CaseIterable {
        case expectedBeforeCoding = "expected-before-coding"
        case expectedBeforeCalibration = "expected-before-calibration"
        case mayRemain = "may-remain"
    }

    /// With its failure type, or for all of them.
    public var code: TroubleCode
    public var text: String
    public var severity: FindingSeverity
    public var endOfLine: EndOfLine?
    /// Whether lives may depend on it.
    public var isSafetyRelevant = false

    public init(code: TroubleCode, text: String, severity: FindingSeverity) {
        self.code = code
        self.text = text
        self.severity = severity
    }
}
