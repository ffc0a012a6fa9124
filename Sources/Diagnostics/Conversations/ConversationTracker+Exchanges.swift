import CANFrame
import CANTransport

extension ConversationTracker {
    // MARK: Requests

    /// Takes a request that came whole, to one control unit or, without one, to all.
    mutating func takeRequest(
        _ message: ExchangeMessage, _ row: FrameRow, to unit: Int?, of link: Int
    ) {
        links[link].begun = nil
        let head = MessageHead(message.payload.span, length: message.length)
        if unit == nil || links[link].isLearned {
            learner.note(
                head, row, at: message.lastTime, isLong: message.lastFrame != message.firstFrame,
                isFunctional: unit == nil)
        }
        if let unit, unit >= 0 { supersede(unit, by: head, at: message.firstTime) }
        var exchange = Exchange(
            channel: row.channel, request: message, responses: [], outcome: .unanswered,
            isFunctional: unit == nil)
        if let unit, unit >= 0 {
            exchange.addressee = controlUnits[unit].address
            exchange.keepsHighBit =
                controlUnits[unit].keepsHighBit && head.service == Self.sessionControl
        }
        exchange.repetitions = countRepetition(message.payload, of: link)
        if let unit {
            if unit >= 0 { noteRequest(of: &exchange, message, to: unit) }
        } else {
            let key = FunctionalKey(request: message.address, row.channel)
            for index in hearers[key] ?? [] { noteRequest(of: &exchange, message, to: index) }
        }
        makeRoom()
        var request = OpenRequest(
            serial: nextSerial, link: link, controlUnit: unit, head: head, exchange: exchange,
            deadline: message.lastTime &+ options.patience)
        if request.isSuppressed {
            request.deadline =
                message.lastTime &+ min(options.patience, Self.suppressedPatience)
        }
        links[link].lastSerial = nextSerial
        nextSerial += 1
        heldBytes += message.payload.count
        nextDeadline = min(nextDeadline, request.deadline)
        open.append(request)
    }

    /// A negative answer to a request that wants no positive one comes within P2 and some.
    private static var suppressedPatience: Int64 { 200_000_000 }

    /// DiagnosticSessionControl.
    private static var sessionControl: UInt8 { 0x10 }

    /// A tester that asks the same control unit again has given up what it asked before; not where
    /// that is still under way, or the new one only keeps the session.
    private mutating func supersede(_ unit: Int, by head: MessageHead, at time: Int64) {
        guard head.service != 0x3E else { return }
        var end = open.count
        while let index = open.last(before: end, to: unit) {
            end = index
            if open[index].incomingAnswers == 0
                && !isAwaited(index, of: unit, beside: head, at: time)
            {
                close(index)
            }
        }
    }

    /// Whether a request that a control unit asked more time for goes on beside another one: within
    /// P2*, unless the other is the same request once more.
    private func isAwaited(
        _ index: Int, of unit: Int, beside head: MessageHead, at time: Int64
    ) -> Bool {
        guard open[index].isPending, open[index].head != head,
            let state = open[index].states.first
        else { return false }
        return time &- state.anchor
            <= options.timing.limit(controlUnits[unit].told, isPending: true).time
    }

    private mutating func countRepetition(_ payload: [UInt8], of link: Int) -> Int {
        if links[link].lastRequest != payload {
            links[link].lastRequest = payload.count <= 64 ? payload : []
            links[link].unanswered = 0
        }
        return links[link].unanswered
    }

    /// Ends the oldest requests while too much waits.
    mutating func makeRoom() {
        while !open.isEmpty,
            open.count >= options.maximumOpenRequests
                || heldResponses >= 16 * options.maximumOpenRequests
        {
            losses.hurriedRequests += 1
            close(0)
        }
    }

    /// S3: how long the tester was silent in a session that ends by that.
    private mutating func noteRequest(
        of exchange: inout Exchange, _ message: ExchangeMessage, to unit: Int
    ) {
        let limit = options.timing.s3 ?? DiagnosticTiming().s3
        if controlUnits[unit].session != 1, let last = controlUnits[unit].lastActivity {
            let silence = MeasuredTime(time: message.firstTime &- last, limit: limit)
            exchange.s3 = MeasuredTime.worse(exchange.s3, silence)
            if silence.isExceeded { controlUnits[unit].enter(session: 1) }
        }
        controlUnits[unit].lastActivity = message.lastTime
    }

    // MARK: Answers

