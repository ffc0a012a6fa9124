import Diagnostics

/// A negative response on its way up to where it becomes one.
struct Refusal: Error, Equatable {
    var code: UInt8

    static let subFunctionNotSupported = Refusal(code: 0x12)
    static let incorrectMessageLength = Refusal(code: 0x13)
    static let responseTooLong = Refusal(code: 0x14)
    static let conditionsNotCorrect = Refusal(code: 0x22)
    static let requestSequenceError = Refusal(code: 0x24)
    static let requestOutOfRange = Refusal(code: 0x31)
    static let securityAccessDenied = Refusal(code: 0x33)
    static let invalidKey = Refusal(code: 0x35)
    static let exceedNumberOfAttempts = Refusal(code: 0x36)
    static let requiredTimeDelayNotExpired = Refusal(code: 0x37)
    static let transferDataSuspended = Refusal(code: 0x71)
    static let wrongBlockSequenceCounter = Refusal(code: 0x73)
}

/// What an ECU says to a request.
struct DiagnosticReply: Equatable {
    /// Nothing if no answer is due.
    var payload: [UInt8]
    /// How long the ECU is at work on it, beside its latency.
    var duration: Int64 = 0
    /// Whether the ECU begins anew behind it.
    var isReset = false
}

/// The server of one ECU: requests in, answers out, after ISO 14229-1's general server response
/// behaviour (8.7, figures 5 and 6), in the order in which that checks a request.
struct DiagnosticServer: Sendable {
    let settings: DiagnosticSettings
    private let numbers: SeededNumbers
    var identifiers: [UInt16: StoredIdentifier]
    var memory: TroubleCodeMemory
    var regions: [MemoryRegion]
    /// What a tester took into its hands (InputOutputControlByIdentifier), with what is there now.
    var controlled: [UInt16: [UInt8]] = [:]
    /// The download or upload that is under way.
    var transfer: MemoryTransfer?
    /// What is sent periodically, in the order in which it was asked for.
    var periodic: [PeriodicIdentifier] = []
    /// Whether a change of the bit rate was agreed on (LinkControl).
    private var isLinkChangeAgreed = false

    private(set) var session: UInt8 = 0x01
    private var sessionEnd = Int64.max
    /// Whether the messages that the ECU sends by itself are switched off (CommunicationControl).
    private var isSilent = false
    /// Routines that were started, by their identifiers.
    private var startedRoutines: Set<UInt16> = []

    private var unlockedLevel: UInt8?
    private var givenSeed: (level: UInt8, seed: UInt32)?
    private var wrongKeys = 0
    private var lockedUntil = Int64.min
    private var seeds: UInt64 = 0

    static let defaultSession: UInt8 = 0x01
    /// LinkControl's fixed rates of CAN: 125, 250, 500 kbit/s and 1 Mbit/s (ISO 14229-1, annex B.3).
    private static let linkRates: ClosedRange<UInt8> = 0x10...0x13

    init(_ settings: DiagnosticSettings, faults: [SimulationFault], numbers: SeededNumbers) {
        self.settings = settings
        self.numbers = numbers
        identifiers = settings.identifiers
        regions = settings.memory
        memory = TroubleCodeMemory(settings.troubleCodes, faults: faults)
    }

    /// Whether the messages that the ECU sends by itself are switched off at `time`.
    func isSilent(at time: Int64) -> Bool { isSilent && time < sessionEnd }

    /// What stands for a service.
    private struct Rule {
        var hasSubFunction = false
        /// Bytes of a request at least and at most.
        var lengths: ClosedRange<Int>
        /// Whether the default session has it not (ISO 14229-1 table 23).
        var needsSession = false
        /// Without the bit that suppresses the answer; empty where the service looks itself.
        var subFunctions: Set<UInt8> = []
    }

    static let longest = 4_095

    private func rule(_ service: UInt8) -> Rule? {
        switch service {
        case 0x10:
            return Rule(hasSubFunction: true, lengths: 2...2, subFunctions: settings.sessions)
        case 0x11: return Rule(hasSubFunction: true, lengths: 2...2, subFunctions: [1, 2, 3])
        case 0x14: return Rule(lengths: 4...4)
        case 0x19:
            return Rule(
                hasSubFunction: true, lengths: 2...6,
                subFunctions: [
                    0x01, 0x02, 0x03, 0x04, 0x06, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x14, 0x15,
                ])
        case 0x22: return Rule(lengths: 3...Self.longest)
        case 0x23 where !regions.isEmpty: return Rule(lengths: 4...Self.longest)
        case 0x27:
            guard let security = settings.security else { return nil }
            return Rule(
                hasSubFunction: true, lengths: 2...Self.longest, needsSession: true,
                subFunctions: security.levels.union(security.levels.map { $0 + 1 }))
        case 0x28:
            return Rule(
                hasSubFunction: true, lengths: 3...3, needsSession: true,
                subFunctions: [0, 1, 2, 3])
        case 0x2A where identifiers.keys.contains(where: { $0 >> 8 == 0xF2 }):
            return Rule(lengths: 2...Self.longest, needsSession: true)
        case 0x2E: return Rule(lengths: 4...Self.longest)
        case 0x2F where identifiers.values.contains(where: { $0.controlling != nil }):
            return Rule(lengths: 4...Self.longest, needsSession: true)
        case 0x31:
            return Rule(
                hasSubFunction: true, lengths: 4...Self.longest, subFunctions: [1, 2, 3])
        case 0x34 where settings.transfer != nil, 0x35 where settings.transfer != nil:
            return Rule(lengths: 5...Self.longest, needsSession: true)
        case 0x36 where settings.transfer != nil:
            return Rule(lengths: 2...Self.longest, needsSession: true)
        case 0x37 where settings.transfer != nil:
            return Rule(lengths: 1...Self.longest, needsSession: true)
        case 0x3D where !regions.isEmpty: return Rule(lengths: 5...Self.longest)
        case 0x3E: return Rule(hasSubFunction: true, lengths: 2...2, subFunctions: [0])
        case 0x85:
            return Rule(
                hasSubFunction: true, lengths: 2...Self.longest, needsSession: true,
                subFunctions: [1, 2])
        case 0x87:
            return Rule(
                hasSubFunction: true, lengths: 2...5, needsSession: true, subFunctions: [1, 2, 3])
        default: return nil
        }
    }

