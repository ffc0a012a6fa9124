import CANFrame
import CANTransport
import DiagnosticClient
import LocalFiles

/// One run of `canlog uds`: the steps, the time behind them, and the way back to the default session.
struct UDSConversation {
    private let command: UDSCommand
    private let report: UDSReport
    private let client: DiagnosticClient
    private let functional: ISOTPAddress?

    init(
        _ command: UDSCommand, report: UDSReport, client: DiagnosticClient,
        functional: ISOTPAddress?
    ) {
        (self.command, self.report) = (command, report)
        (self.client, self.functional) = (client, functional)
    }

    /// Speaks, prints and ends the command by its exit status.
    func hold(by runner: consuming UDSRunner) throws {
        var exchanges: [DiagnosticExchange] = []
        var rounds = command.time.repeat
        client.stopAtFailure(!command.keepGoing)
        let steps = try UDSRequest.steps(command.words, text: command.text)
        try runner.run(client) { ended in
            note(ended, in: &exchanges)
            guard client.isIdle else { return false }
            if rounds == 0 { return true }
            rounds -= 1
            ask(steps)
            return false
        }
        var isStopped = runner.isInterrupted
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
        client.restoreSessions()
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

    private func note(_ ended: [DiagnosticExchange], in exchanges: inout [DiagnosticExchange]) {
        for exchange in ended {
            if exchange.purpose == .restoringSession, !exchange.isPositive {
                StandardError.say(
                    "\(report.units[exchange.unit].name) did not return to the default session; "
                        + "it does so by itself five seconds after the last TesterPresent")
            }
            guard exchange.purpose == .asked, !isSilentByNature(exchange) else { continue }
            exchanges.append(exchange)
            if !command.json {
                StandardOutput.write(report.lines(exchange).joined(separator: "\n") + "\n")
            }
        }
    }

    /// Of all that are asked at once those that are not there say nothing; nor do those that refuse.
    private func isSilentByNature(_ exchange: DiagnosticExchange) -> Bool {
        exchange.isFunctional && command.ecu.isEmpty && exchange.outcome == .noAnswer
            && exchange.pendings == 0
    }

    private func finish(
        _ exchanges: [DiagnosticExchange], isStopped: Bool, lost: UInt32
    ) throws {
        if command.json {
            StandardOutput.write(
                report.json(exchanges, isStopped: isStopped, lost: lost).text + "\n")
        }
        if lost > 0 {
            StandardError.say(
                "\(command.interface): the socket lost \(UInt64(lost).counting("frame"))")
        }
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
        if !isWhole || isStopped || lost > 0 {
            throw ExitStatus.Early(code: ExitStatus.lossy)
        }
        if hasRefusal { throw ExitStatus.Early(code: ExitStatus.negative) }
    }
}