    /// The control unit whose answer a frame is part of.
    func answeringUnit(of row: FrameRow, _ longPayload: Span<UInt8>, _ place: Int) -> Int? {
        guard let link = linkIndex(of: row, longPayload, place),
            case .responses(let unit) = links[link].role
        else { return nil }
        return unit
    }

    /// Takes note of a frame of a control unit's; where an answer of several begins, P2 ends, and the
    /// rest is waited for.
    mutating func noteFrame(
        _ glance: FrameGlance?, _ row: FrameRow, _ longPayload: Span<UInt8>, number: UInt64,
        at time: Int64, from unit: Int
    ) {
        if controlUnits[unit].incoming != nil {
            controlUnits[unit].incoming?.lastTime = time
            controlUnits[unit].incoming?.lastFrame = number
        }
        guard let glance else { return noteMalformed(row, longPayload, number, time, unit) }
        guard glance.frame.isFirst, let head = glance.head else { return }
        if controlUnits[unit].request == nil { learner.noteFirstFrame(row, at: time) }
        endIncoming(of: unit)
        let index = openRequest(answeredBy: head, of: unit)
        if let index { open[index].incomingAnswers += 1 }
        controlUnits[unit].incoming = ControlUnit.Incoming(
            serial: index.map { open[$0].serial }, firstTime: time, firstFrame: number,
            lastTime: time, lastFrame: number)
    }

    /// No more frames of an answer are waited for; where its request is, if it is still open.
    @discardableResult
    mutating func endIncoming(of unit: Int) -> Int? {
        let serial = controlUnits[unit].incoming?.serial
        controlUnits[unit].incoming = nil
        guard let serial, let index = open.index(ofSerial: serial) else { return nil }
        open[index].incomingAnswers -= 1
        nextDeadline = min(nextDeadline, open[index].ending)
        return index
    }

    /// Takes an answer that came whole.
    mutating func takeResponse(_ message: ExchangeMessage, _ row: FrameRow, from unit: Int) {
        let head = MessageHead(message.payload.span, length: message.length)
        let begun = endIncoming(of: unit)
        controlUnits[unit].lastActivity = message.lastTime
        guard let index = begun ?? openRequest(answeredBy: head, of: unit) else {
            return takeUnrequested(message, head, row, from: unit)
        }
        let place = response(of: index, from: unit, at: message)
        measure(index, place, unit, since: message.firstTime)
        open[index].exchange.responses[place].failure = nil
        if head.isPending {
            open[index].exchange.responses[place].pendingCount += 1
            open[index].states[place].isPending = true
            open[index].states[place].anchor = message.lastTime
            let limit = options.timing.limit(controlUnits[unit].told, isPending: true).time
            open[index].deadline = max(
                open[index].deadline, message.lastTime &+ limit &+ options.patience)
            return
        }
        open[index].exchange.responses[place].message = message
        open[index].exchange.responses[place].negativeCode = head.isNegative ? head[2] : nil
        open[index].states[place].isFinal = true
        heldBytes += message.payload.count
        // ISO 14229-1 8.2.2: of a positive response the bit is zero.
        if head.answeredService == Self.sessionControl, head.count > 1, head[1] & 0x80 != 0,
            head[1] == open[index].head[1]
        {
            controlUnits[unit].keepsHighBit = true
            open[index].exchange.keepsHighBit = true
        }
        if !head.isNegative {
            controlUnits[unit].note(
                request: open[index].exchange.request?.payload, answer: message.payload)
        }
        noteCodes(of: open[index].exchange.responses[place], in: open[index].exchange)
        if open[index].controlUnit != nil { close(index) }
    }

    /// Keeps a final answer for the book of trouble codes, if it is for that.
    mutating func noteCodes(of response: ExchangeResponse, in exchange: Exchange) {
        guard TroubleCodeBook.wants(response, of: exchange) else { return }
        var answer = exchange
        answer.responses = [response]
        codeAnswers.append(answer)
    }

    /// The place of a control unit among the responses, made with its first answer.
    mutating func response(
        of index: Int, from unit: Int, at message: ExchangeMessage
    ) -> Int {
        if let place = open[index].states.firstIndex(where: { $0.controlUnit == unit }) {
            open[index].exchange.responses[place].lastFrame = message.lastFrame
            return place
        }
        let sent = open[index].exchange.request?.lastTime ?? message.firstTime
        heldResponses += 1
        open[index].states.append(OpenRequest.ResponseState(controlUnit: unit, anchor: sent))
        open[index].exchange.responses.append(
            ExchangeResponse(
                address: controlUnits[unit].address, firstFrame: message.firstFrame,
                lastFrame: message.lastFrame))
        return open[index].states.count - 1
    }

