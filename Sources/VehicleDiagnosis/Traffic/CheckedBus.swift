public import CANFrame
public import SignalDatabase
public import VehicleSpec

/// A bus of the vehicle with what its traffic is judged by, compiled once for any number of cars.
public final class CheckedBus: Sendable {
    public let name: String
    public let database: Database
    public let settings: CheckSettings
    /// In bit/s, where the spec says it; else the channel's counts.
    public let bitRate: UInt32?
    public let dataBitRate: UInt32?
    let plan: DecodePlan
    /// By message.
    let messages: [MessageRule]
    /// By signal, in the order of ``plan``.
    let signals: [SignalRule]
    /// The values of signals that have a label and are outside of their limits, or say that there is
    /// none.
    let labels: [SignalRule.Label]
    /// The nodes that send a cyclic message.
    let nodes: [String]
    /// Identifiers that are no message's and belong on the bus: those of diagnosis.
    let known: Set<PackedID>
    let isJ1939: Bool
    let findsUnknown: Bool

    /// Compiles what `database` says. `known` are the identifiers of tester and control units.
    public init(
        name: String, database: Database, settings: CheckSettings = CheckSettings(),
        bitRate: UInt32? = nil, dataBitRate: UInt32? = nil, known: Set<PackedID> = []
    ) {
        self.name = name
        self.database = database
        self.settings = settings
        self.bitRate = bitRate
        self.dataBitRate = dataBitRate
        self.known = known
        plan = DecodePlan(database)
        isJ1939 = database.messages.contains { $0.format == .j1939 }
        findsUnknown =
            settings.isOn(.unknownIdentifier)
            && database.messages.contains { $0.identifier != nil }
        var nodes = NodeNames()
        messages = database.messages.map {
            MessageRule($0, in: database, bus: name, settings, nodes: &nodes)
        }
        self.nodes = nodes.names
        var labels: [SignalRule.Label] = []
        var signals: [SignalRule] = []
        for (message, rule) in zip(database.messages, messages) {
            for (place, signal) in message.signals.enumerated() {
                let judged = rule.protects(place) ? nil : settings
                signals.append(
                    SignalRule(
                        signal, subject: "\(name).\(message.longName).\(signal.longName)", judged,
                        labels: &labels))
            }
        }
        (self.signals, self.labels) = (signals, labels)
    }

    func subject(_ message: Int) -> String { "\(name).\(database.messages[message].longName)" }

    func subject(_ message: Int, _ signal: Int) -> String {
        "\(subject(message)).\(database.messages[message].signals[signal].longName)"
    }

    /// A finding of a check on this bus.
    func finding(
        _ check: AutomaticCheck, _ subject: String, _ text: String, began: Int64, opened: Int64,
        role: String? = nil, frames: ClosedRange<UInt64>? = nil, times: UInt64 = 1
    ) -> Finding {
        var finding = Finding(
            check: check.rawValue, subject: subject, severity: settings.severity(of: check),
            text: text, began: min(began, opened), opened: opened)
        finding.bus = name
        finding.role = role
        finding.evidence = frames
        finding.occurrences = times
        return finding
    }

    /// The node that a message is laid at.
    func sender(of message: Int) -> String? { database.messages[message].transmitters.first }
}
