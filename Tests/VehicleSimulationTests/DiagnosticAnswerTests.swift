import CANFrame
import CANTransport
import Diagnostics
import SignalDatabase
import TestBench
import Testing
import VehicleSimulation

let diagnosticFile = """
    buses: {PT: car.dbc}
    ecus:
      ECM:
        diagnostics:
          request: 7E0
          response: 7E8
          functional: 7DF
          identifiers:
            F190: {text: "WVWZZZ1KZ6W000001", write: true, session: "03", level: "01"}
            F18C: 0x0102
            "2000": {bytes: "AA", session: "03"}
            "2001": {signal: Engine.Speed}
          trouble-codes:
            P0118-17: {status: confirmed, occurrences: 3, snapshot: {F40C: 0x0BB8}}
            U0100-87: pending
            B1000-55: active
          routines:
            "0203": {result: "10 20"}
            FF00: {takes: 6s, session: "03"}
          security: {algorithm: xor, secret: A5A5A5A5, delay: 10s}
          obd:
            parameters: {"0C": 1500, "05": 90, "0D": 50, "42": 14.1}
            calibration: CAL-1
            calibration-verification: 12345678
            name: ECM-EngineControl

    """

/// A tester on the other end, with as much time as it takes.
struct Tester: ~Copyable {
    var simulation: VehicleSimulation
    private var connection: ISOTPConnection
    private var time: Int64 = 0
    private let functional: ISOTPAddress

    init(_ file: String = diagnosticFile, faults: [String] = []) throws {
        let request = try #require(ArbitrationID(standard: 0x7E0))
        let response = try #require(ArbitrationID(standard: 0x7E8))
        let all = try #require(ArbitrationID(standard: 0x7DF))
        // Noncopyable values are assigned when nothing can throw any more.
        let vehicle = try simulationFile(file).vehicle
        let faults = try faults.map { try SimulationFault($0) }
        let made = try VehicleSimulation(vehicle, seed: 7, faults: faults)
        functional = ISOTPAddress(all)
        simulation = made
        connection = ISOTPConnection(
            sending: ISOTPAddress(request), receiving: ISOTPAddress(response))
    }

    /// The time at which it is.
    var now: Int64 { time }
    mutating func wait(_ nanoseconds: Int64) {
        let end = time + nanoseconds
        while let due = simulation.deadline, due <= end {
            time = max(time, due)
            while simulation.nextFrame(at: time) != nil {}
        }
        time = end
    }

    /// All that is sent within so long.
    mutating func frames(for nanoseconds: Int64) -> [Frame] {
        var frames: [Frame] = []
        let end = time + nanoseconds
        while let due = simulation.deadline, due <= end {
            time = max(time, due)
            while let frame = simulation.nextFrame(at: time) { frames.append(frame) }
        }
        time = end
        return frames
    }

    /// Sends a request, and gives the answers within `limit` with their times since.
    mutating func ask(
        _ request: [UInt8], functional isFunctional: Bool = false,
        within limit: Int64 = 1_000_000_000
    ) throws -> [(payload: [UInt8], time: Int64)] {
        let start = time
        var answers: [(payload: [UInt8], time: Int64)] = []
        if isFunctional {
            let frame = ISOTPConnection.singleFrame(
                request.span, to: functional, options: ISOTPConnection.Options())
            hand(try #require(frame))
        } else {
            try connection.send(request.span, at: time)
        }
        while time <= start + limit {
            while let frame = connection.nextFrame(at: time) { hand(frame) }
            while let frame = simulation.nextFrame(at: time) {
                if let answer = receive(frame) { answers.append((answer, time - start)) }
                while let frame = connection.nextFrame(at: time) { hand(frame) }
            }
            let next = min(simulation.deadline ?? .max, connection.deadline ?? .max)
            time = max(time, next == .max ? start + limit + 1 : next)
        }
        time = start + limit
        return answers
    }

    /// The one answer.
    mutating func answer(_ request: String, functional isFunctional: Bool = false) throws -> String?
    {
        let answers = try ask(Self.bytes(request), functional: isFunctional)
        #expect(answers.count <= 1)
        return answers.first.map { Self.text($0.payload) }
    }

    static func bytes(_ text: String) -> [UInt8] {
        text.split(separator: " ").compactMap { UInt8($0, radix: 16) }
    }

    static func text(_ bytes: [UInt8]) -> String {
        bytes.map(\.hexadecimal).joined(separator: " ")
    }

    mutating func hand(_ frame: Frame) {
        var batch = FrameBatch(capacity: 1)
        batch.append(frame)
        simulation.take(batch.rows[0], longPayload: batch.longPayload(at: 0), at: time)
    }

    private mutating func receive(_ frame: Frame) -> [UInt8]? {
        var batch = FrameBatch(capacity: 1)
        batch.append(frame)
        guard connection.take(batch.rows[0], longPayload: batch.longPayload(at: 0), at: time)
        else { return nil }
        var payload: [UInt8] = []
        for index in connection.payload.indices { payload.append(connection.payload[index]) }
        return payload
    }

    var failure: ISOTPFailure? { connection.failure }
}

/// Bytes as ISO 14229-1 lays them out in the examples of each service's clause.
@Suite("a simulated ECU that is asked")
struct DiagnosticAnswerTests {
    @Test("tells its session's times, and leaves the session after S3")
    func sessions() throws {
        var tester = try Tester()
        #expect(try tester.answer("22 F1 86") == "62 F1 86 01")
        #expect(try tester.answer("10 03") == "50 03 00 32 01 F4")
        #expect(try tester.answer("22 F1 86") == "62 F1 86 03")
        tester.wait(3_500_000_000)
        #expect(try tester.answer("3E 80") == nil)
        tester.wait(3_500_000_000)
        #expect(try tester.answer("22 F1 86") == "62 F1 86 03")
        tester.wait(5_000_000_000)
        #expect(try tester.answer("22 F1 86") == "62 F1 86 01")
    }

