import CANFrame
import SignalDatabase
import VehicleDiagnosis
import VehicleSimulation
import VehicleSpec

/// Simulated cars and what the automatic checks find: nothing of those without a fault, and of each fault
/// one finding, under its name.
enum CarsBenchmark {
    static let defaultFolder = "Tests/Fixtures"
    /// Of bus time, in nanoseconds.
    private static let duration: Int64 = 12_000_000_000

    /// A database and the vehicle whose nodes send its messages.
    struct Model {
        let name: String
        let database: Database
        let vehicle: SimulatedVehicle

        init(file: String) throws {
            let bytes = try output(of: "cat '\(file)'")
            let database = Database(dbc: bytes.span)
            name = String(file.split(separator: "/").last ?? "")
            self.database = database
            let senders = Set(database.messages.compactMap(\.transmitters.first)).sorted()
            let text =
                "buses: {PT: car.dbc}\necus:\n"
                + senders.map { "  \($0): {bus: PT}\n" }.joined()
            vehicle = try SimulationFile(Array(text.utf8), path: name) { _ in database }.vehicle
        }
    }

    static func run(_ options: Options) throws {
        let folder = options.folder.isEmpty ? defaultFolder : options.folder
        let files = String(decoding: try output(of: "ls '\(folder)'/*.dbc"), as: UTF8.self)
        let models = try files.split(separator: "\n").map { try Model(file: String($0)) }
        try runHealthy(models, options.cars)
        for model in models { try runFaults(of: model) }
    }

    private static func runHealthy(_ models: [Model], _ cars: Int) throws {
        let buses = models.map { CheckedBus(name: "PT", database: $0.database, bitRate: 500_000) }
        let start = processTime()
        var (frames, found) = (0, 0)
        for car in 0..<cars {
            let model = car % models.count
            // Each is watched from another moment on.
            let result = try findings(
                models[model].vehicle, seed: UInt64(car), from: Int64(car % 97) * 31_000_000,
                on: buses[model])
            frames += result.frames
            guard !result.book.findings.isEmpty else { continue }
            found += 1
            for finding in result.book.findings.prefix(3) where found <= 20 {
                print("  seed \(car), \(models[model].name): \(finding.id): \(finding.text)")
            }
        }
        print(
            "\(cars) cars without a fault, \(frames) frames: \(found) with findings "
                + "(\(((processTime() - start) / 1e9).text(0, width: 1)) s)")
    }

    private static func runFaults(of model: Model) throws {
        let bus = CheckedBus(name: "PT", database: model.database, bitRate: 500_000)
        let slowest = model.vehicle.ecus.flatMap(\.messages).map(\.cycle).max() ?? 0
        var (tried, right) = (0, 0)
        for (fault, wanted) in faults(of: model) {
            guard let made = try? SimulationFault(fault),
                (try? VehicleSimulation(model.vehicle, seed: 1, faults: [made])) != nil
            else { continue }
            for seed in 0..<UInt64(3) {
                tried += 1
                // Ten intervals of a slow message show its cycle time.
                let result = try findings(
                    model.vehicle, seed: seed, faults: [made], from: 0,
                    to: max(duration, 3_000_000_000 + slowest * 20), on: bus)
                let found = result.book.findings.map(\.id)
                if found == [wanted] {
                    right += 1
                } else {
                    print("  \(fault), seed \(seed): \(found), wanted \(wanted)")
                }
            }
        }
        print("\(model.name): of \(tried) cars with a fault \(right) with its finding alone")
    }

    /// Every fault that is one of frames, wherever it can be, with its finding.
    private static func faults(of model: Model) -> [(String, String)] {
        var faults: [(String, String)] = []
        for ecu in model.vehicle.ecus where !ecu.messages.isEmpty {
            faults.append(("missing:\(ecu.name)", "silent-node/PT.\(ecu.name)#1"))
            faults.append(("missing:\(ecu.name)@4s..9s", "silent-node/PT.\(ecu.name)#1"))
            for sent in ecu.messages {
                let message = model.database.messages[sent.message]
                let protection = MessageProtection(of: message, in: model.database)
                let milliseconds = max(1, sent.cycle / 1_000_000)
                for other in [milliseconds * 3 / 2, milliseconds / 2] where other > 0 {
                    faults.append(
                        (
                            "cycle:\(message.name):\(other)ms@1s",
                            "cycle-time/PT.\(message.name)#1"
                        ))
                }
                if protection.checksum != nil {
                    faults.append(
                        ("bad-checksum:\(message.name)@3s", "checksum/PT.\(message.name)#1"))
                }
                if let counter = protection.counter {
                    let name = message.signals[counter].name
                    faults.append(
                        (
                            "frozen-counter:\(message.name)@3s",
                            "live-counter/PT.\(message.name).\(name)#1"
                        ))
                }
                for (place, signal) in message.signals.enumerated()
                where place != protection.counter && place != protection.checksumSignal
                    && !signal.multiplexing.isMultiplexer
                {
                    let name = "\(message.name).\(signal.name)"
                    faults.append(("out-of-range:\(name)@3s", "range/PT.\(name)#1"))
                }
            }
        }
        return faults
    }

    private static func findings(
        _ vehicle: SimulatedVehicle, seed: UInt64, faults: [SimulationFault] = [],
        from begin: Int64, to end: Int64 = duration, on bus: CheckedBus
    ) throws -> (book: FindingBook, frames: Int) {
        var simulation = try VehicleSimulation(vehicle, seed: seed, faults: faults)
        var book = FindingBook()
        var checks = TrafficChecks([bus])
        checks.bind(channel: 0, toBus: 0)
        var batch = FrameBatch(capacity: 1)
        var number: UInt64 = 0
        while let frame = simulation.nextFrame(at: end) {
            guard frame.timestamp.nanoseconds >= begin else { continue }
            batch.removeAll()
            batch.append(frame)
            _ = checks.take(
                batch.rows[0], longPayload: batch.longPayload(at: 0), number: number,
                at: frame.timestamp.nanoseconds, into: &book)
            number += 1
        }
        checks.finish(at: end, into: &book)
        return (book, Int(number))
    }
}
