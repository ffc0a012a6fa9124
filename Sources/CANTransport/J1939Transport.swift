public import CANFrame

/// Messages of more than 8 bytes out of the frames that carry them: J1939-21 5.10, to everyone (BAM)
/// and from one to another (RTS, CTS).
///
/// It listens and never sends, so that it takes what others agree on: packets in any order, packets
/// that are sent again. What does not come whole is told by ``failures`` and counted, never silently
/// left out. Memory is bounded by the number of messages under way at once.
public struct J1939Transport: ~Copyable, Sendable {
    /// A message that came whole; its bytes are ``J1939Transport/payload``.
    public struct Message: Sendable, Hashable {
        public var channel: UInt8
        /// Its parameter group number.
        public var group: UInt32
        public var source: UInt8
        /// 255 is everyone.
        public var destination: UInt8
        /// That of the frame which announced it.
        public var priority: UInt8
        /// When it was announced (BAM or RTS).
        public var announced: Timestamp
        /// By the caller's clock, and the number of that frame.
        public var announcedTime: Int64
        public var announcedFrame: UInt64
        /// The stamp of the packet that came first.
        public var first: Timestamp
        /// The stamp of the packet with which it was whole.
        public var last: Timestamp

        /// The identifier that a frame of the message would have, for a decoder.
        public var identifier: PackedID {
            J1939Transport.identifier(of: group, priority, source, destination)
        }
    }

    static func identifier(
        of group: UInt32, _ priority: UInt8, _ source: UInt8, _ destination: UInt8
    ) -> PackedID {
        let isAddressed = group & 0xFF00 < 0xF000
        let number =
            UInt32(priority) << 26 | group << 8
            | (isAddressed ? UInt32(destination) << 8 : 0) | UInt32(source)
        return PackedID(rawValue: number & 0x1FFF_FFFF | 0x8000_0000)
    }

    /// The identifier that a frame of the message would have which `row` announces; `nil` if it
    /// announces none.
    public static func announcement(_ row: FrameRow) -> PackedID? {
        guard carries(row.identifier), row.length == 8,
            row.identifier.rawValue >> 16 & 0xFF == 0xEC,
            [16, 32].contains(UInt8(truncatingIfNeeded: row.payloadWord))
        else { return nil }
        let number = row.identifier.number
        return identifier(
            of: UInt32(truncatingIfNeeded: row.payloadWord >> 40) & 0x3_FFFF,
            UInt8(truncatingIfNeeded: number >> 26), UInt8(truncatingIfNeeded: number),
            UInt8(truncatingIfNeeded: number >> 8))
    }

    /// The address that stands for all.
    public static let everyone: UInt8 = 0xFF
    /// The sizes of messages, J1939-21 5.10.1.1: what a frame does not hold, up to 255 packets of 7.
    public static let sizes = 9...1785

    /// The message that the last frame completed.
    public private(set) var message: Message?
    /// What the last frame showed to have failed.
    public private(set) var failures: [J1939Failure] = []
    /// How often what failed so far.
    public private(set) var failureCounts = J1939FailureCounts()
    /// How many messages came whole so far.
    public private(set) var messages: UInt64 = 0
    /// How many packets came more than once: a receiver asked for them again.
    public private(set) var repeatedPackets: UInt64 = 0

    private var sessions: [J1939Session] = []
    /// The bytes of all sessions, each in a slot of its own.
    private var bytes: [UInt8] = []
    private var freeSlots: [Int] = []
    private let maximumSessions: Int
    /// No session ends before this by itself.
    private var nextDeadline = Int64.max
    private var payloadRange = 0..<0

    /// Holds at most `maximumSessions` messages under way, of 1,785 bytes each.
    public init(maximumSessions: Int = 1_024) {
        precondition(maximumSessions > 0, "a message needs room")
        self.maximumSessions = maximumSessions
    }

    /// The bytes of ``message``; empty without one. They are overwritten by the next frame.
    public var payload: Span<UInt8> {
        @_lifetime(borrow self) borrowing get { bytes.span.extracting(payloadRange) }
    }

    /// Whether a frame with this identifier belongs to the transport protocol: TP.CM (00EC00) or TP.DT
    /// (00EB00), with any priority.
    @inlinable
    public static func carries(_ identifier: PackedID) -> Bool {
        let group = identifier.rawValue >> 16 & 0x3FF
        return identifier.rawValue & 0xE000_0000 == 0x8000_0000 && group &- 0xEB <= 1
    }

