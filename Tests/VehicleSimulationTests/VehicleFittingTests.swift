import FirmwareSpecs
import Testing
import VehicleSpec

@testable import VehicleSimulation

/// What is fitted into vehicles of the project's own specs.
@Suite("fitting a vehicle of the specs") struct VehicleFittingTests {
    private let specs: [VehicleSpec]
    private let day: CalendarDate

    init() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        day = try #require(CalendarDate("2026-11-20"))
        specs = try SpecCatalog(folder: "/\(root)/Firmware-Specs").vehicles
    }

    private func petrol() throws -> VehicleSpec {
        try #require(specs.first { $0.variant == "petrol-1.2t" })
    }

    @Test("each version of each slot answers as the one that it is, whichever vehicle it is in")
    func identities() throws {
        var count = 0
        for spec in specs {
            for slot in spec.slots {
                for unit in slot.alternatives {
                    let fitting = try VehicleFitting(
                        of: spec, on: day, chosen: [slot.role: unit.id])
                    let vehicle = try SimulatedVehicle(
                        spec, fitted: fitting, vin: spec.exampleVIN ?? "", seed: 1)
                    let ecu = try #require(vehicle.ecus.first { $0.name == slot.role })
                    var identification: [UInt16: [UInt8]?] = [:]
                    for number in slot.identificationIdentifiers {
                        if case .bytes(let bytes)? = ecu.diagnostics?.identifiers[number]?.value {
                            identification[number] = bytes
                        }
                    }
                    #expect(slot.select(identification) == .match(unit))
                    count += 1
                }
            }
        }
        // `match:` stands 38 times in ecus, 18 times in those of the five roles of both variants.
        #expect(count == 38 + 18)
    }

    @Test("what is released on the day is fitted, the newest version of the first family")
    func released() throws {
        // vehicles/belora-5.yaml: 2.2 from 2026-06-15 on, 2.1 until 2026-06-30.
        let spec = try petrol()
        #expect(try fitted(spec, "2026-06-14")["ECM"] == "ecm-vireo-gm12@2.1")
        #expect(try fitted(spec, "2026-06-20")["ECM"] == "ecm-vireo-gm12@2.2")
        // The first supplier's transmission ended on 2026-10-31.
        #expect(try fitted(spec, "2026-10-31")["TCU"]?.hasPrefix("tcu-taldor-d6@") == true)
        #expect(try fitted(spec, "2026-11-01")["TCU"] == "tcu-vireo-at6@1")
    }

    private func fitted(_ spec: VehicleSpec, _ day: String) throws -> [String: String] {
        let fitting = try VehicleFitting(of: spec, on: try #require(CalendarDate(day)))
        return Dictionary(uniqueKeysWithValues: fitting.units.map { ($0.role, $0.id) })
    }

    @Test(
        "a slot takes a version, a family or a supplier",
        arguments: [
            ("ecm-kestrin-e4@1.0", "ecm-kestrin-e4@1.0"), ("ecm-kestrin-e4", "ecm-kestrin-e4@1.1"),
            ("Kestrin", "ecm-kestrin-e4@1.1"),
        ])
    func chosen(text: String, id: String) throws {
        let fitting = try VehicleFitting(of: try petrol(), on: day, chosen: ["ECM": text])
        #expect(fitting.unit(of: "ECM")?.id == id)
    }

    @Test("what is forbidden together is not drawn together")
    func forbidden() throws {
        let spec = try petrol()
        for seed in 0..<200 as Range<UInt64> {
            let fitting = try VehicleFitting(of: spec, on: day, seed: seed)
            #expect(spec.forbiddenCombinations(among: fitting.units).isEmpty)
        }
        let both = ["ECM": "ecm-kestrin-e4@1.0", "ESC": "esc-halvec-sx"]
        let fitting = try VehicleFitting(of: spec, on: day, chosen: both)
        #expect(spec.forbiddenCombinations(among: fitting.units).count == 1)
    }

    @Test(
        "what is not there is named with what is",
        arguments: [
            (["EMC": "Kestrin"], "has no slot 'EMC'"),
            (["ECM": "esc-halvec-sx"], "'esc-halvec-sx' is no control unit of the slot ECM"),
        ])
    func mistakes(chosen: [String: String], cause: String) throws {
        let spec = try petrol()
        let mistake = #expect(throws: SimulationMistake.self) {
            _ = try VehicleFitting(of: spec, on: day, chosen: chosen)
        }
        #expect(mistake?.cause.contains(cause) == true)
        #expect(
            mistake?.remedy?.contains("ecm-kestrin-e4@1.0") ?? false
                || mistake?.remedy?.contains("ECM") ?? false)
    }

    @Test("a fault of what is fitted is none of a file, and has no time")
    func fittingFaults() throws {
        #expect(throws: SimulationMistake.self) { try SimulationFault("wrong-firmware:ECM@5s") }
        let fault = try SimulationFault("foreign:PT")
        let mistake = #expect(throws: SimulationMistake.self) {
            _ = try VehicleSimulation(SimulatedVehicle(), seed: 1, faults: [fault])
        }
        #expect(mistake?.remedy == "simulate a vehicle of Firmware-Specs")
    }
}