    /// The answer to a request that ended at `time`; `nil` for none. `reading` gives the bytes of an
    /// identifier's value as they are now.
    mutating func reply(
        to request: [UInt8], isFunctional: Bool, at time: Int64,
        reading: (StoredIdentifier.Value) -> [UInt8]
    ) -> DiagnosticReply? {
        advance(to: time)
        guard let service = request.first else { return nil }
        if (0x01...0x0A).contains(service), settings.obd != nil {
            return obdReply(to: request, isFunctional: isFunctional, at: time)
        }
        if session != Self.defaultSession { sessionEnd = time + settings.s3 }
        do throws(Refusal) {
            var reply = try answer(request, at: time, reading)
            if session != Self.defaultSession { sessionEnd = time + reply.duration + settings.s3 }
            // What was told to take longer is answered in any case (8.2.2).
            if suppressesAnswer(request), reply.duration <= settings.p2 { reply.payload = [] }
            return reply.payload.isEmpty && !reply.isReset ? nil : reply
        } catch {
            // 8.7.2: to all at once, what an ECU does not have is no answer of its.
            if isFunctional, [0x11, 0x12, 0x31, 0x7E, 0x7F].contains(error.code) { return nil }
            return DiagnosticReply(payload: [0x7F, service, error.code])
        }
    }

    /// Whether requests of a service are answered by something else than serviceNotSupported (11).
    func hasService(_ service: UInt8) -> Bool {
        rule(service) != nil || settings.obd != nil && Self.hasMode(service)
    }

    private func suppressesAnswer(_ request: [UInt8]) -> Bool {
        rule(request[0])?.hasSubFunction == true && request[1] & 0x80 != 0
    }

    private mutating func answer(
        _ request: [UInt8], at time: Int64, _ reading: (StoredIdentifier.Value) -> [UInt8]
    ) throws(Refusal) -> DiagnosticReply {
        guard let rule = rule(request[0]) else { throw Refusal(code: 0x11) }
        if rule.needsSession, session == Self.defaultSession { throw Refusal(code: 0x7F) }
        var subFunction: UInt8 = 0
        if rule.hasSubFunction {
            guard request.count >= 2 else { throw .incorrectMessageLength }
            subFunction = request[1] & 0x7F
            guard rule.subFunctions.contains(subFunction) else { throw .subFunctionNotSupported }
        }
        guard rule.lengths.contains(request.count) else { throw .incorrectMessageLength }
        let head = [request[0] + 0x40] + (rule.hasSubFunction ? [subFunction] : [])
        switch request[0] {
        case 0x10: return DiagnosticReply(payload: head + begin(session: subFunction, at: time))
        case 0x11:
            return DiagnosticReply(payload: head, isReset: true)
        case 0x14: return DiagnosticReply(payload: head + (try clear(request, at: time)))
        case 0x19: return DiagnosticReply(payload: head + (try report(subFunction, request)))
        case 0x22: return DiagnosticReply(payload: head + (try read(request, reading)))
        case 0x23: return DiagnosticReply(payload: head + (try readMemory(request)))
        case 0x27:
            return DiagnosticReply(payload: head + (try access(subFunction, request, at: time)))
        case 0x28:
            // Bit 0: the messages that ECUs send by themselves.
            if request[2] & 1 != 0 { isSilent = subFunction == 1 || subFunction == 3 }
            return DiagnosticReply(payload: head)
        case 0x2A:
            try schedule(request, at: time, reading)
            return DiagnosticReply(payload: head)
        case 0x2E: return DiagnosticReply(payload: head + (try write(request, reading)))
        case 0x2F: return DiagnosticReply(payload: head + (try take(request, reading)))
        case 0x31: return try control(routine: subFunction, request, head)
        case 0x34: return DiagnosticReply(payload: head + (try beginTransfer(request, .download)))
        case 0x35: return DiagnosticReply(payload: head + (try beginTransfer(request, .upload)))
        case 0x36: return DiagnosticReply(payload: head + (try transferBlock(request)))
        case 0x37:
            try endTransfer(request)
            return DiagnosticReply(payload: head)
        case 0x3D: return DiagnosticReply(payload: head + (try writeMemory(request)))
        case 0x85:
            memory.isOn = subFunction == 1
            return DiagnosticReply(payload: head)
        case 0x87:
            try changeLink(subFunction, request)
            return DiagnosticReply(payload: head)
        default: return DiagnosticReply(payload: head)
        }
    }

