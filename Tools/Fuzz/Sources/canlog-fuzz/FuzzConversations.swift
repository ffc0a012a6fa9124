import CANFrame
import Diagnostics

/// Frames of a few identifiers, 13 bytes each: which identifier, how long after the one before, the
/// length, the payload. What is told must be bounded, and in order; the same frames in other batches
/// must tell the same.
func fuzzConversations(_ input: [UInt8]) {
    let whole = conversations(of: input, batchSize: 4_096)
    let single = conversations(of: input, batchSize: 1)
    precondition(whole == single, "batches change what is heard")
    // No frame ends more than one exchange and begins another.
    precondition(whole.count <= 2 * (input.count / 13 + 1))
    var book = TroubleCodeBook()
    for exchange in whole {
        precondition(exchange.evidence.upperBound <= UInt64(input.count / 13))
        book.take(DecodedExchange(exchange))
    }
}

/// Those of the standards, some that may be learned, of 29 bits, and of J1939.
private let identifiers: [UInt32] = [
    0x7DF, 0x7E0, 0x7E8, 0x7E1, 0x7E9, 0x712, 0x77C, 0x700,
    0x98DA_10F1, 0x98DA_F110, 0x98DB_33F1, 0x98CE_10F1, 0x98CE_F110, 0x98FE_CA00, 0x9CEC_FF00,
    0x9CEB_FF00, 0x98EA_00F9, 0x98E8_FF00, 0x6F1, 0x612,
]

private func conversations(of input: [UInt8], batchSize: Int) -> [Exchange] {
    var options = ConversationTracker.Options()
    options.pairs = [AddressPair("6F1/12:612/F1")].compactMap { $0 }
    options.maximumOpenRequests = 8
    options.maximumHeldBytes = 4_096
    options.maximumIdentifiers = 16
    var tracker = ConversationTracker(options: options, resolution: 1)
    var exchanges: [Exchange] = []
    var batch = FrameBatch(capacity: batchSize)
    var time: Int64 = 0
    var number: UInt64 = 0
    var rest = input[...]
    while rest.count >= 13 {
        let record = Array(rest.prefix(13))
        rest = rest.dropFirst(13)
        // From nothing to some seconds, in steps that grow.
        time += Int64(record[1] & 0xF) << Int64(record[1] >> 4) * 100_000
        let length = Int(record[2] % 9)
        batch.append(
            Frame(
                timestamp: Timestamp(nanoseconds: time),
                identifier: PackedID(rawValue: identifiers[Int(record[0]) % identifiers.count]),
                channel: record[3] & 1, payload: Array(record[5..<5 + length])))
        number += 1
        guard batch.isFull else { continue }
        tracker.take(batch)
        exchanges += tracker.takeExchanges()
        batch.removeAll()
        batch.firstFrameNumber = number
    }
    tracker.take(batch)
    tracker.finish()
    return exchanges + tracker.takeExchanges()
}
