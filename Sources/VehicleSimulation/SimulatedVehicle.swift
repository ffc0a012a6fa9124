public import SignalDatabase

/// A vehicle that is simulated: its buses and the ECUs on them; what a file says of it, resolved.
public struct SimulatedVehicle: Sendable {
    public var buses: [SimulatedBus] = []
    public var ecus: [SimulatedECU] = []
    public var faults: [SimulationFault] = []

    public init() {}
}

/// A network of the vehicle.
public struct SimulatedBus: Sendable {
    public var name: String
    public var database: Database
    let encoder: SignalEncoder

    public init(name: String, database: Database) {
        self.name = name
        self.database = database
        encoder = SignalEncoder(DecodePlan(database))
    }
}

/// A control unit: what it sends by itself, and how it answers.
public struct SimulatedECU: Sendable {
    public var name: String
    /// Its place among the buses.
    public var bus: Int
    public var messages: [SimulatedMessage] = []
    public var diagnostics: DiagnosticSettings?

    public init(name: String, bus: Int) {
        self.name = name
        self.bus = bus
    }
}

/// A message that an ECU sends by itself.
public struct SimulatedMessage: Sendable {
    /// Its place in the bus's database.
    public var message: Int
    /// In nanoseconds, at least 1.
    public var cycle: Int64
    /// The signal, by its place in the message, that counts the frames.
    public var counter: Int?
    /// The signal, of 8 bits that are a byte, that holds the checksum.
    public var checksumSignal: Int?
    public var checksum: MessageChecksum?
    /// How signals move of which something is said, by their place in the message.
    public var courses: [Int: SignalCourse] = [:]

    public init(message: Int, cycle: Int64) {
        self.message = message
        self.cycle = max(1, cycle)
    }
}
