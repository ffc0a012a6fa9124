import CANFrame

/// The reason that a control unit gives with a negative response, ISO 14229-1 annex A.1.
///
/// A negative response is an answer: data about the vehicle, not a failure of ours.
public struct NegativeResponseCode: RawRepresentable, Sendable, Hashable, BitwiseCopyable {
    public let rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The control unit is at work and will answer later: P2* begins anew.
    public static let responsePending = Self(rawValue: 0x78)
    /// It asks for the request to be sent again.
    public static let busyRepeatRequest = Self(rawValue: 0x21)
    public static let serviceNotSupported = Self(rawValue: 0x11)
    public static let subFunctionNotSupported = Self(rawValue: 0x12)
    public static let incorrectMessageLength = Self(rawValue: 0x13)
    public static let requestOutOfRange = Self(rawValue: 0x31)
    public static let subFunctionNotSupportedInActiveSession = Self(rawValue: 0x7E)
    public static let serviceNotSupportedInActiveSession = Self(rawValue: 0x7F)

    /// The name in the standard, as `requestOutOfRange`; `nil` where it has none.
    public var standardName: String? { Self.names[rawValue] }

    /// The name in the standard; for a code without one, the range that it is in and the code.
    public var name: String {
        if let standardName { return standardName }
        let kind =
            switch rawValue {
            case 0x00: "positiveResponse"
            case 0x38...0x4F: "reservedByExtendedDataLinkSecurity"
            case 0x95...0xEF: "reservedForSpecificConditionsNotCorrect"
            case 0xF0...0xFE: "vehicleManufacturerSpecificConditionsNotCorrect"
            default: "ISOSAEReserved"
            }
        return kind + rawValue.hexadecimal
    }

    /// Some control units send no answer with these when the request was functional
    /// (ISO 14229-1, 8.7.2): a silence then says the same.
    public var isSuppressedWhenFunctional: Bool {
        switch rawValue {
        case 0x11, 0x12, 0x31, 0x7E, 0x7F: true
        default: false
        }
    }

    /// All codes that have a name.
    public static var named: [NegativeResponseCode] {
        names.keys.sorted().map(NegativeResponseCode.init)
    }

    private static let names: [UInt8: String] = [
        0x10: "generalReject", 0x11: "serviceNotSupported", 0x12: "subFunctionNotSupported",
        0x13: "incorrectMessageLengthOrInvalidFormat", 0x14: "responseTooLong",
        0x21: "busyRepeatRequest", 0x22: "conditionsNotCorrect", 0x24: "requestSequenceError",
        0x25: "noResponseFromSubnetComponent",
        0x26: "failurePreventsExecutionOfRequestedAction", 0x31: "requestOutOfRange",
        0x33: "securityAccessDenied", 0x34: "authenticationRequired", 0x35: "invalidKey",
        0x36: "exceedNumberOfAttempts", 0x37: "requiredTimeDelayNotExpired",
        0x38: "secureDataTransmissionRequired", 0x39: "secureDataTransmissionNotAllowed",
        0x3A: "secureDataVerificationFailed",
        0x50: "certificateVerificationFailedInvalidTimePeriod",
        0x51: "certificateVerificationFailedInvalidSignature",
        0x52: "certificateVerificationFailedInvalidChainOfTrust",
        0x53: "certificateVerificationFailedInvalidType",
        0x54: "certificateVerificationFailedInvalidFormat",
        0x55: "certificateVerificationFailedInvalidContent",
        0x56: "certificateVerificationFailedInvalidScope",
        0x57: "certificateVerificationFailedInvalidCertificate",
        0x58: "ownershipVerificationFailed", 0x59: "challengeCalculationFailed",
        0x5A: "settingAccessRightsFailed", 0x5B: "sessionKeyCreationOrDerivationFailed",
        0x5C: "configurationDataUsageFailed", 0x5D: "deAuthenticationFailed",
        0x70: "uploadDownloadNotAccepted", 0x71: "transferDataSuspended",
        0x72: "generalProgrammingFailure", 0x73: "wrongBlockSequenceCounter",
        0x78: "requestCorrectlyReceivedResponsePending",
        0x7E: "subFunctionNotSupportedInActiveSession",
        0x7F: "serviceNotSupportedInActiveSession", 0x81: "rpmTooHigh", 0x82: "rpmTooLow",
        0x83: "engineIsRunning", 0x84: "engineIsNotRunning", 0x85: "engineRunTimeTooLow",
        0x86: "temperatureTooHigh", 0x87: "temperatureTooLow", 0x88: "vehicleSpeedTooHigh",
        0x89: "vehicleSpeedTooLow", 0x8A: "throttleOrPedalTooHigh",
        0x8B: "throttleOrPedalTooLow", 0x8C: "transmissionRangeNotInNeutral",
        0x8D: "transmissionRangeNotInGear", 0x8F: "brakeSwitchNotClosed",
        0x90: "shifterLeverNotInPark", 0x91: "torqueConverterClutchLocked",
        0x92: "voltageTooHigh", 0x93: "voltageTooLow",
        0x94: "resourceTemporarilyNotAvailable",
    ]
}

extension NegativeResponseCode: CustomStringConvertible {
    /// The code and its name: `31 requestOutOfRange`.
    public var description: String { rawValue.hexadecimal + " " + name }
}
