import CANFrame
import Testing
import VehicleSimulation

let memoryFile = """
    buses: {PT: car.dbc}
    ecus:
      ECM:
        diagnostics:
          request: 7E0
          response: 7E8
          functional: 7DF
          identifiers:
            D001: {bytes: "32 00", control: true, session: "03"}
            F201: {bytes: "11 22"}
            F202: {bytes: "33"}
            F203: {bytes: "00 01 02 03 04 05 06 07"}
          memory:
            "00100000": {size: 64, bytes: "01 02 03 04", write: true, session: "03"}
            "FFFFFFF0": {size: 16}
          transfer: {block-length: 6, session: "02"}
          periodic: {identifier: 6E8, fast: 25ms, slow: 1s}

    """

/// Requests and answers as ISO 14229-1 lays them out in the clause of each service.
@Suite("a simulated ECU with memory, outputs and periodic data")
struct MemoryAnswerTests {
    @Test("gives control of an output to the tester and takes it back, in a session only")
    func control() throws {
        var tester = try Tester(memoryFile)
        #expect(try tester.answer("2F D0 01 03 00 FF") == "7F 2F 7F")
        #expect(try tester.answer("10 03") != nil)
        #expect(try tester.answer("2F D0 01 03 00 FF") == "6F D0 01 03 00 FF")
        #expect(try tester.answer("22 D0 01") == "62 D0 01 00 FF")
        #expect(try tester.answer("2F D0 01 02") == "6F D0 01 02 00 FF")
        #expect(try tester.answer("2F D0 01 01") == "6F D0 01 01 32 00")
        #expect(try tester.answer("2F D0 01 03 55 55") == "6F D0 01 03 55 55")
        #expect(try tester.answer("2F D0 01 00") == "6F D0 01 00 32 00")
        #expect(try tester.answer("2F D0 01 03 55") == "7F 2F 13")
        #expect(try tester.answer("2F D0 01 04") == "7F 2F 31")
        #expect(try tester.answer("2F F2 01 00") == "7F 2F 31")
        // A session that ends gives back what was taken.
        #expect(try tester.answer("2F D0 01 03 55 55") != nil)
        #expect(try tester.answer("10 01") != nil)
        #expect(try tester.answer("22 D0 01") == "62 D0 01 32 00")
    }

    @Test("reads and writes memory within its regions")
    func memory() throws {
        var tester = try Tester(memoryFile)
        #expect(try tester.answer("23 14 00 10 00 00 04") == "63 01 02 03 04")
        #expect(try tester.answer("23 24 00 10 00 3E 00 02") == "63 FF FF")
        #expect(try tester.answer("23 14 FF FF FF FF 01") == "63 FF")
        #expect(try tester.answer("3D 14 00 10 00 00 01 AA") == "7F 3D 31")
        #expect(try tester.answer("10 03") != nil)
        #expect(try tester.answer("3D 14 00 10 00 01 02 AA BB") == "7D 14 00 10 00 01 02")
        #expect(try tester.answer("23 14 00 10 00 00 04") == "63 01 AA BB 04")
        #expect(try tester.answer("3D 14 FF FF FF F0 01 AA") == "7F 3D 31")
    }

    @Test(
        "refuses what lies elsewhere, is too long or says too little",
        arguments: [
            ("23 14 00 10 00 3F 02", "7F 23 31"), ("23 14 00 10 00 00 00", "7F 23 31"),
            ("23 14 00 0F FF FF 02", "7F 23 31"), ("23 44 FF FF FF FF FF FF FF FF", "7F 23 31"),
            ("23 18 FF FF FF FF FF FF FF FF FF", "7F 23 31"), ("23 04 00 10 00 00", "7F 23 31"),
            ("23 14 00 10 00 00", "7F 23 13"), ("23 14 00 10 00 00 04 00", "7F 23 13"),
            ("23 14 00", "7F 23 13"), ("34 00 14 00 10 00 00 04", "7F 34 7F"),
            ("36 01", "7F 36 7F"), ("37", "7F 37 7F"), ("2A 01 01", "7F 2A 7F"),
            ("29 00", "7F 29 11"), ("38 01 00 01 41 00 00", "7F 38 11"), ("87 01 12", "7F 87 7F"),
        ])
    func refuses(request: String, expected: String) throws {
        var tester = try Tester(memoryFile)
        #expect(try tester.answer(request) == expected)
    }

    @Test("takes a download in blocks, the counter of each right")
    func download() throws {
        var tester = try Tester(memoryFile)
        #expect(try tester.answer("10 02") != nil)
        #expect(try tester.answer("36 01 00") == "7F 36 24")
        #expect(try tester.answer("34 11 14 00 10 00 00 06") == "7F 34 31")
        #expect(try tester.answer("34 00 14 00 10 00 00 06") == "74 20 00 06")
        #expect(try tester.answer("34 00 14 00 10 00 00 06") == "7F 34 22")
        #expect(try tester.answer("36 02 0A 0B 0C 0D") == "7F 36 73")
        #expect(try tester.answer("36 01 0A 0B 0C 0D 0E") == "7F 36 13")
        #expect(try tester.answer("36 01 0A 0B 0C 0D") == "76 01")
        // The answer was lost: the block once more, and nothing is written twice.
        #expect(try tester.answer("36 01 0A 0B 0C 0D") == "76 01")
        #expect(try tester.answer("37") == "7F 37 24")
        #expect(try tester.answer("36 02 0E 0F 10") == "7F 36 71")
        #expect(try tester.answer("36 02 0E 0F") == "76 02")
        #expect(try tester.answer("37") == "77")
        #expect(try tester.answer("37") == "7F 37 24")
        #expect(try tester.answer("23 14 00 10 00 00 08") == "63 0A 0B 0C 0D 0E 0F FF FF")
    }

