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
        of spec: VehicleSpec, seed: UInt64, faults: [String] = [], chosen: [String: String] = [:],
        on day: String = day, for duration: Int64 = 8_000_000_000
    ) throws -> DiagnosisReport {
        let date = try #require(CalendarDate(day))
        let made = try faults.map { try SimulationFault($0) }
        let fitting = try VehicleFitting(
            of: spec, on: date, seed: seed, chosen: chosen,
            unreleased: Set(made.filter { $0.kind == .unreleased }.map(\.target)))
        let vin = spec.exampleVIN ?? ""
        let vehicle = try SimulatedVehicle(
            spec, fitted: fitting, vin: vin, seed: seed, faults: made)
        var traffic = SimulatedTraffic(
            try VehicleSimulation(vehicle, seed: seed), tester: SimulatedTester(of: spec))
        var diagnosis = Diagnosis(
            spec,
            options: Diagnosis.Options(
                date: date, vin: vin,
                interfaces: Dictionary(uniqueKeysWithValues: spec.buses.map { ($0.name, $0.name) })),
            start: nil, resolution: 1_000)
        var batch = FrameBatch(capacity: 1_024)
        for (place, bus) in spec.buses.enumerated() {
            batch.append(
                .channel(ChannelDescription(interface: bus.name)), at: Timestamp(nanoseconds: 0),
                channel: UInt8(place))
        }
        while let frame = traffic.nextFrame(before: duration) {
            batch.append(frame)
            if batch.count == batch.capacity {
                diagnosis.take(batch)
                batch.removeAll()
            }
        }
        diagnosis.take(batch)
        diagnosis.finish()
        return diagnosis.report()
    }
}