    @Test("reads several identifiers at once, and leaves out what it does not have")
    func reads() throws {
        var tester = try Tester()
        let vin = Tester.text(Array("WVWZZZ1KZ6W000001".utf8))
        #expect(try tester.answer("22 F1 90") == "62 F1 90 \(vin)")
        #expect(try tester.answer("22 F1 8C FF FF") == "62 F1 8C 01 02")
        #expect(try tester.answer("22 FF FF") == "7F 22 31")
        #expect(try tester.answer("22 20 00") == "7F 22 31")
        let live = try #require(try tester.answer("22 20 01"))
        #expect(live.hasPrefix("62 20 01 ") && live.count == 14)
    }

    @Test(
        "refuses in the order of the standard",
        arguments: [
            ("84 01", "7F 84 11"), ("27 01", "7F 27 7F"), ("10", "7F 10 13"), ("10 7E", "7F 10 12"),
            ("10 03 00", "7F 10 13"), ("10 7E 00", "7F 10 12"), ("22 F1", "7F 22 13"),
            ("2E 12 34 00", "7F 2E 31"), ("2E F1 90 00", "7F 2E 13"), ("19 7E", "7F 19 12"),
            ("19 02", "7F 19 13"), ("31 01 99 99", "7F 31 31"), ("31 03 02 03", "7F 31 24"),
            ("14 12 34 56", "7F 14 31"), ("28 00 01", "7F 28 7F"), ("3E 01", "7F 3E 12"),
        ])
    func refuses(request: String, expected: String) throws {
        var tester = try Tester()
        #expect(try tester.answer(request) == expected)
    }

    @Test(
        "says nothing to all at once where it has nothing to say",
        arguments: ["84 01", "27 01", "10 7E", "22 FF FF", "3E 80", "01 FF", "10 83"])
    func functional(request: String) throws {
        var tester = try Tester()
        #expect(try tester.answer(request, functional: true) == nil)
    }

    @Test("answers all at once as one alone")
    func functionalAnswers() throws {
        var tester = try Tester()
        #expect(try tester.answer("22 F1 8C", functional: true) == "62 F1 8C 01 02")
        #expect(try tester.answer("10 7E 00", functional: true) == nil)
        #expect(try tester.answer("10", functional: true) == "7F 10 13")
    }

    @Test("lets who knows the secret write, and locks out who guesses")
    func security() throws {
        var tester = try Tester()
        let write = "2E F1 90 " + Tester.text(Array("1HGBH41JXMN109186".utf8))
        #expect(try tester.answer(write) == "7F 2E 31")
        #expect(try tester.answer("10 03") != nil)
        #expect(try tester.answer(write) == "7F 2E 33")
        #expect(try tester.answer("27 02 00 00 00 00") == "7F 27 24")
        for expected in ["7F 27 35", "7F 27 35", "7F 27 36"] {
            #expect(try tester.answer("27 01")?.hasPrefix("67 01") == true)
            #expect(try tester.answer("27 02 00 00 00 00") == expected)
        }
        #expect(try tester.answer("27 01") == "7F 27 37")
        for _ in 0..<4 {
            tester.wait(2_000_000_000)
            #expect(try tester.answer("3E 00") == "7E 00")
        }
        let seed = Tester.bytes(try #require(try tester.answer("27 01"))).dropFirst(2)
        let key = Tester.text(seed.map { $0 ^ 0xA5 })
        #expect(try tester.answer("27 02 \(key)") == "67 02")
        #expect(try tester.answer("27 01") == "67 01 00 00 00 00")
        #expect(try tester.answer(write) == "6E F1 90")
        #expect(try tester.answer("22 F1 90")?.hasSuffix("31 38 36") == true)
    }

    @Test("reports its trouble codes, and what comes back after they were cleared")
    func troubleCodes() throws {
        var tester = try Tester()
        #expect(try tester.answer("19 01 08") == "59 01 FF 01 00 02")
        #expect(try tester.answer("19 02 08") == "59 02 FF 01 18 17 28 90 00 55 2F")
        #expect(
            try tester.answer("19 0A") == "59 0A FF 01 18 17 28 C1 00 87 26 90 00 55 2F")
        #expect(try tester.answer("19 03") == "59 03 01 18 17 01")
        #expect(try tester.answer("19 04 01 18 17 01") == "59 04 01 18 17 28 01 01 F4 0C 0B B8")
        #expect(try tester.answer("19 06 01 18 17 FF") == "59 06 01 18 17 28 01 03")
        #expect(try tester.answer("19 04 00 00 01 01") == "7F 19 31")
        #expect(try tester.answer("14 FF FF FF") == "54")
        #expect(try tester.answer("19 02 08") == "59 02 FF")
        // What is there still fails again, and is pending first.
        tester.wait(1_000_000_000)
        #expect(try tester.answer("19 02 0F") == "59 02 FF 90 00 55 27")
    }

