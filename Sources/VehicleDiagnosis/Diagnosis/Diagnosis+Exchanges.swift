import CANFrame
import CANTransport
import Diagnostics
import VehicleSpec

extension Diagnosis {
    /// An exchange waits for its control unit to be identified, at most so many and so long; then
    /// it is decoded by what all that may be there have alike, and says so.
    static var maximumWaiting: Int { 4_096 }
    static var longestWaiting: Int64 { 30_000_000_000 }

    /// Takes the exchanges that have ended.
    mutating func takeExchanges() {
        for answer in tracker.takeCodeAnswers() { troubleCodes.take(DecodedExchange(answer)) }
        for exchange in tracker.takeExchanges() { take(exchange) }
        releaseExchanges()
    }

    private mutating func take(_ exchange: Exchange) {
        summary.add(exchange)
        let bus = buses[Int(exchange.channel)]
        let isService = exchange.family == .service
        let slots = exchange.responses.map { response in
            bus.flatMap { isService ? inventory.unit(at: response.address, on: $0) : nil }
        }
        if let bus, isService {
            let news = inventory.note(exchange, on: bus)
            for slot in news.settled { settle(slot, by: exchange) }
            if let foreign = news.foreign { find(foreign) }
            judgeTiming(exchange, slots, bus)
        }
        let steps = troubleCodes.steps(
            of: exchange, from: slots, roles: inventory.units.map(\.slot.role))
        lookForGaps(exchange, slots)
        for (response, slot) in zip(exchange.responses, slots) {
            guard let slot else { continue }
            feed.take(
                inventory.units[slot], response, troubleCodes, slot: slot, at: now, into: &rules)
        }
        waiting.append(
            WaitingExchange(
                exchange: exchange, bus: bus, slots: slots,
                addressee: exchange.addressee.flatMap { address in
                    bus.flatMap { inventory.unit(at: address, on: $0) }
                }, steps: steps, time: now))
    }

    /// Tells of exchanges from the first on that no longer wait; `all` of them at the end.
    mutating func releaseExchanges(all: Bool = false) {
        var count = 0
        for one in waiting {
            let mayBecomeClear = one.slots.contains { slot in
                slot.map { !inventory.units[$0].isSettled } ?? false
            }
            guard
                all || !mayBecomeClear || waiting.count - count > Self.maximumWaiting
                    || now - one.time > Self.longestWaiting
            else { break }
            add(.exchange(diagnosed(one, isProvisional: mayBecomeClear)))
            for step in one.steps { add(.troubleCode(step)) }
            count += 1
        }
        waiting.removeFirst(count)
    }

    private func diagnosed(_ one: WaitingExchange, isProvisional: Bool) -> DiagnosedExchange {
        let units = one.slots.map { $0.map { inventory.units[$0] } }
        let asked = (one.addressee.map { [inventory.units[$0]] } ?? []) + units.compactMap { $0 }
        let decoded = DecodedExchange(
            one.exchange, identifiers: asked.first?.identifiers ?? .standard)
        return DiagnosedExchange(
            decoded: decoded, bus: one.bus, channel: one.exchange.channel,
            roles: units.map { $0?.slot.role },
            addressee: one.addressee.map { inventory.units[$0].slot.role },
            values: zip(one.exchange.responses, units).map { response, unit in
                unit?.values(in: response, to: one.exchange.request) ?? []
            }, isProvisional: isProvisional)
    }

    // MARK: What exchanges show

    private mutating func settle(_ slot: Int, by exchange: Exchange) {
        let unit = inventory.units[slot]
        add(.identified(report(of: unit), time: exchange.time))
        let check: DiagnosisCheck
        let text: String
        switch unit.selection {
        case .match, .absent: return
        case .unknownFirmware(let base):
            check = .unknownFirmware
            text =
                "firmware \(unit.words(of: base.versionIdentifiers)) of \(base.family) is in no spec"
        case .unknownPart:
            check = .unknownPart
            text = "part \(unit.words(of: unit.familyIdentifiers)) is in no spec"
        case .ambiguous(let units):
            check = .ambiguous
            text = "fits \(units.map(\.id).joined(separator: " and ")): lint the specs"
        }
        find(
            check, unit.slot.role, role: unit.slot.role, text, exchange.evidence, at: exchange.time)
    }

    private mutating func find(_ foreign: ForeignUnit) {
        find(
            .foreignECU, "\(foreign.bus).\(foreign.address)", role: nil,
            "a control unit answers at \(foreign.address) on \(foreign.bus), where this vehicle has none",
            foreign.evidence, at: foreign.time)
    }

