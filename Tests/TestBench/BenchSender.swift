public import CANFrame
import CLinuxCAN
import Glibc
public import LocalFiles

/// Sends frames by a plain raw socket, independent of what canlog does.
public struct BenchSender: ~Copyable, Sendable {
    public let interface: String
    let socket: OwnedDescriptor

    /// Opens `interface` of this thread's network namespace; sees nothing of what arrives there.
    public init(_ interface: String) throws(SystemError) {
        let socket = try OwnedDescriptor(
            adopting: Glibc.socket(
                AF_CAN, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), CAN_RAW),
            from: "socket", on: interface)
        var one: CInt = 1
        // Lengths are those of the values given; an empty filter list receives nothing.
        _ = unsafe setsockopt(
            socket.rawValue, CInt(CANLOG_SOL_CAN_RAW), CInt(CAN_RAW_FD_FRAMES), &one, 4)
        _ = setsockopt(
            socket.rawValue, CInt(CANLOG_SOL_CAN_RAW), CInt(CAN_RAW_FILTER), nil, 0)
        var address = sockaddr_can()
        address.can_family = sa_family_t(AF_CAN)
        // The string lives for the call.
        address.can_ifindex = CInt(bitPattern: unsafe if_nametoindex(interface))
        let bound = unsafe withUnsafeBytes(of: &address) { bytes in
            unsafe bind(
                socket.rawValue, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(bytes.count))
        }
        let code = errno
        guard bound == 0 else { throw SystemError("bind", on: interface, code: code) }
        self.interface = interface
        self.socket = socket
    }

    /// Sends one frame; its stamp, channel and origin do not matter.
    public func send(_ frame: Frame) throws(SystemError) {
        var raw = canfd_frame()
        raw.can_id = frame.identifier.rawValue
        raw.len = UInt8(frame.payload.count)
        var size = Int(CANLOG_CAN_MTU)
        if frame.flags.isFD {
            raw.flags = frame.flags.rawValue & FrameFlags.wire.rawValue
            size = Int(CANLOG_CANFD_MTU)
        } else if frame.identifier.isRemote {
            raw.len = frame.dlc
        } else if frame.dlc > 8 {
            raw.__res1 = frame.dlc  // len8_dlc of can_frame
        }
        // The payload has at most 64 bytes, as many as the field.
        unsafe withUnsafeMutableBytes(of: &raw.data) { unsafe $0.copyBytes(from: frame.payload) }
        try unsafe withUnsafeBytes(of: &raw) { bytes throws(SystemError) in
            try unsafe send(UnsafeRawBufferPointer(rebasing: bytes.prefix(size)))
        }
    }

    /// Sends a classic data frame with a standard identifier.
    public func send(_ identifier: UInt32, _ payload: [UInt8] = []) throws(SystemError) {
        try send(
            Frame(
                timestamp: Timestamp(nanoseconds: 0), identifier: PackedID(rawValue: identifier),
                payload: payload))
    }

    /// Sends `count` classic frames of 8 bytes that carry their number, little-endian from `first`.
    public func sendNumbered(_ count: Int, from first: UInt64 = 0, identifier: UInt32 = 0x123)
        throws(SystemError)
    {
        for number in first..<first + UInt64(count) {
            try send(identifier, (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) })
        }
    }

    private func send(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        while true {
            let count = unsafe write(socket.rawValue, bytes.baseAddress, bytes.count)
            let code = errno
            if count == bytes.count { return }
            if code == ENOBUFS || code == EINTR { sched_yield(); continue }
            throw SystemError("send", on: interface, code: code)
        }
    }
}

/// Waits until `count` receivers of any frame hear `interface` in this thread's network: raw sockets
/// that are listed for it, and packet sockets of all interfaces.
public func waitForReceivers(_ count: Int = 1, on interface: String) -> Bool {
    waitUntil { receivers(on: interface) + packetSockets() >= count }
}

private func receivers(on interface: String) -> Int {
    guard let table = try? succeed(["cat", "/proc/net/can/rcvlist_all"]).output else { return 0 }
    return table.split(separator: "\n").count {
        $0.split(separator: " ").first == interface[...]
    }
}

/// Packet sockets that receive every protocol (3, `ETH_P_ALL`) from all interfaces (0).
private func packetSockets() -> Int {
    guard let table = try? succeed(["cat", "/proc/net/packet"]).output else { return 0 }
    // sk RefCnt Type Proto Iface R Rmem User Inode
    return table.split(separator: "\n").count {
        $0.split(separator: " ").dropFirst(3).prefix(3) == ["0003", "0", "1"]
    }
}
