import CANFrame

/// A frame as packet of a capture: `LINKTYPE_CAN_SOCKETCAN` (227), and the same behind the header of
/// `LINKTYPE_LINUX_SLL` (113), which captures of all interfaces have.
///
/// Four bytes of identifier with the flags of `canid_t`, big-endian; the length; the flags of CAN FD;
/// a reserved byte; `len8_dlc`; the payload (tcpdump.org/linktypes/LINKTYPE_CAN_SOCKETCAN.html).
enum SocketCANPacket {
    /// The link type of packets that begin with the identifier.
    static let linkType: UInt16 = 227
    /// The link type of packets with a "cooked" header of 16 bytes before it.
    static let cookedLinkType: UInt16 = 113
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
    static func content(of packet: Span<UInt8>, isCooked: Bool) -> Content {
        if !isCooked { return content(of: packet, at: 0) }
        guard packet.count >= 16 else { return .faulty("the cooked header is cut off") }
        // Big-endian: the packet type, where 4 is one that was sent; and the protocol, ETH_P_CAN
        // or ETH_P_CANFD.
        let protocolNumber = packet.uint16(at: 14).byteSwapped
        guard protocolNumber == 0x000C || protocolNumber == 0x000D else { return .other }
        var content = content(of: packet, at: 16)
        if case .frame(var row, let start) = content {
            row.flags.origin = packet.uint16(at: 0).byteSwapped == 4 ? .thisHost : .received
            content = .frame(row, payloadStart: start)
        }
        return content
    }

    @inline(__always)
    private static func content(of packet: Span<UInt8>, at start: Int) -> Content {
        guard packet.count &- start >= headerSize else { return .faulty("the packet is too short") }
        let identifier = PackedID(rawValue: packet.uint32(at: start).byteSwapped)
        let length = packet[start &+ 4]
        // CANXL_XLF of linux/can.h: in its place a CAN frame has its length.
        guard length & 0x80 == 0 else { return .other }
        let bits = packet[start &+ 5]
        // Older kernels and libpcap do not set CANFD_FDF: then the size of the packet tells.
        let isFlexible =
            bits & FrameFlags.flexibleDataRate.rawValue != 0
            || packet.count &- start == flexibleSize || length > 8
        guard length <= (isFlexible ? 64 : 8) else {
            return .faulty("the length \(length) is above 64")
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
