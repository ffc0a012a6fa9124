/// What bytes of OBD-II stand for, SAE J1979 appendices B to D.
enum OBDNames {
    static let fuelSystems: [UInt8: String] = [
        0x00: "off", 0x01: "open loop: not yet warm", 0x02: "closed loop",
        0x04: "open loop: load or deceleration", 0x08: "open loop: system fault",
        0x10: "closed loop with a fault of an oxygen sensor",
    ]

    static let secondaryAir: [UInt8: String] = [
        0x01: "upstream of the catalyst", 0x02: "downstream of the catalyst",
        0x04: "atmosphere or off", 0x08: "pump on for diagnostics",
    ]

    static let sensorsOfTwoBanks = (0..<8).map { "bank\($0 / 4 + 1)Sensor\($0 % 4 + 1)" }
    static let sensorsOfFourBanks = (0..<8).map { "bank\($0 / 2 + 1)Sensor\($0 % 2 + 1)" }

    static let requirements: [UInt8: String] = [
        1: "OBD II (CARB)", 2: "OBD (EPA)", 3: "OBD and OBD II", 4: "OBD I", 5: "no OBD",
        6: "EOBD", 7: "EOBD and OBD II", 8: "EOBD and OBD", 9: "EOBD, OBD and OBD II", 10: "JOBD",
        11: "JOBD and OBD II", 12: "JOBD and EOBD", 13: "JOBD, EOBD and OBD II", 17: "EMD",
        18: "EMD+", 19: "HD OBD-C", 20: "HD OBD", 21: "WWH OBD", 23: "HD EOBD-I",
        24: "HD EOBD-I N", 25: "HD EOBD-II", 26: "HD EOBD-II N", 28: "OBDBr-1", 29: "OBDBr-2",
        30: "KOBD", 31: "IOBD I", 32: "IOBD II", 33: "HD EOBD-IV",
    ]

    static let fuels: [UInt8: String] = [
        0: "not available", 1: "gasoline", 2: "methanol", 3: "ethanol", 4: "diesel", 5: "LPG",
        6: "CNG", 7: "propane", 8: "electric", 9: "bifuel running gasoline",
        10: "bifuel running methanol", 11: "bifuel running ethanol", 12: "bifuel running LPG",
        13: "bifuel running CNG", 14: "bifuel running propane", 15: "bifuel running electricity",
        16: "bifuel running electricity and combustion engine", 17: "hybrid gasoline",
        18: "hybrid ethanol", 19: "hybrid diesel", 20: "hybrid electric",
        21: "hybrid running electricity and combustion engine", 22: "hybrid regenerative",
        23: "bifuel running diesel",
    ]

    /// The on-board tests that each ignition has, lowest bit of byte C first; empty is reserved.
    static let sparkMonitors = [
        "catalyst", "heatedCatalyst", "evaporativeSystem", "secondaryAirSystem",
        "gasolineParticulateFilter", "oxygenSensor", "oxygenSensorHeater", "EGRVVTSystem",
    ]
    static let compressionMonitors = [
        "NMHCCatalyst", "NOxSCRMonitor", "", "boostPressure", "", "exhaustGasSensor",
        "PMFilter", "EGRVVTSystem",
    ]
    /// Bits 0 to 2 of byte B.
    static let continuousMonitors = ["misfire", "fuelSystem", "components"]

    /// Monitors (MID) of mode 06.
    static func monitor(_ number: UInt8) -> String? {
        switch number {
        case 0x01...0x10: "oxygenSensorMonitor" + sensor(number - 0x01)
        case 0x21...0x24: "catalystMonitorBank\(number - 0x20)"
        case 0x31...0x34: "EGRMonitorBank\(number - 0x30)"
        case 0x35...0x38: "VVTMonitorBank\(number - 0x34)"
        case 0x39...0x3D:
            "EVAPMonitor" + ["CapOff", "090", "040", "020", "Purge"][Int(number - 0x39)]
        case 0x41...0x50: "oxygenSensorHeaterMonitor" + sensor(number - 0x41)
        case 0x61...0x64: "heatedCatalystMonitorBank\(number - 0x60)"
        case 0x71...0x74: "secondaryAirMonitor\(number - 0x70)"
        case 0x81...0x84: "fuelSystemMonitorBank\(number - 0x80)"
        case 0x85...0x86: "boostPressureMonitorBank\(number - 0x84)"
        case 0x90...0x91: "NOxAdsorberMonitorBank\(number - 0x8F)"
        case 0x98...0x99: "NOxCatalystMonitorBank\(number - 0x97)"
        case 0xA1: "misfireMonitorGeneral"
        case 0xA2...0xAD: "misfireMonitorCylinder\(number - 0xA1)"
        case 0xB0...0xB1: "PMFilterMonitorBank\(number - 0xAF)"
        default: nil
        }
    }

    private static func sensor(_ index: UInt8) -> String {
        "Bank\(index / 4 + 1)Sensor\(index % 4 + 1)"
    }

    /// Tests (TID) that the standard defines for the monitors of mode 06.
    static let tests: [UInt8: String] = [
        0x01: "richToLeanThresholdVoltage", 0x02: "leanToRichThresholdVoltage",
        0x03: "lowVoltageForSwitchTime", 0x04: "highVoltageForSwitchTime",
        0x05: "richToLeanSwitchTime", 0x06: "leanToRichSwitchTime", 0x07: "minimumVoltage",
        0x08: "maximumVoltage", 0x09: "timeBetweenTransitions", 0x0A: "sensorPeriod",
        0x0B: "misfiresAveragedOverTenDriveCycles", 0x0C: "misfiresOfThisDriveCycle",
    ]
}