    @Test("says that it is at work, at P2 and as often as P2* wants it")
    func pending() throws {
        var tester = try Tester()
        #expect(try tester.answer("31 01 02 03") == "71 01 02 03 10 20")
        #expect(try tester.answer("10 03") != nil)
        let answers = try tester.ask([0x31, 0x01, 0xFF, 0x00], within: 8_000_000_000)
        #expect(
            answers.map(\.payload) == [
                [0x7F, 0x31, 0x78], [0x7F, 0x31, 0x78], [0x7F, 0x31, 0x78],
                [0x71, 0x01, 0xFF, 0x00],
            ])
        #expect(answers.map(\.time) == [5_000_000, 2_505_000_000, 5_005_000_000, 6_005_000_000])
        // It did not leave its session meanwhile.
        #expect(try tester.answer("22 F1 86") == "62 F1 86 03")
    }

    @Test("is away after a reset, and in its default session then")
    func reset() throws {
        var tester = try Tester()
        #expect(try tester.answer("10 03") != nil)
        let answers = try tester.ask([0x11, 0x01], within: 20_000_000)
        #expect(answers.map(\.payload) == [[0x51, 0x01]])
        #expect(try tester.ask([0x22, 0xF1, 0x86], within: 100_000_000).isEmpty)
        tester.wait(300_000_000)
        #expect(try tester.answer("22 F1 86") == "62 F1 86 01")
    }

    @Test("stops what it sends by itself when a tester says so")
    func communicationControl() throws {
        var tester = try Tester()
        #expect(try tester.answer("10 03") != nil)
        #expect(try tester.answer("28 03 01") == "68 03")
        let before = tester.simulation.cyclicFrames
        tester.wait(1_000_000_000)
        #expect(tester.simulation.cyclicFrames == before)
        #expect(try tester.answer("28 00 01") == "68 00")
        #expect(tester.simulation.cyclicFrames > before)
    }

    /// SAE J1979: 1500 rpm are 1770, 90 degC are 82, 50 km/h are 32; 14.1 V are 14100 mV.
    @Test("answers OBD-II")
    func obd() throws {
        var tester = try Tester()
        #expect(try tester.answer("01 0C", functional: true) == "41 0C 17 70")
        #expect(try tester.answer("01 05 0D 42") == "41 05 82 0D 32 42 37 14")
        // 01, 05, 0C, 0D of the first 32, and more behind; 42 is the second of 40.
        #expect(try tester.answer("01 00") == "41 00 88 18 00 01")
        #expect(try tester.answer("01 20") == "41 20 00 00 00 01")
        #expect(try tester.answer("01 40") == "41 40 40 00 00 00")
        // The lamp is on for two confirmed codes.
        #expect(try tester.answer("01 01") == "41 01 82 07 65 00")
        #expect(try tester.answer("03") == "43 02 01 18 90 00")
        #expect(try tester.answer("07") == "47 02 C1 00 90 00")
        #expect(try tester.answer("0A") == "4A 02 01 18 90 00")
        #expect(try tester.answer("02 02 00") == "42 02 00 01 18")
        #expect(try tester.answer("02 0C 00") == "42 0C 00 17 70")
        #expect(try tester.answer("09 00") == "49 00 54 40 00 00")
        let vin = Tester.text(Array("WVWZZZ1KZ6W000001".utf8))
        #expect(try tester.answer("09 02") == "49 02 01 \(vin)")
        #expect(try tester.answer("09 06") == "49 06 01 12 34 56 78")
        #expect(try tester.answer("04") == "44")
        #expect(try tester.answer("01 01") == "41 01 00 07 65 65")
    }

