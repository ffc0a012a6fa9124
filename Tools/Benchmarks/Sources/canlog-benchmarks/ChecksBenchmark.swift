import CANFrame
import SignalDatabase
import VehicleDiagnosis
import VehicleSimulation
import VehicleSpec

/// What all automatic checks of all frames cost. No peer does them from a log in one pass; what decoding
/// alone costs them stands in `decode`.
enum ChecksBenchmark {
    static func run(_ options: Options) throws {
        print("checks: CPU time on one core, median of \(options.rounds) rounds, all checks on")
        let real = try DecodeInput.real()
        try measure(real.name + " (toyota.dbc)", real.frames, real.database, options)
        let dense = try DecodeInput.dense()
        try measure(
            dense.name + " (vw.dbc): nearly every value at fault", dense.frames, dense.database,
            options)
        let car = try CarsBenchmark.Model(file: CarsBenchmark.defaultFolder + "/simulated-car.dbc")
        var simulation = try VehicleSimulation(car.vehicle, seed: 1)
        var frames = FrameBatch(capacity: 1_000_000)
        while !frames.isFull, let frame = simulation.nextFrame(at: .max) { frames.append(frame) }
        try measure("C: a simulated car, counters, E2E", frames, car.database, options)
    }

    private static func measure(
        _ name: String, _ frames: borrowing FrameBatch, _ database: Database, _ options: Options
    ) throws {
        let bus = CheckedBus(name: "PT", database: database, bitRate: 500_000)
        var times: [Double] = []
        var findings = FindingBook()
        for round in 0...options.rounds {
            var book = FindingBook()
            var checks = TrafficChecks([bus])
            checks.bind(channel: 0, toBus: 0)
            let start = processTime()
            var timeline = BusTimeline()
            for index in 0..<frames.count {
                let row = frames.rows[index]
                _ = checks.take(
                    row, longPayload: frames.longPayload(at: index), number: UInt64(index),
                    at: timeline.busTime(of: row.timestamp), into: &book)
            }
            if round > 0 { times.append((processTime() - start) / Double(frames.count)) }
            findings = book
        }
        let time = median(times)
        print(
            "  \(name.padded(60)) \((1_000 / time).text(2, width: 7)) M frames/s "
                + "\(time.text(1, width: 6)) ns   \(frames.count) frames, \(findings.total) findings"
        )
        for (check, found) in Dictionary(grouping: findings.findings, by: \.check).sorted(by: {
            $0.key < $1.key
        }) {
            let subjects = Set(found.map(\.subject)).sorted()
            print(
                "    \(check.padded(20)) \(found.count) of \(subjects.count) subjects: "
                    + subjects.prefix(4).joined(separator: ", ") + "; " + (found.first?.text ?? ""))
        }
    }
}
