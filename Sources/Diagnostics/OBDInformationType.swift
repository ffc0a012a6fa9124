/// What mode 09 gives: the vehicle's and the control units' identity.
public struct OBDInformationType: Sendable {
    /// `vehicleIdentificationNumber`.
    public let name: String
    /// The bytes of one item; their number comes before them.
    public let itemLength: Int
    /// Whether it is text; else a number.
    public let isText: Bool

    /// Facts of SAE J1979 appendix G; `nil` for one that it does not have.
    public static subscript(number: UInt8) -> OBDInformationType? { table[number] }

    private static let table: [UInt8: OBDInformationType] = [
        0x02: .init(name: "vehicleIdentificationNumber", itemLength: 17, isText: true),
        0x04: .init(name: "calibrationIdentification", itemLength: 16, isText: true),
        0x06: .init(name: "calibrationVerificationNumber", itemLength: 4, isText: false),
        0x08: .init(name: "inUsePerformanceSparkIgnition", itemLength: 2, isText: false),
        0x0A: .init(name: "controlUnitName", itemLength: 20, isText: true),
        0x0B: .init(name: "inUsePerformanceCompressionIgnition", itemLength: 2, isText: false),
        0x0D: .init(name: "engineSerialNumber", itemLength: 17, isText: true),
        0x0F: .init(name: "exhaustRegulationOrTypeApprovalNumber", itemLength: 17, isText: true),
    ]

    /// Odd numbers up to 09 give how many messages the next has; on CAN nobody asks for that.
    static func isMessageCount(_ number: UInt8) -> Bool {
        [0x01, 0x03, 0x05, 0x07, 0x09].contains(number)
    }
}
