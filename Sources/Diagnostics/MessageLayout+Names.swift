extension MessageLayout {
    static let transmissionModes: [UInt8: String] = [
        1: "sendAtSlowRate", 2: "sendAtMediumRate", 3: "sendAtFastRate", 4: "stopSending",
    ]

    static let controlParameters: [UInt8: String] = [
        0: "returnControlToECU", 1: "resetToDefault", 2: "freezeCurrentState",
        3: "shortTermAdjustment",
    ]

    static let fileModes: [UInt8: String] = [
        1: "AddFile", 2: "DeleteFile", 3: "ReplaceFile", 4: "ReadFile", 5: "ReadDir",
        6: "ResumeFile",
    ]

    /// `groupOfDTC` of service 14, ISO 14229-1 annex D.1; other numbers are codes.
    static let groupsOfCodes: [UInt32: String] = [
        0xFFFF33: "emissionsSystemGroup", 0xFFFFD0: "safetySystemGroup",
        0xFFFFFE: "VOBDSystem", 0xFFFFFF: "allGroups",
    ]

    /// ISO 14229-1 annex B.3: fixed speeds of links.
    static let linkModes: [UInt8: String] = [
        0x01: "PC9600Baud", 0x02: "PC19200Baud", 0x03: "PC38400Baud", 0x04: "PC57600Baud",
        0x05: "PC115200Baud", 0x10: "CAN125000Baud", 0x11: "CAN250000Baud",
        0x12: "CAN500000Baud", 0x13: "CAN1000000Baud", 0x20: "ProgrammingSetup",
    ]

    static let securedBits = [
        "messageIsRequest", "reserved1", "reserved2", "preEstablishedKeyUsed", "encrypted",
        "signed", "signatureOfResponseRequested",
    ]

    static let functionalGroups: [UInt8: String] = [
        0x33: "emissionsSystemGroup", 0xD0: "safetySystemGroup", 0xFE: "VOBDSystem",
        0xFF: "allFunctionalSystemGroups",
    ]

    static let authenticationResults: [UInt8: String] = [
        0x00: "requestAccepted", 0x01: "generalReject",
        0x02: "authenticationConfigurationAPCE",
        0x03: "authenticationConfigurationACRWithAsymmetricCryptography",
        0x04: "authenticationConfigurationACRWithSymmetricCryptography",
        0x10: "deAuthenticationSuccessful",
        0x11: "certificateVerifiedOwnershipVerificationNecessary",
        0x12: "ownershipVerifiedAuthenticationComplete", 0x13: "certificateVerified",
    ]

    /// `eventWindowTime`, ISO 14229-1 annex B.2; other values are manufacturers'.
    static let windowTimes: [UInt8: String] = [
        0x02: "infiniteTimeToResponse", 0x03: "shortEventWindowTime",
        0x04: "mediumEventWindowTime", 0x05: "longEventWindowTime", 0x06: "powerWindowTime",
        0x07: "ignitionWindowTime", 0x08: "manufacturerTriggerEventWindowTime",
    ]

    static let comparisons: [UInt8: String] = [
        1: "lessThan", 2: "greaterThan", 3: "equal", 4: "notEqual",
    ]
}
