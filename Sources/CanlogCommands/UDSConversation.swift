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
    private let keys: UDSKeyProgram?
    private let log: UDSLog?

    init(
        _ command: UDSCommand, report: UDSReport, client: DiagnosticClient,
        functional: ISOTPAddress?, keys: UDSKeyProgram?, log: UDSLog?
    ) {
        (self.command, self.report) = (command, report)
        (self.client, self.functional) = (client, functional)
        (self.keys, self.log) = (keys, log)
    }

    /// Speaks, prints and ends the command by its exit status.
    func hold(by runner: consuming UDSRunner) throws {
        var exchanges = Exchanges()
        var rounds = command.time.repeat
        client.stopAtFailure(!command.keepGoing)
        let steps = try UDSStep.steps(command.words, text: command.text)
        try runner.run(client) { ended in
            note(ended, in: &exchanges)
            sendKeys(&exchanges)
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
        exchanges.areCutShort = runner.isInterrupted || exchanges.isUnheard
        var isStopped = exchanges.areCutShort
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

    private func ask(_ steps: [UDSStep]) {
        for step in steps {
            if let functional {
                askAll(step, at: functional)
            } else {
                for unit in 0..<client.unitCount { ask(step, of: unit) }
            }
        }
    }

    private func ask(_ step: UDSStep, of unit: Int) {
        switch step {
        case .ask(let request): client.ask(request, of: unit)
        case .wait(let nanoseconds): client.pause(nanoseconds, of: unit)
        case .unlock(let level): client.ask([0x27, level], of: unit, purpose: .askingSeed)
        }
    }

    private func askAll(_ step: UDSStep, at address: ISOTPAddress) {
        switch step {
        case .ask(let request):
            let fits = client.askAll(request, at: address)
            precondition(fits, "the command's validation lets nothing else through")
        case .wait(let nanoseconds): client.pauseAll(nanoseconds)
        case .unlock: preconditionFailure("the command's validation refuses it")
        }
    }

    // MARK: Keys

    /// Has the key of a seed made; behind one of zeroes, or none, nothing is locked (ISO 14229-1 10.4.1).
    private func makeKey(_ exchange: DiagnosticExchange, _ exchanges: inout Exchanges) {
        guard exchange.isPositive, let keys else { return }
        let name = report.units[exchange.unit].name
        let seed = Array(exchange.answer.dropFirst(2))
        guard seed.contains(where: { $0 != 0 }) else {
            return client.goOn(exchange.unit)
        }
        do throws(SystemError) {
            try keys.make(
                UDSKeyProgram.Seed(
                    unit: exchange.unit, name: name, level: exchange.request[1], bytes: seed))
        } catch {
            goOnWithoutKey(exchange.unit, "the key program could not run: \(error)", &exchanges)
        }
    }

    private func sendKeys(_ exchanges: inout Exchanges) {
        guard let keys else { return }
        for outcome in keys.takeOutcomes() {
            if let key = outcome.key {
                client.goOn(outcome.seed.unit, with: [0x27, outcome.seed.level + 1] + key)
            } else {
                goOnWithoutKey(
                    outcome.seed.unit, "the key program \(outcome.trouble)", &exchanges)
            }
        }
    }

    private func goOnWithoutKey(_ unit: Int, _ trouble: String, _ exchanges: inout Exchanges) {
        StandardError.say("\(report.units[unit].name): \(trouble)")
        exchanges.lackKeys = true
        if command.keepGoing { client.goOn(unit) } else { client.giveUp(unit) }
    }

    /// What was asked for, and what ended it.
    private struct Exchanges {
        var asked: [DiagnosticExchange] = []
        var ending: [DiagnosticExchange] = []
        /// What could not be printed.
        var unwritten = ""

        /// Whether not all steps were done, since somebody ended them or reads no more.
        var areCutShort = false
        /// Whether a seed had no key.
        var lackKeys = false

        /// Whether nobody reads what is printed, so that the run ends; but not before control units
        /// were told to end what they do.
        var isUnheard: Bool { !unwritten.isEmpty }
    }

    private func note(_ ended: [DiagnosticExchange], in exchanges: inout Exchanges) {
        for exchange in ended where !isSilentByNature(exchange) {
            switch exchange.purpose {
            case .testerPresent: continue
            case .asked: exchanges.asked.append(exchange)
            case .askingSeed:
                exchanges.asked.append(exchange)
                makeKey(exchange, &exchanges)
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
        try end(
            exchanges.asked, isStopped: exchanges.areCutShort,
            isLossy: lost > 0 || !isLogged || !isSafe || exchanges.lackKeys)
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