    /// Takes a frame of ``carries(_:)``; true if it completed ``message``.
    ///
    /// `time` is by which clock the limits are kept, in nanoseconds: bus time, or the frame's stamp;
    /// `number` is the frame's, which ``Message/announcedFrame`` tells.
    public mutating func take(_ row: FrameRow, number: UInt64 = 0, at time: Int64) -> Bool {
        message = nil
        payloadRange = 0..<0
        failures.removeAll(keepingCapacity: true)
        expire(at: time, row.timestamp)
        guard Self.carries(row.identifier), !row.flags.isFD else { return false }
        let key = J1939Session.Key(row)
        if row.identifier.rawValue >> 16 & 0xFF == 0xEC {
            takeControl(row, key, number: number, at: time)
        } else {
            takePacket(row, key, at: time)
        }
        return message != nil
    }

    /// A message that has not come whole yet.
    public struct MessageUnderWay: Sendable, Hashable {
        /// Its parameter group number.
        public var group: UInt32
        public var source: UInt8
        /// When it was announced, and by when its next frame must come, by the caller's clock.
        public var announcedTime: Int64
        public var deadline: Int64
    }

    /// The message under way that a frame of ``carries(_:)`` belongs to, its receiver's frames too.
    public func messageUnderWay(_ row: FrameRow) -> MessageUnderWay? {
        let key = J1939Session.Key(row)
        guard
            let session = sessions.first(where: {
                !$0.isDelivered && ($0.key == key || $0.key == key.reversed)
            })
        else { return nil }
        return MessageUnderWay(
            group: session.group, source: session.key.source, announcedTime: session.announcedTime,
            deadline: session.deadline)
    }

    /// Says that there are no more frames: what is under way has failed.
    public mutating func finish(at time: Timestamp) {
        message = nil
        payloadRange = 0..<0
        failures.removeAll(keepingCapacity: true)
        while let index = sessions.indices.last { end(index, .cutOff, time) }
    }

    // MARK: Connection management, J1939-21 5.10.3

    private mutating func takeControl(
        _ row: FrameRow, _ key: J1939Session.Key, number: UInt64, at time: Int64
    ) {
        let word = row.payloadWord
        guard row.length == 8 else { return fail(.malformed, key, nil, row.timestamp) }
        let group = UInt32(truncatingIfNeeded: word >> 40) & 0x3_FFFF
        switch UInt8(truncatingIfNeeded: word) {
        case 16, 32: begin(row, key, group, number: number, at: time)
        case 17: continueSending(word, key.reversed, group, at: time)
        case 19:
            guard let index = index(of: key.reversed, group) else { return }
            end(index, .packetsLost, row.timestamp)
        case 255:
            for key in [key, key.reversed] {
                if let index = index(of: key, group) { end(index, .aborted, row.timestamp) }
            }
        default: fail(.malformed, key, group, row.timestamp)
        }
    }

    /// BAM or RTS.
    private mutating func begin(
        _ row: FrameRow, _ key: J1939Session.Key, _ group: UInt32, number: UInt64, at time: Int64
    ) {
        let word = row.payloadWord
        let isBroadcast = UInt8(truncatingIfNeeded: word) == 32
        let size = Int(UInt16(truncatingIfNeeded: word >> 8))
        let packets = Int(UInt8(truncatingIfNeeded: word >> 24))
        if let index = sessions.firstIndex(where: { $0.key == key }) {
            end(index, sessions[index].hasLast ? .packetsLost : .replaced, row.timestamp)
        }
        guard Self.sizes.contains(size), packets == (size + 6) / 7,
            isBroadcast == (key.destination == Self.everyone)
        else { return fail(.invalidAnnouncement, key, group, row.timestamp) }
        guard sessions.count < maximumSessions else {
            return fail(.tooMany, key, group, row.timestamp)
        }
        let deadline = time &+ (isBroadcast ? Limit.betweenPackets : Limit.answer)
        sessions.append(
            J1939Session(
                key: key, group: group,
                priority: UInt8(truncatingIfNeeded: row.identifier.number >> 26), size: size,
                packets: packets, slot: takeSlot(), announced: row.timestamp, announcedTime: time,
                announcedFrame: number, deadline: deadline))
        nextDeadline = min(nextDeadline, deadline)
    }

    /// CTS: the receiver asks for packets, perhaps again, or to wait.
    private mutating func continueSending(
        _ word: UInt64, _ key: J1939Session.Key, _ group: UInt32, at time: Int64
    ) {
        guard let index = index(of: key, group) else { return }
        let count = Int(UInt8(truncatingIfNeeded: word >> 8))
        let next = Int(UInt8(truncatingIfNeeded: word >> 16))
        if count > 0 { sessions[index].windowEnd = min(next + count - 1, sessions[index].packets) }
        wait(index, until: time &+ (count > 0 ? Limit.firstPacket : Limit.hold))
    }

    // MARK: Data transfer, J1939-21 5.10.4

