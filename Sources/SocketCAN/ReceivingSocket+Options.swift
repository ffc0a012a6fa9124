import CANFrame
import CLinuxCAN
import Glibc
import LocalFiles

extension ReceivingSocket {
    static func setOption(
        _ socket: borrowing OwnedDescriptor, _ level: CInt, _ option: CInt, _ value: CInt,
        _ interface: String
    ) throws(SystemError) {
        var value = value
        // Four bytes of a local.
        let result = unsafe setsockopt(socket.rawValue, level, option, &value, 4)
        let code = errno
        guard result == 0 else {
            throw SystemError("setsockopt \(option)", on: interface, code: code)
        }
    }

    /// Lets only those frames in that match one of `filters`; all if there are none.
    static func setFilters(
        _ filters: [CaptureFilter], of socket: borrowing OwnedDescriptor, _ interface: String
    ) throws(SystemError) {
        guard !filters.isEmpty else { return }
        let rawFilters = filters.map(\.rawFilter)
        let size = socklen_t(rawFilters.count * MemoryLayout<can_filter>.stride)
        // The array is as long as the call is told.
        let result = unsafe setsockopt(
            socket.rawValue, CInt(CANLOG_SOL_CAN_RAW), CInt(CAN_RAW_FILTER), rawFilters, size)
        let code = errno
        guard result == 0 else {
            throw SystemError("setsockopt CAN_RAW_FILTER", on: interface, code: code)
        }
    }

    static func bind(
        _ socket: borrowing OwnedDescriptor, to index: Int32, _ interface: String
    ) throws(SystemError) {
        var address = sockaddr_can()
        address.can_family = sa_family_t(AF_CAN)
        address.can_ifindex = index
        let result = unsafe withUnsafeBytes(of: &address) { bytes in
            // A sockaddr_can is what a CAN socket takes for a sockaddr.
            unsafe Glibc.bind(
                socket.rawValue, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(bytes.count))
        }
        let code = errno
        guard result == 0 else { throw SystemError("bind", on: interface, code: code) }
    }

    /// Whether the driver of `interface` gives stamps of the controller's own clock.
    static func offersHardwareStamps(
        _ interface: String, socket: borrowing OwnedDescriptor
    ) -> Bool {
        // The string lives for the call.
        let offered = unsafe canlog_stamping_offered(socket.rawValue, interface)
        return offered & UInt32(SOF_TIMESTAMPING_RAW_HARDWARE) != 0
    }

    /// Asks for the controller's stamps where its driver offers them, else for the kernel's.
    static func askForStamps(
        of interface: String, from socket: borrowing OwnedDescriptor, _ options: CaptureOptions
    ) throws(SystemError) -> StampClock {
        guard options.usesHardwareStamps, offersHardwareStamps(interface, socket: socket) else {
            try setOption(socket, SOL_SOCKET, SO_TIMESTAMPNS, 1, interface)
            return .kernelRealTime
        }
        let flags =
            SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE
            | SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE
        try setOption(socket, SOL_SOCKET, SO_TIMESTAMPING, CInt(flags), interface)
        return .hardware
    }

    /// Asks for a receive buffer of `size` bytes, and returns what the kernel granted, as it counts.
    static func askForBuffer(of socket: borrowing OwnedDescriptor, _ size: Int) -> Int {
        // Beyond net.core.rmem_max only with CAP_NET_ADMIN; without it as much as anyone may have.
        if (try? setOption(socket, SOL_SOCKET, SO_RCVBUFFORCE, CInt(size), "")) == nil {
            try? setOption(socket, SOL_SOCKET, SO_RCVBUF, CInt(size), "")
        }
        var granted: CInt = 0
        var length = socklen_t(4)
        // Four bytes of a local.
        _ = unsafe getsockopt(socket.rawValue, SOL_SOCKET, SO_RCVBUF, &granted, &length)
        return Int(granted)
    }
}
