public import CANFrame
import CANTransport

/// The trouble codes of each control unit and their lives: when they were first reported, became
/// confirmed, were cleared and by whom, as far as exchanges told.
///
/// It knows what was said and not what is stored: a code that nobody asks for stays as it was. It is
/// of the control unit's own memory: what mirrors it, or a memory of the maker's, is left out.
public struct TroubleCodeBook: Sendable {
    /// What a control unit says of a code.
    public struct Condition: OptionSet, Sendable, Hashable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The latest test failed; of J1939: the code is active.
        public static let active = Condition(rawValue: 0x01)
        public static let pending = Condition(rawValue: 0x02)
        /// Confirmed, that is stored.
        public static let confirmed = Condition(rawValue: 0x04)
        public static let permanent = Condition(rawValue: 0x08)
        /// It was active before (J1939 DM2).
        public static let previouslyActive = Condition(rawValue: 0x10)
        /// The control unit asks for its warning lamp.
        public static let warning = Condition(rawValue: 0x20)

        static let names = [
            "active", "pending", "confirmed", "permanent", "previously active", "warning lamp",
        ]

        init(_ status: TroubleCodeStatus) {
            self = []
            if status.contains(.testFailed) { insert(.active) }
            if status.contains(.pending) { insert(.pending) }
            if status.contains(.confirmed) { insert(.confirmed) }
            if status.contains(.warningIndicatorRequested) { insert(.warning) }
        }
    }

    /// One step in the life of a code.
    public struct Transition: Sendable, Hashable {
        public enum Kind: Sendable, Hashable {
            /// It is reported like this from now on.
            case reported(Condition)
            /// It is no longer in a report that would have it.
            case goneFromReport
            /// The control unit agreed to clear it.
            case cleared
        }

        public var kind: Kind
        /// Bus time in nanoseconds, and the stamp, of the answer that shows it.
        public var time: Int64
        public var timestamp: Timestamp
        /// Who asked; `nil` where nobody did.
        public var tester: String?
        /// The numbers of the frames that show it.
        public var evidence: ClosedRange<UInt64>
    }

    /// A code of one control unit.
    public struct Entry: Sendable, Hashable {
        /// `P0118-17`, `SPN 110 FMI 3`.
        public var code: String
        /// What was said last; once it is cleared, what clearing leaves (permanent, or of J1939 what
        /// was active before); empty once it is gone.
        public var condition: Condition
        /// The status byte of UDS as it was said last.
        public var status: TroubleCodeStatus?
        /// Its life; the first step is the first report.
        public var transitions: [Transition]
        /// Steps that were not kept.
        public var forgottenTransitions = 0
        /// The three bytes of UDS, for a clearing that names one code.
        var number: UInt32?

        /// The latest step, also where it was not kept.
        public var lastKind: Transition.Kind
        public var isCleared: Bool { lastKind == .cleared }
    }

    /// A control unit with its codes, in the order in which they were first reported.
    public struct Unit: Sendable {
        public let name: ControlUnitName
        public internal(set) var entries: [Entry] = []
        var places: [String: Int] = [:]
    }

    /// In the order in which they first reported a code.
    public private(set) var units: [Unit] = []
    /// Codes that were too many to be held.
    public private(set) var refusedCodes: UInt64 = 0
    private var places: [ControlUnitName: Int] = [:]
    private var codes = 0

    static let maximumCodes = 65_536
    static let maximumTransitions = 256

    public init() {}

    /// Whether it takes an answer: one that came whole and does not refuse, of a service or a diagnostic
    /// message that lists codes or clears them.
    static func wants(_ response: ExchangeResponse, of exchange: Exchange) -> Bool {
        guard let message = response.message, response.negativeCode == nil else { return false }
        return switch exchange.family {
        case .service: [0x43, 0x44, 0x47, 0x4A, 0x54, 0x59].contains(message.service)
        case .j1939: true
        }
    }

    /// Takes what an exchange says of trouble codes; ``ConversationTracker/takeCodeAnswers()`` gives
    /// the answers in the order in which they came.
    public mutating func take(_ decoded: DecodedExchange) {
        let exchange = decoded.exchange
        for (response, answer) in zip(exchange.responses, decoded.answers) {
            guard let message = response.message, response.negativeCode == nil else { continue }
            let step = Step(exchange, message, ControlUnitName(response, in: exchange))
            switch answer {
            case .message(let answer): take(answer, decoded.request, step)
            case .j1939(let diagnostic): take(diagnostic, step)
            case .none: takeAcknowledgment(exchange.family, step)
            }
        }
    }

    /// What all that one answer says has in common.
    private struct Step {
        var time: Int64
        var timestamp: Timestamp
        var tester: String?
        var evidence: ClosedRange<UInt64>
        var unit: ControlUnitName

        init(_ exchange: Exchange, _ message: ExchangeMessage, _ unit: ControlUnitName) {
            (time, timestamp) = (message.firstTime, message.timestamp)
            tester = exchange.request.map { request in
                exchange.family == .service
                    ? request.address.description : request.address.j1939Source.hexadecimal
            }
            let first = min(exchange.request?.firstFrame ?? message.firstFrame, message.firstFrame)
            evidence = first...max(first, message.lastFrame)
            self.unit = unit
        }

        func transition(_ kind: Transition.Kind) -> Transition {
            Transition(
                kind: kind, time: time, timestamp: timestamp, tester: tester, evidence: evidence)
        }
    }

    // MARK: UDS and OBD-II

    private mutating func take(
        _ answer: DiagnosticMessage, _ request: DiagnosticMessage?, _ step: Step
    ) {
        switch answer.service.rawValue {
        case 0x03: takeList(answer, as: .confirmed, step)
        case 0x07: takeList(answer, as: .pending, step)
        case 0x0A: takeList(answer, as: .permanent, step)
        case 0x04: clear(Self.clearable, step) { _ in true }
        case 0x14:
            // A fourth byte names a memory of the maker's: not the one whose codes are here.
            guard let request, request.payload.count == 4 else { return }
            let group = CodeGroup(request.payload[1...3].reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
            clear(Self.clearable, step) { group.holds($0) }
        case 0x19: takeReport(answer, request, step)
        default: break
        }
    }

    /// Reports of the mirror memory (0F to 11) and of memories of the maker's (17 to 19), ISO 14229-1
    /// 12.3: their codes are not those that the others report and that a clearing of all takes away.
    private static let otherMemories: Set<UInt8> = [0x0F, 0x10, 0x11, 0x17, 0x18, 0x19]

    /// A report of service 19; what it does not list, but would, is gone.
    private mutating func takeReport(
        _ answer: DiagnosticMessage, _ request: DiagnosticMessage?, _ step: Step
    ) {
        guard answer.subFunction.map(Self.otherMemories.contains) != true else { return }
        var listed: Set<String> = []
        for code in answer.troubleCodes {
            guard let status = code.status else { continue }
            listed.insert(code.text)
            report(
                code.text, Condition(status), status, number: code.code.threeBytes, step)
        }
        // Report 02 lists all codes with a bit of the mask; ISO 14229-1 12.3.
        guard answer.subFunction == 0x02, answer.remarks.isEmpty,
            let mask = request?.payload.dropFirst(2).first
        else { return }
        drop(step) { entry in
            !listed.contains(entry.code) && (entry.status?.rawValue ?? 0) & mask != 0
        }
    }

    /// A list of OBD-II, which is complete.
    private mutating func takeList(
        _ answer: DiagnosticMessage, as condition: Condition, _ step: Step
    ) {
        let listed = Set(answer.troubleCodes.map(\.text))
        for code in listed.sorted() { merge(code, condition, step) }
        guard answer.remarks.isEmpty else { return }
        withdraw(condition, except: listed, step)
    }

    // MARK: J1939

    private mutating func take(_ diagnostic: J1939Diagnostic, _ step: Step) {
        let condition: Condition
        switch diagnostic.kind {
        case .dm1, .dm12: condition = .active
        case .dm2, .dm23: condition = .previouslyActive
        case .dm6: condition = .pending
        case .dm3, .dm5, .dm11: return
        }
        let listed = Set(diagnostic.codes.map(\.description))
        for code in listed.sorted() { merge(code, condition, step) }
        // DM12 and DM23 list only those of emissions.
        if [.dm1, .dm2, .dm6].contains(diagnostic.kind) {
            withdraw(condition, except: listed, step)
        }
    }

    /// J1939-73 5.7.3 and 5.7.11: DM3 clears what was active before, DM11 what is active.
    private mutating func takeAcknowledgment(_ family: Exchange.Family, _ step: Step) {
        guard case .j1939(let group) = family else { return }
        switch J1939Diagnostic.Kind(group: group) {
        case .dm3: clear(.previouslyActive, step) { _ in true }
        case .dm11: clear([.active, .pending, .warning], step) { _ in true }
        default: break
        }
    }

    // MARK: Entries

    /// Adds one thing that is said of a code to what was.
    private mutating func merge(_ code: String, _ condition: Condition, _ step: Step) {
        let known = entry(code, of: step.unit)
        report(code, (known?.condition ?? []).union(condition), known?.status, number: nil, step)
    }

    /// Takes one thing back from all codes that are not listed.
    private mutating func withdraw(
        _ condition: Condition, except listed: Set<String>, _ step: Step
    ) {
        guard let unit = places[step.unit] else { return }
        for index in units[unit].entries.indices {
            let entry = units[unit].entries[index]
            guard !listed.contains(entry.code), entry.condition.contains(condition) else {
                continue
            }
            let rest = entry.condition.subtracting(condition)
            note(rest.isEmpty ? .goneFromReport : .reported(rest), rest, unit, index, step)
        }
    }

    private mutating func drop(_ step: Step, where isGone: (Entry) -> Bool) {
        change(step, to: .goneFromReport, where: isGone)
    }

    /// What a tester can clear: a permanent code the control unit takes back itself (SAE J1979, 0A).
    private static let clearable = Condition(rawValue: .max).subtracting(.permanent)

    /// Takes `condition` back from the codes that are meant; what remains of one stands on.
    private mutating func clear(
        _ condition: Condition, _ step: Step, where isMeant: (Entry) -> Bool
    ) {
        change(step, to: .cleared, taking: condition) {
            isMeant($0) && !$0.condition.isDisjoint(with: condition)
        }
    }

    private mutating func change(
        _ step: Step, to kind: Transition.Kind, taking condition: Condition = .init(rawValue: .max),
        where isMeant: (Entry) -> Bool
    ) {
        guard let unit = places[step.unit] else { return }
        for index in units[unit].entries.indices where isMeant(units[unit].entries[index]) {
            units[unit].entries[index].status = nil
            let rest = units[unit].entries[index].condition.subtracting(condition)
            note(kind, rest, unit, index, step)
        }
    }

    private func entry(_ code: String, of unit: ControlUnitName) -> Entry? {
        guard let unit = places[unit], let index = units[unit].places[code] else { return nil }
        return units[unit].entries[index]
    }

    private mutating func report(
        _ code: String, _ condition: Condition, _ status: TroubleCodeStatus?, number: UInt32?,
        _ step: Step
    ) {
        if let unit = places[step.unit], let index = units[unit].places[code] {
            let known = units[unit].entries[index]
            units[unit].entries[index].status = status
            guard known.condition != condition else { return }
            note(
                condition.isEmpty ? .goneFromReport : .reported(condition), condition, unit, index,
                step)
            return
        }
        // A code that never failed is one of those that the control unit could report.
        guard !condition.isEmpty else { return }
        guard codes < Self.maximumCodes else { return refusedCodes += 1 }
        codes += 1
        let unit = place(of: step.unit)
        units[unit].places[code] = units[unit].entries.count
        units[unit].entries.append(
            Entry(
                code: code, condition: condition, status: status,
                transitions: [step.transition(.reported(condition))], number: number,
                lastKind: .reported(condition)))
    }

    private mutating func place(of name: ControlUnitName) -> Int {
        if let place = places[name] { return place }
        places[name] = units.count
        units.append(Unit(name: name))
        return units.count - 1
    }

    private mutating func note(
        _ kind: Transition.Kind, _ condition: Condition, _ unit: Int, _ index: Int, _ step: Step
    ) {
        units[unit].entries[index].condition = condition
        units[unit].entries[index].lastKind = kind
        guard units[unit].entries[index].transitions.count < Self.maximumTransitions else {
            units[unit].entries[index].forgottenTransitions += 1
            return
        }
        units[unit].entries[index].transitions.append(step.transition(kind))
    }
}

