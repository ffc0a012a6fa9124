import CANFrame

/// A request that ended without the final answer of a control unit, which may still come.
struct GivenUpRequest: Sendable {
    let channel: UInt8
    /// The control unit that it was to; `nil` is all.
    let controlUnit: Int?
    let head: MessageHead
    /// Of long ones the beginning alone.
    let message: ExchangeMessage
    /// How far each control unit was that had begun to answer.
    var states: [OpenRequest.ResponseState]
    /// Until when an answer is taken for one to it.
    var deadline: Int64

    /// `nil` of what has its answer, or is not of a service.
    init?(_ request: OpenRequest, until deadline: Int64) {
        guard request.exchange.family == .service, var message = request.exchange.request,
            request.controlUnit.map({ $0 >= 0 }) ?? true,
            request.controlUnit == nil || !request.states.contains(where: \.isFinal)
        else { return nil }
        if message.payload.count > Self.heldBytes {
            message.payload = Array(message.payload.prefix(Self.heldBytes))
        }
        (channel, controlUnit) = (request.channel, request.controlUnit)
        (head, states) = (request.head, request.states)
        (self.message, self.deadline) = (message, deadline)
    }

    private static var heldBytes: Int { 64 }
}

/// Answers behind the end of their requests: whoever asked has given up, and the request was seen.
extension ConversationTracker {
    /// How many requests are remembered behind their end.
    private static var maximumGivenUp: Int { 256 }

    /// Remembers a request that ends without an answer, for as long as one is waited for.
    mutating func giveUp(_ request: OpenRequest) {
        // It ended at its deadline, whenever the frame or tick came that showed it.
        let end = min(now, request.deadline)
        guard let given = GivenUpRequest(request, until: end &+ options.patience) else { return }
        if givenUp.count >= Self.maximumGivenUp {
            givenUp.removeAll { $0.deadline < now }
            if givenUp.count >= Self.maximumGivenUp {
                givenUp.removeFirst(Self.maximumGivenUp / 4)
            }
        }
        givenUp.append(given)
    }

    /// Takes an answer to the latest request that it fits and that was given up before; false if there
    /// is none.
    mutating func takeBelated(
        _ message: ExchangeMessage, _ head: MessageHead, channel: UInt8, from unit: Int
    ) -> Bool {
        let address = controlUnits[unit].address
        guard
            let index = givenUp.lastIndex(where: { given in
                given.channel == channel && given.deadline >= now
                    && (given.controlUnit.map { $0 == unit }
                        ?? address.hears(functional: given.message.address))
                    && given.head.strength(of: head) > 0
                    && !given.states.contains { $0.controlUnit == unit && $0.isFinal }
            })
        else { return false }
        var state =
            givenUp[index].states.first { $0.controlUnit == unit }
            ?? OpenRequest.ResponseState(
                controlUnit: unit, anchor: givenUp[index].message.lastTime)
        var response = ExchangeResponse(
            address: address, firstFrame: message.firstFrame, lastFrame: message.lastFrame)
        response.message = message
        let limit = options.timing.limit(controlUnits[unit].told, isPending: state.isPending)
        response.measure(
            message.firstTime &- state.anchor, limit, isBehindPending: state.isPending)
        response.negativeCode = head.isNegative ? head[2] : nil
        var exchange = Exchange(
            channel: channel, request: nil, responses: [response], outcome: .belated,
            isFunctional: givenUp[index].controlUnit == nil)
        exchange.givenUpRequest = givenUp[index].message
        if head.isPending {
            exchange.responses[0].pendingCount = 1
            (state.isPending, state.anchor) = (true, message.lastTime)
            let next = options.timing.limit(controlUnits[unit].told, isPending: true).time
            givenUp[index].deadline = message.lastTime &+ next &+ options.patience
        } else {
            state.isFinal = true
            if !head.isNegative {
                controlUnits[unit].note(
                    request: givenUp[index].message.payload, answer: message.payload)
            }
        }
        givenUp[index].states.removeAll { $0.controlUnit == unit }
        givenUp[index].states.append(state)
        finished.append(exchange)
        // The book of trouble codes is told what was asked.
        exchange.request = exchange.givenUpRequest
        noteCodes(of: exchange.responses[0], in: exchange)
        return true
    }
}
