import CANFrame
import CANTransport

/// A tester's side of the conversation with one control unit: requests one after another, each with
/// its answer, and a session that is kept.
///
/// No input, no output and no clock, like the ``ISOTPConnection`` below it. A class, since arrays do
/// not hold noncopyable values yet; one ``DiagnosticClient`` owns it.
final class DiagnosticUnit {
    private enum Phase {
        case idle
        /// The request is on its way.
        case sending
        /// The answer must begin by the deadline.
        case awaiting
        /// The answer comes.
        case receiving
        /// The request is sent again at the deadline.
        case repeating
    }

    /// What is done in its turn.
    private enum Step {
        case exchange(DiagnosticExchange)
        /// Nothing, for so long.
        case pause(Int64)
    }

    let index: Int
    private(set) var connection: ISOTPConnection
    private let patience: TesterPatience
    private var waiting: ArraySlice<Step> = []
    /// Nothing that waits is sent before.
    private var pausedUntil: Int64?
    /// Nothing that waits is sent before the seed that came is answered.
    private var isHeld = false
    private var current: DiagnosticExchange?
    private var phase = Phase.idle
    /// Whether a frame of the request was given out to be sent.
    private var hasBegunSending = false
    private var deadlineOfPhase = Int64.max
    private var pendingUntil = Int64.max
    private var pendingSince: Int64?
    /// P2 and P2* that the control unit named last.
    private var namedP2: Int64 = 0
    private var namedP2Star: Int64 = 0
    /// The session that it confirmed last; 1 is the default one.
    private(set) var session: UInt8 = 1
    private var active = ActiveFunctions()
    private var lastWord: Int64 = 0
    var keepsSession = true
    /// Whether what waits is given up when a request fails that was asked for.
    var stopsAtFailure = false
    private(set) var finished: [DiagnosticExchange] = []

    init(
        index: Int, request: ISOTPAddress, response: ISOTPAddress, patience: TesterPatience,
        transport: ISOTPConnection.Options
    ) {
        self.index = index
        self.patience = patience
        connection = ISOTPConnection(sending: request, receiving: response, options: transport)
    }

    var isIdle: Bool {
        current == nil && waiting.isEmpty && pausedUntil == nil && !isHeld
    }

    func ask(_ exchange: DiagnosticExchange) { waiting.append(.exchange(exchange)) }

    func pause(_ nanoseconds: Int64) { waiting.append(.pause(nanoseconds)) }

    /// Goes on behind a seed, at first with `request`; nothing where none is held.
    func goOn(with request: [UInt8]?) {
        guard isHeld else { return }
        isHeld = false
        guard let request else { return }
        let key = DiagnosticExchange(request, for: index, .asked)
        waiting = [.exchange(key)] + waiting
    }

    /// Asks for the end of what only goes on because it was asked for.
    func makeSafe(stoppingRoutines: Bool) {
        for (request, purpose) in active.endings(
            session: session, stopsRoutines: stoppingRoutines)
        {
            ask(DiagnosticExchange(request, for: index, purpose))
        }
    }

    /// A request that was sent to all at once at `time`: its answer is awaited, not its sending.
    func expectAnswer(to exchange: DiagnosticExchange, sent time: Int64) {
        current = exchange
        current?.sent = time
        noteLimits()
        (phase, deadlineOfPhase) = (.awaiting, time &+ max(patience.p2, namedP2))
        pendingUntil = time &+ patience.pendingLimit
    }

    /// The request to all is on the bus since `time`.
    func confirmFunctional(sent time: Int64) {
        guard phase == .awaiting, current?.isFunctional == true, current?.firstAnswer == nil
        else { return }
        current?.sent = time
        deadlineOfPhase = time &+ max(patience.p2, namedP2)
    }

    func takeFinished() -> [DiagnosticExchange] {
        defer { finished.removeAll(keepingCapacity: true) }
        return finished
    }

    /// What waits is not sent any more; with `untilNow`, what is under way is given up too.
    func cancel(untilNow: Bool) {
        for case .exchange(var skipped) in waiting {
            skipped.outcome = .skipped
            finished.append(skipped)
        }
        waiting.removeAll()
        (pausedUntil, isHeld) = (nil, false)
        guard untilNow, current != nil else { return }
        let isUnsent = phase == .sending && !hasBegunSending
        connection.cancel()
        finish(isUnsent ? .skipped : .stopped)
    }

