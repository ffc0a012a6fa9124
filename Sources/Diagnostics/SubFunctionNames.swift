import CANFrame

extension DiagnosticService {
    /// The name of a sub-function, without its bit that suppresses the response; `nil` where the
    /// standard has none.
    public func standardName(ofSubFunction value: UInt8) -> String? {
        if let name = Self.subFunctionNames[rawValue]?[value] { return name }
        return switch (rawValue, value) {
        // ISO 14230-3, whose control units number their sessions so.
        case (0x10, 0x80...): "diagnosticMode" + value.hexadecimal
        case (0x27, 0x01...0x7E): value % 2 == 1 ? "requestSeed" : "sendKey"
        // Event types by their lower six bits; bit 6 says that the event is stored.
        case (0x86, 0x40...0x7F): Self.subFunctionNames[0x86]?[value & 0x3F].map { $0 + "Stored" }
        default: nil
        }
    }

    /// The name of a sub-function, or its number with who may have defined it.
    public func name(ofSubFunction value: UInt8) -> String {
        if let name = standardName(ofSubFunction: value) { return name }
        let kind =
            switch value {
            case 0x40...0x5F: "vehicleManufacturerSpecific"
            case 0x60...0x7E: "systemSupplierSpecific"
            default: "ISOSAEReserved"
            }
        return kind + value.hexadecimal
    }

    /// All sub-functions that have a name of their own.
    public var namedSubFunctions: [UInt8] { (Self.subFunctionNames[rawValue] ?? [:]).keys.sorted() }

    /// ISO 14229-1:2020, and of the editions before it what that one has dropped.
    private static let subFunctionNames: [UInt8: [UInt8: String]] = [
        0x10: [
            0x01: "defaultSession", 0x02: "programmingSession",
            0x03: "extendedDiagnosticSession", 0x04: "safetySystemDiagnosticSession",
        ],
        0x11: [
            0x01: "hardReset", 0x02: "keyOffOnReset", 0x03: "softReset",
            0x04: "enableRapidPowerShutDown", 0x05: "disableRapidPowerShutDown",
        ],
        0x19: reportNames,
        0x28: [
            0x00: "enableRxAndTx", 0x01: "enableRxAndDisableTx", 0x02: "disableRxAndEnableTx",
            0x03: "disableRxAndTx", 0x04: "enableRxAndDisableTxWithEnhancedAddressInformation",
            0x05: "enableRxAndTxWithEnhancedAddressInformation",
        ],
        0x29: [
            0x00: "deAuthenticate", 0x01: "verifyCertificateUnidirectional",
            0x02: "verifyCertificateBidirectional", 0x03: "proofOfOwnership",
            0x04: "transmitCertificate", 0x05: "requestChallengeForAuthentication",
            0x06: "verifyProofOfOwnershipUnidirectional",
            0x07: "verifyProofOfOwnershipBidirectional", 0x08: "authenticationConfiguration",
        ],
        0x2C: [
            0x01: "defineByIdentifier", 0x02: "defineByMemoryAddress",
            0x03: "clearDynamicallyDefinedDataIdentifier",
        ],
        0x31: [0x01: "startRoutine", 0x02: "stopRoutine", 0x03: "requestRoutineResults"],
        0x3E: [0x00: "zeroSubFunction"],
        0x83: [
            0x01: "readExtendedTimingParameterSet", 0x02: "setTimingParametersToDefaultValues",
            0x03: "readCurrentlyActiveTimingParameters", 0x04: "setTimingParametersToGivenValues",
        ],
        0x85: [0x01: "on", 0x02: "off"],
        0x86: [
            0x00: "stopResponseOnEvent", 0x01: "onDTCStatusChange", 0x02: "onTimerInterrupt",
            0x03: "onChangeOfDataIdentifier", 0x04: "reportActivatedEvents",
            0x05: "startResponseOnEvent", 0x06: "clearResponseOnEvent",
            0x07: "onComparisonOfValues", 0x08: "reportMostRecentDtcOnStatusChange",
            0x09: "reportDTCRecordInformationOnDtcStatusChange",
        ],
        0x87: [
            0x01: "verifyModeTransitionWithFixedParameter",
            0x02: "verifyModeTransitionWithSpecificParameter", 0x03: "transitionMode",
        ],
    ]

    private static let reportNames: [UInt8: String] = [
        0x01: "reportNumberOfDTCByStatusMask", 0x02: "reportDTCByStatusMask",
        0x03: "reportDTCSnapshotIdentification", 0x04: "reportDTCSnapshotRecordByDTCNumber",
        0x05: "reportDTCStoredDataByRecordNumber",
        0x06: "reportDTCExtDataRecordByDTCNumber",
        0x07: "reportNumberOfDTCBySeverityMaskRecord", 0x08: "reportDTCBySeverityMaskRecord",
        0x09: "reportSeverityInformationOfDTC", 0x0A: "reportSupportedDTC",
        0x0B: "reportFirstTestFailedDTC", 0x0C: "reportFirstConfirmedDTC",
        0x0D: "reportMostRecentTestFailedDTC", 0x0E: "reportMostRecentConfirmedDTC",
        0x0F: "reportMirrorMemoryDTCByStatusMask",
        0x10: "reportMirrorMemoryDTCExtDataRecordByDTCNumber",
        0x11: "reportNumberOfMirrorMemoryDTCByStatusMask",
        0x12: "reportNumberOfEmissionsOBDDTCByStatusMask",
        0x13: "reportEmissionsOBDDTCByStatusMask", 0x14: "reportDTCFaultDetectionCounter",
        0x15: "reportDTCWithPermanentStatus", 0x16: "reportDTCExtDataRecordByRecordNumber",
        0x17: "reportUserDefMemoryDTCByStatusMask",
        0x18: "reportUserDefMemoryDTCSnapshotRecordByDTCNumber",
        0x19: "reportUserDefMemoryDTCExtDataRecordByDTCNumber",
        0x1A: "reportSupportedDTCExtDataRecord", 0x42: "reportWWHOBDDTCByMaskRecord",
        0x55: "reportWWHOBDDTCWithPermanentStatus",
        0x56: "reportDTCInformationByDTCReadinessGroupIdentifier",
    ]
}
