import CANFrame
import CANTransport

/// Whose broadcast of which parameter group.
struct BroadcastKey: Hashable, Sendable {
    var channel: UInt8
    var source: UInt8
    var group: UInt32
}

extension ConversationTracker {
    private static var maximumBroadcasts: Int { 4_096 }
    /// J1939-21 5.12.3: who asks waits at least 1.25 s (T3) before it gives up.
    private static var answerTime: Int64 { 1_250_000_000 }
    /// J1939-21 5.12.3: an answer, or its announcement, comes within 200 ms (Tr).
    private static var responseTime: Int64 { 200_000_000 }

    /// Takes a frame of J1939's transport protocol.
    mutating func takeTransport(_ row: FrameRow, number: UInt64, at time: Int64) {
        let isWhole = transport.take(row, number: number, at: time)
        if let session = transport.messageUnderWay(row) { wait(for: session, channel: row.channel) }
        guard isWhole, let message = transport.message,
            J1939Diagnostic.Kind(group: message.group) != nil
        else { return }
        let payload = Array(copying: transport.payload)
        // It begins where it is announced, as P2 and evidence want it.
        takeDiagnostic(
            ExchangeMessage(
                address: ISOTPAddress(ArbitrationID(message.identifier)), payload: payload,
                length: payload.count, firstTime: message.announcedTime, lastTime: time,
                timestamp: message.announced, firstFrame: message.announcedFrame,
                lastFrame: number, transport: nil),
            group: message.group, channel: row.channel)
    }

    /// An answer that was announced in time keeps its request open until it has come: to all, 1,785
    /// bytes may take 51 s (J1939-21 5.10.2.4).
    private mutating func wait(for session: J1939Transport.MessageUnderWay, channel: UInt8) {
        guard J1939Diagnostic.Kind(group: session.group) != nil,
            let index = openRequest(
                of: session.group, from: session.source, at: session.announcedTime, channel)
        else { return }
        open[index].deadline = max(open[index].deadline, session.deadline)
    }

    /// Takes a message of J1939 that one frame holds.
    mutating func takeMessage(_ row: FrameRow, number: UInt64, at time: Int64) {
        guard row.isShort, !row.flags.isFD else { return }
        var payload: [UInt8] = []
        for index in 0..<Int(row.length) { payload.append(row.byte(at: index, payload.span)) }
        let group = J1939Request.group(of: row.identifier)
        let message = ExchangeMessage(
            address: ISOTPAddress(ArbitrationID(row.identifier)), payload: payload,
            length: payload.count, firstTime: time, lastTime: time, timestamp: row.timestamp,
            firstFrame: number, lastFrame: number, transport: nil)
        switch group {
        case J1939Request.group: takeGroupRequest(message, row)
        case J1939Request.acknowledgment: takeAcknowledgment(message, row)
        default:
            // A diagnostic message that fits a frame has eight bytes, those that are unused filled.
            guard payload.count == 8 else { return }
            takeDiagnostic(message, group: group, channel: row.channel)
        }
    }

    private mutating func takeGroupRequest(_ message: ExchangeMessage, _ row: FrameRow) {
        guard message.payload.count >= 3 else { return }
        let group = Self.group(message.payload[0..<3])
        guard J1939Diagnostic.Kind(group: group) != nil else { return }
        let destination = UInt8(truncatingIfNeeded: row.identifier.number >> 8)
        var exchange = Exchange(
            channel: row.channel, request: message, responses: [], outcome: .unanswered,
            isFunctional: destination == J1939Transport.everyone)
        exchange.family = .j1939(group: group)
        let deadline = message.lastTime &+ Self.answerTime
        makeRoom()
        open.append(
            OpenRequest(
                serial: nextSerial, link: -1, controlUnit: nil,
                head: MessageHead(message.payload.span, length: message.length),
                exchange: exchange, deadline: deadline))
        nextSerial += 1
        heldBytes += message.payload.count
        nextDeadline = min(nextDeadline, deadline)
    }

