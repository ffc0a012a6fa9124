import CANFrame
import CANTransport
import DiagnosticClient
import Diagnostics

/// What `canlog uds` tells of its exchanges, for people and as JSON.
struct UDSReport {
    let units: [UDSUnit]
    /// Whether somebody named them; else they are those that may be there.
    let areNamed: Bool
    /// Where all are asked at once.
    let functional: ISOTPAddress?
    let interface: String

    /// Lines for one exchange: who, what, the answer and its values, and how long it took.
    func lines(_ exchange: DiagnosticExchange) -> [String] {
        let request = DiagnosticMessage(exchange.request, isResponse: false)
        let head = "\(name(of: exchange))  \(request.summary)"
        var lines = ["\(head): \(outcome(exchange))\(timing(exchange))"]
        guard exchange.outcome == .positive else { return lines }
        let answer = DiagnosticMessage(exchange.answer, isResponse: true, request: request)
        for code in answer.troubleCodes {
            let bits = code.status.map { "  " + status($0) } ?? ""
            lines.append("    \(code.text)\(bits)")
        }
        for field in answer.fields where !isRepeated(field) {
            lines.append("    " + field.brief.printable)
        }
        if answer.listsNoTroubleCodes { lines.append("    no trouble codes") }
        if answer.fields.isEmpty && answer.troubleCodes.isEmpty && exchange.answer.count > 2 {
            lines.append("    \(Self.hexadecimal(exchange.answer))")
        }
        return lines
    }

    /// Whether it was one frame to all, and no control unit answered or was to answer: who was there
    /// is then not known.
    func isOfNobody(_ exchange: DiagnosticExchange) -> Bool {
        exchange.isFunctional && !areNamed && exchange.firstAnswer == nil
    }

    private func name(of exchange: DiagnosticExchange) -> String {
        isOfNobody(exchange) ? "all" : units[exchange.unit].name
    }

    /// What is to be said when a control unit did not end what it was asked to end.
    func trouble(ending exchange: DiagnosticExchange) -> String? {
        // ISO 14229-1 14.2: a routine that runs no more cannot be stopped (requestSequenceError).
        let isStopped = exchange.outcome == .negative(0x24) && exchange.purpose == .stoppingRoutine
        guard !exchange.isPositive, !isStopped else { return nil }
        let name = units[exchange.unit].name
        return switch exchange.purpose {
        case .asked, .askingSeed, .testerPresent: nil
        case .returningControl:
            "\(name) did not confirm that it controls \(Self.hexadecimal(Array(exchange.request[1...2]))) "
                + "itself again: check it before the vehicle is touched"
        case .stoppingRoutine:
            "\(name) did not confirm that routine \(Self.hexadecimal(Array(exchange.request[2...3]))) "
                + "is stopped: check it before the vehicle is touched"
        case .restoringSession:
            "\(name) did not return to the default session; "
                + "it does so by itself five seconds after the last TesterPresent"
        }
    }

    private func status(_ status: TroubleCodeStatus) -> String {
        ([status.rawValue.hexadecimal] + status.setNames).joined(separator: " ")
    }

    /// Trouble codes are told as a whole.
    private func isRepeated(_ field: DiagnosticField) -> Bool {
        if case .code = field.value { return true }
        return false
    }

    private func outcome(_ exchange: DiagnosticExchange) -> String {
        switch exchange.outcome {
        case .underWay: "under way"
        case .positive: "positive"
        case .negative(let code): "refused: " + NegativeResponseCode(rawValue: code).description
        case .suppressed: "sent, no answer asked for"
        case .noAnswer:
            "no answer within \(TimeSpan(nanoseconds: exchange.waited))"
                + (exchange.pendings > 0 ? " behind an answer 78" : "")
        case .pendingTooLong: "put off by answers 78 for too long"
        case .broken(let kind): "broken off, \(kind)"
        case .skipped: "not sent"
        case .stopped: "sent, and given up before an answer"
        }
    }

    private func timing(_ exchange: DiagnosticExchange) -> String {
        var words: [String] = []
        if let p2 = exchange.p2 { words.append("P2 \(Self.time(p2, limit: exchange.p2Limit))") }
        if exchange.pendings > 0 {
            words.append("78 \(UInt64(exchange.pendings).counting("time"))")
            if let longest = exchange.longestPending {
                words.append("P2* \(Self.time(longest, limit: exchange.p2StarLimit))")
            }
        }
        if exchange.repeats > 0 {
            words.append("sent again \(UInt64(exchange.repeats).counting("time"))")
        }
        return words.isEmpty ? "" : " (\(words.joined(separator: ", ")))"
    }

