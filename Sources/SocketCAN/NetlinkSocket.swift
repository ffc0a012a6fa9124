import CANFrame
import CLinuxCAN
import Glibc
import LocalFiles

/// A socket to rtnetlink and the memory that its messages are read into.
struct NetlinkSocket: ~Copyable, Sendable {
    /// What a read ended with.
    enum Arrival: Equatable {
        case bytes(Int)
        case nothing
        /// The kernel could not queue a message (`ENOBUFS`): what is known may be out of date.
        case overrun
    }

    static let place = "rtnetlink"
    let descriptor: OwnedDescriptor
    /// Longer than any message of ours; the kernel's own dumps have at most 32 KiB.
    private var buffer = [UInt8](repeating: 0, count: 65_536)

    /// Opens a socket that hears of `groups` (`RTMGRP_*`).
    init(groups: UInt32 = 0) throws(SystemError) {
        let kind = CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let socket = try OwnedDescriptor(
            adopting: Glibc.socket(AF_NETLINK, kind, NETLINK_ROUTE), from: "socket", on: Self.place)
        var address = sockaddr_nl()
        address.nl_family = sa_family_t(AF_NETLINK)
        address.nl_groups = groups
        let result = unsafe withUnsafeBytes(of: &address) { bytes in
            // A sockaddr_nl is what netlink takes for a sockaddr.
            unsafe bind(
                socket.rawValue, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(bytes.count))
        }
        let code = errno
        guard result == 0 else { throw SystemError("bind", on: Self.place, code: code) }
        descriptor = socket
    }

    /// Sends one request.
    func send(_ request: [UInt8]) throws(SystemError) {
        while true {
            // The kernel is the receiver; the bytes live for the call.
            let count = unsafe Glibc.send(descriptor.rawValue, request, request.count, 0)
            let code = errno
            if count == request.count { return }
            guard code == EINTR else { throw SystemError("send", on: Self.place, code: code) }
        }
    }

    /// Reads one message or several that came together.
    mutating func receive(waiting: Bool) throws(SystemError) -> Arrival {
        while true {
            let flags = waiting ? 0 : CInt(MSG_DONTWAIT)
            // The call writes at most as many bytes as the buffer has.
            let count = unsafe recv(descriptor.rawValue, &buffer, buffer.count, flags)
            let code = errno
            if count >= 0 { return .bytes(count) }
            switch code {
            case EINTR: continue
            case EAGAIN: return .nothing
            case ENOBUFS: return .overrun
            default: throw SystemError("recv", on: Self.place, code: code)
            }
        }
    }

    /// The devices that the `count` bytes read last tell of, and whether each is there or gone.
    borrowing func links(_ count: Int) -> [(link: Link, isThere: Bool)] {
        var result: [(link: Link, isThere: Bool)] = []
        let bytes = buffer.span.extracting(0..<count)
        var messages = NetlinkMessages()
        while let message = messages.next(in: bytes) {
            guard message.kind == Int(RTM_NEWLINK) || message.kind == Int(RTM_DELLINK),
                let link = Link(rtnetlink: bytes.extracting(message.payload))
            else { continue }
            result.append((link, message.kind == Int(RTM_NEWLINK)))
        }
        return result
    }

    /// Asks for the description of every device.
    mutating func allLinks() throws(SystemError) -> [Link] {
        // A dump that a change interrupted is asked for again; the last attempt is believed.
        for attempt in UInt32(1)...4 {
            let (links, isConsistent) = try dump(sequence: attempt)
            if isConsistent || attempt == 4 { return links }
        }
        return []
    }

    /// Sends a request and waits for the kernel's answer; `place` is the interface's name.
    mutating func change(
        _ request: NetlinkRequest, _ operation: String, on place: String
    ) throws(SystemError) {
        try send(request.bytes(sequence: 1))
        while case .bytes(let count) = try receive(waiting: true) {
            let bytes = buffer.span.extracting(0..<count)
            var messages = NetlinkMessages()
            while let message = messages.next(in: bytes) {
                let payload = bytes.extracting(message.payload)
                // NLMSG_ERROR, which with 0 is the acknowledgement.
                guard message.kind == 2, payload.count >= 4 else { continue }
                let code = -Int32(bitPattern: payload.hostUInt32(at: 0))
                guard code == 0 else { throw SystemError(operation, on: place, code: code) }
                return
            }
        }
        throw SystemError(operation, on: place, code: ENOBUFS)
    }

    private mutating func dump(sequence: UInt32) throws(SystemError) -> ([Link], Bool) {
        try send(NetlinkRequest.allLinks.bytes(sequence: sequence))
        var (links, isConsistent) = ([Link](), true)
        while true {
            guard case .bytes(let count) = try receive(waiting: true) else { return (links, false) }
            let bytes = buffer.span.extracting(0..<count)
            var messages = NetlinkMessages()
            while let message = messages.next(in: bytes) {
                guard message.sequence == sequence else { continue }
                if message.flags & 0x10 != 0 { isConsistent = false }  // NLM_F_DUMP_INTR
                let payload = bytes.extracting(message.payload)
                switch message.kind {
                case Int(RTM_NEWLINK):
                    if let link = Link(rtnetlink: payload) { links.append(link) }
                case 2:  // NLMSG_ERROR
                    let code = payload.count >= 4 ? Int32(bitPattern: payload.hostUInt32(at: 0)) : 0
                    throw SystemError("RTM_GETLINK", on: Self.place, code: -code)
                case 3: return (links, isConsistent)  // NLMSG_DONE
                default: break
                }
            }
        }
    }
}
