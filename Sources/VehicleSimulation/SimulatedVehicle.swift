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
    /// How it tells its trouble codes by the messages of SAE J1939-73.
    public var j1939: J1939Settings?

    public init(name: String, bus: Int) {
        self.name = name
        self.bus = bus
    }
}

/// A message that an ECU sends by itself.
public struct SimulatedMessage: Sendable {
    /// Its place in the bus's database.
    public var message: Int
    /// The bus by its place, where it is another one than the ECU's: of a gateway.
    public var bus: Int?
    /// In nanoseconds, at least 1.
    public var cycle: Int64
    /// The signal, by its place in the message, that counts the frames.
    public var counter: Int?
    /// How many values it has, where its bits do not say it.
    var counterValues: UInt64?
    /// The signal that holds the checksum: a whole byte, or two with the lower first.
    public var checksumSignal: Int?
    public var checksum: MessageChecksum?
    /// How signals move of which something is said, by their place in the message.
    public var courses: [Int: SignalCourse] = [:]

    public init(message: Int, cycle: Int64) {
        self.message = message
        self.cycle = max(1, cycle)
    }

    /// The same, with the counter and the checksum that the database gives the message.
    init(message: Int, cycle: Int64, of database: Database) {
        self.init(message: message, cycle: cycle)
        let protection = MessageProtection(of: database.messages[message], in: database)
        counter = protection.counter
        counterValues = protection.counterValues == 0 ? nil : protection.counterValues
        if protection.checksum != nil {
            (checksumSignal, checksum) = (protection.checksumSignal, protection.checksum)
        }
    }
}
