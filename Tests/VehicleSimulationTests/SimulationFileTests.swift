import CANFrame
import Diagnostics
import SignalDatabase
import TestBench
import Testing
import VehicleSimulation

/// A file, read with the example's database for every path.
func simulationFile(_ text: String) throws(StreamError) -> SimulationFile {
    try SimulationFile(Array(text.utf8), path: "car.yaml") { (path) throws(StreamError) in
        guard path == "car.dbc" else {
            throw StreamError(place: path, cause: "there is no such file")
        }
        let bytes = Array(carDatabase.utf8)
        return Database(dbc: bytes.span)
    }
}

/// Two ECUs; Engine has a counter, a checksum and a signal whose bits hold more than its limits.
let carDatabase = """
    VERSION ""
    BU_: ECM ESC
    BO_ 256 Engine: 8 ECM
     SG_ CRC : 0|8@1+ (1,0) [0|255] "" ESC
     SG_ Alive : 8|4@1+ (1,0) [0|14] "" ESC
     SG_ Speed : 16|16@1+ (0.25,0) [600|6500] "rpm" ESC
     SG_ Coolant : 32|8@1+ (1,-40) [-40|130] "degC" ESC
     SG_ Mode : 40|2@1+ (1,0) [0|3] "" ESC
    BO_ 512 Wheels: 8 ESC
     SG_ Left : 7|16@0+ (0.01,0) [0|300] "km/h" ECM
     SG_ Which M : 16|8@1+ (1,0) [0|0] "" ECM
     SG_ A m1 : 24|8@1+ (1,0) [1|9] "" ECM
     SG_ B m2 : 24|8@1+ (1,0) [11|19] "" ECM
    BO_ 513 Silent: 8 ESC
     SG_ Nothing : 0|8@1+ (1,0) [0|0] "" ECM
    BA_DEF_ BO_ "GenMsgCycleTime" INT 0 10000;
    BA_DEF_DEF_ "GenMsgCycleTime" 0;
    BA_ "GenMsgCycleTime" BO_ 256 10;
    BA_ "GenMsgCycleTime" BO_ 512 20;
    VAL_ 256 Mode 0 "off" 1 "idle" 2 "run" ;

    """

let carFile = """
    buses:
      PT: car.dbc
    ecus:
      ECM:
        bus: PT
        messages:
          Engine:
            counter: Alive
            checksum: {signal: CRC, algorithm: e2e-profile-1, data-id: 0x123}
        signals:
          Engine.Speed: {shape: sine, from: 800, to: 3000, period: 2s}
      ESC:
        bus: PT

    """

@Suite("the file of a simulation")
struct SimulationFileTests {
    @Test("gives each ECU what its node sends at a cycle time")
    func messages() throws {
        let vehicle = try simulationFile(carFile).vehicle
        #expect(vehicle.ecus.map(\.name) == ["ECM", "ESC"])
        #expect(vehicle.ecus.map { $0.messages.map(\.message) } == [[0], [1]])
        #expect(vehicle.ecus[0].messages[0].cycle == 10_000_000)
        #expect(vehicle.ecus[0].messages[0].counter == 1)
    }

