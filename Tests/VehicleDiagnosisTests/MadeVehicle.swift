import CANFrame
import FirmwareSpecs
import Testing
import VehicleDiagnosis
import VehicleSimulation
import VehicleSpec

/// Vehicles of the project's own specs, simulated with a tester, and what is found of them.
enum MadeVehicle {
    static let day = "2026-11-20"

    /// By name: `belora-5/petrol-1.2t`.
    static let specs: [VehicleSpec] = {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return (try? SpecCatalog(folder: "/\(root)/Firmware-Specs").vehicles) ?? []
    }()

    static func report(
        of spec: VehicleSpec, seed: UInt64, faults: [String] = [], on day: String = day,
        for duration: Int64 = 8_000_000_000
    ) throws -> DiagnosisReport {
        var diagnosis = try diagnosis(of: spec, on: day)
        let vin = spec.exampleVIN ?? ""
        try feed(&diagnosis, spec, vin: vin, seed, faults, on: day, 0, duration)
        diagnosis.finish()
        return diagnosis.report()
    }

    /// Vehicles one after another on the same buses, with two seconds of silence between them.
    static func report(
        of spec: VehicleSpec, vins: [String], for duration: Int64 = 4_000_000_000
    ) throws -> DiagnosisReport {
        var diagnosis = try diagnosis(of: spec, on: day)
        for (place, vin) in vins.enumerated() {
            let offset = Int64(place) * (duration + 2_000_000_000)
            try feed(&diagnosis, spec, vin: vin, UInt64(place), [], on: day, offset, duration)
        }
        diagnosis.finish()
        return diagnosis.report()
    }

    private static func diagnosis(of spec: VehicleSpec, on day: String) throws -> Diagnosis {
        Diagnosis(
            spec,
            options: Diagnosis.Options(
                date: try #require(CalendarDate(day)),
                interfaces: Dictionary(
                    uniqueKeysWithValues: spec.buses.map { ($0.name, $0.name) })),
            start: nil, resolution: 1_000)
    }

    private static func feed(
        _ diagnosis: inout Diagnosis, _ spec: VehicleSpec, vin: String, _ seed: UInt64,
        _ faults: [String], on day: String, _ offset: Int64, _ duration: Int64
    ) throws {
        let made = try faults.map { try SimulationFault($0) }
        let fitting = try VehicleFitting(
            of: spec, on: try #require(CalendarDate(day)), seed: seed,
            unreleased: Set(made.filter { $0.kind == .unreleased }.map(\.target)))
        let vehicle = try SimulatedVehicle(
            spec, fitted: fitting, vin: vin, seed: seed, faults: made)
        var traffic = SimulatedTraffic(
            try VehicleSimulation(vehicle, seed: seed), tester: SimulatedTester(of: spec))
        var batch = FrameBatch(capacity: 1_024)
        for (place, bus) in spec.buses.enumerated() {
            batch.append(
                .channel(ChannelDescription(interface: bus.name)),
                at: Timestamp(nanoseconds: offset), channel: UInt8(place))
        }
        while var frame = traffic.nextFrame(before: duration) {
            frame.timestamp = Timestamp(nanoseconds: frame.timestamp.nanoseconds + offset)
            batch.append(frame)
            guard batch.count == batch.capacity else { continue }
            diagnosis.take(batch)
            batch.removeAll()
        }
        diagnosis.take(batch)
    }
}