    private mutating func judgeTiming(_ exchange: Exchange, _ slots: [Int?], _ bus: String) {
        for (response, slot) in zip(exchange.responses, slots) {
            guard let slot, !exchange.lacksFrames else { continue }
            let unit = inventory.units[slot]
            let role = unit.slot.role
            let evidence =
                min(
                    exchange.request?.firstFrame ?? response.firstFrame, response.firstFrame)...max(
                    response.firstFrame, response.lastFrame)
            if let late = unit.lateness(of: response) {
                find(
                    .p2, role, role: role,
                    "answers after \(late.time.millisecondsText), and \(late.limit.millisecondsText) are allowed",
                    evidence, at: exchange.time)
            }
            // What is cut off by the end of the traffic is nobody's fault.
            if let failure = response.failure, failure != .cutOff {
                find(
                    .transport, role, role: role, "an answer broke off: \(failure)", evidence,
                    at: exchange.time)
            }
        }
    }

    /// A finding that stands for a trouble code, and a control unit that was asked and has none: its
    /// own diagnosis does not see what the bus shows.
    private mutating func lookForGaps(_ exchange: Exchange, _ slots: [Int?]) {
        for slot in slots.compactMap({ $0 }) {
            let unit = inventory.units[slot]
            guard let read = unit.codesRead, let request = exchange.request,
                read >= request.firstTime
            else { continue }
            for finding in findings.findings where finding.role == unit.slot.role {
                guard DiagnosisCheck(rawValue: finding.check) == nil,
                    let code = finding.code.flatMap({ TroubleCode($0) }),
                    request.firstTime - finding.opened > Self.diagnosisTime,
                    !troubleCodes.hasCode(code, slot: slot)
                else { continue }
                find(
                    .diagnosisGap, "\(unit.slot.role).\(code)", role: unit.slot.role,
                    "shows \(finding.check) and has no trouble code \(code)", exchange.evidence,
                    at: exchange.time)
            }
        }
    }

    /// So long a control unit may take until it has stored a code.
    private static var diagnosisTime: Int64 { 2_000_000_000 }

    /// Opens a finding about what was said, or extends it.
    mutating func find(
        _ check: DiagnosisCheck, _ subject: String, role: String?, _ text: String,
        _ evidence: ClosedRange<UInt64>?, at time: Int64, code: String? = nil,
        severity: FindingSeverity? = nil, isSafety: Bool = false
    ) {
        var finding = Finding(
            check: check.rawValue, subject: subject,
            severity: severity ?? self.severity(of: check), text: text, began: time, opened: now)
        finding.role = role
        finding.bus = role.flatMap { spec.slot(of: $0)?.bus }
        finding.code = code
        finding.evidence = evidence
        finding.isSafety = isSafety
        _ = findings.open(finding)
    }

    private func severity(of check: DiagnosisCheck) -> FindingSeverity {
        let policy: UnknownPolicy.Answer
        switch check {
        case .unknownPart, .foreignECU: policy = spec.unknown.part
        case .unknownFirmware: policy = spec.unknown.firmware
        case .ambiguous: policy = spec.unknown.ambiguous
        default: policy = .fail
        }
        return policy == .warn ? .info : check.severity
    }
}

extension Int64 {
    /// Nanoseconds as milliseconds: `52.4 ms`.
    var millisecondsText: String { "\(FigureText.fixed(Double(self) / 1e6, 1)) ms" }
}

extension ControlUnitWatch {
    /// The identifiers that tell its families.
    var familyIdentifiers: [UInt16] {
        Set(slot.families.flatMap(\.identify).map(\.identifier)).sorted()
    }

    /// What it answered to `identifiers`, in words: `F187 "BL-20311", F18A "VIREO"`.
    func words(of identifiers: [UInt16]) -> String {
        let words = identifiers.compactMap { number -> String? in
            guard let value = values[number] else { return nil }
            return "\(number.hexadecimal) '\(value.text)'"
        }
        return words.isEmpty ? "(not told)" : words.joined(separator: ", ")
    }

    /// What is too late in an answer: by what it told itself, else by its spec.
    func lateness(of response: ExchangeResponse) -> MeasuredTime? {
        let timing = spec?.timing ?? slot.families.first?.timing
        let candidates = [
            (response.p2, response.p2Limit, timing?.p2),
            (response.p2Star, response.p2StarLimit, timing?.p2Star),
        ]
        for case (let measured?, let origin, let specified) in candidates {
            let limit = origin == .told ? measured.limit : specified ?? measured.limit
            let time = MeasuredTime(time: measured.time, limit: limit)
            if time.isExceeded { return time }
        }
        return nil
    }

    /// What an answer says of its identifiers, by the names that are known now.
    func values(
        in response: ExchangeResponse, to request: ExchangeMessage?
    ) -> [IdentifiedValue] {
        guard let message = response.message, response.negativeCode == nil else { return [] }
        return named(message, request).filter { !$0.name.isEmpty }
    }
}

extension ControlUnitSpec {
    /// The identifiers that tell its versions, those of the family aside; of a base, which has
    /// none of its own, the usual one.
    var versionIdentifiers: [UInt16] {
        let own = match.map(\.identifier)
        return own.isEmpty ? [0xF195, 0xF189] : own
    }
}