extension TroubleCodeBook.Condition: CustomStringConvertible {
    /// `pending confirmed`
    public var description: String {
        let words = Self.names.indices.compactMap {
            rawValue >> UInt8($0) & 1 == 1 ? Self.names[$0] : nil
        }
        return words.isEmpty ? "none" : words.joined(separator: ", ")
    }
}

/// What a request for clearing names (ISO 14229-1, annex D.1): all codes, a group of them, or one.
private struct CodeGroup {
    private let number: UInt32

    init(_ number: UInt32) { self.number = number }

    /// Whether a code is in the group, as far as that can be seen. Which codes of UDS concern emissions
    /// (FFFF33) or safety (FFFFD0) the control unit alone knows: those are left until it reports again.
    func holds(_ entry: TroubleCodeBook.Entry) -> Bool {
        switch number {
        case 0xFF_FFFF: true
        // OBD-II lists codes of emissions and no others.
        case 0xFF_FF33: entry.number == nil
        // Powertrain, chassis, body, network: the two highest bits of their codes.
        case 0x00_0000, 0x40_0000, 0x80_0000, 0xC0_0000:
            (entry.number ?? TroubleCode(entry.code)?.threeBytes).map {
                $0 & 0xC0_0000 == number
            } ?? false
        default: entry.number == number
        }
    }
}
