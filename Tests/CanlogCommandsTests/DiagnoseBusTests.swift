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
            // The log carries the specs that it was judged by: no folder is needed any more.
            let own = try workshop.run(
                "rm -r Firmware-Specs; canlog diagnose live.canlog --json > own.json; cmp live.json own.json"
            )
            #expect(own.status == 0, "\(own.output)")
        }
    }

    @Test("a vehicle of the specs is judged alike live, from its log and replayed onto other buses")
    func replayed() throws {
        try withBenchNetwork(vcans: (0..<6).map { "vcan\($0)" }) {
            let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
            let workshop = try Workshop([:])
            let folder = workshop.folder.path
            let car = "--vehicle belora-5/electric-46kwh --date 2026-11-20"
            let faults =
                "--fault wrong-firmware:ESC --fault out-of-range:BMS_Pack.PackVoltage@4s..6s"
            func command(_ words: String, _ buses: Range<Int>) throws -> Program {
                let mapping = zip(["PT", "CH", "BD"], buses).map { "--bus \($0)=vcan\($1)" }
                let all = mapping.joined(separator: " ")
                return try Program([
                    "bash", "-c",
                    "cd '\(folder)' && exec '\(canlogPath)' "
                        + words.replacing("BUSES", with: all).replacing(
                            "SPECS", with: "'/\(root)/Firmware-Specs'"),
                ])
            }
            let live = try command(
                "diagnose vcan0 vcan1 vcan2 --specs SPECS \(car) BUSES --json -o live.canlog > live.json",
                0..<3)
            #expect(waitForReceivers(1, on: "vcan2"))
            let simulator = try command(
                "simulate SPECS \(car) BUSES --tester \(faults) --duration 9s", 0..<3)
            #expect(simulator.wait(.seconds(60)).status == 0)
            live.signal(2)
            #expect(live.wait(.seconds(60)).status == 1)

            let log = try command(
                "diagnose live.canlog --specs SPECS \(car) BUSES --json > log.json", 0..<3)
            #expect(log.wait(.seconds(60)).status == 1)
            let again = try command(
                "diagnose vcan3 vcan4 vcan5 --specs SPECS \(car) BUSES --json -o again.canlog > again.json",
                3..<6)
            #expect(waitForReceivers(1, on: "vcan5"))
            let player = try command(
                "replay live.canlog --map vcan0=vcan3 --map vcan1=vcan4 --map vcan2=vcan5", 3..<6)
            #expect(player.wait(.seconds(60)).status == 0)
            again.signal(2)
            #expect(again.wait(.seconds(60)).status == 1)

            let found = try workshop.run(
                """
                cmp live.json log.json || exit 9
                for file in live again; do
                    # An emulated processor sends in bursts: what is found of times is not compared.
                    jq -r 'select(.type == "finding" and .state == "opened") | .id' $file.json |
                        grep -Ev '^(cycle-time|p2|[a-z]*-slow|[a-z]*-late)/' > $file.ids
                    jq -c 'select(.ecus) | .ecus | map([.role, .spec, .state])' $file.json > $file.ecus
                done
                cmp live.ids again.ids && cmp live.ecus again.ecus && cat live.ids
                """)
            #expect(found.status == 0, "\(found.output)\(found.errors)")
            #expect(
                found.output.split(separator: "\n").map(String.init).sorted() == [
                    "link-differs/PT.BMS_Pack.PackVoltage#1", "range/PT.BMS_Pack.PackVoltage#1",
                    "unknown-firmware/ESC#1",
                ])
        }
    }
}
