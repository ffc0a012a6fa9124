import CANFrame
import CANTransport

extension ConversationTracker {
    // MARK: Requests

    /// Takes a request that came whole, to one control unit or, without one, to all.
    mutating func takeRequest(
        _ message: ExchangeMessage, _ row: FrameRow, to unit: Int?, of link: Int
    ) {
        let head = MessageHead(message.payload.span, length: message.length)
        if unit == nil || links[link].isLearned {
            learner.note(
                head, row, at: message.lastTime, isLong: message.lastFrame != message.firstFrame,
                isFunctional: unit == nil)
        }
        if let unit, unit >= 0 { supersede(unit, by: head) }
        var exchange = Exchange(
            channel: row.channel, request: message, responses: [], outcome: .unanswered,
            isFunctional: unit == nil)
        if let unit, unit >= 0 { exchange.addressee = controlUnits[unit].address }
        exchange.repetitions = countRepetition(message.payload, of: link)
        for index in hearers(unit, message.address, row.channel) {
            noteRequest(of: &exchange, message, to: index)
        }
        if open.count >= options.maximumOpenRequests {
            losses.hurriedRequests += 1
            close(0)
        }
        let request = OpenRequest(
            serial: nextSerial, link: link, controlUnit: unit, head: head, exchange: exchange,
            deadline: message.lastTime
                &+ (head.suppressesPositiveAnswer
                    ? min(options.patience, Self.suppressedPatience) : options.patience))
        links[link].lastSerial = nextSerial
        nextSerial += 1
        heldBytes += message.payload.count
        nextDeadline = min(nextDeadline, request.deadline)
        open.append(request)
    }

    /// A negative answer to a request that wants no positive one comes within P2 and some.
    private static var suppressedPatience: Int64 { 200_000_000 }

    /// A tester that asks the same control unit again has given up what it asked before; not where
    /// that is still under way, or the new one only keeps the session.
    private mutating func supersede(_ unit: Int, by head: MessageHead) {
        guard head.service != 0x3E else { return }
        for index in open.indices.reversed()
        where open[index].controlUnit == unit && !open[index].isPending
            && controlUnits[unit].incoming?.serial != open[index].serial
        {
            close(index)
        }
    }

    private mutating func countRepetition(_ payload: [UInt8], of link: Int) -> Int {
        if links[link].lastRequest != payload {
            links[link].lastRequest = payload.count <= 64 ? payload : []
            links[link].unanswered = 0
        }
        return links[link].unanswered
    }

    private func hearers(
        _ unit: Int?, _ address: ISOTPAddress, _ channel: UInt8
    ) -> [Int] {
        if let unit { return unit < 0 ? [] : [unit] }
        var hearers: [Int] = []
        for index in controlUnits.indices
        where controlUnits[index].channel == channel
            && controlUnits[index].address.hears(functional: address)
        {
            hearers.append(index)
        }
        return hearers
    }

