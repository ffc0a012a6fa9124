/// The facts of SAE J1979 appendix B, parameters 00 to 60.
extension OBDParameter {
    static let basic: [OBDParameter] = {
        typealias P = OBDParameter
        var table = stride(from: UInt8(0), through: 0xE0, by: 0x20).map {
            P($0, "supportedParameters", 4, [.supported])
        }
        table += [
            P(0x01, "monitorStatusSinceCleared", 4, [.readiness]),
            P(0x02, "freezeFrameTroubleCode", 2, [.troubleCode]),
            P(
                0x03, "fuelSystemStatus", 2,
                [
                    .named("fuelSystem1", from: 0, OBDNames.fuelSystems),
                    .named("fuelSystem2", from: 1, OBDNames.fuelSystems),
                ]),
            single(0x04, percent("calculatedEngineLoad")),
            single(0x05, temperature("engineCoolantTemperature")),
            single(0x06, trim("shortTermFuelTrimBank1")),
            single(0x07, trim("longTermFuelTrimBank1")),
            single(0x08, trim("shortTermFuelTrimBank2")),
            single(0x09, trim("longTermFuelTrimBank2")),
            single(0x0A, value("fuelPressure", 1, x: 3, "kPa")),
            single(0x0B, value("intakeManifoldAbsolutePressure", 1, "kPa")),
            single(0x0C, value("engineSpeed", 2, x: 0.25, "rpm", decimals: 2)),
            single(0x0D, value("vehicleSpeed", 1, "km/h")),
            single(0x0E, value("timingAdvance", 1, x: 0.5, plus: -64, "°", decimals: 1)),
            single(0x0F, temperature("intakeAirTemperature")),
            single(0x10, value("massAirFlow", 2, x: 0.01, "g/s", decimals: 2)),
            single(0x11, percent("throttlePosition")),
            P(
                0x12, "commandedSecondaryAirStatus", 1,
                [.named("commandedSecondaryAirStatus", from: 0, OBDNames.secondaryAir)]),
            P(
                0x13, "oxygenSensorsPresent", 1,
                [.flags("oxygenSensorsPresent", from: 0, OBDNames.sensorsOfTwoBanks)]),
            P(
                0x1C, "OBDRequirements", 1,
                [.named("OBDRequirements", from: 0, OBDNames.requirements)]),
            P(
                0x1D, "oxygenSensorsPresentAlternate", 1,
                [.flags("oxygenSensorsPresentAlternate", from: 0, OBDNames.sensorsOfFourBanks)]),
            P(
                0x1E, "auxiliaryInputStatus", 1,
                [.flags("auxiliaryInputStatus", from: 0, ["powerTakeOffActive"])]),
            single(0x1F, value("runTimeSinceEngineStart", 2, "s")),
            single(0x21, value("distanceWithMILOn", 2, "km")),
            single(
                0x22, value("fuelRailPressureRelativeToVacuum", 2, x: 0.079, "kPa", decimals: 3)),
            single(0x23, value("fuelRailGaugePressure", 2, x: 10, "kPa")),
            single(0x2C, percent("commandedEGR")), single(0x2D, trim("EGRError")),
            single(0x2E, percent("commandedEvaporativePurge")),
            single(0x2F, percent("fuelTankLevel")),
            single(0x30, value("warmUpsSinceCleared", 1, "")),
            single(0x31, value("distanceSinceCleared", 2, "km")),
            single(
                0x32,
                value("evaporativeVapourPressure", 2, x: 0.25, "Pa", decimals: 2, signed: true)),
            single(0x33, value("barometricPressure", 1, "kPa")),
            P(0x41, "monitorStatusThisDriveCycle", 4, [.readiness]),
            single(0x42, value("controlModuleVoltage", 2, x: 0.001, "V", decimals: 3)),
            single(0x43, value("absoluteLoad", 2, x: 100.0 / 255, "%", decimals: 1)),
            single(0x44, ratio("commandedEquivalenceRatio")),
            single(0x45, percent("relativeThrottlePosition")),
            single(0x46, temperature("ambientAirTemperature")),
            single(0x47, percent("absoluteThrottlePositionB")),
            single(0x48, percent("absoluteThrottlePositionC")),
            single(0x49, percent("acceleratorPedalPositionD")),
            single(0x4A, percent("acceleratorPedalPositionE")),
            single(0x4B, percent("acceleratorPedalPositionF")),
            single(0x4C, percent("commandedThrottleActuator")),
            single(0x4D, value("timeWithMILOn", 2, "min")),
            single(0x4E, value("timeSinceCleared", 2, "min")),
            P(
                0x4F, "maximumValues", 4,
                [
                    value("maximumEquivalenceRatio", 1, "lambda"),
                    value("maximumOxygenSensorVoltage", 1, at: 1, "V"),
                    value("maximumOxygenSensorCurrent", 1, at: 2, "mA"),
                    value("maximumIntakeManifoldPressure", 1, at: 3, x: 10, "kPa"),
                ]),
            P(0x50, "maximumMassAirFlow", 4, [value("maximumMassAirFlow", 1, x: 10, "g/s")]),
            P(0x51, "fuelType", 1, [.named("fuelType", from: 0, OBDNames.fuels)]),
            single(0x52, percent("ethanolFuelShare")),
            single(
                0x53, value("absoluteEvaporativeVapourPressure", 2, x: 0.005, "kPa", decimals: 3)),
            single(0x54, value("wideRangeEvaporativeVapourPressure", 2, "Pa", signed: true)),
            single(0x59, value("fuelRailAbsolutePressure", 2, x: 10, "kPa")),
            single(0x5A, percent("relativeAcceleratorPedalPosition")),
            single(0x5B, percent("hybridBatteryPackRemainingLife")),
            single(0x5C, temperature("engineOilTemperature")),
            single(
                0x5D, value("fuelInjectionTiming", 2, x: 1.0 / 128, plus: -210, "°", decimals: 2)),
            single(0x5E, value("engineFuelRate", 2, x: 0.05, "L/h", decimals: 2)),
            P(
                0x5F, "emissionRequirements", 1,
                [
                    .named(
                        "emissionRequirements", from: 0,
                        [0x0E: "Euro IV B1", 0x0F: "Euro V B2", 0x10: "Euro C EEV"])
                ]),
        ]
        return table + sensors
    }()

