import CANFrame
import LocalFiles
import SocketCAN
import VehicleSimulation

/// Brings a simulated vehicle and its buses together: frames to sockets at their moments on the
/// monotonic clock, requests back.
struct SimulationLoop: ~Copyable {
    /// The longest sleep, so that a signal is noticed soon.
    private static let slice: Int64 = 20_000_000
    /// Between two tries where an interface is full, which poll does not tell.
    private static let retryDelay: Int64 = 200_000

    private var simulation: VehicleSimulation
    private let tester: SimulatedTester?
    private let interfaces: [SimulatedInterface]
    private let listening: [CInt]
    private let start: Int64
    private var status = SimulationStatus()
    private var reached: Int64 = 0

    /// Opens the sockets; `interfaces` are those of the vehicle's buses, in their order.
    init(
        _ simulation: consuming VehicleSimulation, tester: SimulatedTester? = nil,
        interfaces names: [String]
    ) throws(SystemError) {
        let requests = simulation.requestFilters
        var opened: [SimulatedInterface] = []
        for (place, name) in names.enumerated() {
            let filters =
                requests.filter { $0.bus == place }.map {
                    CaptureFilter(identifier: $0.identifier.rawValue, mask: $0.mask)
                }
                + (tester?.answers ?? []).filter { $0.bus == place }.map {
                    CaptureFilter(
                        identifier: $0.identifier.rawValue,
                        mask: 0x8000_0000 | ($0.identifier.isExtended ? 0x1FFF_FFFF : 0x7FF))
                }
            opened.append(try SimulatedInterface(name, hearing: Set(filters)))
        }
        interfaces = opened
        listening = opened.map(\.listeningDescriptor)
        self.simulation = simulation
        self.tester = tester
        start = HostClock.monotonic()
    }

    /// What it did so far.
    var summary: SimulationSummary {
        SimulationSummary(
            duration: reached, cyclicFrames: simulation.cyclicFrames, counts: simulation.counts,
            interfaces: interfaces.map(\.report))
    }

    /// Runs until `limit` nanoseconds have passed or a signal comes.
    mutating func run(for limit: Int64?, until signals: SignalWaiter) throws(StreamError) {
        _ = RealTime.sharpenTimers()
        var batch = FrameBatch(capacity: 1)
        var nextLook: Int64 = 0
        while true {
            let now = HostClock.monotonic() - start
            let time = min(now, limit ?? .max)
            sendWhatIsDue(at: time)
            Self.hear(interfaces, at: time, &simulation, tester, &batch)
            // An ECU that answers at once.
            sendWhatIsDue(at: time)
            reached = time
            if let limit, now >= limit { break }
            if now >= nextLook {
                nextLook = now + Self.slice
                if case .signal = signals.wait(.zero) { break }
                status.show(summary, simulation.activeFaults(at: time), at: now)
            }
            let due = min(simulation.deadline ?? .max, tester?.deadline ?? .max)
            var wake = min(due, nextLook, limit ?? .max)
            if interfaces.contains(where: \.isBehind) { wake = min(wake, now + Self.retryDelay) }
            let left = wake - (HostClock.monotonic() - start)
            if left > 0 { SocketWait.wait(for: listening, toWrite: false, atMost: left) }
        }
        for interface in interfaces { interface.giveUp() }
        status.clear()
    }

    private mutating func sendWhatIsDue(at time: Int64) {
        while let frame = simulation.nextFrame(at: time) {
            interfaces[Int(frame.channel)].append(frame)
        }
        while let frame = tester?.nextFrame(at: time) {
            interfaces[Int(frame.channel)].append(frame)
        }
        let now = HostClock.monotonic() - start
        for interface in interfaces { interface.send(at: now) }
    }

    /// Arguments instead of properties: a row's span would hold all of `self`.
    private static func hear(
        _ interfaces: [SimulatedInterface], at time: Int64, _ simulation: inout VehicleSimulation,
        _ tester: SimulatedTester?, _ batch: inout FrameBatch
    ) {
        for (place, interface) in interfaces.enumerated() {
            while var frame = interface.receive() {
                frame.channel = UInt8(place)
                batch.removeAll()
                batch.append(frame)
                simulation.take(batch.rows[0], longPayload: batch.longPayload(at: 0), at: time)
                tester?.take(batch.rows[0], longPayload: batch.longPayload(at: 0), at: time)
            }
        }
    }
}

/// The sockets of one bus of a simulation.
///
/// A class, since arrays do not hold what cannot be copied; one ``SimulationLoop`` has it.
final class SimulatedInterface {
    /// What the bus did not take within this time is given up.
    private static let patience: Int64 = 1_000_000_000
    /// Frames that wait for room on the bus at most.
    private static let capacity = 4_096

    private let sender: FrameSender
    private let listener: IdentifierListener?
    private var frames: [WireFrame] = []
    private var dues: [Int64] = []
    private(set) var report: SimulatedInterfaceReport

    init(_ name: String, hearing filters: Set<CaptureFilter>) throws(SystemError) {
        report = SimulatedInterfaceReport(interface: name)
        sender = try FrameSender(interface: name)
        listener = try Self.listener(on: name, filters)
    }

    private static func listener(
        on name: String, _ filters: Set<CaptureFilter>
    ) throws(SystemError) -> IdentifierListener? {
        if filters.isEmpty { return nil }
        return try IdentifierListener(interface: name, filters: Array(filters))
    }

    /// The listening socket's number, or -1.
    var listeningDescriptor: CInt {
        switch listener {
        case .some(let listener): listener.descriptor
        case .none: -1
        }
    }

    /// Whether frames wait for room.
    var isBehind: Bool { !frames.isEmpty }

    func receive() -> Frame? {
        switch listener {
        case .some(let listener): listener.receive()
        case .none: nil
        }
    }

    /// Takes a frame whose stamp says when it is due.
    func append(_ frame: Frame) {
        guard frames.count < Self.capacity else {
            report.unsent += 1
            return
        }
        var batch = FrameBatch(capacity: 1)
        batch.append(frame)
        frames.append(WireFrame(batch.rows[0], longPayload: batch.longPayload(at: 0)))
        dues.append(frame.timestamp.nanoseconds)
    }

    /// Sends what it has, as far as the bus takes it.
    func send(at now: Int64) {
        var first = 0
        loop: while first < frames.count {
            switch sender.send(frames.span.extracting(first...)) {
            case .sent(let count):
                for due in dues[first..<first + count] {
                    report.greatestLateness = max(report.greatestLateness, now - due)
                }
                report.sent += UInt64(count)
                first += count
            case .socketFull, .queueFull:
                guard now - dues[first] > Self.patience else { break loop }
                report.unsent += 1
                first += 1
            case .linkDown(let code), .refused(let code):
                report.refusals[code, default: 0] += 1
                report.unsent += 1
                first += 1
            }
        }
        guard first > 0 else { return }
        frames.removeFirst(first)
        dues.removeFirst(first)
    }

    /// What is left is not sent any more.
    func giveUp() {
        report.unsent += UInt64(frames.count)
        frames.removeAll()
        dues.removeAll()
    }
}
