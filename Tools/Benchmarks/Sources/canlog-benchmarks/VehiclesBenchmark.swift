import CANFrame
import FirmwareSpecs
import SignalDatabase
import VehicleDiagnosis
import VehicleSimulation
import VehicleSpec

/// Vehicles of the specs with a tester, in all combinations of suppliers that are released, and what the
/// whole diagnosis says of them: a pass of each without a fault, and of each fault its finding alone.
enum VehiclesBenchmark {
    static let defaultFolder = "Firmware-Specs"
    private static let seeds: UInt64 = 1_000
    /// Days between which releases begin and end.
    private static let days = [
        "2026-07-01", "2026-08-10", "2026-09-20", "2026-10-15", "2026-11-20", "2027-02-01",
    ]
    /// Of bus time, in nanoseconds.
    private static let healthyTime: Int64 = 8_000_000_000
    private static let faultyTime: Int64 = 17_000_000_000

    static func run(_ options: Options) throws {
        let folder = options.folder.isEmpty ? defaultFolder : options.folder
        let catalog = try SpecCatalog(folder: folder)
        let vehicles = catalog.vehicles
        guard !vehicles.isEmpty else {
            throw BenchmarkError(description: "\(folder) has no vehicle")
        }
        runHealthy(vehicles, options.cars)
        for spec in vehicles { try runFaults(of: spec) }
    }

    // MARK: Without a fault

    private static func runHealthy(_ vehicles: [VehicleSpec], _ cars: Int) {
        let start = processTime()
        var (frames, bad, refused) = (0, 0, 0)
        var fitted: Set<String> = []
        var combinations: Set<String> = []
        for car in 0..<cars {
            let spec = vehicles[car % vehicles.count]
            let day = days[car / vehicles.count % days.count]
            let seed = UInt64(car) % seeds &+ UInt64(car) / seeds &* 7_919
            guard let made = try? MadeCar(spec, on: day, seed: seed, faults: []) else {
                refused += 1
                continue
            }
            for unit in made.fitting.units { fitted.insert("\(spec.variant) \(unit.id)") }
            combinations.insert(
                spec.variant + made.fitting.units.map(\.supplier).joined(separator: " "))
            guard let result = try? made.report(for: healthyTime) else { continue }
            frames += result.frames
            guard !result.report.findings.isEmpty || result.report.verdict.outcome != .pass else {
                continue
            }
            bad += 1
            if bad <= 20 {
                print("  \(spec.name) on \(day), seed \(seed): \(result.report.verdict.line)")
                for finding in result.report.findings.prefix(3) {
                    print("    \(finding.id): \(finding.text)")
                }
            }
        }
        let seconds = (processTime() - start) / 1e9
        print(
            "\(cars - refused) vehicles without a fault, \(combinations.count) combinations of "
                + "suppliers, \(fitted.count) control units, \(frames) frames: \(bad) not green "
                + "(\(seconds.text(0, width: 1)) s)"
                + (refused > 0 ? "; \(refused) had nothing released on their day" : ""))
    }

    // MARK: With one

    /// Without the rules of the folder: what they find of a fault besides is their author's.
    private static func runFaults(of whole: VehicleSpec) throws {
        var spec = whole
        spec.rules = []
        let faults = try VehicleFaults(spec)
        var (tried, right, impossible) = (0, 0, 0)
        var kinds: [String: (tried: Int, right: Int)] = [:]
        for (fault, wanted) in faults.all {
            let kind = String(fault.prefix { $0 != ":" })
            for seed in 0..<UInt64(2) {
                guard let made = try? MadeCar(spec, on: "2026-11-20", seed: seed, faults: [fault])
                else {
                    impossible += 1
                    continue
                }
                let result = try made.report(for: faultyTime)
                let found = result.report.findings.map(\.id).sorted()
                tried += 1
                kinds[kind, default: (0, 0)].tried += 1
                if found == wanted.sorted() {
                    right += 1
                    kinds[kind]?.right += 1
                } else {
                    print("  \(fault), seed \(seed): \(found), wanted \(wanted)")
                }
            }
        }
        print("\(spec.name): of \(tried) vehicles with a fault \(right) with its finding alone")
        for (kind, count) in kinds.sorted(by: { $0.key < $1.key }) {
            print("  \(kind): \(count.right) of \(count.tried)")
        }
        if impossible > 0 { print("  \(impossible) faults that their vehicle cannot have") }
    }
}

/// One vehicle of the specs that is simulated.
struct MadeCar {
    let spec: VehicleSpec
    let fitting: VehicleFitting
    private let vehicle: SimulatedVehicle
    private let seed: UInt64
    private let date: CalendarDate
    private let vin: String

