import ArgumentParser
import CANFrame
import LocalFiles
import VehicleSimulation
import VehicleSpec

/// Which vehicle of a folder of specs is simulated.
struct SimulatedVehicleOptions: ParsableArguments {
    @Option(
        help: .init(
            "The vehicle, and its variant where there are several, as belora-5/petrol-1.2t.",
            valueName: "vehicle"))
    var vehicle: String?

    @Option(
        help: .init(
            "The vehicle's identification number, which tells the vehicle too; else one that fits.",
            valueName: "vin"))
    var vin: String?

    @Option(
        help: .init(
            "The control unit of a slot: a version, a family or a supplier, released or not; may be "
                + "repeated.", valueName: "role=family@version"),
        transform: SlotChoice.parse)
    var ecu: [SlotChoice] = []

    @Option(
        help: .init(
            "Only what is released on this day, YYYY-MM-DD, is fitted; else today.",
            valueName: "date"), transform: DateArgument.parse)
    var date: DateArgument?

    @Flag(help: "Control units of any suppliers that are released, drawn by the seed.")
    var mixedSuppliers = false

    @Flag(help: "Also be a tester: it asks what each control unit is, and for trouble codes.")
    var tester = false

    var isGiven: Bool {
        vehicle != nil || vin != nil || !ecu.isEmpty || date != nil || mixedSuppliers || tester
    }
}

/// A control unit for a slot as an argument: `ECM=ecm-kestrin-e4@1.1`.
struct SlotChoice: ExpressibleByArgument {
    var role: String
    var unit: String

    static let parse = wanted("a slot and its control unit, as ECM=ecm-kestrin-e4@1.1")

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        (role, unit) = (String(parts[0]), String(parts[1]))
    }
}

/// A vehicle of the specs that is to be simulated, with what is in it.
struct FittedVehicle {
    let spec: VehicleSpec
    let fitting: VehicleFitting
    let vin: String
    let vehicle: SimulatedVehicle

    init(
        _ options: SimulatedVehicleOptions, in folder: String, seed: UInt64,
        faults: [SimulationFault]
    ) throws {
        spec = try SpecsFolder.variant(
            named: options.vehicle, vin: options.vin,
            among: try SpecsFolder.vehicles(in: folder), in: folder)
        vin = try options.vin ?? Self.vin(of: spec, in: folder)
        let unreleased = faults.filter { $0.kind == .unreleased }.map(\.target)
        do throws(SimulationMistake) {
            fitting = try VehicleFitting(
                of: spec, on: options.date?.date ?? CalendarDate.today,
                seed: options.mixedSuppliers ? seed : nil,
                chosen: Dictionary(
                    options.ecu.map { ($0.role, $0.unit) }, uniquingKeysWith: { $1 }),
                unreleased: Set(unreleased))
            vehicle = try SimulatedVehicle(
                spec, fitted: fitting, vin: vin, seed: seed, faults: faults)
        } catch {
            throw StreamError(
                place: folder, cause: error.cause.printable, remedy: error.remedy?.printable)
        }
    }

    private static func vin(
        of spec: VehicleSpec, in folder: String
    ) throws(StreamError) -> String {
        if let vin = spec.exampleVIN { return vin }
        throw StreamError(
            place: folder, cause: "no VIN of 17 characters is of \(spec.name)",
            remedy: "'canlog specs lint \(folder)' tells why, or give one by --vin")
    }

    /// What is simulated: the vehicle, then its control units.
    var lines: [String] {
        ["\(spec.name), VIN \(vin), as of \(fitting.date)"]
            + fitting.units.map { unit in
                let released =
                    spec.isReleased(unit, on: fitting.date) ? "" : ", not released on that day"
                return "  \(unit.role) on \(unit.bus): \(unit.id) (\(unit.supplier)\(released))"
            }
    }

    var json: JSONValue {
        [
            "vehicle": .string(spec.name), "vin": .string(vin),
            "specsSHA256": .string(spec.sha256),
            "controlUnits": .array(
                fitting.units.map {
                    [
                        "role": .string($0.role), "id": .string($0.id),
                        "supplier": .string($0.supplier), "bus": .string($0.bus),
                        "released": .bool(spec.isReleased($0, on: fitting.date)),
                    ]
                }),
        ]
    }
}