    private static func group(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) } & 0x3_FFFF
    }

    /// J1939-21 5.4.4: control byte 0 is positive, 1 negative, 2 access denied, 3 cannot respond.
    private mutating func takeAcknowledgment(_ message: ExchangeMessage, _ row: FrameRow) {
        guard message.payload.count == 8 else { return }
        let group = Self.group(message.payload[5..<8])
        guard J1939Diagnostic.Kind(group: group) != nil,
            let index = openRequest(
                of: group, from: message.address.j1939Source, at: message.firstTime, row.channel)
        else { return }
        let control = message.payload[0]
        answer(index, message, negativeCode: control == 0 ? nil : control)
    }

    /// A diagnostic message: the answer to a request, or a broadcast.
    private mutating func takeDiagnostic(
        _ message: ExchangeMessage, group: UInt32, channel: UInt8
    ) {
        let source = message.address.j1939Source
        let key = BroadcastKey(channel: channel, source: source, group: group)
        if let index = openRequest(of: group, from: source, at: message.firstTime, channel) {
            if group == J1939Diagnostic.Kind.dm1.group { _ = isNews(message, key) }
            return answer(index, message, negativeCode: nil)
        }
        guard isNews(message, key) else { return unchangedBroadcasts &+= 1 }
        var response = ExchangeResponse(
            address: message.address, firstFrame: message.firstFrame, lastFrame: message.lastFrame)
        response.message = message
        var exchange = Exchange(
            channel: channel, request: nil, responses: [response], outcome: .broadcast,
            isFunctional: true)
        exchange.family = .j1939(group: group)
        noteCodes(of: response, in: exchange)
        finished.append(exchange)
    }

    /// Whether a broadcast says other than the one before.
    private mutating func isNews(_ message: ExchangeMessage, _ key: BroadcastKey) -> Bool {
        guard broadcasts[key] != message.payload else { return false }
        if broadcasts.count < Self.maximumBroadcasts || broadcasts[key] != nil {
            broadcasts[key] = message.payload
        } else {
            losses.forgottenBroadcasts += 1
        }
        return true
    }

    /// The latest request for a group before `time` that `source` has not answered.
    private func openRequest(
        of group: UInt32, from source: UInt8, at time: Int64, _ channel: UInt8
    ) -> Int? {
        open.lastIndex { request in
            guard case .j1939(group) = request.exchange.family, request.channel == channel,
                let asked = request.exchange.request, asked.lastTime <= time
            else { return false }
            let destination = asked.address.j1939Destination
            guard destination == J1939Transport.everyone || destination == source else {
                return false
            }
            return !request.exchange.responses.contains { $0.address.j1939Source == source }
        }
    }

    private mutating func answer(
        _ index: Int, _ message: ExchangeMessage, negativeCode: UInt8?
    ) {
        var response = ExchangeResponse(
            address: message.address, firstFrame: message.firstFrame, lastFrame: message.lastFrame)
        response.message = message
        response.negativeCode = negativeCode
        let sent = open[index].exchange.request?.lastTime ?? message.firstTime
        let time = MeasuredTime(time: message.firstTime &- sent, limit: Self.responseTime)
        // DM1 comes each second unasked too: what is later may be that, and tells no time.
        if open[index].exchange.family != .j1939(group: J1939Diagnostic.Kind.dm1.group)
            || !time.isExceeded
        {
            response.p2 = time
        }
        open[index].exchange.responses.append(response)
        heldResponses += 1
        noteCodes(of: response, in: open[index].exchange)
        heldBytes += message.payload.count
        if !open[index].exchange.isFunctional { close(index) }
    }
}

extension ISOTPAddress {
    /// The source address in an identifier of J1939.
    var j1939Source: UInt8 { UInt8(truncatingIfNeeded: identifier.number) }
    /// The destination address in an identifier of J1939 that has one.
    var j1939Destination: UInt8 { UInt8(truncatingIfNeeded: identifier.number >> 8) }
}