    @Test("counts blocks from 1, and after FF from 0")
    func blockCounter() throws {
        let file = memoryFile.replacing("size: 64", with: "size: 2048")
        var tester = try Tester(file)
        #expect(try tester.answer("10 02") != nil)
        #expect(try tester.answer("35 00 24 00 10 00 00 08 00") == "75 20 00 06")
        for block in 1...512 {
            let counter = UInt8(truncatingIfNeeded: block)
            let answer = try tester.ask([0x36, counter], within: 10_000_000)
            #expect(answer.first?.payload.prefix(2) == [0x76, counter])
        }
        #expect(try tester.answer("36 01") == "7F 36 24")
        #expect(try tester.answer("37") == "77")
    }

    @Test("a session that ends ends a download")
    func endedSession() throws {
        var tester = try Tester(memoryFile)
        #expect(try tester.answer("10 02") != nil)
        #expect(try tester.answer("34 00 14 00 10 00 00 06") != nil)
        tester.wait(6_000_000_000)
        #expect(try tester.answer("36 01 0A") == "7F 36 7F")
        #expect(try tester.answer("10 02") != nil)
        #expect(try tester.answer("36 01 0A") == "7F 36 24")
    }

    // MARK: Periodic

    @Test("sends identifiers periodically on an identifier of their own, until it is stopped")
    func periodic() throws {
        var tester = try Tester(memoryFile)
        #expect(try tester.answer("10 03") != nil)
        #expect(try tester.answer("2A 05 01") == "7F 2A 31")
        #expect(try tester.answer("2A 03 99") == "7F 2A 31")
        #expect(try tester.answer("2A 03") == "7F 2A 13")
        // F203 has 8 bytes: with its number they do not fit into a frame.
        #expect(try tester.answer("2A 03 03") == "7F 2A 31")
        #expect(try tester.ask([0x2A, 0x03, 0x01, 0x99], within: 6_000_000).count == 1)
        #expect(try tester.ask([0x2A, 0x01, 0x02], within: 6_000_000).count == 1)
        let frames = tester.frames(for: 1_000_000_000).filter { $0.identifier.rawValue == 0x6E8 }
        // 25 ms after the request, and each 25 ms: 12 ms of the second have gone.
        #expect(frames.filter { $0.payload == [0x01, 0x11, 0x22] }.count == 40)
        #expect(frames.filter { $0.payload == [0x02, 0x33] }.count == 1)
        #expect(try tester.answer("2A 04 01") == "6A")
        #expect(
            tester.frames(for: 1_000_000_000).filter { $0.identifier.rawValue == 0x6E8 }.map(
                \.payload) == [[0x02, 0x33]])
        #expect(try tester.answer("2A 04") == "6A")
        #expect(!tester.frames(for: 2_000_000_000).contains { $0.identifier.rawValue == 0x6E8 })
    }

    @Test("sends them with the service's byte where they have no identifier of their own")
    func periodicAnswers() throws {
        let file = memoryFile.replacing("identifier: 6E8, ", with: "")
        var tester = try Tester(file)
        #expect(try tester.answer("10 03") != nil)
        let answers = try tester.ask([0x2A, 0x03, 0x01], within: 60_000_000)
        #expect(
            answers.map(\.payload) == [
                [0x6A], [0x6A, 0x01, 0x11, 0x22], [0x6A, 0x01, 0x11, 0x22],
            ])
        #expect(answers.map(\.time) == [5_000_000, 25_000_000, 50_000_000])
        // The session ends 5 s after the request, and with it what it brought: the last came before.
        tester.wait(6_000_000_000)
        #expect(tester.simulation.counts.periodic == 199)
    }

    // MARK: Link, faults, counts

    @Test("changes the bit rate only when that was agreed on")
    func link() throws {
        var tester = try Tester(memoryFile)
        #expect(try tester.answer("10 03") != nil)
        #expect(try tester.answer("87 03") == "7F 87 24")
        #expect(try tester.answer("87 01 20") == "7F 87 31")
        #expect(try tester.answer("87 01 12") == "C7 01")
        #expect(try tester.answer("87 83") == nil)
        #expect(try tester.answer("87 02 01 02 03") == "C7 02")
        #expect(try tester.answer("87 03") == "C7 03")
    }

    @Test("is busy as often as the fault says, for each request")
    func busy() throws {
        var tester = try Tester(memoryFile, faults: ["busy:ECM:2"])
        for request in ["22 F2 01", "23 14 00 10 00 00 01"] {
            let service = request.prefix(2)
            #expect(try tester.answer(request) == "7F \(service) 21")
            #expect(try tester.answer(request) == "7F \(service) 21")
            #expect(try tester.answer(request)?.hasPrefix("6") == true)
        }
        #expect(try tester.answer("22 F2 01") == "7F 22 21")
    }

    @Test("counts what it does not have")
    func unknownServices() throws {
        var tester = try Tester(memoryFile)
        #expect(try tester.answer("29 00") == "7F 29 11")
        #expect(try tester.answer("84 00") == "7F 84 11")
        #expect(try tester.answer("29 00", functional: true) == nil)
        #expect(try tester.answer("22 F2 01") != nil)
        #expect(tester.simulation.counts.unknownServices == 3)
    }
}