    private static func time(_ time: Int64, limit: Int64) -> String {
        milliseconds(time)
            + (time > limit ? ", late: more than \(TimeSpan(nanoseconds: limit))" : "")
    }

    static func milliseconds(_ nanoseconds: Int64) -> String {
        FigureText.fixed(Double(nanoseconds) / 1e6, 3) + " ms"
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String { bytes.map(\.hexadecimal).joined() }

    // MARK: JSON

    func json(
        _ exchanges: [DiagnosticExchange], ending: [DiagnosticExchange], isStopped: Bool,
        lost: UInt32, log: String?
    ) -> JSONValue {
        [
            "interface": .string(interface), "stopped": .bool(isStopped),
            "lostFrames": .count(UInt64(lost)),
            "log": JSONValue(log),
            "exchanges": .array(exchanges.map(json)), "ending": .array(ending.map(json)),
        ]
    }

    private func json(_ exchange: DiagnosticExchange) -> JSONValue {
        let request = DiagnosticMessage(exchange.request, isResponse: false)
        let unit = units[exchange.unit]
        var object: [String: JSONValue] = [
            "ecu": .string(name(of: exchange)), "requestAddress": .string(address(of: exchange)),
            "responseAddress": isOfNobody(exchange)
                ? .null : .string(unit.response.description),
            "request": .string(Self.hexadecimal(exchange.request)),
            "summary": .string(request.summary),
            "functional": .bool(exchange.isFunctional),
            "outcome": .string(word(exchange.outcome)),
            "pendings": .integer(Int64(exchange.pendings)),
            "repeats": .integer(Int64(exchange.repeats)),
            "unrelatedAnswers": .integer(Int64(exchange.unrelated)),
            "p2Nanoseconds": exchange.p2.map { .integer($0) } ?? .null,
            "longestP2StarNanoseconds": exchange.longestPending.map { .integer($0) } ?? .null,
            "p2LimitNanoseconds": .integer(exchange.p2Limit),
            "p2StarLimitNanoseconds": .integer(exchange.p2StarLimit),
            "late": .bool(exchange.isLate),
        ]
        if let sent = exchange.sent, let finished = exchange.finished {
            object["durationNanoseconds"] = .integer(finished - sent)
        }
        if case .negative(let code) = exchange.outcome {
            object["negativeResponseCode"] = .string(code.hexadecimal)
            object["reason"] = .string(NegativeResponseCode(rawValue: code).name)
        }
        if !exchange.answer.isEmpty {
            object["answer"] = .string(Self.hexadecimal(exchange.answer))
            let answer = DiagnosticMessage(exchange.answer, isResponse: true, request: request)
            object["fields"] = .array(answer.fields.map(field))
            object["troubleCodes"] = .array(answer.troubleCodes.map(troubleCode))
        }
        return .object(object)
    }

    /// Where the request went, which is not the control unit's own address when all were asked.
    func address(of exchange: DiagnosticExchange) -> String {
        let own = units[exchange.unit].request
        return (exchange.isFunctional ? functional ?? own : own).description
    }

    private func field(_ field: DiagnosticField) -> JSONValue {
        [
            "name": .string(field.name),
            "identifier": field.identifierText.map { .string($0) } ?? .null,
            "value": .string(field.text), "unit": .string(field.unit),
        ]
    }

    private func troubleCode(_ code: ReportedTroubleCode) -> JSONValue {
        [
            "code": .string(code.text),
            "status": code.status.map { .string($0.rawValue.hexadecimal) } ?? .null,
            "statusBits": .array((code.status?.setNames ?? []).map { .string($0) }),
        ]
    }

    private func word(_ outcome: DiagnosticExchange.Outcome) -> String {
        switch outcome {
        case .underWay: "underWay"
        case .positive: "positive"
        case .negative: "negative"
        case .suppressed: "suppressed"
        case .noAnswer: "noAnswer"
        case .pendingTooLong: "pendingTooLong"
        case .broken: "broken"
        case .skipped: "skipped"
        case .stopped: "stopped"
        }
    }
}
