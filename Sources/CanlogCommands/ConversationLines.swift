import CANFrame
import CANTransport
import Diagnostics

/// Exchanges as aligned lines of words: each column is as wide as it had to be so far.
struct ConversationLines {
    private var widths = [12, 4, 9, 9]
    /// What an answer says in one line at most, for people; --json has all of it.
    private let mostCharacters: Int

    /// Lines of a terminal are cut where nobody reads on; what goes elsewhere is whole.
    init(mostCharacters: Int = StandardOutput.isTerminal ? 240 : .max) {
        self.mostCharacters = mostCharacters
    }

    /// The lines of an exchange: one for each answer, one if there is none.
    mutating func text(of decoded: DecodedExchange, interface: String) -> String {
        let exchange = decoded.exchange
        var text = ""
        for index in 0..<max(1, exchange.responses.count) {
            let response = index < exchange.responses.count ? exchange.responses[index] : nil
            var words = index == 0 ? request(decoded) : ""
            let indent = words.isEmpty ? "-> " : " -> "
            words += indent + answer(decoded, index)
            if index == 0 { words += remarks(exchange) }
            let cells = [
                index == 0 ? FigureText.fixed(Double(exchange.time) / 1e9, 6) : "",
                index == 0 ? interface : "", Self.addresses(exchange, response),
                response.map(Self.times) ?? "",
            ]
            text += line(cells, words)
        }
        return text
    }

