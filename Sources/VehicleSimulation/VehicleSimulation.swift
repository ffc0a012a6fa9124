public import CANFrame

/// A vehicle at work: what its ECUs send and when, without a bus and without a clock.
///
/// Times are nanoseconds since its start. What is due follows from the file, the seed and the frames
/// that were taken, with their times; never from when it is asked.
public struct VehicleSimulation: ~Copyable {
    public let vehicle: SimulatedVehicle
    private var messages: [CyclicMessage] = []
    /// By ECU, when it is not there.
    private let absences: [[SimulationFault]]
    private let faults: [SimulationFault]
    /// How many cyclic frames there were.
    public private(set) var cyclicFrames: UInt64 = 0

    /// `faults` come beside those of the vehicle; each must name what there is.
    public init(
        _ vehicle: SimulatedVehicle, seed: UInt64, faults: [SimulationFault] = []
    ) throws(SimulationMistake) {
        let numbers = SeededNumbers(seed: seed)
        var messages: [CyclicMessage] = []
        for (place, ecu) in vehicle.ecus.enumerated() {
            for settings in ecu.messages {
                messages.append(
                    try CyclicMessage(
                        settings, of: place, on: vehicle.buses[ecu.bus], ecu.bus, seed: numbers))
            }
        }
        let all = vehicle.faults + faults
        for fault in all {
            if fault.kind.concernsECU {
                try Self.check(fault, among: vehicle)
            } else {
                try Self.add(fault, to: &messages, of: vehicle)
            }
        }
        absences = vehicle.ecus.map { ecu in
            all.filter { $0.kind == .missing && $0.target == ecu.name }
        }
        self.vehicle = vehicle
        self.faults = all
        self.messages = messages
    }

    private static func check(
        _ fault: SimulationFault, among vehicle: SimulatedVehicle
    ) throws(SimulationMistake) {
        guard !vehicle.ecus.contains(where: { $0.name == fault.target }) else { return }
        throw SimulationMistake(
            "'\(fault)' names no ECU of the file",
            remedy: "its ECUs: " + vehicle.ecus.map(\.name).joined(separator: ", "))
    }

    private static func add(
        _ fault: SimulationFault, to messages: inout [CyclicMessage], of vehicle: SimulatedVehicle
    ) throws(SimulationMistake) {
        let names = fault.target.split(separator: ".", maxSplits: 1)
        var isFound = false
        for index in messages.indices where messages[index].name == names.first ?? "" {
            isFound = true
            try messages[index].add(
                fault, signal: names.count > 1 ? names[1] : "",
                in: vehicle.buses[messages[index].bus].database)
        }
        guard isFound else {
            throw SimulationMistake(
                "'\(fault)' names no message that is sent",
                remedy: "they are " + messages.map(\.name).sorted().joined(separator: ", "))
        }
    }

    /// When something is to be done next; `nil` if nothing ever is.
    public var deadline: Int64? { messages.map(\.due).min() }

    /// The faults that are there at `time`.
    public func activeFaults(at time: Int64) -> [SimulationFault] {
        faults.filter { $0.isActive(at: time) }
    }

    /// The next frame that is due at `time` or before, its stamp when it is due and its channel the
    /// place of its bus; `nil` when there is none.
    public mutating func nextFrame(at time: Int64) -> Frame? {
        while let index = messages.indices.min(by: { messages[$0].due < messages[$1].due }),
            messages[index].due <= time
        {
            let frame = messages[index].next()
            // It counts on while its ECU is away, so that what comes after does not depend on it.
            if isAbsent(messages[index].ecu, at: frame.timestamp.nanoseconds) { continue }
            cyclicFrames += 1
            return frame
        }
        return nil
    }

    private func isAbsent(_ ecu: Int, at time: Int64) -> Bool {
        absences[ecu].contains { $0.isActive(at: time) }
    }
}
