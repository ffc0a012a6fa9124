public import CANFrame

/// A message of more than 8 bytes on its way out: J1939-21 5.10, to everyone (BAM) or to one (RTS, CTS).
///
/// Without a clock and without a bus: it is given the times and the receiver's frames, and gives the
/// frames that are due.
public struct J1939Transmission: Sendable {
    /// Why it ended before its end.
    public enum Failure: Sendable, Hashable {
        /// The receiver neither asked for packets nor acknowledged them within 1.25 s.
        case timedOut
        /// The receiver gave it up, or asks for what there is not.
        case aborted
    }

    /// J1939-21 5.10.2.4 and 5.12.3, in nanoseconds.
    private enum Limit {
        /// Between two packets to everyone at least; 200 ms at most.
        static let betweenPackets: Int64 = 50_000_000
        /// T3: from the last packet, or the RTS, to the receiver's answer.
        static let answer: Int64 = 1_250_000_000
        /// T4: from a CTS that asks to wait to the next.
        static let hold: Int64 = 1_050_000_000
    }

    /// Frames of the transport protocol have the lowest priority, J1939-21 5.10.3.
    private static let priority: UInt32 = 7
    /// A receiver that asks for packets again and again is given up after this many requests.
    private static let mostRequests = 1_024

    public let group: UInt32
    public let source: UInt8
    /// 255 is everyone.
    public let destination: UInt8
    private let payload: [UInt8]
    private let packets: Int
    /// The next packet; 0 is the announcement.
    private var next = 0
    /// The last packet that may be sent without being asked.
    private var windowEnd = 0
    private var requests = 0
    /// When the next frame is due, or, where the receiver's is, until when that is waited for.
    private var due: Int64
    public private(set) var isOver = false
    public private(set) var failure: Failure?

    /// Sends `payload` as the parameter group `group` from `time` on; `nil` where it is no message of
    /// 9 to 1785 bytes.
    public init?(
        group: UInt32, payload: [UInt8], source: UInt8, destination: UInt8, at time: Int64
    ) {
        guard J1939Transport.sizes.contains(payload.count), group <= 0x3_FFFF else { return nil }
        (self.group, self.source, self.destination) = (group, source, destination)
        self.payload = payload
        packets = (payload.count + 6) / 7
        due = time
        if isBroadcast { windowEnd = packets }
    }

    private var isBroadcast: Bool { destination == J1939Transport.everyone }
    private var isWaiting: Bool { next > windowEnd }

    /// When ``nextFrame(at:)`` is to be called at the latest; `nil` once it is over.
    public var deadline: Int64? { isOver ? nil : due }

    /// The frame that is to be sent at `time`, if one is.
    public mutating func nextFrame(at time: Int64) -> Frame? {
        guard !isOver, time >= due else { return nil }
        guard !isWaiting else {
            end(.timedOut)
            return nil
        }
        let packet = next
        next += 1
        if packet == 0 {
            due = time &+ (isBroadcast ? Limit.betweenPackets : Limit.answer)
            return frame(0xEC, announcement, at: time)
        }
        if isBroadcast {
            due = time &+ Limit.betweenPackets
            isOver = next > packets
        } else if isWaiting {
            due = time &+ Limit.answer
        }
        return frame(0xEB, data(of: packet), at: time)
    }

    /// Takes a frame of the bus; those of others leave it as it is.
    public mutating func take(_ row: FrameRow, at time: Int64) {
        let number = row.identifier.number
        guard !isOver, !isBroadcast, next > 0, J1939Transport.carries(row.identifier),
            number >> 16 & 0xFF == 0xEC, UInt8(truncatingIfNeeded: number) == destination,
            UInt8(truncatingIfNeeded: number >> 8) == source, row.length == 8, row.isShort,
            UInt32(truncatingIfNeeded: row.payloadWord >> 40) & 0x3_FFFF == group
        else { return }
        switch UInt8(truncatingIfNeeded: row.payloadWord) {
        case 17: takeRequest(row.payloadWord, at: time)
        case 19 where next > packets: isOver = true
        case 255: end(.aborted)
        default: break
        }
    }

    /// CTS: how many packets from which on; none asks to wait.
    private mutating func takeRequest(_ word: UInt64, at time: Int64) {
        let count = Int(UInt8(truncatingIfNeeded: word >> 8))
        let first = Int(UInt8(truncatingIfNeeded: word >> 16))
        requests += 1
        guard requests <= Self.mostRequests else { return end(.aborted) }
        guard count > 0 else {
            windowEnd = next - 1
            due = time &+ Limit.hold
            return
        }
        guard (1...packets).contains(first) else { return end(.aborted) }
        next = first
        windowEnd = min(packets, first + count - 1)
        due = time
    }

    private mutating func end(_ failure: Failure) {
        self.failure = failure
        isOver = true
    }

    // MARK: Frames

    private func frame(_ format: UInt32, _ payload: [UInt8], at time: Int64) -> Frame {
        let number =
            Self.priority << 26 | format << 16 | UInt32(destination) << 8 | UInt32(source)
        return Frame(
            timestamp: Timestamp(nanoseconds: time),
            identifier: PackedID(rawValue: 0x8000_0000 | number), payload: payload)
    }

    /// BAM or RTS: size, packets, of an RTS how many at once at most (no limit), the parameter group.
    private var announcement: [UInt8] {
        [
            isBroadcast ? 32 : 16, UInt8(payload.count & 0xFF), UInt8(payload.count >> 8),
            UInt8(packets), 0xFF,
        ] + [0, 8, 16].map { UInt8(truncatingIfNeeded: group >> $0) }
    }

    private func data(of packet: Int) -> [UInt8] {
        let start = (packet - 1) * 7
        let bytes = payload[start..<min(start + 7, payload.count)]
        return [UInt8(packet)] + bytes + [UInt8](repeating: 0xFF, count: 7 - bytes.count)
    }
}
