/// Parameters 61 and above; of those without values only the name and the bytes are known here.
extension OBDParameter {
    static let later: [OBDParameter] = {
        typealias P = OBDParameter
        func four(_ name: String, of part: (String, Int) -> Part) -> [Part] {
            (0..<4).map { part(name + "Sensor\($0 + 1)", 1 + 2 * $0) }
        }
        return [
            P(0x61, "driversDemandTorque", 1, [torque("driversDemandTorque")]),
            P(0x62, "actualEngineTorque", 1, [torque("actualEngineTorque")]),
            P(0x63, "engineReferenceTorque", 2, [value("engineReferenceTorque", 2, "Nm")]),
            P(
                0x64, "enginePercentTorqueData", 5,
                (0..<5).map { torque($0 == 0 ? "torqueAtIdle" : "torqueAtPoint\($0)", at: $0) }),
            P(0x65, "auxiliaryInputOutput", 2),
            P(
                0x66, "massAirFlowSensors", 5,
                [
                    value("massAirFlowA", 2, at: 1, x: 1.0 / 32, "g/s", decimals: 2),
                    value("massAirFlowB", 2, at: 3, x: 1.0 / 32, "g/s", decimals: 2),
                ]),
            P(
                0x67, "engineCoolantTemperatures", 3,
                [
                    temperature("engineCoolantTemperature1", at: 1),
                    temperature("engineCoolantTemperature2", at: 2),
                ]),
            P(
                0x68, "intakeAirTemperatures", 7,
                (0..<6).map {
                    temperature(
                        "intakeAirTemperatureBank\($0 / 3 + 1)Sensor\($0 % 3 + 1)", at: $0 + 1)
                }),
            P(0x69, "EGRCommandedAndError", 7), P(0x6A, "dieselIntakeAirFlowControl", 5),
            P(
                0x6B, "EGRTemperatures", 5,
                (0..<4).map {
                    temperature("EGRTemperatureBank\($0 / 2 + 1)Sensor\($0 % 2 + 1)", at: $0 + 1)
                }),
            P(0x6C, "throttleActuatorControl", 5), P(0x6D, "fuelPressureControlSystem", 11),
            P(0x6E, "injectionPressureControlSystem", 9),
            P(
                0x6F, "turbochargerInletPressures", 3,
                [
                    value("turbochargerInletPressureA", 1, at: 1, "kPa"),
                    value("turbochargerInletPressureB", 1, at: 2, "kPa"),
                ]),
            P(0x70, "boostPressureControl", 10), P(0x71, "variableGeometryTurboControl", 6),
            P(0x72, "wastegateControl", 5),
            P(
                0x73, "exhaustPressures", 5,
                [
                    value("exhaustPressureBank1", 2, at: 1, x: 0.01, "kPa", decimals: 2),
                    value("exhaustPressureBank2", 2, at: 3, x: 0.01, "kPa", decimals: 2),
                ]),
            P(0x74, "turbochargerSpeeds", 5), P(0x75, "turbochargerATemperatures", 7),
            P(0x76, "turbochargerBTemperatures", 7), P(0x77, "chargeAirCoolerTemperatures", 5),
            P(
                0x78, "exhaustGasTemperaturesBank1", 9,
                four("exhaustGasTemperatureBank1") { hot($0, at: $1) }),
            P(
                0x79, "exhaustGasTemperaturesBank2", 9,
                four("exhaustGasTemperatureBank2") { hot($0, at: $1) }),
            P(0x7A, "particulateFilter1", 7), P(0x7B, "particulateFilter2", 7),
            P(
                0x7C, "particulateFilterTemperatures", 9,
                four("particulateFilterTemperature") { hot($0, at: $1) }),
            P(0x7D, "NOxNotToExceedArea", 1), P(0x7E, "PMNotToExceedArea", 1),
            P(0x7F, "engineRunTimes", 13), P(0x81, "engineRunTimesAECD1To5", 41),
            P(0x82, "engineRunTimesAECD6To10", 41),
            P(
                0x83, "NOxSensors", 9,
                four("NOx") { value($0, 2, at: $1, "ppm") }),
            P(0x84, "manifoldSurfaceTemperature", 1, [temperature("manifoldSurfaceTemperature")]),
            P(0x85, "NOxReagentSystem", 10), P(0x86, "particulateMatterSensors", 5),
            P(0x87, "intakeManifoldAbsolutePressures", 5), P(0x88, "SCRInducementSystem", 13),
            P(0x89, "engineRunTimesAECD11To15", 41), P(0x8A, "engineRunTimesAECD16To20", 41),
            P(0x8B, "dieselAftertreatment", 7), P(0x8C, "wideRangeOxygenSensors", 17),
            P(0x8D, "throttlePositionG", 1, [percent("throttlePositionG")]),
            P(0x8E, "engineFrictionTorque", 1, [torque("engineFrictionTorque")]),
            P(0x8F, "particulateMatterSensorsBanks1And2", 7),
            P(0x90, "WWHOBDVehicleInformation", 3), P(0x91, "WWHOBDECUInformation", 5),
            P(0x92, "fuelSystemControl", 2), P(0x93, "WWHOBDCounters", 3),
            P(0x94, "NOxWarningAndInducement", 12), P(0x98, "exhaustGasTemperaturesBank1More", 9),
            P(0x99, "exhaustGasTemperaturesBank2More", 9), P(0x9A, "hybridBatterySystem", 6),
            P(0x9B, "dieselExhaustFluidSensor", 4), P(0x9C, "oxygenSensorsMore", 17),
            P(
                0x9D, "fuelRates", 4,
                [
                    value("engineFuelMassRate", 2, x: 0.02, "g/s", decimals: 2),
                    value("vehicleFuelMassRate", 2, at: 2, x: 0.02, "g/s", decimals: 2),
                ]),
            P(
                0x9E, "exhaustFlowRate", 2,
                [value("exhaustFlowRate", 2, x: 0.2, "kg/h", decimals: 1)]),
            P(0x9F, "fuelSystemUse", 9), P(0xA1, "correctedNOxSensors", 9),
            P(
                0xA2, "cylinderFuelRate", 2,
                [value("cylinderFuelRate", 2, x: 1.0 / 32, "mg/stroke", decimals: 2)]),
            P(0xA3, "evaporativeSystemVapourPressures", 9),
            P(
                0xA4, "transmissionActualGear", 4,
                [
                    value("transmissionGearBits", 1, at: 1, ""),
                    value("transmissionGearRatio", 2, at: 2, x: 0.001, "", decimals: 3),
                ]),
            P(
                0xA5, "dieselExhaustFluidDosing", 4,
                [value("commandedExhaustFluidDosing", 1, at: 1, x: 0.5, "%", decimals: 1)]),
            P(0xA6, "odometer", 4, [value("odometer", 4, x: 0.1, "km", decimals: 1)]),
            P(0xA7, "NOxSensors3And4", 4), P(0xA8, "correctedNOxSensors3And4", 4),
        ]
    }()
}