    // MARK: Sessions

    private mutating func begin(session number: UInt8, at time: Int64) -> [UInt8] {
        enter(number, at: time)
        let p2 = UInt16(clamping: settings.p2 / 1_000_000)
        let p2Star = UInt16(clamping: settings.p2Star / 10_000_000)
        return p2.bytes + p2Star.bytes
    }

    /// 9.2.1: a session that begins locks again; the default one ends what others allowed.
    private mutating func enter(_ number: UInt8, at time: Int64) {
        session = number
        unlockedLevel = nil
        givenSeed = nil
        transfer = nil
        sessionEnd = number == Self.defaultSession ? .max : time + settings.s3
        guard number == Self.defaultSession else { return }
        isSilent = false
        memory.isOn = true
        startedRoutines = []
        controlled = [:]
        periodic = []
        isLinkChangeAgreed = false
    }

    /// What happened until `time` without a request.
    mutating func advance(to time: Int64) {
        if time >= sessionEnd { enter(Self.defaultSession, at: time) }
        memory.advance(to: time)
    }

    /// The ECU begins anew.
    mutating func reset(at time: Int64) {
        enter(Self.defaultSession, at: time)
        memory.beginCycle()
    }

    func check(_ access: AccessCondition) throws(Refusal) {
        if let sessions = access.sessions, !sessions.contains(session) { throw .requestOutOfRange }
        if let level = access.level, unlockedLevel != level { throw .securityAccessDenied }
    }

    // MARK: Access

    private mutating func access(
        _ subFunction: UInt8, _ request: [UInt8], at time: Int64
    ) throws(Refusal) -> [UInt8] {
        guard let security = settings.security else { throw .subFunctionNotSupported }
        if subFunction % 2 == 1 {
            guard time >= lockedUntil else { throw .requiredTimeDelayNotExpired }
            if unlockedLevel == subFunction { return [0, 0, 0, 0] }
            seeds += 1
            // No seed is 0: that says that there is access already.
            let seed = UInt32(truncatingIfNeeded: numbers[seeds]) | 1
            givenSeed = (subFunction, seed)
            return seed.bytes
        }
        guard request.count == 6 else { throw .incorrectMessageLength }
        guard let given = givenSeed, given.level == subFunction - 1 else {
            throw .requestSequenceError
        }
        givenSeed = nil
        let key = request[2...].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard key == security.key(for: given.seed) else {
            wrongKeys += 1
            guard wrongKeys >= security.attempts else { throw .invalidKey }
            wrongKeys = 0
            lockedUntil = time + security.delay
            throw .exceedNumberOfAttempts
        }
        wrongKeys = 0
        unlockedLevel = given.level
        return []
    }

    // MARK: Routines, link, trouble codes

    private mutating func control(
        routine subFunction: UInt8, _ request: [UInt8], _ head: [UInt8]
    ) throws(Refusal) -> DiagnosticReply {
        let number = UInt16(request[2]) << 8 | UInt16(request[3])
        guard let routine = settings.routines[number] else { throw .requestOutOfRange }
        try check(routine.access)
        if subFunction == 1 {
            startedRoutines.insert(number)
        } else if !startedRoutines.contains(number) {
            throw .requestSequenceError
        }
        return DiagnosticReply(
            payload: head + number.bytes + routine.result,
            duration: subFunction == 1 ? routine.duration : 0)
    }

    /// LinkControl (87): what is agreed on, by a number of a bit rate or by the rate itself, is changed by
    /// a request of its own. No rate changes on the bus.
    private mutating func changeLink(
        _ subFunction: UInt8, _ request: [UInt8]
    ) throws(Refusal) {
        switch subFunction {
        case 0x01:
            guard request.count == 3 else { throw .incorrectMessageLength }
            guard Self.linkRates.contains(request[2]) else { throw .requestOutOfRange }
            isLinkChangeAgreed = true
        case 0x02:
            guard request.count == 5 else { throw .incorrectMessageLength }
            isLinkChangeAgreed = true
        default:
            guard request.count == 2 else { throw .incorrectMessageLength }
            guard isLinkChangeAgreed else { throw .requestSequenceError }
            isLinkChangeAgreed = false
        }
    }

    private mutating func clear(_ request: [UInt8], at time: Int64) throws(Refusal) -> [UInt8] {
        let group = request[1...3].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard memory.clear(group, at: time) else { throw .requestOutOfRange }
        return []
    }
}

extension FixedWidthInteger {
    /// The highest byte first.
    var bytes: [UInt8] {
        (0..<Self.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) }
    }
}