    private mutating func takePacket(
        _ row: FrameRow, _ key: J1939Session.Key, at time: Int64
    ) {
        guard row.length > 1 else { return fail(.malformed, key, nil, row.timestamp) }
        guard let index = sessions.firstIndex(where: { $0.key == key }) else {
            return fail(.unannouncedPacket, key, nil, row.timestamp)
        }
        let packet = Int(UInt8(truncatingIfNeeded: row.payloadWord))
        let session = sessions[index]
        guard (1...session.packets).contains(packet) else {
            return fail(.unexpectedPacket, key, session.group, row.timestamp)
        }
        let start = (packet - 1) * 7
        let count = min(7, session.size - start)
        guard Int(row.length) > count else {
            return fail(.malformed, key, session.group, row.timestamp)
        }
        wait(index, until: time &+ Self.limit(behind: packet, of: session))
        guard sessions[index].note(packet) else {
            repeatedPackets += 1
            return
        }
        let place = session.slot * Self.sizes.upperBound + start
        for offset in 0..<count {
            bytes[place + offset] = UInt8(
                truncatingIfNeeded: row.payloadWord >> (8 * UInt64(offset + 1)))
        }
        if session.first == nil { sessions[index].first = row.timestamp }
        sessions[index].last = row.timestamp
        if sessions[index].isWhole { deliver(index) }
    }

    /// How long the sender may take from here.
    private static func limit(behind packet: Int, of session: J1939Session) -> Int64 {
        session.isBroadcast || packet < session.windowEnd ? Limit.betweenPackets : Limit.answer
    }

    private mutating func deliver(_ index: Int) {
        let session = sessions[index]
        let start = session.slot * Self.sizes.upperBound
        payloadRange = start..<start + session.size
        message = Message(
            channel: session.key.channel, group: session.group, source: session.key.source,
            destination: session.key.destination, priority: session.priority,
            announced: session.announced, announcedTime: session.announcedTime,
            announcedFrame: session.announcedFrame, first: session.first ?? session.last,
            last: session.last)
        messages += 1
        sessions[index].isDelivered = true
        // Of the other kind packets may still be sent again, until the receiver has them all.
        if session.isBroadcast { remove(index) }
    }

    // MARK: Ends

    /// J1939-21 5.10.2.4 and 5.12.3, in nanoseconds.
    private enum Limit {
        /// T1: between two packets.
        static let betweenPackets: Int64 = 750_000_000
        /// T2: from a CTS to the first packet.
        static let firstPacket: Int64 = 1_250_000_000
        /// T3: from the last packet, or the RTS, to the receiver's answer.
        static let answer: Int64 = 1_250_000_000
        /// T4: from a CTS that asks to wait to the next.
        static let hold: Int64 = 1_050_000_000
    }

    private mutating func wait(_ index: Int, until deadline: Int64) {
        sessions[index].deadline = deadline
        nextDeadline = min(nextDeadline, deadline)
    }

    private mutating func expire(at time: Int64, _ stamp: Timestamp) {
        guard time > nextDeadline else { return }
        nextDeadline = .max
        for index in sessions.indices.reversed() {
            if time > sessions[index].deadline {
                end(index, sessions[index].hasLast ? .packetsLost : .timedOut, stamp)
            } else {
                nextDeadline = min(nextDeadline, sessions[index].deadline)
            }
        }
    }

    private func index(of key: J1939Session.Key, _ group: UInt32) -> Int? {
        sessions.firstIndex { $0.key == key && $0.group == group }
    }

    /// Ends a message, which has failed unless it was whole.
    private mutating func end(_ index: Int, _ kind: J1939Failure.Kind, _ time: Timestamp) {
        let session = sessions[index]
        if !session.isDelivered {
            fail(kind, session.key, session.group, time, missing: session.missing)
        }
        remove(index)
    }

    private mutating func remove(_ index: Int) {
        freeSlots.append(sessions[index].slot)
        sessions.swapAt(index, sessions.count - 1)
        sessions.removeLast()
    }

    private mutating func takeSlot() -> Int {
        if let slot = freeSlots.popLast() { return slot }
        let slot = bytes.count / Self.sizes.upperBound
        bytes.append(contentsOf: repeatElement(0, count: Self.sizes.upperBound))
        return slot
    }

    private mutating func fail(
        _ kind: J1939Failure.Kind, _ key: J1939Session.Key, _ group: UInt32?, _ time: Timestamp,
        missing: Int = 0
    ) {
        failureCounts[kind] += 1
        failures.append(
            J1939Failure(
                kind: kind, channel: key.channel, source: key.source,
                destination: key.destination, group: group, missingPackets: UInt8(missing),
                timestamp: time))
    }
}
