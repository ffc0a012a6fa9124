import CANFrame
import Diagnostics
import VehicleSpec

/// The trouble codes of all control units, by the roles that have them.
struct TroubleCodeWatch: Sendable {
    private(set) var book = TroubleCodeBook()
    /// The slot of each control unit that the book knows by name.
    private var slots: [ControlUnitName: Int] = [:]
    /// How many steps of each code were told.
    private var told: [ControlUnitName: [String: Int]] = [:]

    /// Takes a final answer, in the order in which they came.
    mutating func take(_ answer: DecodedExchange) { book.take(answer) }

    /// What is new of the control units that answered in an exchange, from `slots`, `nil` of strangers.
    mutating func steps(
        of exchange: Exchange, from slots: [Int?], roles: [String]
    ) -> [TroubleCodeStep] {
        var steps: [TroubleCodeStep] = []
        for (response, slot) in zip(exchange.responses, slots) {
            let name = ControlUnitName(response, in: exchange)
            if let slot { self.slots[name] = slot }
            guard let unit = book.units.first(where: { $0.name == name }) else { continue }
            for entry in unit.entries {
                let count = entry.transitions.count
                let before = told[name]?[entry.code] ?? 0
                guard count > before else { continue }
                told[name, default: [:]][entry.code] = count
                for transition in entry.transitions[before...] {
                    steps.append(
                        TroubleCodeStep(
                            role: slot.map { roles[$0] }, unit: name.text, code: entry.code,
                            transition: transition))
                }
            }
        }
        return steps
    }

    /// Whether a control unit has said of a code that it is there, the failure type aside unless it
    /// is given.
    func hasCode(_ code: TroubleCode, slot: Int) -> Bool {
        book.units.contains { unit in
            slots[unit.name] == slot
                && unit.entries.contains { entry in
                    guard !entry.condition.isEmpty, let known = TroubleCode(entry.code) else {
                        return false
                    }
                    return known.number == code.number
                        && (code.failureType == nil || known.failureType == code.failureType)
                }
        }
    }

    /// All codes with what the specs say of them, in the order of the book.
    func reports(of units: [ControlUnitWatch]) -> [TroubleCodeReport] {
        var reports: [TroubleCodeReport] = []
        for unit in book.units {
            let slot = slots[unit.name]
            for entry in unit.entries {
                let spec = slot.flatMap { Self.spec(of: entry.code, units[$0]) }
                reports.append(
                    TroubleCodeReport(
                        role: slot.map { units[$0].slot.role }, unit: unit.name.text,
                        code: entry.code, text: spec?.text,
                        severity: spec?.severity ?? DiagnosisCheck.troubleCode.severity,
                        expectation: spec?.endOfLine?.rawValue,
                        isSafety: spec?.isSafetyRelevant ?? false, condition: entry.condition,
                        status: entry.status, transitions: entry.transitions,
                        fails: Self.fails(entry, spec)))
            }
        }
        return reports
    }

    /// By the spec that it was identified as, else by one that all that may be there agree on.
    private static func spec(of code: String, _ unit: ControlUnitWatch) -> TroubleCodeSpec? {
        guard let code = TroubleCode(code) else { return nil }
        if let spec = unit.spec { return spec.troubleCode(code) }
        let all = Set(unit.slot.alternatives.map { $0.troubleCode(code) })
        return all.count == 1 ? all.first ?? nil : nil
    }

    /// Active, pending or confirmed (ISO 14229-1 annex D.2: the mask 0D), and not to be expected.
    private static func fails(_ entry: TroubleCodeBook.Entry, _ spec: TroubleCodeSpec?) -> Bool {
        let condition = entry.condition
        guard
            condition.contains(.active) || condition.contains(.pending)
                || condition.contains(.confirmed) || condition.contains(.permanent)
        else { return false }
        return spec.map { $0.endOfLine == nil && $0.severity.fails } ?? true
    }
}