    init(_ spec: VehicleSpec, on day: String, seed: UInt64, faults: [String]) throws {
        guard let date = CalendarDate(day), let vin = spec.exampleVIN else {
            throw BenchmarkError(description: "\(spec.name) has no VIN")
        }
        let faults = try faults.map { try SimulationFault($0) }
        (self.spec, self.seed, self.date, self.vin) = (spec, seed, date, vin)
        fitting = try VehicleFitting(
            of: spec, on: date, seed: seed,
            unreleased: Set(faults.filter { $0.kind == .unreleased }.map(\.target)))
        vehicle = try SimulatedVehicle(spec, fitted: fitting, vin: vin, seed: seed, faults: faults)
        _ = try VehicleSimulation(vehicle, seed: seed)
    }

    func report(for duration: Int64) throws -> (report: DiagnosisReport, frames: Int) {
        var traffic = SimulatedTraffic(
            try VehicleSimulation(vehicle, seed: seed), tester: SimulatedTester(of: spec))
        var interfaces: [String: String] = [:]
        var batch = FrameBatch(capacity: 1_024)
        for (place, bus) in spec.buses.enumerated() {
            interfaces[bus.name] = bus.name
            batch.append(
                .channel(ChannelDescription(interface: bus.name)), at: Timestamp(nanoseconds: 0),
                channel: UInt8(place))
        }
        var diagnosis = Diagnosis(
            spec, options: Diagnosis.Options(date: date, vin: vin, interfaces: interfaces),
            start: nil, resolution: 1_000)
        var frames = 0
        while let frame = traffic.nextFrame(before: duration) {
            batch.append(frame)
            frames += 1
            guard batch.count == batch.capacity else { continue }
            diagnosis.take(batch)
            batch.removeAll()
        }
        diagnosis.take(batch)
        diagnosis.finish()
        return (diagnosis.report(), frames)
    }
}

/// Every fault of a vehicle, wherever it can be, with what is to be found of it.
struct VehicleFaults {
    private(set) var all: [(fault: String, findings: [String])] = []

    init(_ spec: VehicleSpec) throws {
        for slot in spec.slots { addFaults(of: slot, in: spec) }
        for bus in spec.buses {
            all.append(("foreign:\(bus.name)", ["foreign-ecu/\(bus.name).7EF#1"]))
            for message in bus.database.messages where message.cycleTimeMilliseconds ?? 0 > 0 {
                addFaults(of: message, on: bus)
            }
        }
    }

    private mutating func addFaults(of slot: Slot, in spec: VehicleSpec) {
        let role = slot.role
        let silent = spec.buses.filter { bus in
            bus.database.messages.contains { $0.transmitters.first == role }
        }.map { "silent-node/\($0.name).\(role)#1" }
        all.append(("missing:\(role)", silent.isEmpty ? ["missing-ecu/\(role)#1"] : silent))
        all.append(("missing:\(role)@7s..12s", silent))
        all.append(("wrong-firmware:\(role)", ["unknown-firmware/\(role)#1"]))
        all.append(("wrong-part:\(role)", ["unknown-part/\(role)#1"]))
        all.append(("unreleased:\(role)", ["unreleased/\(role)#1"]))
        all.append(("slow:\(role):600ms", ["p2/\(role)#1"]))
        all.append(("wrong-sequence:\(role)", ["transport/\(role)#1"]))
        all.append(("pending:\(role):3", []))
        all.append(("busy:\(role):2", []))
        let code = slot.alternatives.first?.troubleCodes.first { code in
            code.severity == .block && code.endOfLine == nil
        }
        if let code {
            all.append(("dtc:\(role):\(code.code)", ["trouble-code/\(role).\(code.code)#1"]))
        }
    }

    private mutating func addFaults(of message: Message, on bus: BusSpec) {
        let name = "\(bus.name).\(message.name)"
        let protection = MessageProtection(of: message, in: bus.database)
        let cycle = Int(message.cycleTimeMilliseconds ?? 0)
        for other in [cycle * 3 / 2, cycle / 2] where other > 0 && other != cycle {
            all.append(("cycle:\(message.name):\(other)ms@1s", ["cycle-time/\(name)#1"]))
        }
        if protection.checksum != nil {
            all.append(("bad-checksum:\(message.name)@3s", ["checksum/\(name)#1"]))
        }
        if let counter = protection.counter {
            let signal = message.signals[counter].name
            all.append(("frozen-counter:\(message.name)@3s", ["live-counter/\(name).\(signal)#1"]))
        }
        for (place, signal) in message.signals.enumerated()
        where place != protection.counter && place != protection.checksumSignal
            && !signal.multiplexing.isMultiplexer
        {
            all.append(
                (
                    "out-of-range:\(message.name).\(signal.name)@3s",
                    ["range/\(name).\(signal.name)#1"]
                ))
        }
    }
}
