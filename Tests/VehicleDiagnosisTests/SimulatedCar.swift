import CANFrame
import SignalDatabase
import TestBench
import VehicleDiagnosis
import VehicleSimulation
import VehicleSpec

/// A car of the simulator, and what the automatic checks find of it.
enum SimulatedCar {
    /// Counters and checksums of all kinds, multiplexed signals, labels, CAN FD.
    static func database() throws -> Database {
        let text = try Program.run("cat", "Tests/Fixtures/simulated-car.dbc").output
        return Database(dbc: Array(text.utf8).span)
    }

    /// By the file that names nothing but buses and nodes: all the rest is the database's.
    static func vehicle() throws -> SimulatedVehicle {
        let text = """
            buses: {PT: car.dbc}
            ecus:
              ECM: {bus: PT}
              TCU: {bus: PT}
              ESC: {bus: PT}
              BCM: {bus: PT}
              IPC: {bus: PT}
            """
        let database = try database()
        return try SimulationFile(Array(text.utf8), path: "car.yaml") { _ in database }.vehicle
    }

    /// What is found of a car that is watched from its start to `end`, and how many frames it sent.
    static func findings(
        _ vehicle: SimulatedVehicle, seed: UInt64, faults: [String] = [], from begin: Int64 = 0,
        to end: Int64, on bus: CheckedBus
    ) throws -> (book: FindingBook, frames: Int) {
        var simulation = try VehicleSimulation(
            vehicle, seed: seed, faults: try faults.map { try SimulationFault($0) })
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