    @Test("is understood or refused, whatever is in it", arguments: 0..<20)
    func mutated(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let original = Array(diagnosticFile.utf8)
        for _ in 0..<50 {
            var text = original
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<text.count, using: &random)
                text[place] = UInt8.random(in: 9...126, using: &random)
            }
            guard
                let file = try? SimulationFile(
                    text, path: "car.yaml",
                    reading: { (_) throws(StreamError) in
                        let bytes = Array(carDatabase.utf8)
                        return Database(dbc: bytes.span)
                    })
            else { continue }
            var simulation = try VehicleSimulation(file.vehicle, seed: seed)
            for time: Int64 in [0, 1_000_000, 100_000_000] {
                while simulation.nextFrame(at: time) != nil {}
            }
        }
    }

    @Test(
        "tells each mistake with its line, its key and what to do",
        arguments: [
            ("ecus: {A: {}}", "car.yaml:1: buses: no bus is named; write 'buses:' and below it"),
            ("buses:\n  PT: x.dbc", "car.yaml:2: PT: x.dbc: there is no such file"),
            (
                "buses:\n  PT: car.dbc\nfrobs: 1",
                "car.yaml:3: frobs: there is no such key; the keys"
            ),
            (
                "buses: {PT: car.dbc}\necus:\n  A:\n    bus: HS",
                "car.yaml:4: bus: there is no bus 'HS'; the buses: PT"
            ),
            (
                "buses: {PT: car.dbc}\necus:\n  A:\n    sends: [Engin]",
                "car.yaml:4: sends: the database has no message 'Engin'"
            ),
            (
                "buses: {PT: car.dbc}\necus:\n  ESC:\n    messages:\n      Silent: {}",
                "car.yaml:3: ESC: Silent has no cycle time"
            ),
            (
                "buses: {PT: car.dbc}\necus:\n  ECM:\n    messages:\n      Engine: {cycle: soon}",
                "car.yaml:5: cycle: 'soon' is no time; write it as 20ms"
            ),
            (
                "buses: {PT: car.dbc}\necus:\n  ECM:\n    signals:\n      Engine.Sped: 3",
                "car.yaml:5: Engine.Sped: Engine has no signal 'Sped'; its signals: CRC, Alive"
            ),
            (
                "buses: {PT: car.dbc}\necus:\n  ECM:\nfaults: [stick:Engine.Speed]",
                "car.yaml:4: faults: 'stick:Engine.Speed' begins with no fault"
            ),
            (
                "buses: {PT: car.dbc}\necus:\n  ECM: {}\nfaults:\n  - stick:Engine.Speed",
                "car.yaml:5: faults: 'stick:Engine.Speed' begins with no fault"
            ),
        ])
    func mistakes(text: String, expected: String) {
        Self.expect(expected, of: text)
    }

    private static let buses = "buses: {PT: }\necus:\n"

    @Test(
        "refuses addresses at which ECUs would answer themselves or each other",
        arguments: [
            (
                "  A: {diagnostics: {request: 7E8, response: 7E8}}",
                "car.yaml:3: request: A would hear its own answers, at 7E8"
            ),
            (
                "  A: {diagnostics: {request: 7E0, response: 7E8}}\n"
                    + "  B: {diagnostics: {request: 7E1, response: 7E8}}",
                "car.yaml:4: response: A answers at 7E8 already; give B an address of its own"
            ),
            (
                "  A: {diagnostics: {request: 7E0, response: 7E8}}\n"
                    + "  B: {diagnostics: {request: 7E1, response: 7E0}}",
                "car.yaml:4: response: A is asked at 7E0 already"
            ),
        ])
    func addresses(text: String, expected: String) {
        Self.expect(expected, of: Self.buses + text)
    }

    @Test(
        "refuses OBD texts and numbers that the answers of SAE J1979 have no room for",
        arguments: [
            (
                "name: ECM-EngineControlVeryMuchTooLong",
                "name: 'ECM-EngineControlVeryMuchTooLong' has"
            ),
            (
                "calibration: 12345678901234567",
                "calibration: '12345678901234567' has 17 characters"
            ),
            ("calibration-verification: 1791BC", "calibration-verification: a calibration"),
        ])
    func obd(text: String, expected: String) {
        Self.expect(
            "car.yaml:3: " + expected,
            of: Self.buses + "  A: {diagnostics: {request: 7E0, response: 7E8, obd: {\(text)}}}")
    }

    @Test("sends a message that is named at the database's cycle time, whoever sends it there")
    func foreignMessage() throws {
        let file = try simulationFile(
            "buses: {PT: car.dbc}\necus:\n  X:\n    messages:\n      Engine: {counter: Alive}")
        #expect(file.vehicle.ecus[0].messages.map(\.cycle) == [10_000_000])
    }

    @Test("tells the database's own mistake where a message is missing")
    func brokenDatabase() {
        let database = "VERSION \"\"\nBU_: ECM\nBOO_ 256 Engine: 8 ECM\n"
        #expect {
            try SimulationFile(
                Array("buses: {PT: car.dbc}\necus:\n  A: {sends: [Engine]}".utf8), path: "car.yaml"
            ) { (_) throws(StreamError) in
                let bytes = Array(database.utf8)
                return Database(dbc: bytes.span)
            }
        } throws: { "\($0)".contains("has no message 'Engine'; its line 3 may be why") }
    }

    private static func expect(_ expected: String, of text: String) {
        #expect { try simulationFile(text) } throws: { error in
            "\(error)".hasPrefix(expected)
                ? true
                : {
                    print(error); return false
                }()
        }
    }
}

@Suite("a fault's text")
struct SimulationFaultTests {
    @Test("says kind, target, value and times")
    func reads() throws {
        let stuck = try SimulationFault("stuck:Engine.Coolant@5s..20s")
        #expect(stuck.kind == .stuck && stuck.target == "Engine.Coolant")
        #expect(stuck.from == 5_000_000_000 && stuck.to == 20_000_000_000)
        #expect(!stuck.isActive(at: 4_999_999_999) && stuck.isActive(at: 5_000_000_000))
        #expect(!stuck.isActive(at: 20_000_000_000))
        let negative = try SimulationFault("negative:ECM:2E:31@1.5")
        #expect(negative.service == 0x2E && negative.code == 0x31)
        #expect(negative.from == 1_500_000_000 && negative.to == .max)
        #expect(try SimulationFault("dtc:ECM:P0118-17").troubleCode?.threeBytes == 0x011817)
        #expect(try SimulationFault("slow:ECM:200ms").time == 200_000_000)
    }

    @Test(
        "is refused where it is incomplete or has too much",
        arguments: [
            "", "stuck", "stuck:", "missing:ECM:1", "negative:ECM", "negative:ECM:XX",
            "pending:ECM:0", "pending:ECM:99999", "slow:ECM", "cycle:Engine:0ms", "dtc:ECM:X1",
            "missing:ECM@", "missing:ECM@5s..", "missing:ECM@5s..4s", "missing:ECM@-1s",
        ])
    func refuses(text: String) {
        #expect(throws: SimulationMistake.self) { try SimulationFault(text) }
    }

    @Test(
        "says which of its values is wrong",
        arguments: [
            ("cycle:Engine:0ms", "the time '0ms'; the shortest"),
            ("pending:ECM:-1", "the count '-1'"),
            ("negative:ECM:22:ZZ", "the negative response code 'ZZ'"),
            ("negative:ECM:XYZ:31", "the service 'XYZ'"),
            ("dtc:ECM:XXXX", "the trouble code 'XXXX'"),
            // ISO 14229-1 Table A.1: 00 is no refusal.
            ("negative:ECM:00", "refuses with 00"), ("slow:ECM", "is not complete"),
            ("missing:ECM:1", "has too much behind 'ECM'"),
            ("missing:ECM@10s..5s", "ends before it begins"),
        ])
    func tells(text: String, words: String) {
        #expect {
            try SimulationFault(text)
        } throws: { ($0 as? SimulationMistake)?.cause.contains(words) == true }
    }
}
