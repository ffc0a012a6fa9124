import ArgumentParser
import CANFrame
import CANTransport
import Diagnostics

/// Which exchanges are shown and summed up.
struct ConversationFilter: Sendable {
    /// Names or addresses of control units, in upper case; all if there are none.
    var units: Set<String> = []
    var services: Set<UInt8> = []
    var outcomes: Set<Exchange.Outcome> = []

    func wants(_ exchange: Exchange) -> Bool {
        (outcomes.isEmpty || outcomes.contains(exchange.outcome)) && wantsService(exchange)
            && wantsUnit(exchange)
    }

    private func wantsService(_ exchange: Exchange) -> Bool {
        guard !services.isEmpty else { return true }
        guard exchange.family == .service else { return false }
        if let service = exchange.request?.service { return services.contains(service) }
        return exchange.responses.contains { response in
            guard let payload = response.message?.payload, let first = payload.first else {
                return false
            }
            return services.contains(
                first == 0x7F && payload.count > 1 ? payload[1] : first & ~0x40)
        }
    }

    /// Whether all is wanted.
    var isEmpty: Bool { units.isEmpty && services.isEmpty && outcomes.isEmpty }

    private func wantsUnit(_ exchange: Exchange) -> Bool {
        units.isEmpty || !chosenUnits(of: exchange).isEmpty
    }

    /// The control units of an exchange that are asked for: those named, or, where the address of its
    /// request is named, all that were asked there.
    func chosenUnits(of exchange: Exchange) -> [ControlUnitName] {
        let isAsked = units.isEmpty || exchange.request.map { isNamed($0.address) } ?? false
        var chosen = exchange.responses.compactMap { response in
            let name = ControlUnitName(response, in: exchange)
            return isAsked || units.contains(name.text) || isNamed(response.address) ? name : nil
        }
        if let addressee = ControlUnitName(addresseeOf: exchange),
            isAsked || units.contains(addressee.text)
        {
            chosen.append(addressee)
        }
        return chosen
    }

    /// The words of ``units`` that an exchange has to do with.
    func namedUnits(in exchange: Exchange) -> Set<String> {
        var words = Set(exchange.responses.map { ControlUnitName($0, in: exchange).text })
        words.formUnion(exchange.responses.map(\.address.description))
        if let addressee = ControlUnitName(addresseeOf: exchange)?.text { words.insert(addressee) }
        if let request = exchange.request { words.insert(request.address.description) }
        return units.intersection(words)
    }

    private func isNamed(_ address: ISOTPAddress) -> Bool { units.contains(address.description) }
}

/// The filter as options.
struct ConversationFilterOptions: ParsableArguments {
    @Option(
        help: .init(
            "Only exchanges with this control unit: its identifier as 7E8, or its address as EE; "
                + "may be repeated.", valueName: "ecu"), transform: UnitArgument.parse)
    var ecu: [UnitArgument] = []

    @Option(
        help: .init(
            "Only exchanges of these services: 22, 19, or names as ReadDataByIdentifier.",
            valueName: "services"), transform: ServiceArgument.parse)
    var service: [ServiceArgument] = []

    @Option(
        help: .init("Only exchanges that ended so, several with commas.", valueName: "outcomes"),
        transform: OutcomeArgument.parse)
    var outcome: [OutcomeArgument] = []

    var filter: ConversationFilter {
        ConversationFilter(
            units: Set(ecu.map(\.text)), services: Set(service.flatMap(\.services)),
            outcomes: Set(outcome.flatMap(\.outcomes)))
    }
}

/// A control unit by its identifier or address.
struct UnitArgument: ExpressibleByArgument {
    /// As a report writes it.
    var text: String

    static let parse = wanted(
        "an identifier as 7E8 or 18DAF110, with its address byte as 612/F1, or an address as EE")

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
        guard [2, 3, 8].contains(parts[0].utf8.count), parts.count <= 2,
            parts.count == 1 || parts[1].utf8.count == 2 && parts[0].utf8.count > 2,
            parts.allSatisfy({ $0.utf8.allSatisfy { Character(UnicodeScalar($0)).isHexDigit } })
        else { return nil }
        text = argument.uppercased()
    }
}

/// Services by number or name.
struct ServiceArgument: ExpressibleByArgument {
    var services: [UInt8] = []

    static let parse = wanted(
        "two hexadecimal digits as 22, or a service's name as ReadDataByIdentifier, with commas between them"
    )

    init?(argument: String) {
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            if part.utf8.count == 2, part.allSatisfy(\.isHexDigit),
                let service = UInt8(part, radix: 16)
            {
                services.append(service)
            } else {
                // Two services have one name in OBD-II and in UDS.
                let named = DiagnosticService.named.filter {
                    $0.name.lowercased() == part.lowercased()
                }
                guard !named.isEmpty else { return nil }
                services += named.map(\.rawValue)
            }
        }
    }
}

/// Outcomes by name.
struct OutcomeArgument: ExpressibleByArgument {
    var outcomes: [Exchange.Outcome] = []

    static let all = Exchange.Outcome.allCases.map(\.rawValue).joined(separator: ", ")
    static let parse = wanted("of " + all)

    init?(argument: String) {
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let outcome = Exchange.Outcome(rawValue: part.lowercased()) else { return nil }
            outcomes.append(outcome)
        }
    }
}
