import LocalFiles
import TestBench
import Testing

/// A simulated car on a bus, judged live and out of its own log.
@Suite(
    "canlog diagnose of a bus", .serialized,
    .enabled(if: Requirement.bus.shouldRun, "needs a kernel with CAN: run Tools/test bus"))
struct DiagnoseBusTests {
    private static let car = """
        buses:
          PT: Firmware-Specs/dbc/pt.dbc
        ecus:
          ECM:
            bus: PT
            signals:
              Engine.Coolant: {shape: ramp, from: 20, to: 80, period: 2min}
            diagnostics:
              request: 7E0
              response: 7E8
              functional: 7DF
              identifiers: {F187: 20L906018, F190: XBL5PA1KX00000421}
          ESC:
            bus: PT
            diagnostics:
              request: 7E2
              response: 7EA
              functional: 7DF
              identifiers: {F187: 35B100001, F190: XBL5PA1KX00000421}
              trouble-codes:
                C0035-13: confirmed

        """

    @Test("what is said live and of the log of it is the same, byte for byte")
    func liveEqualsLog() throws {
        try withBenchNetwork {
            let workshop = try Workshop(
                MadeCar.specs.merging(["car.yaml": Self.car]) { $1 })
            let folder = workshop.folder.path
            let judge = try Program([
                "bash", "-c",
                "cd '\(folder)' && exec '\(canlogPath)' diagnose vcan0 --vin \(MadeCar.vin) "
                    + "-o live.canlog --json > live.json",
            ])
            #expect(waitForReceivers(1, on: "vcan0"))
            let simulator = try Program([
                "bash", "-c",
                "cd '\(folder)' && exec '\(canlogPath)' simulate car.yaml --bus PT=vcan0",
            ])
            let asked = try workshop.run(
                "sleep 3; canlog uds vcan0 --ecu ECM=7E0:7E8 --ecu ESC=7E2:7EA "
                    + "read F187 , read F190 , dtc; sleep 1")
            #expect(asked.status == 0, "\(asked.output)\(asked.errors)")
            simulator.signal(2)
            _ = simulator.wait(.seconds(30))
            judge.signal(2)
            let live = judge.wait(.seconds(60))
            #expect(live.status == 1, "\(live.errors)")

            let verdict = try workshop.run("tail -1 live.json | jq -r .reason")
            #expect(
                verdict.output.hasPrefix("ESC: left front wheel speed sensor open, C0035-13"),
                "\(verdict.output)")
            let again = try workshop.run(
                "canlog diagnose live.canlog --json > log.json; cmp live.json log.json")
            #expect(again.status == 0, "\(again.output)")
        }
    }
}
