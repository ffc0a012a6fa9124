import CANFrame
import CANTransport

/// Requests and answers that do not come whole, or not as ISO 15765-2 has them.
extension ConversationTracker {
    /// Takes note of a message that did not come whole.
    mutating func note(_ failure: ISOTPFailure) {
        guard failure.endsMessage, links.indices.contains(failure.link) else { return }
        switch links[failure.link].role {
        case .responses(let unit): breakOff(unit, failure)
        case .requests(let unit): breakOff(failure, to: unit)
        case .functionalRequests: breakOff(failure, to: nil)
        }
    }

    /// A request that did not come whole is an exchange too: nobody can answer it.
    private mutating func breakOff(_ failure: ISOTPFailure, to unit: Int?) {
        losses.brokenRequests += 1
        guard var message = links[failure.link].begun else { return }
        links[failure.link].begun = nil
        if failure.kind.isOfFrame {
            (message.lastFrame, message.lastTime) = (failure.frame, failure.time)
        }
        var exchange = Exchange(
            channel: links[failure.link].channel, request: message, responses: [],
            outcome: .broken, isFunctional: unit == nil)
        if let unit, unit >= 0 { exchange.addressee = controlUnits[unit].address }
        exchange.requestFailure = failure.kind
        finished.append(exchange)
    }

    /// Takes note of a frame of a request of several.
    mutating func noteRequestFrame(
        _ row: FrameRow, _ longPayload: Span<UInt8>, number: UInt64, at time: Int64, _ place: Int
    ) {
        guard let link = linkIndex(of: row, longPayload, place) else { return }
        switch ISOTPFrame(
            row, longPayload: longPayload, hasAddressByte: identifiers[place].hasAddressByte)
        {
        case .first(let start, let length):
            var payload: [UInt8] = []
            for index in Int(start)..<max(Int(start), Int(row.length)) {
                payload.append(row.byte(at: index, longPayload))
            }
            links[link].begun = ExchangeMessage(
                address: links[link].address, payload: payload, length: Int(length),
                firstTime: time, lastTime: time, timestamp: row.timestamp, firstFrame: number,
                lastFrame: number, transport: nil)
        case .consecutive:
            links[link].begun?.lastTime = time
            links[link].begun?.lastFrame = number
        default: break
        }
    }

    private mutating func breakOff(_ unit: Int, _ failure: ISOTPFailure) {
        guard let incoming = controlUnits[unit].incoming else { return }
        guard let index = endIncoming(of: unit) else { return }
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

    /// A frame of no kind that ISO 15765-2 has, where an answer is waited for: the request is broken, if
    /// no other comes.
    mutating func noteMalformed(
        _ row: FrameRow, _ longPayload: Span<UInt8>, _ number: UInt64, _ time: Int64, _ unit: Int
    ) {
        let start = controlUnits[unit].address.addressByte == nil ? 1 : 2
        guard controlUnits[unit].incoming == nil,
            case .malformed = ISOTPFrame(
                row, longPayload: longPayload, hasAddressByte: start == 2),
            Int(row.length) > start
        else { return }
        // What it would be if its first byte were not wrong.
        let head = MessageHead(
            row, longPayload, from: start, length: Int(row.length) - start)
        var found = openRequest(answeredBy: head, of: unit)
        if found == nil, controlUnits[unit].periodic.isEmpty {
            found = open.last(before: open.count, to: unit)
        }
        guard let index = found else { return }
        let frame = ExchangeMessage(
            address: controlUnits[unit].address, payload: [], length: 0, firstTime: time,
            lastTime: time, timestamp: row.timestamp, firstFrame: number, lastFrame: number,
            transport: nil)
        let place = response(of: index, from: unit, at: frame)
        measure(index, place, unit, since: time)
        open[index].exchange.responses[place].failure = .malformed
    }
}

extension ISOTPFailure.Kind {
    /// Whether it ends a message with the frame that began it.
    var isOfFirstFrame: Bool { self == .tooLong || self == .tooMuch }

    /// Whether the frame that shows it is one of the message's, or the receiver's word about it.
    var isOfFrame: Bool {
        switch self {
        case .wrongSequence, .malformed, .overflow, .invalidFlowStatus: true
        default: false
        }
    }
}
