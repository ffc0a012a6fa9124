import CANFrame

/// A trouble code in an answer, with what the answer says about it.
public struct ReportedTroubleCode: Sendable, Hashable {
    public var code: TroubleCode
    /// How the three bytes are to be read.
    public var format = TroubleCodeFormat.iso15031
    public var status: TroubleCodeStatus?
    /// Severity and class, ISO 14229-1 annex D.3.
    public var severity: TroubleCodeSeverity?
    public var functionalUnit: UInt8?
    /// The number of a snapshot record that there is of it.
    public var snapshotRecord: UInt8?
    /// Counts towards a failure (127) or away from it (-128).
    public var faultDetectionCounter: Int8?
    /// Which bytes of the payload say it.
    public var range: Range<Int>

    public init(code: TroubleCode, status: TroubleCodeStatus? = nil, range: Range<Int>) {
        self.code = code
        self.status = status
        self.range = range
    }

    /// The code in its format: `P0118-17`, or SPN and FMI.
    public var text: String {
        switch format {
        case .j1939:
            // SAE J1939-73: the SPN's low bytes first, its upper three bits before the FMI.
            J1939TroubleCode(threeBytes: code.threeBytes).description
        case .iso11992: code.threeBytes.hexadecimalOfThreeBytes
        case .iso15031, .iso14229, .j2012: code.description
        }
    }
}

/// The `DTCFormatIdentifier` of service 19, ISO 14229-1 annex D.4.
public enum TroubleCodeFormat: UInt8, Sendable, Hashable, CaseIterable {
    case iso15031 = 0
    case iso14229 = 1
    case j1939 = 2
    case iso11992 = 3
    /// SAE J2012-DA, of world-wide harmonised OBD.
    case j2012 = 4

    /// The name in the standard.
    public var name: String {
        switch self {
        case .iso15031: "SAE_J2012-DA_DTCFormat_00"
        case .iso14229: "ISO_14229-1_DTCFormat"
        case .j1939: "SAE_J1939-73_DTCFormat"
        case .iso11992: "ISO_11992-4_DTCFormat"
        case .j2012: "SAE_J2012-DA_DTCFormat_04"
        }
    }
}

/// Severity and class of a trouble code, ISO 14229-1 annex D.3.
public struct TroubleCodeSeverity: OptionSet, Sendable, Hashable, BitwiseCopyable {
    public let rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let maintenanceOnly = Self(rawValue: 0x20)
    public static let checkAtNextHalt = Self(rawValue: 0x40)
    public static let checkImmediately = Self(rawValue: 0x80)

    /// The names of the bits, the lowest first; classes are those of ISO 27145-3.
    public static let names = [
        "DTCClass_0", "DTCClass_1", "DTCClass_2", "DTCClass_3", "DTCClass_4", "maintenanceOnly",
        "checkAtNextHalt", "checkImmediately",
    ]

    /// The names of the bits that are set, the lowest first.
    public var setNames: [String] {
        (0..<8).compactMap { rawValue >> UInt8($0) & 1 == 1 ? Self.names[$0] : nil }
    }
}

extension ReportedTroubleCode: CustomStringConvertible {
    /// `P0118-17 status 2F testFailed …`.
    public var description: String {
        var words = [text]
        if let status {
            words.append("status \(status.rawValue.hexadecimal)")
            words += status.setNames
        }
        if let severity {
            words.append("severity \(severity.rawValue.hexadecimal)")
            words += severity.setNames
        }
        if let functionalUnit { words.append("functional unit \(functionalUnit.hexadecimal)") }
        if let snapshotRecord { words.append("snapshot record \(snapshotRecord.hexadecimal)") }
        if let faultDetectionCounter { words.append("counter \(faultDetectionCounter)") }
        return words.joined(separator: " ")
    }
}

extension UInt32 {
    var hexadecimalOfThreeBytes: String {
        let digits = String(self & 0xFF_FFFF, radix: 16, uppercase: true)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }
}
