import CANFrame

/// What is known of data identifiers: names, and how many bytes their data has.
///
/// ISO 14229-1 annex C.1 gives names and hardly a length: those come from outside, for the vehicle at
/// hand. What no one knows is left as bytes.
public struct DataIdentifierTable: Sendable {
    /// One identifier's facts.
    public struct Entry: Sendable, Hashable {
        public var name: String
        /// Bytes of data; `nil` where they are not known.
        public var length: Int?

        public init(name: String, length: Int? = nil) {
            self.name = name
            self.length = length
        }
    }

    private var entries: [UInt16: Entry]
    /// How many bytes an extended data record (service 19) has, by its number.
    public var extendedRecordLengths: [UInt8: Int] = [:]

    /// The identifiers of ISO 14229-1 and no others.
    public static let standard = DataIdentifierTable()

    public init() { entries = Self.standardEntries }

    /// Facts about an identifier; setting it overrides what the standard says.
    public subscript(identifier: UInt16) -> Entry? {
        get { entries[identifier] }
        set { entries[identifier] = newValue }
    }

    /// The bytes of an identifier's data, where they are known.
    public func length(of identifier: UInt16) -> Int? { entries[identifier]?.length }

    /// The name of an identifier, or of the range that it is in; `nil` for a plain number of the
    /// manufacturer's.
    public func name(of identifier: UInt16) -> String? {
        entries[identifier]?.name ?? Self.range(of: identifier)
    }

    /// Name and length of an identifier in one look.
    func facts(of identifier: UInt16) -> (name: String?, length: Int?) {
        if let entry = entries[identifier] { return (entry.name, entry.length) }
        return (Self.range(of: identifier), nil)
    }

    private static func range(of identifier: UInt16) -> String? {
        switch identifier {
        case 0xF200...0xF2FF: "periodicDataIdentifier"
        case 0xF300...0xF3FF: "dynamicallyDefinedDataIdentifier"
        case 0xF400...0xF5FF: OBDParameter[UInt8(identifier & 0xFF)]?.name ?? "OBDDataIdentifier"
        case 0xF600...0xF7FF: "OBDMonitorDataIdentifier"
        case 0xF800...0xF8FF:
            OBDInformationType[UInt8(identifier & 0xFF)]?.name ?? "OBDInfoTypeDataIdentifier"
        case 0xF900...0xF9FF: "tachographDataIdentifier"
        case 0xFA00...0xFA0F: "airbagDeploymentDataIdentifier"
        case 0xFA10...0xFA12: nil
        case 0xFA13...0xFAFF: "safetySystemDataIdentifier"
        case 0xF1A0...0xF1EF: "identificationOptionVehicleManufacturerSpecific"
        case 0xF1F0...0xF1FF: "identificationOptionSystemSupplierSpecific"
        case 0xFD00...0xFEFF: "systemSupplierSpecific"
        default: nil
        }
    }

    /// The identifiers that have a name of their own in the standard.
    public static var namedByStandard: [UInt16] { standardEntries.keys.sorted() }

    private static let standardEntries: [UInt16: Entry] = {
        var entries: [UInt16: Entry] = [:]
        for (identifier, name) in standardNames { entries[identifier] = Entry(name: name) }
        // ISO 3779; one byte with the session of service 10; four of the standard's edition.
        for (identifier, length) in [(0xF190, 17), (0xF186, 1), (0xFF00, 4)] as [(UInt16, Int)] {
            entries[identifier]?.length = length
        }
        for parameter in OBDParameter.all {
            entries[0xF400 | UInt16(parameter.number)] = Entry(
                name: parameter.name, length: parameter.length)
        }
        return entries
    }()

    private static let standardNames: [(UInt16, String)] = [
        (0xF180, "bootSoftwareIdentification"), (0xF181, "applicationSoftwareIdentification"),
        (0xF182, "applicationDataIdentification"), (0xF183, "bootSoftwareFingerprint"),
        (0xF184, "applicationSoftwareFingerprint"), (0xF185, "applicationDataFingerprint"),
        (0xF186, "activeDiagnosticSession"), (0xF187, "vehicleManufacturerSparePartNumber"),
        (0xF188, "vehicleManufacturerECUSoftwareNumber"),
        (0xF189, "vehicleManufacturerECUSoftwareVersionNumber"),
        (0xF18A, "systemSupplierIdentifier"), (0xF18B, "ECUManufacturingDate"),
        (0xF18C, "ECUSerialNumber"), (0xF18D, "supportedFunctionalUnits"),
        (0xF18E, "vehicleManufacturerKitAssemblyPartNumber"),
        (0xF18F, "regulationXSoftwareIdentificationNumbers"),
        (0xF190, "vehicleIdentificationNumber"),
        (0xF191, "vehicleManufacturerECUHardwareNumber"),
        (0xF192, "systemSupplierECUHardwareNumber"),
        (0xF193, "systemSupplierECUHardwareVersionNumber"),
        (0xF194, "systemSupplierECUSoftwareNumber"),
        (0xF195, "systemSupplierECUSoftwareVersionNumber"),
        (0xF196, "exhaustRegulationOrTypeApprovalNumber"),
        (0xF197, "systemNameOrEngineType"),
        (0xF198, "repairShopCodeOrTesterSerialNumber"), (0xF199, "programmingDate"),
        (0xF19A, "calibrationRepairShopCodeOrCalibrationEquipmentSerialNumber"),
        (0xF19B, "calibrationDate"), (0xF19C, "calibrationEquipmentSoftwareNumber"),
        (0xF19D, "ECUInstallationDate"), (0xF19E, "ODXFile"), (0xF19F, "entity"),
        (0xFA10, "numberOfEDRDevices"), (0xFA11, "EDRIdentification"),
        (0xFA12, "EDRDeviceAddressInformation"), (0xFF00, "UDSVersion"),
        (0xFF01, "reservedForISO15765-5"),
    ]
}

/// The routines that ISO 14229-1 annex F names.
enum RoutineName {
    static func of(_ identifier: UInt16) -> String? {
        switch identifier {
        case 0x0100...0x01FF: "tachographTestId"
        case 0xE000...0xE1FF: "OBDTestId"
        case 0xE200: "deployLoopRoutineId"
        case 0xE201...0xE2FF: "safetySystemRoutineId"
        case 0xFF00: "eraseMemory"
        case 0xFF01: "checkProgrammingDependencies"
        case 0xFF02: "eraseMirrorMemoryDTCs"
        default: nil
        }
    }
}
