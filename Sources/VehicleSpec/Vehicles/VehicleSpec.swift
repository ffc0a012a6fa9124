public import CANTransport
public import SignalDatabase

/// One variant of a vehicle, resolved: what may be in it, how it is told apart, and what is judged.
public struct VehicleSpec: Sendable {
    /// The id of the vehicle's file.
    public var vehicle: String
    public var variant: String
    public var title = ""
    /// Which VINs are of the vehicle, and which of those of the variant.
    public var vehicleNumbers: BytePattern
    public var variantNumbers: BytePattern?
    /// Codes of the order that the variant needs.
    public var options: [String] = []
    /// In order of name.
    public var buses: [BusSpec] = []
    /// In order of role.
    public var slots: [Slot] = []
    public var released: [ReleasedEntry] = []
    public var forbidden: [ForbiddenCombination] = []
    public var unknown = UnknownPolicy()
    public var automaticChecks = CheckSettings()
    public var rules: [Rule] = []
    /// What the rules say, by id: `when`, and `only-if` behind it, as written.
    public var ruleConditions: [String: String] = [:]
    /// The files of the rules, each in canonical form, with the settings of automatic checks.
    public var ruleTexts: [String] = []
    public var plan: PlanSpec?

    public init(vehicle: String, variant: String, vehicleNumbers: BytePattern) {
        self.vehicle = vehicle
        self.variant = variant
        self.vehicleNumbers = vehicleNumbers
    }

    /// `corvid-5/petrol`
    public var name: String { "\(vehicle)/\(variant)" }

    public func bus(named name: String) -> BusSpec? { buses.first { $0.name == name } }

    public func slot(of role: String) -> Slot? { slots.first { $0.role == role } }

    /// The slot whose control units answer at `response` on a bus; `nil`: whoever does is foreign.
    public func slot(answeringAt response: ISOTPAddress, on bus: String) -> Slot? {
        slots.first { slot in
            slot.families.contains { $0.bus == bus && $0.addresses.response == response }
        }
    }

    /// What a slot holds, by its identification (``Slot/select(_:)``).
    public func select(_ slot: Slot, identification: [UInt16: [UInt8]?]) -> Selection {
        slot.select(identification)
    }

    /// Whether a VIN is of this variant.
    public func fits(vin: String) -> Bool {
        vehicleNumbers.matches(vin) && variantNumbers?.matches(vin) ?? true
    }
}

/// A bus of a vehicle.
public struct BusSpec: Sendable {
    public var name: String
    /// In bit/s.
    public var bitRate: Int
    /// In bit/s, of the data phase of CAN FD; `nil` on a classic bus.
    public var dataBitRate: Int?
    /// As a part of the bit.
    public var samplePoint: Double?
    public var database: Database
    /// The file below the folder; `nil` where the variant has no database for the bus.
    public var databaseFile: String?
    /// The text of the file, lines ended by line feeds.
    public var databaseText = ""

    public init(name: String, bitRate: Int, database: Database = Database()) {
        self.name = name
        self.bitRate = bitRate
        self.database = database
    }
}

/// What it means for the verdict if a control unit is not the one that is wanted.
public struct UnknownPolicy: Sendable, Hashable {
    public enum Answer: String, Sendable, Hashable, CaseIterable { case fail, warn }

    public var part = Answer.fail
    public var firmware = Answer.fail
    public var ambiguous = Answer.fail

    public init() {}
}

/// A plan of tests, as far as it is looked through here.
public struct PlanSpec: Sendable, Hashable {
    public struct Step: Sendable, Hashable {
        public var id: String
        /// What it does: `read`, `check`, `run`.
        public var action: String
        /// The same in words: `ECM.battery_voltage`.
        public var subject: String
        /// All that is written of it, by key.
        public var properties: [String: String] = [:]

        public init(id: String, action: String, subject: String) {
            self.id = id
            self.action = action
            self.subject = subject
        }
    }

    public var id: String
    /// The file below the folder.
    public var file: String
    public var revision: Int?
    public var steps: [Step] = []
    /// The whole, as it is written, in canonical order.
    public var text = ""

    public init(id: String, file: String) {
        self.id = id
        self.file = file
    }
}