    private mutating func line(_ cells: [String], _ words: String) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let cell = cell.printable
            widths[index] = max(widths[index], cell.count)
            let blanks = String(repeating: " ", count: widths[index] - cell.count)
            // Figures stand on the right.
            line += index == 0 || index == 3 ? blanks + cell : cell + blanks
            line += index == 3 ? "  " : " "
        }
        return line + words.printable + "\n"
    }

    /// `7DF>7E8`: who asked, who answered or was asked.
    private static func addresses(_ exchange: Exchange, _ response: ExchangeResponse?) -> String {
        let unit =
            response.map { ControlUnitName($0, in: exchange).text }
            ?? ControlUnitName(addresseeOf: exchange)?.text ?? "all"
        return (tester(exchange) ?? "") + ">" + unit
    }

    private static func tester(_ exchange: Exchange) -> String? {
        exchange.request.map { ControlUnitName(senderOf: $0, in: exchange).text }
    }

    /// P2, with `!` if it was exceeded; of several answers the worst P2* too.
    private static func times(_ response: ExchangeResponse) -> String {
        guard let p2 = response.p2 else { return "" }
        return milliseconds(p2.time) + (response.isLate ? "!" : " ")
    }

    static func milliseconds(_ nanoseconds: Int64) -> String {
        FigureText.fixed(Double(nanoseconds) / 1e6, nanoseconds < 1_000_000_000 ? 1 : 0) + " ms"
    }

    // MARK: Words

    private func request(_ decoded: DecodedExchange) -> String {
        if case .j1939(let group) = decoded.exchange.family {
            let name = J1939Diagnostic.Kind(group: group)?.name ?? "\(group)"
            return decoded.exchange.request == nil ? "" : "request \(name)"
        }
        guard let request = decoded.request else { return "" }
        var words = request.summary
        if request.suppressesPositiveResponse { words += " (no answer wanted)" }
        let fields = Self.words(of: request)
        if !fields.isEmpty { words += ": " + fields }
        return cut(words)
    }

    private func answer(_ decoded: DecodedExchange, _ index: Int) -> String {
        let exchange = decoded.exchange
        guard index < exchange.responses.count else {
            if let failure = exchange.requestFailure { return "request broken off: \(failure)" }
            return exchange.outcome == .suppressed ? "(suppressed)" : "unanswered"
        }
        let response = exchange.responses[index]
        var words: String
        switch decoded.answers[index] {
        case .message(let message):
            words =
                message.negative.map { negative in
                    // Of a refusal alone it is not known what was asked for but by its service.
                    (decoded.request == nil ? "\(message.service.name) " : "")
                        + "NRC \(negative.rawValue.hexadecimal) \(negative.name)"
                }
                ?? Self.positive(message, isKnown: decoded.request != nil)
        case .j1939(let diagnostic): words = Self.words(of: diagnostic)
        case .none: words = Self.missing(response, exchange)
        }
        words = cut(words)
        if response.pendingCount > 0, response.message != nil, exchange.request != nil {
            words += " (after \(response.pendingCount)x 78"
            if let p2Star = response.p2Star { words += ", P2* " + Self.milliseconds(p2Star.time) }
            words += ")"
        }
        return words
    }

    private static func missing(_ response: ExchangeResponse, _ exchange: Exchange) -> String {
        if response.failure == .malformed {
            return "answer malformed (frame \(response.lastFrame))"
        }
        if let failure = response.failure { return "broken off: \(failure)" }
        if case .j1939 = exchange.family {
            return response.negativeCode.map {
                "refused: \(J1939Acknowledgment(rawValue: $0).name)"
            } ?? "acknowledged"
        }
        return "\(response.pendingCount)x 78 responsePending, and no answer"
    }

    private static func positive(_ message: DiagnosticMessage, isKnown: Bool) -> String {
        let fields = words(of: message)
        guard isKnown else {
            return message.summary + (fields.isEmpty ? "" : ": " + fields)
        }
        return fields.isEmpty ? "positive" : fields
    }

    private static func words(of message: DiagnosticMessage) -> String {
        var words = message.fields.filter { !isSaid($0, in: message) }.map(\.brief)
            .joined(separator: ", ")
        // The codes are what was asked for: a line that is cut has them.
        let codes =
            message.listsNoTroubleCodes
            ? "no trouble codes"
            : message.troubleCodes.map(\.description).joined(separator: "; ")
        if !codes.isEmpty { words = codes + (words.isEmpty ? "" : "; " + words) }
        return words
    }

    /// Identifiers stand in the summary of a request, and with their data in an answer.
    private static func isSaid(_ field: DiagnosticField, in message: DiagnosticMessage) -> Bool {
        !message.identifiers.isEmpty
            && ["identifier", "dataIdentifier", "routineIdentifier"].contains(field.name)
    }

    private static func words(of diagnostic: J1939Diagnostic) -> String {
        var words = diagnostic.kind.name
        if let lamps = diagnostic.lamps, !lamps.lit.isEmpty {
            words += " lamps " + lamps.lit.map { "\($0)" }.joined(separator: " ")
        }
        if let readiness = diagnostic.readiness {
            words += " active \(readiness.activeCodes.map { "\($0)" } ?? "-")"
            words += ", previously active \(readiness.previouslyActiveCodes.map { "\($0)" } ?? "-")"
        }
        guard diagnostic.kind != .dm5 else { return words }
        let codes = diagnostic.codes.map {
            "\($0) (\($0.failureModeName))" + ($0.occurrenceCount.map { " x\($0)" } ?? "")
                + ($0.hasOldConversion ? " (old SPN conversion)" : "")
        }
        return words + ": " + (codes.isEmpty ? "no trouble codes" : codes.joined(separator: "; "))
    }

    private func remarks(_ exchange: Exchange) -> String {
        var remarks: [String] = []
        switch exchange.outcome {
        case .belated: remarks.append(Self.belated(exchange))
        case .unrequested: remarks.append("request not seen")
        case .periodic: remarks.append("periodic")
        case .event: remarks.append("event")
        default: break
        }
        if exchange.repetitions > 0 { remarks.append("repetition \(exchange.repetitions)") }
        if let s3 = exchange.s3, s3.isExceeded {
            remarks.append("S3 exceeded: silent for \(Self.milliseconds(s3.time))")
        }
        if exchange.lacksFrames { remarks.append("frames are missing") }
        return remarks.isEmpty ? "" : "  [" + remarks.joined(separator: "; ") + "]"
    }

    /// How long behind its request, which another line tells as given up, an answer came.
    private static func belated(_ exchange: Exchange) -> String {
        guard let request = exchange.givenUpRequest, let answer = exchange.responses.first?.message
        else { return "" }
        return (exchange.isLate ? "late: " : "")
            + milliseconds(answer.firstTime - request.lastTime)
            + " behind the request given up (frame \(request.firstFrame))"
    }

    private func cut(_ words: String) -> String {
        words.unicodeScalars.count <= mostCharacters
            ? words
            : String(String.UnicodeScalarView(words.unicodeScalars.prefix(mostCharacters))) + "..."
    }
}
