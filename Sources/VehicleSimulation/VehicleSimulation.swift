public import CANFrame
import CANTransport

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
    /// By ECU; none of those that do not answer.
    private let ports: [ECUPorts]
    /// By ECU, where its messages begin among those of all.
    private let firstMessages: [Int]
    /// Deadlines do not go back, even where what was due was only noticed later.
    private var reached: Int64 = 0
    /// How many cyclic frames there were.
    public private(set) var cyclicFrames: UInt64 = 0

    /// `faults` come beside those of the vehicle; each must name what there is.
    public init(
        _ vehicle: SimulatedVehicle, seed: UInt64, faults: [SimulationFault] = []
    ) throws(SimulationMistake) {
        let numbers = SeededNumbers(seed: seed)
        var messages: [CyclicMessage] = []
        var firstMessages: [Int] = []
        for (place, ecu) in vehicle.ecus.enumerated() {
            firstMessages.append(messages.count)
            for settings in ecu.messages {
                let bus = settings.bus ?? ecu.bus
                messages.append(
                    try CyclicMessage(
                        settings, of: place, on: vehicle.buses[bus], bus, seed: numbers))
            }
        }
        let all = vehicle.faults + faults
        for fault in all {
            if fault.kind.concernsFitting {
                throw SimulationMistake(
                    "'\(fault)': a file says itself what its ECUs are",
                    remedy: "simulate a vehicle of Firmware-Specs")
            }
            if fault.kind.concernsECU {
                try Self.check(fault, among: vehicle)
            } else {
                try Self.add(fault, to: &messages, of: vehicle)
            }
        }
        absences = vehicle.ecus.map { ecu in
            all.filter { $0.kind == .missing && $0.target == ecu.name }
        }
        ports = vehicle.ecus.map { ecu in
            ECUPorts(
                ecu, faults: all.filter { $0.kind.concernsECU && $0.target == ecu.name },
                numbers: numbers.derived(ecu.name))
        }
        self.firstMessages = firstMessages
        self.vehicle = vehicle
        self.faults = all
        self.messages = messages
    }

    private static func check(
        _ fault: SimulationFault, among vehicle: SimulatedVehicle
    ) throws(SimulationMistake) {
        if let ecu = vehicle.ecus.first(where: { $0.name == fault.target }) {
            if fault.kind == .missing { return }
            if fault.j1939Code != nil {
                if ecu.j1939 != nil { return }
                throw SimulationMistake(
                    "'\(fault)': \(ecu.name) tells no trouble codes of J1939",
                    remedy: "give it 'j1939' in the file")
            }
            if ecu.diagnostics != nil { return }
            throw SimulationMistake(
                "'\(fault)': \(ecu.name) answers no requests",
                remedy: "give it 'diagnostics' in the file")
        }
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
    public var deadline: Int64? {
        let cyclic = messages.map(\.due).min() ?? .max
        let answer = ports.lazy.compactMap(\.deadline).min() ?? .max
        let next = min(cyclic, answer)
        return next == .max ? nil : max(next, reached)
    }

    /// Where requests are heard: the places of the buses, identifiers, and which of an identifier's bits
    /// matter, flag bits as in linux/can.h.
    public var requestFilters: [(bus: Int, identifier: PackedID, mask: UInt32)] {
        vehicle.ecus.flatMap { ecu -> [(bus: Int, identifier: PackedID, mask: UInt32)] in
            var filters: [(bus: Int, identifier: PackedID, mask: UInt32)] = []
            if let settings = ecu.diagnostics {
                for address in [settings.request] + (settings.functional.map { [$0] } ?? []) {
                    let bits: UInt32 = address.identifier.isExtended ? 0x1FFF_FFFF : 0x7FF
                    filters.append((ecu.bus, address.identifier, 0x8000_0000 | bits))
                }
            }
            if let settings = ecu.j1939 {
                filters += settings.requestFilters.map { (ecu.bus, $0.identifier, $0.mask) }
            }
            return filters
        }
    }

    /// What the ECUs were asked and said.
    public var counts: DiagnosticCounts {
        ports.reduce(into: DiagnosticCounts()) { sum, port in port.addCounts(to: &sum) }
    }

    /// The faults that are there at `time`.
    public func activeFaults(at time: Int64) -> [SimulationFault] {
        faults.filter { $0.isActive(at: time) }
    }

    // MARK: Frames

    /// Takes a frame that arrived at `time` on the bus that its channel is; what was due before has
    /// been asked for.
    public mutating func take(_ row: FrameRow, longPayload: Span<UInt8>, at time: Int64) {
        reached = max(reached, time)
        for (place, port) in ports.enumerated() {
            guard port.bus == row.channel else { continue }
            port.take(row, longPayload: longPayload, at: reached) {
                bytes(of: $0, ofECU: place, at: time)
            }
        }
    }

    /// What an identifier of an ECU holds at `time`.
    private func bytes(
        of value: StoredIdentifier.Value, ofECU place: Int, at time: Int64
    ) -> [UInt8] {
        switch value {
        case .bytes(let bytes): bytes
        case .signal(let message, let signal, let length):
            messages[firstMessages[place] + message].bytes(
                ofSignal: signal, length: length, at: time)
        }
    }

    /// The next frame that is due at `time` or before, its stamp when it is due and its channel the
    /// place of its bus; `nil` when there is none.
    public mutating func nextFrame(at time: Int64) -> Frame? {
        while true {
            let index = messages.indices.min { messages[$0].due < messages[$1].due }
            let due = index.map { messages[$0].due } ?? .max
            if let frame = nextAnswer(before: min(due, time == .max ? .max : time + 1)) {
                return frame
            }
            guard let index, due <= time else { return nil }
            reached = max(reached, due)
            let frame = messages[index].next()
            // It counts on while its ECU is away, so that what comes after does not depend on it.
            if isSilent(messages[index].ecu, at: due) { continue }
            cyclicFrames += 1
            return frame
        }
    }

    /// The next frame of an answer that is due before `limit`.
    private mutating func nextAnswer(before limit: Int64) -> Frame? {
        var spent: Set<Int> = []
        while true {
            var next: (place: Int, due: Int64)?
            for (place, port) in ports.enumerated() where !spent.contains(place) {
                guard let due = port.deadline, due < limit, due < next?.due ?? .max else {
                    continue
                }
                next = (place, due)
            }
            guard let next else { return nil }
            let port = ports[next.place]
            reached = max(reached, next.due)
            let (place, time) = (next.place, reached)
            let answer = port.nextFrame(at: time) { bytes(of: $0, ofECU: place, at: time) }
            if var frame = answer {
                frame.timestamp = Timestamp(nanoseconds: reached)
                frame.channel = port.bus
                return frame
            }
            // Something was given up; what it had in mind afterwards comes in the next round.
            if port.deadline == next.due { spent.insert(next.place) }
        }
    }

    private func isSilent(_ ecu: Int, at time: Int64) -> Bool {
        absences[ecu].contains { $0.isActive(at: time) } || ports[ecu].isSilent(at: time)
    }
}