    // MARK: Frames

    func take(_ row: FrameRow, longPayload: Span<UInt8>, at time: Int64) {
        let isWhole = connection.take(row, longPayload: longPayload, at: time)
        noteSent()
        if connection.beganReceiving, current != nil, phase == .awaiting || phase == .receiving {
            if current?.firstAnswer == nil { current?.firstAnswer = time }
            current?.lastAnswer = time
            if let since = pendingSince {
                let longest = max(current?.longestPending ?? .min, time &- since)
                current?.longestPending = longest
            }
            // P2 ends here; from here on the transport's own limits hold.
            (phase, deadlineOfPhase) = (.receiving, .max)
        }
        if isWhole { takeAnswer(at: time) } else { checkTransport(at: time) }
    }

    private func takeAnswer(at time: Int64) {
        lastWord = max(lastWord, time)
        guard let request = current?.request, phase == .receiving else { return }
        let answer = Self.payload(of: connection)
        switch AnswerMatch(answer, to: request) {
        case .unrelated:
            current?.unrelated += 1
            let since = pendingSince ?? current?.sent ?? time
            // What else came does not move the limit.
            (phase, deadlineOfPhase) = (.awaiting, since &+ limit)
        case .negative(AnswerMatch.pending): putOff(answer, at: time)
        case .negative(AnswerMatch.busyRepeat) where (current?.repeats ?? 0) < patience.busyRetries:
            current?.answer = answer
            current?.repeats += 1
            (phase, deadlineOfPhase) = (.repeating, time &+ patience.busyDelay)
        case .negative(let code):
            current?.answer = answer
            finish(.negative(code), at: time)
        case .positive:
            current?.answer = answer
            noteSession(request, answer)
            finish(.positive, at: time)
        }
    }

    private var limit: Int64 {
        pendingSince == nil ? max(patience.p2, namedP2) : max(patience.p2Star, namedP2Star)
    }

    private func putOff(_ answer: [UInt8], at time: Int64) {
        current?.pendings += 1
        current?.answer = answer
        pendingSince = time
        // P2* begins anew with each of them, but not for ever.
        (phase, deadlineOfPhase) = (.awaiting, min(time &+ limit, pendingUntil))
    }

    private static func payload(of connection: borrowing ISOTPConnection) -> [UInt8] {
        connection.payload.indices.map { connection.payload[$0] }
    }

    /// ISO 14229-1 9.2.3: the answer to DiagnosticSessionControl names P2 in milliseconds and P2* in
    /// tens of them.
    private func noteSession(_ request: [UInt8], _ answer: [UInt8]) {
        switch request[0] {
        case 0x10 where request.count > 1:
            enter(request[1] & 0x7F)
            guard answer.count >= 6 else { return }
            namedP2 = Int64(answer[2]) << 8 + Int64(answer[3])
            namedP2Star = (Int64(answer[4]) << 8 + Int64(answer[5])) * 10
            (namedP2, namedP2Star) = (namedP2 * 1_000_000, namedP2Star * 1_000_000)
        case 0x11: enter(1)
        default: break
        }
    }

    // MARK: Time

    /// The next frame to be sent now; `nil`: nothing before ``deadline``.
    func nextFrame(at time: Int64) -> Frame? {
        expire(at: time)
        if phase == .idle { begin(at: time) }
        let frame = connection.nextFrame(at: time)
        if frame != nil {
            lastWord = max(lastWord, time)
            hasBegunSending = true
        }
        noteSent()
        checkTransport(at: time)
        return frame
    }

    private func begin(at time: Int64) {
        current = next(at: time) ?? testerPresent(at: time)
        guard current != nil else { return }
        pendingSince = nil
        hasBegunSending = false
        noteLimits()
        send(at: time)
    }

    /// What is to be asked now; pauses begin and end here.
    private func next(at time: Int64) -> DiagnosticExchange? {
        while !isHeld {
            if let end = pausedUntil {
                guard time >= end else { return nil }
                pausedUntil = nil
            }
            switch waiting.popFirst() {
            case .exchange(let exchange): return exchange
            case .pause(let length): pausedUntil = time &+ length
            case nil: return nil
            }
        }
        return nil
    }

