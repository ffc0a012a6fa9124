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

    private func wantsUnit(_ exchange: Exchange) -> Bool {
        guard !units.isEmpty else { return true }
        let addressee = ControlUnitName(addresseeOf: exchange)?.text
        if let addressee, units.contains(addressee) { return true }
        if let request = exchange.request, units.contains(request.address.description) {
            return true
        }
        return exchange.responses.contains { response in
            units.contains(ControlUnitName(response, in: exchange).text)
                || units.contains(response.address.description)
        }
    }
}

/// The filter as options.
struct ConversationFilterOptions: ParsableArguments {
    @Option(
        help: .init(
            "Only exchanges with this control unit: its identifier as 7E8, or its address as EE; "
                + "may be repeated.", valueName: "ecu"))
    var ecu: [String] = []

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
            units: Set(ecu.map { $0.uppercased() }), services: Set(service.flatMap(\.services)),
            outcomes: Set(outcome.flatMap(\.outcomes)))
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