    private static func single(_ number: UInt8, _ part: Part) -> OBDParameter {
        guard case .linear(let name, _, let bytes, _, _, _, _, _) = part else {
            preconditionFailure("a single value is a linear one")
        }
        return OBDParameter(number, name, bytes, [part])
    }

    /// Parameters of which there is one for each sensor.
    private static let sensors: [OBDParameter] = {
        var table: [OBDParameter] = []
        for index in UInt8(0)..<8 {
            let sensor = "Bank\(index / 4 + 1)Sensor\(index % 4 + 1)"
            table.append(
                OBDParameter(
                    0x14 + index, "oxygenSensor\(sensor)", 2,
                    [
                        value("oxygenSensorVoltage\(sensor)", 1, x: 0.005, "V", decimals: 3),
                        trim("shortTermFuelTrim\(sensor)", at: 1),
                    ]))
            let wide = "wideRangeOxygenSensor\(index + 1)"
            table.append(
                OBDParameter(
                    0x24 + index, wide + "Voltage", 4,
                    [
                        ratio(wide + "EquivalenceRatio"),
                        value(wide + "Voltage", 2, at: 2, x: 8.0 / 65_536, "V", decimals: 4),
                    ]))
            table.append(
                OBDParameter(
                    0x34 + index, wide + "Current", 4,
                    [
                        ratio(wide + "EquivalenceRatio"),
                        value(
                            wide + "Current", 2, at: 2, x: 1.0 / 256, plus: -128, "mA", decimals: 3),
                    ]))
        }
        for index in UInt8(0)..<4 {
            let place = "Bank\(index % 2 + 1)Sensor\(index / 2 + 1)"
            table.append(single(0x3C + index, hot("catalystTemperature" + place)))
            let term = (index % 2 == 0 ? "short" : "long") + "TermSecondaryOxygenTrimBank"
            let bank = index / 2 + 1
            table.append(
                OBDParameter(
                    0x55 + index, term + "\(bank)", 2,
                    [trim(term + "\(bank)"), trim(term + "\(bank + 2)", at: 1)]))
        }
        return table
    }()
}
