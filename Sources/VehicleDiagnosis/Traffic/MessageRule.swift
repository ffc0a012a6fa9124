import CANFrame
import SignalDatabase
import VehicleSpec

/// What the frames of a message are judged by, beside the values in them.
struct MessageRule: Sendable {
    /// How often it is to come.
    struct Cycle: Sendable {
        /// In nanoseconds.
        var length: Int64
        /// After so long without a frame there is a gap.
        var gap: Int64
        var findsFast: Bool
        /// Its sender, among those of the bus; -1 for none.
        var node: Int
    }

    /// How many bytes a frame has; the second greater where CAN FD fills up to its next length.
    var lengths: ClosedRange<UInt8>?
    var protection: MessageProtection
    var findsCounter: Bool
    var findsChecksum: Bool
    /// `nil` of messages that do not come by the clock.
    var cycle: Cycle?
    var findsCycle: Bool

    init(
        _ message: Message, in database: Database, bus: String, _ settings: CheckSettings,
        nodes: inout NodeNames
    ) {
        let subject = "\(bus).\(message.longName)"
        protection = MessageProtection(of: message, in: database)
        let counter = protection.counter.map { "\(subject).\(message.signals[$0].longName)" }
        findsCounter = counter.map { !settings.ignores(.liveCounter, on: $0) } ?? false
        findsChecksum = protection.checksum != nil && !settings.ignores(.checksum, on: subject)
        // What is longer comes by a transport protocol.
        let most = message.format == .j1939 ? 8 : DataLengthCode.maximumLength
        if (1...most).contains(message.length), !settings.ignores(.length, on: subject) {
            let length = UInt8(message.length)
            let code = DataLengthCode.code(for: length)
            lengths = length...max(length, DataLengthCode.length(of: code, isFD: length > 8))
        }
        findsCycle = !settings.ignores(.cycleTime, on: subject)
        guard message.identifier != nil, message.length <= most else { return }
        cycle = Self.cycle(of: message, in: database, settings)
        guard let sender = message.transmitters.first, cycle != nil else { return }
        cycle?.node = nodes.place(of: sender)
    }

    /// Whether a signal is the counter or the checksum.
    func protects(_ place: Int) -> Bool {
        place == protection.counter || place == protection.checksumSignal
    }

    /// Two frames of a bus at 1 Mbit/s.
    private static let shortestCycle = 0.1

    private static func cycle(
        of message: Message, in database: Database, _ settings: CheckSettings
    ) -> Cycle? {
        guard let milliseconds = message.cycleTimeMilliseconds, milliseconds >= shortestCycle
        else { return nil }
        let value = database.value(of: "GenMsgSendType", in: message.attributes, of: .message)
        let type = value?.text?.lowercased() ?? ""
        // "IfActive", "OnEvent", "Spontaneous": the cycle holds only while something goes on.
        let isEvent = ["event", "spont", "change", "write", "trigger"].contains {
            type.contains($0)
        }
        let isCyclic = type.contains("cyclic") || type.contains("period") || type.contains("fixed")
        guard !type.contains("active"), isCyclic || !isEvent else { return nil }
        let length = Int64(milliseconds * 1e6)
        let gap = Double(length) * max(1, settings.gapCycles)
        return Cycle(
            length: length,
            gap: max(Int64(min(gap, 0x1p62)), length &+ max(0, settings.gapSlack)),
            findsFast: settings.findsFastMessages && !isEvent, node: -1)
    }
}

/// The nodes of a bus by their names.
struct NodeNames {
    private(set) var names: [String] = []
    private var places: [String: Int] = [:]

    mutating func place(of name: String) -> Int {
        if let place = places[name] { return place }
        places[name] = names.count
        names.append(name)
        return names.count - 1
    }
}
