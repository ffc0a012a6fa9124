import CANFrame
import CANTransport

/// A frame that may be periodic data, until there are enough of them.
struct PeriodicFrame: Sendable {
    var place: Int
    var message: ExchangeMessage
}

/// Periodic data without the transport protocol's bytes (ISO 14229-1 10.5, UUDT): a frame is an identifier
/// of one byte and its data, on an identifier of the bus that nothing in the request tells.
///
/// It is believed of an identifier that is heard for the first time after a control unit agreed to send
/// periodic data, and whose first frames all begin with one of the identifiers it was asked for.
extension ConversationTracker {
    private static var neededFrames: UInt8 { 3 }
    private static var maximumHeldFrames: Int { 64 }

    /// Notes that a new identifier may carry periodic data of the one control unit that it fits to.
    mutating func beginPeriodic(_ row: FrameRow, _ place: Int) {
        guard options.learnsAddresses, row.isShort, row.length > 1 else { return }
        let first = UInt8(truncatingIfNeeded: row.payloadWord)
        var found: Int?
        for unit in controlUnits.indices
        where controlUnits[unit].periodic.contains(first)
            && controlUnits[unit].channel == row.channel
            && controlUnits[unit].address.identifier.isExtended == row.identifier.isExtended
        {
            guard found == nil else { return }
            found = unit
        }
        guard let found else { return }
        identifiers[place].kind = .periodic
        identifiers[place].periodicUnit = Int32(found)
    }

    /// Takes a frame of such an identifier; false if it carries something else after all.
    mutating func takePeriodic(
        _ row: FrameRow, _ longPayload: Span<UInt8>, number: UInt64, at time: Int64, _ place: Int
    ) -> Bool {
        let unit = Int(identifiers[place].periodicUnit)
        guard row.length > 1,
            controlUnits[unit].everPeriodic.contains(row.byte(at: 0, longPayload))
        else {
            identifiers[place].kind = .candidate
            heldPeriodic.removeAll { $0.place == place }
            return false
        }
        var payload: [UInt8] = []
        for index in 0..<Int(row.length) { payload.append(row.byte(at: index, longPayload)) }
        let message = ExchangeMessage(
            address: ISOTPAddress(ArbitrationID(row.identifier)), payload: payload,
            length: payload.count, firstTime: time, lastTime: time, timestamp: row.timestamp,
            firstFrame: number, lastFrame: number, transport: nil)
        guard identifiers[place].periodicFrames >= Self.neededFrames - 1 else {
            identifiers[place].periodicFrames += 1
            if heldPeriodic.count < Self.maximumHeldFrames {
                heldPeriodic.append(PeriodicFrame(place: place, message: message))
            }
            return true
        }
        if identifiers[place].periodicFrames < Self.neededFrames {
            identifiers[place].periodicFrames += 1
            for held in heldPeriodic where held.place == place { finish(held.message, row, unit) }
            heldPeriodic.removeAll { $0.place == place }
        }
        finish(message, row, unit)
        return true
    }

    private mutating func finish(_ message: ExchangeMessage, _ row: FrameRow, _ unit: Int) {
        var response = ExchangeResponse(
            address: controlUnits[unit].address, firstFrame: message.firstFrame,
            lastFrame: message.lastFrame)
        response.message = message
        finished.append(
            Exchange(
                channel: row.channel, request: nil, responses: [response], outcome: .periodic,
                isFunctional: false))
    }
}
