public import CANFrame

/// A simulated vehicle and its tester on buses that take no time: what each sends, the other hears at
/// once.
public struct SimulatedTraffic: ~Copyable {
    private var simulation: VehicleSimulation
    private let tester: SimulatedTester?
    private var batch = FrameBatch(capacity: 1)
    private var reached: Int64 = 0

    public init(_ simulation: consuming VehicleSimulation, tester: SimulatedTester?) {
        self.simulation = simulation
        self.tester = tester
    }

    /// The next frame before `limit`, in nanoseconds since the start; its channel is the place of its
    /// bus. `nil` when there is none.
    public mutating func nextFrame(before limit: Int64) -> Frame? {
        while true {
            let due = min(simulation.deadline ?? .max, tester?.deadline ?? .max)
            let time = max(reached, due)
            guard time < limit else { return nil }
            reached = time
            if let frame = simulation.nextFrame(at: time) {
                batch.removeAll()
                batch.append(frame)
                tester?.take(batch.rows[0], longPayload: batch.longPayload(at: 0), at: time)
                return frame
            }
            if let frame = tester?.nextFrame(at: time) {
                Self.give(frame, at: time, to: &simulation, &batch)
                return frame
            }
        }
    }

    /// Arguments instead of properties: a row's span would hold all of `self`.
    private static func give(
        _ frame: Frame, at time: Int64, to simulation: inout VehicleSimulation,
        _ batch: inout FrameBatch
    ) {
        batch.removeAll()
        batch.append(frame)
        simulation.take(batch.rows[0], longPayload: batch.longPayload(at: 0), at: time)
    }
}
