import TestBench
import Testing

@Suite("canlog simulate without a bus")
struct SimulateCommandTests {
    @Test("prints an example that it understands")
    func example() throws {
        let workshop = try Workshop()
        let result = try workshop.run(
            "canlog simulate --example > car.yaml && canlog simulate car.yaml")
        // All that is missing is an interface.
        #expect(
            result.errors
                == "canlog: car.yaml: its bus PT has no interface; give one: --bus PT=vcan0\n")
        #expect(result.status == 2)
    }

    @Test("reads standard input where the file is -")
    func standardInput() throws {
        let result = try Workshop().run("canlog simulate --example | canlog simulate -")
        #expect(result.errors.contains("-: its bus PT has no interface"), "\(result.errors)")
    }

    @Test(
        "tells what is wrong in the file and on the command line",
        arguments: [
            ("car.yaml --bus HS=vcan0", 2, "car.yaml: it has no bus 'HS'; its buses: PT"),
            ("none.yaml --bus PT=vcan0", 2, "none.yaml: there is no such file; '--example' prints"),
            ("bad.yaml --bus PT=vcan0", 2, "bad.yaml:2: PT: none.dbc: there is no such file"),
            ("car.yaml --bus PT=vcan9x", 2, "vcan9x: there is no such interface"),
            ("car.yaml --fault stick:X", 64, "'stick:X' begins with no fault that there is"),
            // Told before an interface is looked for.
            ("car.yaml --fault missing:NOPE", 2, "names no ECU of the file; its ECUs: ECM, ESC"),
            ("car.yaml --fault pending:ECM:-1", 64, "has the count '-1'; it is from 1 to 10000"),
            ("", 64, "name a file; --example prints one that works"),
        ])
    func mistakes(words: String, status: Int32, message: String) throws {
        let workshop = try Workshop(["bad.yaml": "buses:\n  PT: none.dbc\necus: {A: {}}\n"])
        let result = try workshop.run(
            "canlog simulate --example > car.yaml; canlog simulate \(words)")
        #expect(result.status == status)
        #expect(result.errors.contains(message), "\(result.errors)")
    }
}
