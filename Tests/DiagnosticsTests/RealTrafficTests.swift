import CANFrame
import CANTransport
import Diagnostics
import TestBench
import Testing

/// Frames of a log of the test data, as candump wrote them.
private struct CandumpLog {
    struct Row {
        var time: Int64
        var identifier: ArbitrationID
        var payload: [UInt8]
    }

    var rows: [Row] = []

    /// The rows that `pattern` finds.
    init(_ name: String, _ pattern: String) throws {
        let path = "\(testDataFolder)/logs/\(name).log.zst"
        let result = try Program.run("sh", "-c", "zstdcat '\(path)' | grep '\(pattern)'")
        try #require(result.status == 0, "\(result.errors)")
        for line in result.lines {
            let words = line.split(separator: " ")
            let parts = words[2].split(separator: "#", omittingEmptySubsequences: false)
            let number = try #require(UInt32(parts[0], radix: 16))
            let digits = Array(parts[1])
            let seconds = try #require(Double(words[0].dropFirst().dropLast()))
            rows.append(
                Row(
                    time: Int64(seconds * 1e9),
                    identifier: try #require(
                        parts[0].count > 3
                            ? ArbitrationID(extended: number) : ArbitrationID(standard: number)),
                    payload: stride(from: 0, to: digits.count - 1, by: 2).compactMap {
                        UInt8(String(digits[$0...$0 + 1]), radix: 16)
                    }))
        }
    }

    /// The messages of ISO 15765-2 with identifiers of 7xx, answers with their requests.
    func diagnosticMessages() -> [(identifier: UInt32, message: DiagnosticMessage)] {
        var listener = ISOTPListener()
        var batch = FrameBatch(capacity: rows.count)
        for row in rows {
            batch.append(
                Frame(
                    timestamp: Timestamp(nanoseconds: row.time),
                    identifier: PackedID(row.identifier), channel: 0, payload: row.payload))
        }
        for number in UInt32(0x700)...0x7FF {
            guard let data = ArbitrationID(standard: number),
                let flow = ArbitrationID(standard: number ^ 8)
            else { continue }
            listener.addLink(data: ISOTPAddress(data), flowControl: ISOTPAddress(flow), channel: 0)
        }
        var requests: [UInt32: DiagnosticMessage] = [:]
        var found: [(identifier: UInt32, message: DiagnosticMessage)] = []
        for index in 0..<batch.count {
            let row = batch.rows[index]
            let time = row.timestamp.nanoseconds
            guard
                listener.take(
                    row, longPayload: batch.longPayload(at: index), frame: UInt64(index), at: time)
            else { continue }
            let number = rows[index].identifier.value
            let first = listener.payload.isEmpty ? 0 : listener.payload[0]
            let isResponse = first & 0x40 != 0
            let request = isResponse ? requests[number ^ 8] ?? requests[0x7DF] : nil
            let message = DiagnosticMessage(
                listener.payload, isResponse: isResponse, request: request)
            if !isResponse { requests[number] = message }
            found.append((number, message))
        }
        return found
    }
}

@Suite(
    "Diagnostics of real vehicles",
    .enabled(if: Requirement.data.shouldRun && isOnPath("zstdcat"), "the test data is not there"))
struct RealTrafficTests {
    @Test("of a car's own diagnostics each message is understood, but those that are too short")
    func car() throws {
        let messages = try CandumpLog("kona_obd_elm327", " 7..#").diagnosticMessages()
        #expect(messages.count > 1_300)
        var remarks: [String: Int] = [:]
        for (_, message) in messages {
            for remark in message.remarks { remarks[remark.description, default: 0] += 1 }
        }
        // As candump shows: 7EA and 7EB answer 49 04 01 00 and 49 0A 01 00, one byte for an item.
        #expect(
            remarks == [
                "15 bytes missing in calibrationIdentification": 2,
                "19 bytes missing in controlUnitName": 1,
            ])
        let names = messages.flatMap { $0.message.fields }
            .filter { $0.name == "controlUnitName" }.map(\.text)
        // 7EC#1017490A01424543, 214D2D422B456E65, 227267794374726C.
        #expect(names.contains("BECM-B+EnergyCtrl"))
        #expect(messages.contains { $0.message.isPending })
    }

    @Test("of a drive's OBD-II each value is sensible")
    func drive() throws {
        let messages = try CandumpLog("css_3ba199e2", " 7E8#").diagnosticMessages()
        #expect(messages.count == 33_677)
        let limits: [String: ClosedRange<Double>] = [
            "calculatedEngineLoad": 0...100, "engineCoolantTemperature": -20...110,
            "intakeManifoldAbsolutePressure": 10...255, "engineSpeed": 0...5_000,
            "vehicleSpeed": 0...140, "throttlePosition": 0...100, "fuelTankLevel": 10...100,
            "barometricPressure": 90...105, "controlModuleVoltage": 11...15.5,
            "actualEngineTorque": -50...100,
        ]
        var found: [String: ClosedRange<Double>] = [:]
        for (_, message) in messages {
            #expect(message.remarks.isEmpty)
            for field in message.fields {
                guard case .quantity(let value, _) = field.value else { continue }
                let range = found[field.name] ?? value...value
                found[field.name] = min(range.lowerBound, value)...max(range.upperBound, value)
            }
        }
        #expect(found.keys.sorted() == limits.keys.sorted())
        for (name, range) in found {
            #expect(limits[name]?.contains(range.lowerBound) == true, "\(name) \(range)")
            #expect(limits[name]?.contains(range.upperBound) == true, "\(name) \(range)")
        }
    }

    @Test("a truck's DM1 says that there is no code")
    func truck() throws {
        let log = try CandumpLog("css_asammdfbasics", " 18FECA")
        #expect(log.rows.count == 10)
        for row in log.rows {
            let message = J1939Diagnostic(group: 0xFECA, payload: row.payload.span)
            #expect(message?.codes == [])
            #expect(message?.lamps?.lit == [])
            #expect(message?.surplus == [])
        }
    }
}
