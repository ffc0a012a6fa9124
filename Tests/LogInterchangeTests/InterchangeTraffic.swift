import CANFrame
import LogInterchange

/// Made traffic with every kind of frame, on three channels, whose stamps step back once.
struct InterchangeTraffic {
    var frames: [Frame] = []
    let interfaces = ["can0", "can1", "can7"]

    init(count: Int = 3_000, seed: UInt64 = 7) {
        var random = SmallGenerator(seed: seed)
        var time: Int64 = 1_700_000_000_123_456_789
        for index in 0..<count {
            time += Int64(random.next(below: 2_000_000))
            if index == count / 2 { time -= 300_000_000 }
            frames.append(Self.frame(index, at: time, &random))
        }
    }

    private static func frame(
        _ index: Int, at time: Int64, _ random: inout SmallGenerator
    ) -> Frame {
        let isExtended = random.next(below: 2) == 1
        let number = UInt32(random.next(below: isExtended ? 0x1FFF_FFFF : 0x7FF))
        var identifier = PackedID(rawValue: isExtended ? number | 0x8000_0000 : number)
        var flags = FrameFlags()
        var length = Int(random.next(below: 9))
        var dlc: UInt8?
        switch index % 10 {
        case 3:
            identifier.rawValue |= 0x4000_0000
            dlc = UInt8(length)
            length = 0
        case 5:
            identifier = PackedID(errorClass: 0x0000_0088)
            length = 8
        case 6, 7:
            flags = .flexibleDataRate
            if random.next(below: 2) == 1 { flags.insert(.bitRateSwitch) }
            if random.next(below: 2) == 1 { flags.insert(.errorStateIndicator) }
            let code = UInt8(random.next(below: 16))
            length = Int(DataLengthCode.length(of: code, isFD: true))
        case 8 where length == 8: dlc = 9 + UInt8(random.next(below: 7))
        default: break
        }
        flags.origin = index % 3 == 0 ? .thisHost : .received
        let payload =
            identifier.isError
            ? [0, 0, 0x80, 0, 0, 0, 0, 0] : (0..<length).map { _ in UInt8(random.next(below: 256)) }
        return Frame(
            timestamp: Timestamp(nanoseconds: time), identifier: identifier,
            channel: UInt8(index % 7 % 3), flags: flags,
            dlc: dlc ?? DataLengthCode.code(for: UInt8(length)), payload: payload)
    }

    /// The frames in batches of `size`, each channel described before its first frame.
    func write(
        to body: (borrowing FrameBatch) throws -> Void, size: Int = 700
    ) rethrows {
        var described: Set<UInt8> = []
        var batch = FrameBatch(capacity: size)
        for frame in frames {
            if described.insert(frame.channel).inserted {
                batch.append(
                    .channel(ChannelDescription(interface: interfaces[Int(frame.channel)])),
                    at: frame.timestamp, channel: frame.channel)
            }
            batch.append(frame)
            if batch.isFull {
                try body(batch)
                batch.removeAll()
            }
        }
        try body(batch)
    }

    /// The earliest stamp.
    var start: Timestamp { frames.map(\.timestamp).min() ?? Timestamp(nanoseconds: 0) }
}

/// splitmix64, so that the traffic is the same everywhere.
struct SmallGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next(below bound: UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return (mixed ^ mixed >> 31) % bound
    }
}