    /// SAE J1979: mode 04 clears no permanent code; its own test does, once it has passed. B1000 is there
    /// still, P0118 is not.
    @Test("a permanent code outlives its clearing, until a cycle in which it is not found")
    func permanentCodes() throws {
        for clear in ["04", "14 FF FF FF"] {
            var tester = try Tester()
            _ = try tester.answer(clear)
            #expect(try tester.answer("03") == "43 00")
            #expect(try tester.answer("0A") == "4A 02 01 18 90 00")
            let report = try tester.answer("19 15")
            #expect(report?.hasPrefix("59 15 FF 01 18 17") == true)
            _ = try tester.answer("11 01")
            tester.wait(300_000_000)
            #expect(try tester.answer("0A") == "4A 01 90 00")
        }
    }

    // MARK: Hostile requests

    @Test("answers every service and every sub-function as the standard says, or not at all")
    func everyPair() throws {
        var tester = try Tester()
        for service in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                var requests = [[service, second]]
                // Longer ones where there are services.
                if service < 0x40 { requests.append([service, second, 0xFF, 0xFF, 0xFF, 0xFF]) }
                for request in requests {
                    let answers = try tester.ask(request, within: 30_000_000)
                    #expect(answers.count <= 1)
                    if service == 0x11 { tester.wait(300_000_000) }
                    guard let answer = answers.first?.payload else { continue }
                    let isPositive = answer[0] == service &+ 0x40
                    let isNegative =
                        answer.count == 3 && answer[0] == 0x7F && answer[1] == service
                        && NegativeResponseCode(rawValue: answer[2]).standardName != nil
                    #expect(isPositive || isNegative)
                }
            }
        }
        #expect(tester.simulation.counts.requests == 0x1_4000)
    }

    @Test("answers nothing to frames that are no requests", arguments: 0..<20)
    func noise(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var tester = try Tester()
        for _ in 0..<2_000 {
            let count = Int.random(in: 0...8, using: &random)
            let payload = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let identifier: UInt32 = Bool.random(using: &random) ? 0x7E0 : 0x7DF
            tester.hand(
                Frame(
                    timestamp: Timestamp(nanoseconds: 0),
                    identifier: PackedID(rawValue: identifier), payload: payload))
            tester.wait(Int64.random(in: 0...50_000_000, using: &random))
        }
        tester.wait(10_000_000_000)
        #expect(try tester.answer("3E 00") == "7E 00")
    }

    // MARK: Faults

    @Test("answers negatively, late or not at all, as the faults say")
    func faults() throws {
        var negative = try Tester(faults: ["negative:ECM:22:22@1s"])
        #expect(try negative.answer("22 F1 8C") == "62 F1 8C 01 02")
        #expect(try negative.answer("22 F1 8C") == "7F 22 22")
        #expect(try negative.answer("3E 00") == "7E 00")
        var slow = try Tester(faults: ["slow:ECM:200ms"])
        #expect(try slow.ask([0x3E, 0x00]).map(\.time) == [200_000_000])
        var missing = try Tester(faults: ["missing:ECM@0s..1s"])
        #expect(try missing.answer("3E 00") == nil)
        #expect(try missing.answer("3E 00") == "7E 00")
    }

    @Test("storms with responses that are pending")
    func storm() throws {
        var tester = try Tester(faults: ["pending:ECM:20"])
        let answers = try tester.ask([0x3E, 0x00])
        #expect(answers.count == 21)
        #expect(answers.dropLast().allSatisfy { $0.payload == [0x7F, 0x3E, 0x78] })
        #expect(answers.last?.payload == [0x7E, 0x00])
        #expect(tester.simulation.counts.pending == 20)
    }

    @Test("numbers consecutive frames wrongly")
    func wrongSequence() throws {
        var tester = try Tester(faults: ["wrong-sequence:ECM"])
        #expect(try tester.answer("22 F1 90") == nil)
        #expect(tester.failure?.kind == .wrongSequence)
        #expect(try tester.answer("22 F1 8C") == "62 F1 8C 01 02")
    }

    @Test("stores the trouble code of a fault, and says when its cause is gone")
    func storedCode() throws {
        var tester = try Tester(faults: ["dtc:ECM:P0301-11@1s..3s"])
        #expect(try tester.answer("19 02 01") == "59 02 FF 90 00 55 2F")
        #expect(try tester.answer("19 02 01") == "59 02 FF 90 00 55 2F 03 01 11 2F")
        tester.wait(1_000_000_000)
        #expect(try tester.answer("19 02 01") == "59 02 FF 90 00 55 2F")
        #expect(try tester.answer("19 02 08")?.hasSuffix("03 01 11 2E") == true)
    }
}