    /// S3: how long the tester was silent in a session that ends by that.
    private mutating func noteRequest(
        of exchange: inout Exchange, _ message: ExchangeMessage, to unit: Int
    ) {
        let limit = (options.timing ?? DiagnosticTiming()).s3
        if controlUnits[unit].session != 1, let last = controlUnits[unit].lastActivity {
            let silence = MeasuredTime(time: message.firstTime &- last, limit: limit)
            exchange.s3 = MeasuredTime.worse(exchange.s3, silence)
            if silence.isExceeded { controlUnits[unit].session = 1 }
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
        _ glance: FrameGlance?, _ row: FrameRow, number: UInt64, at time: Int64, from unit: Int
    ) {
        if controlUnits[unit].incoming != nil {
            controlUnits[unit].incoming?.lastTime = time
            controlUnits[unit].incoming?.lastFrame = number
        }
        guard let glance, glance.frame.isFirst, let head = glance.head else { return }
        if controlUnits[unit].request == nil { learner.noteFirstFrame(row, at: time) }
        let index = openRequest(answeredBy: head, of: unit)
        controlUnits[unit].incoming = ControlUnit.Incoming(
            serial: index.map { open[$0].serial }, firstTime: time, firstFrame: number,
            lastTime: time, lastFrame: number)
    }

    /// Takes an answer that came whole.
    mutating func takeResponse(_ message: ExchangeMessage, _ row: FrameRow, from unit: Int) {
        let head = MessageHead(message.payload.span, length: message.length)
        let serial = controlUnits[unit].incoming?.serial
        controlUnits[unit].incoming = nil
        controlUnits[unit].lastActivity = message.lastTime
        let index =
            serial.flatMap { serial in open.firstIndex { $0.serial == serial } }
            ?? openRequest(answeredBy: head, of: unit)
        guard let index else { return takeUnrequested(message, head, row, from: unit) }
        let place = response(of: index, from: unit, at: message)
        measure(index, place, unit, since: message.firstTime)
        let isPending = head.isNegative && head[2] == 0x78
        if isPending {
            open[index].exchange.responses[place].pendingCount += 1
            open[index].states[place].isPending = true
            open[index].states[place].anchor = message.lastTime
            let limit = limits(of: unit).timing.p2Star
            open[index].deadline = max(
                open[index].deadline, message.lastTime &+ limit &+ options.patience)
            return
        }
        open[index].exchange.responses[place].message = message
        open[index].exchange.responses[place].negativeCode = head.isNegative ? head[2] : nil
        open[index].states[place].isFinal = true
        heldBytes += message.payload.count
        if !head.isNegative {
            controlUnits[unit].note(
                request: open[index].exchange.request?.payload, answer: message.payload)
        }
        if open[index].controlUnit != nil { close(index) }
    }

    /// The place of a control unit among the responses, made with its first answer.
    private mutating func response(
        of index: Int, from unit: Int, at message: ExchangeMessage
    ) -> Int {
        if let place = open[index].states.firstIndex(where: { $0.controlUnit == unit }) {
            open[index].exchange.responses[place].lastFrame = message.lastFrame
            return place
        }
        let sent = open[index].exchange.request?.lastTime ?? message.firstTime
        open[index].states.append(OpenRequest.ResponseState(controlUnit: unit, anchor: sent))
        open[index].exchange.responses.append(
            ExchangeResponse(
                address: controlUnits[unit].address, firstFrame: message.firstFrame,
                lastFrame: message.lastFrame))
        return open[index].states.count - 1
    }

    /// P2 for the first answer, P2* behind each response pending; both end at the answer's first frame.
    private mutating func measure(_ index: Int, _ place: Int, _ unit: Int, since time: Int64) {
        let limits = limits(of: unit)
        let wait = time &- open[index].states[place].anchor
        open[index].exchange.responses[place].limits = limits.origin
        if open[index].states[place].isPending {
            let measured = MeasuredTime(time: wait, limit: limits.timing.p2Star)
            open[index].exchange.responses[place].p2Star = MeasuredTime.worse(
                open[index].exchange.responses[place].p2Star, measured)
        } else {
            open[index].exchange.responses[place].p2 = MeasuredTime(
                time: wait, limit: limits.timing.p2)
        }
    }

    private func limits(
        of unit: Int
    ) -> (timing: DiagnosticTiming, origin: DiagnosticTiming.Origin) {
        if let given = options.timing { return (given, .given) }
        if let told = controlUnits[unit].told { return (told, .told) }
        return (DiagnosticTiming(), .standard)
    }

    /// The request that an answer belongs to: one that this control unit asked more time for, else
    /// the latest that it has not answered.
    private func openRequest(answeredBy head: MessageHead, of unit: Int) -> Int? {
        var best: (index: Int, rank: Int)?
        let (channel, address) = (controlUnits[unit].channel, controlUnits[unit].address)
        for index in open.indices {
            guard open[index].channel == channel,
                open[index].controlUnit == unit || open[index].controlUnit == nil,
                open[index].head.strength(of: head) > 0
            else { continue }
            if open[index].controlUnit == nil {
                guard let asked = open[index].exchange.request?.address,
                    address.hears(functional: asked)
                else { continue }
            }
            let state = open[index].states.first { $0.controlUnit == unit }
            guard state?.isFinal != true else { continue }
            let rank =
                (state?.isPending == true ? 4 : 0) + (open[index].controlUnit == unit ? 1 : 0)
            if best.map({ rank >= $0.rank }) ?? true { best = (index, rank) }
        }
        return best?.index
    }

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
        } else {
            outcome = .unrequested
        }
        var response = ExchangeResponse(
            address: controlUnits[unit].address, firstFrame: message.firstFrame,
            lastFrame: message.lastFrame)
        response.message = message
        if head.isNegative {
            response.negativeCode = head[2]
            response.pendingCount = head[2] == 0x78 ? 1 : 0
        }
        finished.append(
            Exchange(
                channel: row.channel, request: nil, responses: [response], outcome: outcome,
                isFunctional: false))
    }

    // MARK: Ends

    /// Ends what has waited too long.
    mutating func expire(at time: Int64) {
        nextDeadline = .max
        var index = 0
        while index < open.count {
            let limit = deadline(of: index)
            if time > limit {
                close(index)
            } else {
                nextDeadline = min(nextDeadline, limit)
                index += 1
            }
        }
    }

    /// An answer whose frames still come keeps its request open; the listener tells when it breaks off,
    /// and where no more frames come at all this does.
    private func deadline(of index: Int) -> Int64 {
        var limit = open[index].deadline
        for unit in hearers(
            open[index].controlUnit, open[index].exchange.request?.address, open[index].channel)
        {
            guard let incoming = controlUnits[unit].incoming,
                incoming.serial == open[index].serial
            else { continue }
            limit = max(limit, incoming.lastTime &+ options.listener.timeoutCr &+ options.patience)
        }
        return limit
    }

    private func hearers(_ unit: Int?, _ address: ISOTPAddress?, _ channel: UInt8) -> [Int] {
        address.map { hearers(unit, $0, channel) } ?? []
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
        heldBytes -= request.exchange.request?.payload.count ?? 0
        for response in request.exchange.responses {
            heldBytes -= response.message?.payload.count ?? 0
        }
        finished.append(request.exchange)
    }

    /// Takes note of a message that did not come whole.
    mutating func note(_ failure: ISOTPFailure) {
        guard failure.kind.endsMessage, links.indices.contains(failure.link) else { return }
        switch links[failure.link].role {
        case .responses(let unit): breakOff(unit, failure)
        case .requests, .functionalRequests: losses.brokenRequests += 1
        }
    }

    private mutating func breakOff(_ unit: Int, _ failure: ISOTPFailure) {
        guard let incoming = controlUnits[unit].incoming else { return }
        controlUnits[unit].incoming = nil
        let index = incoming.serial.flatMap { serial in
            open.firstIndex { $0.serial == serial }
        }
        guard let index else { return }
        let begin = ExchangeMessage(
            address: controlUnits[unit].address, payload: [], length: failure.announced,
            firstTime: incoming.firstTime, lastTime: incoming.lastTime,
            timestamp: failure.timestamp, firstFrame: incoming.firstFrame,
            lastFrame: incoming.lastFrame, transport: nil)
        let place = response(of: index, from: unit, at: begin)
        measure(index, place, unit, since: incoming.firstTime)
        open[index].exchange.responses[place].failure = failure.kind
        open[index].states[place].isFinal = true
        if open[index].controlUnit != nil { close(index) }
    }
}

extension ISOTPFailure.Kind {
    /// Whether it ends a message with the frame that began it.
    var isOfFirstFrame: Bool { self == .tooLong || self == .tooMuch }
}
