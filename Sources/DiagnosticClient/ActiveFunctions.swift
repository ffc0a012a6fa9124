/// What a control unit does only because this tester asked for it: inputs and outputs it gave control
/// of away (InputOutputControlByIdentifier), routines that were started (RoutineControl).
///
/// Without an answer it is taken to go on: to end what never began does no harm.
struct ActiveFunctions {
    /// Data identifiers and routine identifiers, in the order in which they were asked for.
    private var controls: [UInt16] = []
    private var routines: [UInt16] = []
    /// Whether another session may have begun without a word of it.
    private var isSessionUnsure = false

    /// Takes note of an exchange that has ended and of which something was sent.
    mutating func note(_ exchange: DiagnosticExchange) {
        guard !isWithoutEffect(exchange), exchange.request.count > 1 else { return }
        switch exchange.request[0] {
        case 0x10: noteSession(exchange)
        case 0x11 where exchange.isPositive: self = ActiveFunctions()
        case 0x2F where exchange.request.count > 3:
            // ISO 14229-1 Table E.1: 00 is returnControlToECU.
            Self.note(
                exchange, begins: exchange.request[3] != 0,
                Self.identifier(exchange.request, at: 1), in: &controls)
        case 0x31 where exchange.request.count > 3:
            let kind = exchange.request[1] & 0x7F
            // 1 starts, 2 stops, 3 asks for the result.
            guard kind == 1 || kind == 2 else { return }
            Self.note(
                exchange, begins: kind == 1, Self.identifier(exchange.request, at: 2), in: &routines
            )
        default: break
        }
    }

    /// The requests that end it, in this order: control is returned, the last first, then routines are
    /// stopped where `stopsRoutines`, then the default session begins, which ends whatever is left
    /// (ISO 14229-1 10.2). Nothing for a control unit that owes nothing and is in `session` 1.
    func endings(
        session: UInt8, stopsRoutines: Bool
    ) -> [(request: [UInt8], purpose: DiagnosticExchange.Purpose)] {
        var endings: [(request: [UInt8], purpose: DiagnosticExchange.Purpose)] = []
        for number in controls.reversed() {
            endings.append(([0x2F] + Self.bytes(number) + [0], .returningControl))
        }
        for number in stopsRoutines ? routines.reversed() : [] {
            endings.append(([0x31, 2] + Self.bytes(number), .stoppingRoutine))
        }
        if !endings.isEmpty || session != 1 || isSessionUnsure {
            endings.append(([0x10, 1], .restoringSession))
        }
        return endings
    }

    /// Whether it was refused; or asked of all, and this one may not be there at all.
    private func isWithoutEffect(_ exchange: DiagnosticExchange) -> Bool {
        if case .negative = exchange.outcome { return true }
        return exchange.isFunctional && exchange.outcome == .noAnswer && exchange.pendings == 0
    }

    private mutating func noteSession(_ exchange: DiagnosticExchange) {
        if !exchange.isPositive {
            isSessionUnsure = true
        } else if exchange.request[1] & 0x7F == 1 {
            self = ActiveFunctions()
        } else {
            isSessionUnsure = false
        }
    }

    private static func note(
        _ exchange: DiagnosticExchange, begins: Bool, _ number: UInt16, in active: inout [UInt16]
    ) {
        if begins {
            if !active.contains(number) { active.append(number) }
        } else if exchange.isPositive {
            active.removeAll { $0 == number }
        }
    }

    private static func identifier(_ request: [UInt8], at place: Int) -> UInt16 {
        UInt16(request[place]) << 8 | UInt16(request[place + 1])
    }

    private static func bytes(_ number: UInt16) -> [UInt8] {
        [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
    }
}
