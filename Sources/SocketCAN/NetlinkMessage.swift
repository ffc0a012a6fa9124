import CLinuxCAN

/// The messages in what was read from a netlink socket, one after another.
///
/// Lengths are compared with the bytes that are there, whatever the kernel says.
struct NetlinkMessages {
    /// One message: its `nlmsg_type`, `nlmsg_flags`, `nlmsg_seq`, and where its payload lies.
    struct Message {
        var kind: Int
        var flags: UInt16
        var sequence: UInt32
        var payload: Range<Int>
    }

    private var offset = 0

    /// The next message of `bytes`; `nil` at the end or where a length cannot be true.
    mutating func next(in bytes: Span<UInt8>) -> Message? {
        // struct nlmsghdr: length 4, type 2, flags 2, sequence 4, port 4.
        guard bytes.count - offset >= 16 else { return nil }
        let length = Int(bytes.hostUInt32(at: offset))
        guard length >= 16, length <= bytes.count - offset else { return nil }
        let message = Message(
            kind: Int(bytes.hostUInt16(at: offset + 4)), flags: bytes.hostUInt16(at: offset + 6),
            sequence: bytes.hostUInt32(at: offset + 8), payload: offset + 16..<offset + length)
        offset += min((length + 3) & ~3, bytes.count - offset)
        return message
    }
}

/// The attributes (`struct rtattr`) of a message, one after another.
struct NetlinkAttributes {
    private var offset: Int

    /// Attributes begin at `offset` of the bytes.
    init(from offset: Int) {
        self.offset = offset
    }

    /// The next attribute's `rta_type` without its flag bits, and where its value lies.
    mutating func next(in bytes: Span<UInt8>) -> (kind: Int, value: Range<Int>)? {
        guard bytes.count - offset >= 4 else { return nil }
        let length = Int(bytes.hostUInt16(at: offset))
        guard length >= 4, length <= bytes.count - offset else { return nil }
        let kind = Int(bytes.hostUInt16(at: offset + 2) & 0x3FFF)  // NLA_TYPE_MASK
        let value = offset + 4..<offset + length
        offset += min((length + 3) & ~3, bytes.count - offset)
        return (kind, value)
    }
}

extension Span<UInt8> {
    /// Two bytes in the host's order.
    func hostUInt16(at offset: Int) -> UInt16 {
        UInt16(littleEndian: UInt16(self[offset]) | UInt16(self[offset + 1]) << 8)
    }

    /// Four bytes in the host's order.
    func hostUInt32(at offset: Int) -> UInt32 {
        var value: UInt32 = 0
        for index in (0..<4).reversed() { value = value << 8 | UInt32(self[offset + index]) }
        return UInt32(littleEndian: value)
    }

    /// Eight bytes in the host's order.
    func hostUInt64(at offset: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in (0..<8).reversed() { value = value << 8 | UInt64(self[offset + index]) }
        return UInt64(littleEndian: value)
    }

    /// The text up to the first zero byte.
    var text: String {
        var bytes: [UInt8] = []
        for index in indices where self[index] != 0 {
            bytes.append(self[index])
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
