import CANFrame

/// Which standard a message is spoken in.
public enum DiagnosticProtocol: String, Sendable, Hashable, CaseIterable {
    /// ISO 14229-1.
    case uds
    /// SAE J1979 / ISO 15031-5: modes 01 to 0A.
    case obd
    /// ISO 14230-3 (KWP 2000), which older control units speak on CAN too: of its services that UDS does
    /// not have, only the names are known here.
    case kwp
    /// None of them has such a service.
    case unknown
}

/// A service by the byte that a request for it begins with.
public struct DiagnosticService: RawRepresentable, Sendable, Hashable, BitwiseCopyable {
    /// The service identifier (SID) of the request; the positive response has `0x40` more.
    public let rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let negativeResponse: UInt8 = 0x7F

    public var protocolName: DiagnosticProtocol { Self.protocols[Int(rawValue)] }

    /// By service; each message asks for it.
    private static let protocols: [DiagnosticProtocol] = (UInt8.min...UInt8.max).map { service in
        switch service {
        case 0x01...0x0A: .obd
        case _ where namesOfKWP[service] != nil: .kwp
        case _ where names[service] != nil, 0xBA...0xBE: .uds
        default: .unknown
        }
    }

    /// The name in ISO 14229-1, SAE J1979 or ISO 14230-3; `nil` where they have none.
    public var standardName: String? { Self.names[rawValue] ?? Self.namesOfKWP[rawValue] }

    /// The name, or what is known of a service without one.
    public var name: String {
        if let standardName { return standardName }
        return switch rawValue {
        case 0xBA...0xBE: "SystemSupplierSpecific" + rawValue.hexadecimal
        default: "UnknownService" + rawValue.hexadecimal
        }
    }

    /// Whether the second byte is a sub-function, whose highest bit suppresses the positive response.
    public var hasSubFunction: Bool {
        switch rawValue {
        case 0x10, 0x11, 0x19, 0x27, 0x28, 0x29, 0x2C, 0x31, 0x3E, 0x83, 0x85, 0x86, 0x87: true
        default: false
        }
    }

    /// Whether this second byte of a request asks for no positive response by its highest bit.
    ///
    /// ISO 14230-3 has sessions (diagnosticMode) from 81 on in service 10, where the bit is part of the
    /// number. Those whose other bits are a session that ISO 14229-1 reserves (00, 05 to 3F, 7F) are
    /// taken for such.
    func suppressesPositiveResponse(by byte: UInt8) -> Bool {
        guard hasSubFunction, byte & 0x80 != 0 else { return false }
        guard rawValue == 0x10 else { return true }
        return switch byte & 0x7F {
        case 0x00, 0x05...0x3F, 0x7F: false
        default: true
        }
    }

    /// All services of UDS and OBD-II that have a name.
    public static var named: [DiagnosticService] {
        names.keys.sorted().map(DiagnosticService.init)
    }

    private static let names: [UInt8: String] = [
        0x01: "CurrentData", 0x02: "FreezeFrameData", 0x03: "StoredTroubleCodes",
        0x04: "ClearDiagnosticInformation", 0x05: "OxygenSensorMonitoring",
        0x06: "OnBoardMonitoring", 0x07: "PendingTroubleCodes", 0x08: "ControlOfOnBoardSystem",
        0x09: "VehicleInformation", 0x0A: "PermanentTroubleCodes",

        0x10: "DiagnosticSessionControl", 0x11: "ECUReset", 0x14: "ClearDiagnosticInformation",
        0x19: "ReadDTCInformation", 0x22: "ReadDataByIdentifier", 0x23: "ReadMemoryByAddress",
        0x24: "ReadScalingDataByIdentifier", 0x27: "SecurityAccess",
        0x28: "CommunicationControl", 0x29: "Authentication",
        0x2A: "ReadDataByPeriodicIdentifier", 0x2C: "DynamicallyDefineDataIdentifier",
        0x2E: "WriteDataByIdentifier", 0x2F: "InputOutputControlByIdentifier",
        0x31: "RoutineControl", 0x34: "RequestDownload", 0x35: "RequestUpload",
        0x36: "TransferData", 0x37: "RequestTransferExit", 0x38: "RequestFileTransfer",
        0x3D: "WriteMemoryByAddress", 0x3E: "TesterPresent", 0x83: "AccessTimingParameter",
        0x84: "SecuredDataTransmission", 0x85: "ControlDTCSetting", 0x86: "ResponseOnEvent",
        0x87: "LinkControl",
    ]

    /// Services of ISO 14230-3 whose numbers UDS leaves free.
    private static let namesOfKWP: [UInt8: String] = [
        0x12: "ReadFreezeFrameData", 0x13: "ReadDiagnosticTroubleCodes",
        0x17: "ReadStatusOfDiagnosticTroubleCodes",
        0x18: "ReadDiagnosticTroubleCodesByStatus", 0x1A: "ReadECUIdentification",
        0x20: "StopDiagnosticSession", 0x21: "ReadDataByLocalIdentifier",
        0x26: "SetDataRates", 0x30: "InputOutputControlByLocalIdentifier",
        0x32: "StopRoutineByLocalIdentifier", 0x33: "RequestRoutineResultsByLocalIdentifier",
        0x39: "StopRoutineByAddress", 0x3A: "RequestRoutineResultsByAddress",
        0x3B: "WriteDataByLocalIdentifier", 0x81: "StartCommunication",
        0x82: "StopCommunication",
    ]
}
