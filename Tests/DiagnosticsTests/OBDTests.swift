import Diagnostics
import Testing

@Suite("OBD-II")
struct OBDTests {
    private func answer(_ text: String) -> DiagnosticMessage {
        DiagnosticMessage(bytes(text), isResponse: true)
    }

    @Test("several parameters of one answer are read each with its own length")
    func currentData() {
        // SAE J1979's formulas: 1AF8/4, 0x32, 0x7B-40.
        let message = answer("41 0C 1A F8 0D 32 05 7B")
        #expect(message.identifiers == [0x0C, 0x0D, 0x05])
        #expect(
            message.fields.filter { $0.name != "identifier" }.map(\.description) == [
                "engineSpeed 1726.00 rpm", "vehicleSpeed 50 km/h",
                "engineCoolantTemperature 83 °C",
            ])
        #expect(
            message.summary
                == "CurrentData 0C engineSpeed 0D vehicleSpeed 05 engineCoolantTemperature")
    }

    @Test("a bitmap says which parameters there are")
    func supported() {
        // The example that is everywhere: BE 1F A8 13.
        let field = answer("41 00 BE 1F A8 13").field("supported")
        #expect(
            field?.text == "01 03 04 05 06 07 0C 0D 0E 0F 10 11 13 15 1C 1F 20")
        #expect(answer("41 E0 00 00 00 01").field("supported")?.text == "none")
    }

    @Test("readiness of spark ignition: what is supported and complete")
    func spark() throws {
        // 81: lamp on and one code; 07: continuous tests; 65: catalyst, evaporative, oxygen, heater.
        let payload = bytes("41 01 81 07 65 04")
        let read = OBDReadiness(answer: payload.span)
        let readiness = try #require(read)
        #expect(readiness.isLampOn)
        #expect(readiness.troubleCodeCount == 1)
        #expect(!readiness.isCompressionIgnition)
        #expect(
            readiness.monitors.map(\.name) == [
                "misfire", "fuelSystem", "components", "catalyst", "evaporativeSystem",
                "oxygenSensor", "oxygenSensorHeater",
            ])
        #expect(readiness.monitors.filter { !$0.isComplete }.map(\.name) == ["evaporativeSystem"])
        #expect(!readiness.isReady)
    }

    @Test("readiness of compression ignition has its own tests")
    func compression() {
        let message = answer("41 01 00 0E EB 00")
        #expect(message.field("ignition")?.text == "compression")
        #expect(
            message.fields.map(\.name).filter { $0.hasPrefix("monitor ") } == [
                "monitor fuelSystem", "monitor components", "monitor NMHCCatalyst",
                "monitor NOxSCRMonitor", "monitor boostPressure", "monitor exhaustGasSensor",
                "monitor PMFilter", "monitor EGRVVTSystem",
            ])
    }

    @Test("codes of modes 03, 07 and 0A come with their number on CAN, in pairs elsewhere")
    func codes() {
        #expect(answer("43 02 01 43 01 96").troubleCodes.map(\.text) == ["P0143", "P0196"])
        #expect(answer("47 00").troubleCodes.isEmpty)
        // ISO 9141-2: three codes a message, zeroes fill up.
        #expect(
            answer("43 01 33 00 00 C1 00").troubleCodes.map(\.text) == ["P0133", "U0100"])
        let short = answer("4A 03 01 43")
        #expect(short.troubleCodes.count == 1)
        #expect(short.remarks == [.tooShort(field: "DTCRecord", missing: 4)])
    }

    @Test("a freeze frame names the frame beside each parameter")
    func freezeFrame() {
        let message = answer("42 02 00 01 30 0D 00 3C")
        #expect(message.troubleCodes.map(\.text) == ["P0130"])
        #expect(message.field("vehicleSpeed")?.number == 60)
        #expect(
            DiagnosticMessage(bytes("02 0C 00"), isResponse: false).identifiers == [0x0C])
    }

    @Test("the vehicle's and the calibration's identity are text")
    func information() {
        let number = answer("49 02 01 31 44 34 47 50 30 30 52 35 35 42 31 32 33 34 35 36")
        #expect(number.field("vehicleIdentificationNumber")?.text == "1D4GP00R55B123456")
        let calibration = DiagnosticMessage(
            bytes("49 04 02") + Array("JMB*36761500".utf8) + [0, 0, 0, 0]
                + Array("JMB*47872611".utf8) + [0, 0, 0, 0], isResponse: true)
        #expect(
            calibration.fields.filter { $0.name == "calibrationIdentification" }.map(\.text)
                == ["JMB*36761500", "JMB*47872611"])
        #expect(
            answer("49 06 01 17 91 BC 82").field("calibrationVerificationNumber")?.text
                == "1791BC82")
    }

    @Test("a monitor's result stands between its limits")
    func monitor() {
        // Monitor 01, test 01, scaling 0A (0.122 mV): 0BB0, 0BB0, 0BB0 are 365.024 mV (SAE J1979).
        let message = answer("46 01 01 0A 0B B0 0B B0 0B B0")
        #expect(message.identifiers == [1])
        #expect(message.field("testIdentifier")?.text == "richToLeanThresholdVoltage")
        #expect(message.field("maximumLimit")?.description == "maximumLimit 365.0240 mV")
    }

    @Test("an unknown parameter leaves its bytes, and those behind it")
    func unknown() {
        let message = answer("41 0D 32 C5 01 02")
        #expect(message.field("vehicleSpeed")?.number == 50)
        #expect(message.remarks == [.unknownLength(field: "parameter C5")])
        #expect(message.fields.last?.range == 4..<6)
    }

    @Test("OBD on UDS has the same parameters as data identifiers")
    func dataIdentifiers() {
        let message = answer("62 F4 0C 1A F8")
        #expect(message.field("engineSpeed")?.number == 1_726)
        #expect(message.summary == "ReadDataByIdentifier F40C engineSpeed")
    }
}