    /// P2 for the first answer, P2* behind each response pending; both end at the answer's first frame.
    mutating func measure(_ index: Int, _ place: Int, _ unit: Int, since time: Int64) {
        let isPending = open[index].states[place].isPending
        let limit = options.timing.limit(controlUnits[unit].told, isPending: isPending)
        open[index].exchange.responses[place].measure(
            time &- open[index].states[place].anchor, limit, isBehindPending: isPending)
    }

    /// The request that an answer belongs to: one that this control unit asked more time for, else
    /// the latest that it has not answered. A negative response names the service alone: it is to the
    /// latest request for that.
    func openRequest(answeredBy head: MessageHead, of unit: Int) -> Int? {
        var best: (index: Int, rank: Int)?
        let (channel, address) = (controlUnits[unit].channel, controlUnits[unit].address)
        var (end, looks) = (open.count, 0)
        while looks < Self.maximumLooks,
            let index = open.last(
                before: end, channel: channel, service: head.answeredService, of: unit)
        {
            end = index
            guard open[index].head.strength(of: head) > 0 else { continue }
            looks += 1
            if open[index].controlUnit == nil {
                guard let asked = open[index].exchange.request?.address,
                    address.hears(functional: asked)
                else { continue }
            }
            let state = open[index].states.first { $0.controlUnit == unit }
            guard state?.isFinal != true else { continue }
            let rank =
                (state?.isPending == true && !head.isNegative ? 4 : 0)
                + (open[index].controlUnit == unit ? 1 : 0)
            if best.map({ rank > $0.rank }) ?? true { best = (index, rank) }
        }
        return best?.index
    }

    /// An answer belongs to one of the latest requests that it fits.
    private static var maximumLooks: Int { 16 }

    private mutating func takeUnrequested(
        _ message: ExchangeMessage, _ head: MessageHead, _ row: FrameRow, from unit: Int
    ) {
        let outcome: Exchange.Outcome
        if controlUnits[unit].periodic.contains(head.service)
            || head.service == 0x6A && head.count > 1
                && controlUnits[unit].periodic.contains(head[1])
        {
            outcome = .periodic
        } else if controlUnits[unit].events.contains(head.service) {
            outcome = .event
        } else if takeBelated(message, head, channel: row.channel, from: unit) {
            return
        } else {
            outcome = .unrequested
        }
        var response = ExchangeResponse(
            address: controlUnits[unit].address, firstFrame: message.firstFrame,
            lastFrame: message.lastFrame)
        response.message = message
        if head.isNegative {
            response.negativeCode = head[2]
            response.pendingCount = head.isPending ? 1 : 0
        }
        let exchange = Exchange(
            channel: row.channel, request: nil, responses: [response], outcome: outcome,
            isFunctional: false)
        noteCodes(of: response, in: exchange)
        finished.append(exchange)
    }

    // MARK: Ends

    /// Ends what has waited too long.
    mutating func expire(at time: Int64) {
        var index = 0
        while let expired = open.expired(from: index, at: time) {
            close(expired)
            index = expired
        }
        nextDeadline = open.nextDeadline
    }

    /// Ends a request with what has come.
    mutating func close(_ index: Int) {
        var request = open.remove(at: index)
        request.exchange.outcome = request.outcome
        switch request.exchange.outcome {
        case _ where request.link < 0: break
        case .unanswered where request.serial == links[request.link].lastSerial:
            links[request.link].unanswered += 1
        case .unanswered: break
        default: links[request.link].unanswered = 0
        }
        heldResponses -= request.exchange.responses.count
        heldBytes -= request.exchange.request?.payload.count ?? 0
        for response in request.exchange.responses {
            heldBytes -= response.message?.payload.count ?? 0
        }
        if request.exchange.outcome == .suppressed { noteSuppressed(request) }
        giveUp(request)
        finished.append(request.exchange)
    }

    /// A control unit that was asked for a session or a reset without an answer, and did not refuse,
    /// has done so.
    private mutating func noteSuppressed(_ request: OpenRequest) {
        guard let message = request.exchange.request, [0x10, 0x11].contains(message.service),
            message.payload.count > 1
        else { return }
        let units =
            request.controlUnit.map { $0 < 0 ? [] : [$0] }
            ?? hearers[FunctionalKey(request: message.address, request.channel)] ?? []
        for unit in units {
            controlUnits[unit].note(
                request: message.payload,
                answer: [message.payload[0] | 0x40, message.payload[1] & 0x7F])
        }
    }
}
