import CANFrame

@testable import Diagnostics

/// A conversation that a test writes down, as a tracker hears it.
struct HeardConversation: ~Copyable {
    var tracker: ConversationTracker
    private var batch = FrameBatch(capacity: 65_536)
    private var number: UInt64 = 0
    /// Milliseconds since the first frame.
    private(set) var now = 0.0
    private(set) var exchanges: [Exchange] = []
    private(set) var book = TroubleCodeBook()

    init(_ options: ConversationTracker.Options = ConversationTracker.Options()) {
        tracker = ConversationTracker(options: options, resolution: 1)
    }

    /// A frame as candump writes it, so many milliseconds behind the one before; with `##` CAN FD.
    mutating func hear(_ text: String, after milliseconds: Double = 10, channel: UInt8 = 0) {
        now += milliseconds
        batch.removeAll()
        batch.firstFrameNumber = number
        batch.append(Self.frame(text, at: now, channel))
        number += 1
        tracker.take(batch)
        takeExchanges()
    }

    /// Several frames, each so many milliseconds behind the one before.
    mutating func hear(_ texts: [String], every milliseconds: Double = 10) {
        for text in texts { hear(text, after: milliseconds) }
    }

    /// Nothing for so long, which a source tells by a tick.
    mutating func wait(_ milliseconds: Double) {
        now += milliseconds
        batch.removeAll()
        batch.firstFrameNumber = number
        batch.append(.tick, at: Timestamp(nanoseconds: Int64(now * 1e6)))
        tracker.take(batch)
        takeExchanges()
    }

    /// Something that is no frame.
    mutating func note(_ kind: BusEvent.Kind, channel: UInt8? = nil) {
        batch.removeAll()
        batch.firstFrameNumber = number
        batch.append(kind, at: Timestamp(nanoseconds: Int64(now * 1e6)), channel: channel)
        tracker.take(batch)
    }

    mutating func finish() {
        tracker.finish()
        takeExchanges()
    }

    private mutating func takeExchanges() {
        for answer in tracker.takeCodeAnswers() { book.take(DecodedExchange(answer)) }
        exchanges += tracker.takeExchanges()
    }

    static func frame(_ text: String, at milliseconds: Double, _ channel: UInt8) -> Frame {
        let isFD = text.contains("##")
        let parts = text.split(separator: "#")
        var digits = Array(parts[1])
        if isFD { digits.removeFirst() }
        let payload = stride(from: 0, to: digits.count, by: 2).map {
            UInt8(String(digits[$0...$0 + 1]), radix: 16) ?? 0
        }
        let isExtended: UInt32 = parts[0].count == 8 ? 0x8000_0000 : 0
        return Frame(
            timestamp: Timestamp(nanoseconds: Int64(milliseconds * 1e6)),
            identifier: PackedID(rawValue: isExtended | (UInt32(parts[0], radix: 16) ?? 0)),
            channel: channel, flags: isFD ? .flexibleDataRate : [], payload: payload)
    }
}
