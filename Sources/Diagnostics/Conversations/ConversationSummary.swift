/// What all exchanges together say of each control unit.
public struct ConversationSummary: Sendable {
    /// One control unit.
    public struct Unit: Sendable {
        public let name: ControlUnitName
        /// Exchanges in which it answered, or was asked alone.
        public internal(set) var exchanges: UInt64 = 0
        public internal(set) var positive: UInt64 = 0
        public internal(set) var negative: UInt64 = 0
        /// It was asked alone, and did not answer.
        public internal(set) var unanswered: UInt64 = 0
        /// It asked for more time, and then did not answer.
        public internal(set) var unfinished: UInt64 = 0
        /// Its answer broke off.
        public internal(set) var broken: UInt64 = 0
        /// It was asked alone for no positive answer, and gave none.
        public internal(set) var suppressed: UInt64 = 0
        /// It answered when its request had been given up.
        public internal(set) var belated: UInt64 = 0
        /// Messages that nobody was seen to ask for.
        public internal(set) var unrequested: UInt64 = 0
        /// Data that it was asked to send again and again, or on events, and messages to all.
        public internal(set) var periodic: UInt64 = 0
        public internal(set) var events: UInt64 = 0
        public internal(set) var broadcasts: UInt64 = 0
        /// How often which code refused a request.
        public internal(set) var negativeCodes: [UInt8: UInt64] = [:]
        /// The same of the control bytes of J1939's acknowledgments.
        public internal(set) var acknowledgments: [J1939Acknowledgment: UInt64] = [:]
        /// How often it asked for more time.
        public internal(set) var pending: UInt64 = 0
        /// Answers that came later than they may.
        public internal(set) var late: UInt64 = 0
        /// The longest P2 and P2* with their limits.
        public internal(set) var slowestP2: MeasuredTime?
        public internal(set) var slowestP2Star: MeasuredTime?

        init(_ name: ControlUnitName) { self.name = name }
    }

    public private(set) var exchanges: UInt64 = 0
    /// How many exchanges ended how.
    public private(set) var outcomes: [Exchange.Outcome: UInt64] = [:]
    /// In the order of their first exchanges.
    public private(set) var units: [Unit] = []
    private var places: [ControlUnitName: Int] = [:]

    public init() {}

    public mutating func add(_ exchange: Exchange) {
        exchanges += 1
        outcomes[exchange.outcome, default: 0] += 1
        let addressee = ControlUnitName(addresseeOf: exchange)
        for response in exchange.responses { add(response, of: exchange) }
        guard let addressee, exchange.responses.isEmpty else { return }
        let place = place(of: addressee)
        units[place].exchanges += 1
        if exchange.outcome == .suppressed {
            units[place].suppressed += 1
        } else {
            units[place].unanswered += 1
        }
    }

    private mutating func add(_ response: ExchangeResponse, of exchange: Exchange) {
        let place = place(of: ControlUnitName(response, in: exchange))
        units[place].exchanges += 1
        units[place].pending += UInt64(response.pendingCount)
        if response.isLate { units[place].late += 1 }
        if let time = response.p2 {
            units[place].slowestP2 = Self.longer(units[place].slowestP2, time)
        }
        if let time = response.p2Star {
            units[place].slowestP2Star = Self.longer(units[place].slowestP2Star, time)
        }
        switch exchange.outcome {
        case .periodic: units[place].periodic += 1
        case .event: units[place].events += 1
        case .broadcast: units[place].broadcasts += 1
        case .belated: units[place].belated += 1
        case .unrequested: units[place].unrequested += 1
        case _ where response.failure != nil: units[place].broken += 1
        case _ where response.message == nil: units[place].unfinished += 1
        default: addFinal(response, of: exchange, place)
        }
    }

    private mutating func addFinal(
        _ response: ExchangeResponse, of exchange: Exchange, _ place: Int
    ) {
        guard let code = response.negativeCode else { return units[place].positive += 1 }
        units[place].negative += 1
        if exchange.family == .service {
            units[place].negativeCodes[code, default: 0] += 1
        } else {
            units[place].acknowledgments[J1939Acknowledgment(rawValue: code), default: 0] += 1
        }
    }

    private static func longer(_ first: MeasuredTime?, _ second: MeasuredTime) -> MeasuredTime {
        guard let first else { return second }
        return second.time > first.time ? second : first
    }

    /// Keeps only what is said of these.
    public mutating func keepUnits(_ names: Set<ControlUnitName>) {
        units.removeAll { !names.contains($0.name) }
        places = Dictionary(uniqueKeysWithValues: units.enumerated().map { ($1.name, $0) })
    }

    private mutating func place(of name: ControlUnitName) -> Int {
        if let place = places[name] { return place }
        places[name] = units.count
        units.append(Unit(name))
        return units.count - 1
    }
}
