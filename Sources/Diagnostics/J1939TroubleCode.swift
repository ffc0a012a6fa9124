/// A trouble code of SAE J1939-73: which parameter, how it fails, how often that was.
public struct J1939TroubleCode: Sendable, Hashable, BitwiseCopyable {
    /// Suspect parameter number (SPN), 19 bits.
    public let parameter: UInt32
    /// Failure mode identifier (FMI), 5 bits.
    public let failureMode: UInt8
    /// How often it became active, 0 to 126; `nil` where it is not known (127).
    public let occurrenceCount: UInt8?
    /// The conversion method bit: set, the SPN is coded as in old versions, and this reading of it
    /// (version 4) may be wrong.
    public let hasOldConversion: Bool

    /// The four bytes as they are sent, the first one lowest: SAE J1939-73 5.7.1, version 4.
    @inlinable
    public init(littleEndian value: UInt32) {
        parameter = value & 0xFFFF | (value >> 5 & 0x7_0000)
        failureMode = UInt8(truncatingIfNeeded: value >> 16 & 0x1F)
        let count = UInt8(truncatingIfNeeded: value >> 24 & 0x7F)
        occurrenceCount = count == 127 ? nil : count
        hasOldConversion = value >> 31 == 1
    }

    /// A code of version 4; `nil` where one of the numbers has more bits than its field.
    public init?(parameter: UInt32, failureMode: UInt8, occurrenceCount: UInt8? = nil) {
        guard parameter <= 0x7_FFFF, failureMode <= 31, occurrenceCount ?? 0 <= 126 else {
            return nil
        }
        self.init(
            littleEndian: parameter & 0xFFFF | (parameter & 0x7_0000) << 5
                | UInt32(failureMode) << 16 | UInt32(occurrenceCount ?? 127) << 24)
    }

    /// Reads `SPN 110 FMI 3`, or `110/3`.
    public init?(_ text: some StringProtocol) {
        let numbers = text.split { !$0.isASCII || !$0.isNumber }
        let signs = String(text.filter { !$0.isNumber })
        guard numbers.count == 2, let parameter = UInt32(numbers[0]),
            let failureMode = UInt8(numbers[1]), signs == "SPN  FMI " || signs == "/"
        else { return nil }
        self.init(parameter: parameter, failureMode: failureMode)
    }

    /// The four bytes as they are sent, the first one lowest.
    public var littleEndian: UInt32 {
        parameter & 0xFFFF | (parameter & 0x7_0000) << 5 | UInt32(failureMode) << 16
            | UInt32(occurrenceCount ?? 127) << 24 | (hasOldConversion ? 1 << 31 : 0)
    }

    /// The three bytes of UDS (format 2), the first one highest.
    init(threeBytes value: UInt32) {
        self.init(
            littleEndian: value >> 16 & 0xFF | value & 0xFF00 | (value & 0xFF) << 16 | 0x7F00_0000)
    }

    /// What the failure mode means, SAE J1939-73 appendix A.
    public var failureModeName: String { Self.failureModes[Int(failureMode)] }

    /// By number, all 32.
    public static let failureModes =
        [
            "above normal, most severe", "below normal, most severe",
            "erratic, intermittent or incorrect", "voltage above normal or shorted to high",
            "voltage below normal or shorted to low", "current below normal or open circuit",
            "current above normal or grounded circuit", "mechanical system not responding",
            "abnormal frequency, pulse width or period", "abnormal update rate",
            "abnormal rate of change", "root cause not known", "bad intelligent device",
            "out of calibration", "special instructions", "above normal, least severe",
            "above normal, moderately severe", "below normal, least severe",
            "below normal, moderately severe", "received network data in error", "drifted high",
            "drifted low",
        ] + (22...30).map { "reserved\($0)" } + ["condition exists"]
}

extension J1939TroubleCode: CustomStringConvertible {
    /// `SPN 110 FMI 3`.
    public var description: String { "SPN \(parameter) FMI \(failureMode)" }
}
