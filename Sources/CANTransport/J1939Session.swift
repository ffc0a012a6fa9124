import CANFrame

/// A message of J1939's transport protocol on its way.
struct J1939Session {
    /// What tells messages under way apart: a source has one for each destination at most.
    struct Key: Hashable {
        var channel: UInt8
        var source: UInt8
        var destination: UInt8

        /// Of the frame that the sender sends.
        init(_ row: FrameRow) {
            self.init(
                channel: row.channel, source: UInt8(truncatingIfNeeded: row.identifier.rawValue),
                destination: UInt8(truncatingIfNeeded: row.identifier.rawValue >> 8))
        }

        init(channel: UInt8, source: UInt8, destination: UInt8) {
            (self.channel, self.source, self.destination) = (channel, source, destination)
        }

        /// The same connection with the receiver's frames in mind.
        var reversed: Key { Key(channel: channel, source: destination, destination: source) }
    }

    let key: Key
    let group: UInt32
    let priority: UInt8
    let size: Int
    let packets: Int
    /// Where its bytes are.
    let slot: Int
    let announced: Timestamp
    let announcedTime: Int64
    let announcedFrame: UInt64
    var first: Timestamp?
    var last: Timestamp
    /// Whether each packet came, the first in the lowest bit.
    private var received: InlineArray<4, UInt64> = InlineArray(repeating: 0)
    private(set) var receivedCount = 0
    /// The last packet that the receiver asked for; 0 where that was not seen.
    var windowEnd = 0
    /// The time by which the next frame must come.
    var deadline: Int64
    /// A whole message between two waits for the receiver's acknowledgement.
    var isDelivered = false

    init(
        key: Key, group: UInt32, priority: UInt8, size: Int, packets: Int, slot: Int,
        announced: Timestamp, announcedTime: Int64, announcedFrame: UInt64, deadline: Int64
    ) {
        (self.key, self.group, self.priority) = (key, group, priority)
        (self.size, self.packets, self.slot) = (size, packets, slot)
        (self.announced, last, self.deadline) = (announced, announced, deadline)
        (self.announcedTime, self.announcedFrame) = (announcedTime, announcedFrame)
    }

    /// To everyone, without a receiver's consent (BAM).
    var isBroadcast: Bool { key.destination == J1939Transport.everyone }
    var isWhole: Bool { receivedCount == packets }
    var missing: Int { packets - receivedCount }
    var hasLast: Bool { has(packets) }

    func has(_ packet: Int) -> Bool {
        received[(packet - 1) >> 6] & 1 << UInt64((packet - 1) & 63) != 0
    }

    /// Notes that a packet came; false if it had come before.
    mutating func note(_ packet: Int) -> Bool {
        guard !has(packet) else { return false }
        received[(packet - 1) >> 6] |= 1 << UInt64((packet - 1) & 63)
        receivedCount += 1
        return true
    }
}
