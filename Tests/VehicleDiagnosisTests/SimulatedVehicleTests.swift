import Testing
import VehicleDiagnosis
import VehicleSpec

/// Vehicles of Firmware-Specs with a tester; `Tools/Benchmarks/run vehicles` does the same with 10,000.
@Suite("vehicles of the specs, simulated") struct SimulatedVehicleTests {
    @Test("the project's specs are there") func specs() {
        #expect(
            MadeVehicle.specs.map(\.name).sorted()
                == ["belora-5/electric-46kwh", "belora-5/petrol-1.2t"])
    }

    @Test("without a fault a vehicle of any suppliers passes", arguments: MadeVehicle.specs, 1...2)
    func healthy(spec: VehicleSpec, seed: UInt64) throws {
        let report = try MadeVehicle.report(of: spec, seed: seed)
        #expect(report.findings.map { "\($0.id): \($0.text)" } == [])
        #expect(report.verdict.outcome == .pass, "\(report.verdict.line)")
        #expect(report.units.allSatisfy { $0.spec != nil })
    }

    @Test(
        "a control unit that is slow of speech is the one that it is all the same",
        arguments: ["busy:ECM:2", "pending:SRS:3"])
    func hesitant(fault: String) throws {
        let spec = try #require(MadeVehicle.specs.first { $0.variant == "petrol-1.2t" })
        let report = try MadeVehicle.report(of: spec, seed: 5, faults: [fault])
        #expect(report.findings.map(\.id) == [])
        #expect(report.verdict.outcome == .pass)
    }

    @Test(
        "each fault is found under its name and nothing else",
        arguments: [
            ("wrong-firmware:ECM", ["unknown-firmware/ECM#1"]),
            ("wrong-part:ESC", ["unknown-part/ESC#1"]),
            ("unreleased:ECM", ["unreleased/ECM#1"]),
            ("foreign:PT", ["foreign-ecu/PT.7EF#1"]),
            ("missing:EPS", ["silent-node/CH.EPS#1"]),
            ("dtc:SRS:B0001-00", ["trouble-code/SRS.B0001-00#1"]),
        ])
    func faults(fault: String, ids: [String]) throws {
        let spec = try #require(MadeVehicle.specs.first { $0.variant == "petrol-1.2t" })
        let report = try MadeVehicle.report(of: spec, seed: 5, faults: [fault])
        #expect(report.findings.map(\.id) == ids)
        #expect(report.verdict.outcome == .fail)
    }

    @Test("two vehicles one after another are named with the cut, and nothing is said of either")
    func twoVehicles() throws {
        let spec = try #require(MadeVehicle.specs.first { $0.variant == "petrol-1.2t" })
        let vins = ["FZB5P5D2T7R000123", "FZB5P5D2T7R000124"]
        let report = try MadeVehicle.report(of: spec, vins: vins)
        // The first is there for 4 s, the second from 6 s on.
        #expect(
            report.verdict.line
                == "NOT MEASURED: 2 vehicles one after another: FZB5P5D2T7R000123, "
                + "FZB5P5D2T7R000124 from +5.0s on; judge each by itself: --to +5.0s, then "
                + "--from +5.0s")
        #expect(!report.findings.contains { $0.check == "vin-mismatch" })
    }
}
