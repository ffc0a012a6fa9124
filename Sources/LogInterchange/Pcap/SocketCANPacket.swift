import CANFrame

/// A frame as packet of a capture: `LINKTYPE_CAN_SOCKETCAN` (227), and the same behind the header of
/// `LINKTYPE_LINUX_SLL` (113) or `LINKTYPE_LINUX_SLL2` (276), which captures of all interfaces have.
///
/// Four bytes of identifier with the flags of `canid_t`, big-endian, but behind such a header in the
/// order of the capturing host, which is that of the file; the length; the flags of CAN FD; a
/// reserved byte; `len8_dlc`; the payload (tcpdump.org/linktypes/LINKTYPE_CAN_SOCKETCAN.html, and
/// `swap_socketcan_header` of libpcap).
enum SocketCANPacket {
    /// What stands before the identifier, by the number of the link type.
    enum Link: UInt16 {
        case socketCAN = 227
        case cooked = 113
        case cooked2 = 276
    }

    /// `ETH_P_CAN`, `ETH_P_CANFD`, `ETH_P_CANXL` of linux/if_ether.h.
    private enum EtherType {
        static let classic: UInt16 = 0x000C
        static let flexible: UInt16 = 0x000D
    }

    /// Bytes before the payload.
    static let headerSize = 8
    /// `sizeof(struct can_frame)` and `sizeof(struct canfd_frame)` of linux/can.h: how large packets
    /// are that the kernel captured.
    static let classicSize = 16
    static let flexibleSize = 72

    /// What a packet is.
    enum Content {
        case frame(FrameRow, payloadStart: Int)
        /// Not a frame of CAN: another protocol, or CAN XL.
        case other
        case faulty(String)
    }

    /// Takes `packet` apart; the row's payload is set if it has at most 8 bytes.
    @inline(__always)
    static func content(of packet: Span<UInt8>, _ link: Link, _ order: FieldOrder) -> Content {
        if link == .socketCAN {
            return content(of: packet, at: 0, FieldOrder(isBigEndian: true), isFlexible: nil)
        }
        return cooked(packet, link, order)
    }

    /// The headers are big-endian. Of the first (16 bytes) the packet type is at 0 and the protocol
    /// at 14, of the second (20 bytes) at 10, in one byte, and at 0. Type 4 is a packet that was sent.
    private static func cooked(
        _ packet: Span<UInt8>, _ link: Link, _ order: FieldOrder
    ) -> Content {
        let isFirst = link == .cooked
        let size = isFirst ? 16 : 20
        guard packet.count >= size else { return .faulty("the cooked header is cut off") }
        let etherType = packet.uint16(at: isFirst ? 14 : 0).byteSwapped
        guard etherType == EtherType.classic || etherType == EtherType.flexible else {
            return .other
        }
        let isSent = isFirst ? packet.uint16(at: 0).byteSwapped == 4 : packet[10] == 4
        var content = content(
            of: packet, at: size, order, isFlexible: etherType == EtherType.flexible)
        if case .frame(var row, let start) = content {
            row.flags.origin = isSent ? .thisHost : .received
            content = .frame(row, payloadStart: start)
        }
        return content
    }

    /// `isFlexible` is `nil` where the packet itself has to tell.
    @inline(__always)
    private static func content(
        of packet: Span<UInt8>, at start: Int, _ order: FieldOrder, isFlexible known: Bool?
    ) -> Content {
        guard packet.count &- start >= headerSize else { return .faulty("the packet is too short") }
        let identifier = PackedID(rawValue: order.uint32(packet, at: start))
        let length = packet[start &+ 4]
        // CANXL_XLF of linux/can.h: in its place a CAN frame has its length.
        guard length & 0x80 == 0 else { return .other }
        let bits = packet[start &+ 5]
        // Older kernels and libpcap do not set CANFD_FDF: then the size of the packet tells. And they
        // leave anything in these bytes of a classic frame, which Wireshark does not trust either.
        let isClean = bits & ~FrameFlags.wire.rawValue == 0 && packet.uint16(at: start &+ 6) == 0
        let isMarked = bits & FrameFlags.flexibleDataRate.rawValue != 0 && isClean
        let isFlexible =
            known ?? (isMarked || packet.count &- start == flexibleSize || length > 8)
        guard length <= (isFlexible ? 64 : 8) else {
            return .faulty("the length \(length) is above \(isFlexible ? 64 : 8)")
        }
        guard !(isFlexible && (identifier.isRemote || identifier.isError)) else {
            return .faulty("a CAN FD frame is neither a remote nor an error frame")
        }
        guard identifier.isValid else {
            return .faulty("the standard identifier is above 7FF")
        }
        let held = packet.count &- start &- headerSize
        guard Int(length) <= held || identifier.isRemote else {
            return .faulty("the packet holds \(held) of \(length) bytes of the payload")
        }
        var row = FrameRow(
            timestamp: Timestamp(nanoseconds: 0), identifier: identifier, channel: 0,
            flags: [], length: length, dlc: length, payloadWord: 0)
        if isFlexible {
            row.flags = FrameFlags(rawValue: bits & FrameFlags.wire.rawValue)
                .union(.flexibleDataRate)
            row.dlc = DataLengthCode.code(for: length)
        } else if length == 8, packet[start &+ 7] > 8, packet[start &+ 7] < 16 {
            row.dlc = packet[start &+ 7]
        }
        if identifier.isRemote { row.length = 0 }
        if row.isShort && row.length > 0 {
            row.payloadWord = payloadWord(packet, at: start &+ headerSize, count: row.length)
        }
        return .frame(row, payloadStart: start &+ headerSize)
    }

    @inline(__always)
    private static func payloadWord(_ packet: Span<UInt8>, at start: Int, count: UInt8) -> UInt64 {
        if packet.count &- start >= 8 {
            return FrameRow.maskedWord(packet.uint64(at: start), length: count)
        }
        var word: UInt64 = 0
        for index in (0..<Int(count)).reversed() {
            word = word &<< 8 | UInt64(packet[start &+ index])
        }
        return word
    }
}
