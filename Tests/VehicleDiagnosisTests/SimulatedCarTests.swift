import CANFrame
import Testing
import VehicleDiagnosis
import VehicleSimulation
import VehicleSpec

/// Cars of the simulator; `Tools/Benchmarks/run cars` does the same with 10,000.
@Suite("automatic checks of simulated cars") struct SimulatedCarTests {
    private let bus: CheckedBus

    init() throws {
        bus = CheckedBus(name: "PT", database: try SimulatedCar.database(), bitRate: 500_000)
    }

    @Test("a car without a fault has no finding", arguments: 1...12)
    func healthy(seed: UInt64) throws {
        let (book, frames) = try SimulatedCar.findings(
            SimulatedCar.vehicle(), seed: seed, from: Int64(seed) * 83.ms, to: 7.s, on: bus)
        #expect(book.findings.map(\.text) == [])
        #expect(frames > 1_400)
    }

    @Test(
        "each fault is found under its name, at its ECU, and nothing else",
        arguments: [
            ("missing:ECM", ["silent-node/PT.ECM#1"], "ECM"),
            ("missing:TCU@4s..9s", ["silent-node/PT.TCU#1"], "TCU"),
            ("missing:ESC@4s", ["silent-node/PT.ESC#1"], "ESC"),
            ("missing:BCM", ["silent-node/PT.BCM#1"], "BCM"),
            ("missing:IPC@4s", ["silent-node/PT.IPC#1"], "IPC"),
            ("out-of-range:ECM_Engine.RPM@3s", ["range/PT.ECM_Engine.RPM#1"], "ECM"),
            ("out-of-range:ECM_Engine.Torque@3s..5s", ["range/PT.ECM_Engine.Torque#1"], "ECM"),
            ("out-of-range:ECM_Engine.Pedal@3s", ["range/PT.ECM_Engine.Pedal#1"], "ECM"),
            ("out-of-range:ECM_Temps.Intake@3s", ["range/PT.ECM_Temps.Intake#1"], "ECM"),
            ("out-of-range:TCU_Gear.Ratio@3s", ["range/PT.TCU_Gear.Ratio#1"], "TCU"),
            ("out-of-range:ESC_Brake.Pressure@3s", ["range/PT.ESC_Brake.Pressure#1"], "ESC"),
            ("out-of-range:IPC_Info.Light@3s", ["range/PT.IPC_Info.Light#1"], "IPC"),
            ("cycle:ECM_Engine:15ms@3s", ["cycle-time/PT.ECM_Engine#1"], "ECM"),
            ("cycle:ESC_Wheels:25ms", ["cycle-time/PT.ESC_Wheels#1"], "ESC"),
            ("cycle:ECM_Temps:1s@3s", ["cycle-time/PT.ECM_Temps#1"], "ECM"),
            ("cycle:TCU_Gear:5ms@3s", ["cycle-time/PT.TCU_Gear#1"], "TCU"),
            ("bad-checksum:ECM_Engine@3s", ["checksum/PT.ECM_Engine#1"], "ECM"),
            ("bad-checksum:TCU_Gear@3s..4s", ["checksum/PT.TCU_Gear#1"], "TCU"),
            ("bad-checksum:ESC_Wheels", ["checksum/PT.ESC_Wheels#1"], "ESC"),
            ("bad-checksum:ESC_Brake@3s", ["checksum/PT.ESC_Brake#1"], "ESC"),
            ("bad-checksum:BCM_Doors@3s", ["checksum/PT.BCM_Doors#1"], "BCM"),
            ("bad-checksum:IPC_Odometer@3s", ["checksum/PT.IPC_Odometer#1"], "IPC"),
            ("frozen-counter:ECM_Engine@3s", ["live-counter/PT.ECM_Engine.Alive#1"], "ECM"),
            ("frozen-counter:ESC_Brake", ["live-counter/PT.ESC_Brake.SequenceCounter#1"], "ESC"),
            ("frozen-counter:IPC_Info@3s", ["live-counter/PT.IPC_Info.Cnt#1"], "IPC"),
            // That a value does not move is no violation of the database: a rule says where it is.
            ("stuck:ECM_Engine.RPM", [], "ECM"),
        ])
    func faults(fault: String, ids: [String], role: String) throws {
        let (book, _) = try SimulatedCar.findings(
            SimulatedCar.vehicle(), seed: 7, faults: [fault], to: 10.s, on: bus)
        #expect(book.ids == ids)
        #expect(book.findings.allSatisfy { $0.role == role })
        let mayLackFrames = fault.hasPrefix("missing")
        #expect(book.findings.allSatisfy { mayLackFrames || $0.evidence != nil })
    }

    @Test func faultsAtTheSameTimeAreTheirOwnFindings() throws {
        let (book, _) = try SimulatedCar.findings(
            SimulatedCar.vehicle(), seed: 3,
            faults: [
                "missing:BCM", "out-of-range:ECM_Engine.RPM@3s", "bad-checksum:ESC_Wheels@3s",
                "cycle:TCU_Gear:40ms",
            ], to: 10.s, on: bus)
        #expect(
            Set(book.ids) == [
                "silent-node/PT.BCM#1", "range/PT.ECM_Engine.RPM#1", "checksum/PT.ESC_Wheels#1",
                "cycle-time/PT.TCU_Gear#1",
            ])
        #expect(book.ids.count == 4)
    }
}