    private func testerPresent(at time: Int64) -> DiagnosticExchange? {
        guard session != 1, keepsSession, time >= lastWord &+ patience.testerPresentInterval
        else { return nil }
        return DiagnosticExchange([0x3E, 0x80], for: index, .testerPresent)
    }

    /// The times that an answer has to keep are those of the session in which it is asked for.
    private func noteLimits() {
        if namedP2 > 0 { current?.p2Limit = namedP2 }
        if namedP2Star > 0 { current?.p2StarLimit = namedP2Star }
    }

    private func send(at time: Int64) {
        guard let request = current?.request else { return }
        // Of a request that is sent again the last answer counts.
        current?.sent = nil
        current?.firstAnswer = nil
        do throws(ISOTPError) {
            try connection.send(request.span, at: time)
            (phase, deadlineOfPhase) = (.sending, .max)
        } catch {
            finish(.broken(.tooLong), at: time)
        }
    }

    /// Looks whether the request is sent as a whole; P2 begins then.
    private func noteSent() {
        guard phase == .sending, !connection.isSending, let sent = connection.sentTime,
            let exchange = current
        else { return }
        current?.sent = sent
        if exchange.purpose == .testerPresent {
            finish(.suppressed, at: sent)
            return
        }
        (phase, deadlineOfPhase) = (.awaiting, sent &+ max(patience.p2, namedP2))
        pendingUntil = sent &+ patience.pendingLimit
    }

    private func checkTransport(at time: Int64) {
        guard let failure = connection.failure else { return }
        connection.forgetFailure()
        switch phase {
        case .sending where failure.kind.concernsSending: finish(.broken(failure.kind), at: time)
        case .receiving where !failure.kind.concernsSending && !connection.isReceiving:
            finish(.broken(failure.kind), at: time)
        default: break
        }
    }

    private func expire(at time: Int64) {
        guard time >= deadlineOfPhase, let exchange = current else { return }
        switch phase {
        case .awaiting:
            if AnswerMatch.suppressesAnswer(exchange.request) && exchange.pendings == 0 {
                noteSessionUnanswered(exchange.request)
                finish(.suppressed, at: time)
            } else if exchange.pendings > 0 && time >= pendingUntil {
                finish(.pendingTooLong, at: time)
            } else {
                finish(.noAnswer, at: time)
            }
        case .repeating: send(at: time)
        case .idle, .sending, .receiving: break
        }
    }

    /// A session that changed without a word, since none was asked for.
    private func noteSessionUnanswered(_ request: [UInt8]) {
        if request[0] == 0x10 { enter(request[1] & 0x7F) }
        if request[0] == 0x11 { enter(1) }
    }

    /// The times that it named are those of the session that it was in.
    private func enter(_ session: UInt8) {
        self.session = session
        (namedP2, namedP2Star) = (0, 0)
    }

    private func finish(_ outcome: DiagnosticExchange.Outcome, at time: Int64? = nil) {
        guard var exchange = current else { return }
        exchange.waited = limit
        exchange.outcome = outcome
        exchange.finished = time
        finished.append(exchange)
        active.note(exchange)
        if exchange.purpose == .askingSeed { isHeld = exchange.isPositive }
        if stopsAtFailure, exchange.isAsked, !exchange.isPositive, !exchange.isFunctional {
            cancel(untilNow: false)
        }
        current = nil
        pendingSince = nil
        (phase, deadlineOfPhase) = (.idle, .max)
    }

    /// When ``nextFrame(at:)`` is to be called at the latest.
    var deadline: Int64? {
        var next = min(deadlineOfPhase, connection.deadline ?? .max)
        if phase == .idle {
            if !isHeld, !waiting.isEmpty || pausedUntil != nil {
                guard let end = pausedUntil else { return .min }
                next = min(next, end)
            }
            if session != 1, keepsSession {
                next = min(next, lastWord &+ patience.testerPresentInterval)
            }
        }
        return next == .max ? nil : next
    }
}
