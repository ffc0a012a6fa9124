public import CANFrame

/// A frame as the kernel takes it: the 72 bytes of `struct canfd_frame` in linux/can.h.
///
/// A classic frame is the first 16 of them, laid out as `struct can_frame`; which one it is says
/// `CANFD_FDF` among the flags, so a buffer may mix both.
public struct WireFrame: Sendable, BitwiseCopyable {
    /// The header in the first word, the payload in the others. Words in the host's order: every
    /// Linux that Swift runs on is little-endian, so byte 0 of the structure is the lowest.
    @usableFromInline var words: InlineArray<9, UInt64>

    /// An empty standard frame 000.
    @inlinable
    public init() {
        words = .init(repeating: 0)
    }

    /// The frame `row` of a batch; `longPayload` is its payload if that has more than 8 bytes.
    ///
    /// A remote frame carries its DLC as its length, and a classic frame with a DLC of 9 to 15 has
    /// it in `len8_dlc`, with a length of 8.
    @inlinable
    public init(_ row: FrameRow, longPayload: Span<UInt8>) {
        words = .init(repeating: 0)
        let isFD = row.flags.isFD
        let isRemote = row.identifier.isRemote && !row.identifier.isError
        let length = isRemote ? min(row.dlc, 8) : isFD ? row.length : min(row.length, 8)
        let rawDLC: UInt8 = !isFD && row.dlc > 8 && length == 8 ? row.dlc & 15 : 0
        let flags = isFD ? row.flags.rawValue & FrameFlags.wire.rawValue : 0
        words[0] =
            UInt64(row.identifier.rawValue) | UInt64(length) << 32 | UInt64(flags) << 40
            | UInt64(rawDLC) << 56
        if isRemote { return }
        if row.isShort {
            words[1] = row.payloadWord
            return
        }
        for index in 0..<min(longPayload.count, isFD ? 64 : 8) {
            words[1 + index / 8] |= UInt64(longPayload[index]) << (UInt64(index % 8) * 8)
        }
    }

    /// Whether the kernel is to take it as a CAN FD frame.
    @inlinable public var isFD: Bool { words[0] & (0x04 << 40) != 0 }
    /// The identifier with its flags, as `canid_t`.
    @inlinable public var identifier: PackedID {
        PackedID(rawValue: UInt32(truncatingIfNeeded: words[0]))
    }
    /// The frame that the kernel gave, without a stamp.
    func frame(isFD: Bool) -> Frame {
        let identifier = identifier
        let length = min(UInt8(truncatingIfNeeded: words[0] >> 32), isFD ? 64 : 8)
        let flags = FrameFlags(rawValue: UInt8(truncatingIfNeeded: words[0] >> 40))
        let count = identifier.isRemote ? 0 : UInt64(length)
        return Frame(
            timestamp: Timestamp(nanoseconds: 0), identifier: identifier,
            flags: isFD ? flags.intersection(.wire).union(.flexibleDataRate) : [],
            dlc: identifier.isRemote ? length : nil,
            payload: (0..<count).map {
                UInt8(truncatingIfNeeded: words[1 + Int($0 / 8)] >> ($0 % 8 * 8))
            })
    }

    /// The 72 bytes, for tests.
    public var bytes: [UInt8] {
        (0..<72).map { UInt8(truncatingIfNeeded: words[$0 / 8] >> (UInt64($0 % 8) * 8)) }
    }
}
