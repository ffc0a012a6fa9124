import CANFrame
import CANTransport
import DiagnosticClient
import LocalFiles

/// One run of `canlog uds`: the steps, the time behind them, and the end of what only went on because
/// it was asked for.
struct UDSConversation {
    private let command: UDSCommand
    private let report: UDSReport
    private let client: DiagnosticClient
    private let functional: ISOTPAddress?
    private let log: UDSLog?

    init(
        _ command: UDSCommand, report: UDSReport, client: DiagnosticClient,
        functional: ISOTPAddress?, log: UDSLog?
    ) {
        (self.command, self.report) = (command, report)
        (self.client, self.functional, self.log) = (client, functional, log)
    }

    /// Speaks, prints and ends the command by its exit status.
    func hold(by runner: consuming UDSRunner) throws {
        var exchanges = Exchanges()
        var rounds = command.time.repeat
        client.stopAtFailure(!command.keepGoing)
        let steps = try UDSRequest.steps(command.words, text: command.text)
        try runner.run(client) { ended in
            note(ended, in: &exchanges)
            if exchanges.isUnheard {
                client.cancel(atOnce: true)
                return true
            }
            guard client.isIdle else { return false }
            if rounds == 0 { return true }
            rounds -= 1
            ask(steps)
            return false
        }
        var isStopped = runner.isInterrupted || exchanges.isUnheard
        if !isStopped, command.time.hold.nanoseconds > 0 {
            let end = HostClock.monotonic() + command.time.hold.nanoseconds
            try runner.run(client, until: end) { ended in
                note(ended, in: &exchanges)
                return false
            }
            isStopped = runner.isInterrupted
        }
        if isStopped { client.cancel(atOnce: true) }
        client.keepSessions(false)
        client.makeSafe(stoppingRoutines: isStopped)
        try runner.run(client) { ended in
            note(ended, in: &exchanges)
            return true
        }
        try finish(exchanges, isStopped: isStopped, lost: runner.lost)
    }

    private func ask(_ steps: [UDSRequest]) {
        for step in steps {
            if let functional {
                _ = client.askAll(step.payload, at: functional)
            } else {
                for unit in 0..<client.unitCount { client.ask(step.payload, of: unit) }
            }
        }
    }

    /// What was asked for, and what ended it.
    private struct Exchanges {
        var asked: [DiagnosticExchange] = []
        var ending: [DiagnosticExchange] = []
        /// What could not be printed.
        var unwritten = ""

        /// Whether nobody reads what is printed, so that the run ends; but not before control units
        /// were told to end what they do.
        var isUnheard: Bool { !unwritten.isEmpty }
    }

    private func note(_ ended: [DiagnosticExchange], in exchanges: inout Exchanges) {
        for exchange in ended where !isSilentByNature(exchange) {
            switch exchange.purpose {
            case .testerPresent: continue
            case .asked: exchanges.asked.append(exchange)
            case .returningControl, .stoppingRoutine, .restoringSession:
                exchanges.ending.append(exchange)
                if let trouble = report.trouble(ending: exchange) { StandardError.say(trouble) }
                // Of the session nobody needs to hear who did not ask for it.
                if exchange.purpose == .restoringSession { continue }
            }
            guard !command.json else { continue }
            let text = report.lines(exchange).joined(separator: "\n") + "\n"
            if exchanges.isUnheard || !StandardOutput.writeAll(text, to: 1) {
                exchanges.unwritten += text
            }
        }
    }

    /// Of all that are asked at once those that are not there say nothing; nor do those that refuse.
    /// Where no answer was wanted or waited for, the first stands for all of them.
    private func isSilentByNature(_ exchange: DiagnosticExchange) -> Bool {
        report.isOfNobody(exchange) && (exchange.outcome == .noAnswer || exchange.unit > 0)
    }

    private func finish(
        _ exchanges: Exchanges, isStopped: Bool, lost: UInt32
    ) throws {
        let isLogged = log?.finish() ?? true
        if command.json {
            let json = report.json(
                exchanges.asked, ending: exchanges.ending, isStopped: isStopped, lost: lost,
                log: log?.path)
            StandardOutput.write(json.text + "\n")
        }
        if lost > 0 {
            StandardError.say(
                "\(command.interface): the socket lost \(UInt64(lost).counting("frame"))")
        }
        let isSafe = exchanges.ending.allSatisfy { report.trouble(ending: $0) == nil }
        // Ends the command, as in all others.
        if isSafe { StandardOutput.write(exchanges.unwritten) }
        try end(exchanges.asked, isStopped: isStopped, isLossy: lost > 0 || !isLogged || !isSafe)
    }

    /// Ends the command by its exit status.
    private func end(
        _ exchanges: [DiagnosticExchange], isStopped: Bool, isLossy: Bool
    ) throws {
        if exchanges.isEmpty, !isStopped { StandardError.say("no control unit answered") }
        let hasRefusal = exchanges.contains {
            if case .negative = $0.outcome { return true }
            return false
        }
        let isWhole =
            !exchanges.isEmpty
            && exchanges.allSatisfy {
                if case .negative = $0.outcome { return true }
                return $0.isPositive || ($0.outcome == .skipped && hasRefusal && !isStopped)
            }
        if !isWhole || isStopped || isLossy {
            throw ExitStatus.Early(code: ExitStatus.lossy)
        }
        if hasRefusal { throw ExitStatus.Early(code: ExitStatus.negative) }
    }
}
