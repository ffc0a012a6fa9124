public import CANFrame
import CLinuxCAN
import Glibc
public import LocalFiles

/// A raw socket that sends on one interface and receives nothing.
///
/// It never waits: a full socket or queue is an answer, and the caller decides when to try again.
public struct FrameSender: ~Copyable, Sendable {
    /// What became of the frames given to ``send(_:)``.
    public enum Outcome: Sendable, Hashable {
        /// The kernel took this many, from the first on; the rest may be tried at once.
        case sent(Int)
        /// The socket's send buffer is full (`EAGAIN`): it becomes writable as the bus takes frames.
        case socketFull
        /// The interface's queue is full (`ENOBUFS`): poll does not tell when it has room again.
        case queueFull
        /// The interface is down or gone (`ENETDOWN`, `ENXIO`, `ENODEV`).
        case linkDown(CInt)
        /// The kernel refuses the first of the frames for this `errno`, for example `EINVAL` for a
        /// CAN FD frame on a classic interface.
        case refused(CInt)
    }

    /// Frames taken by one call at most.
    public static let batchLimit = Int(CANLOG_SEND_BATCH)
    /// Room for about six frames: fewer than the ten of a CAN interface's default queue, so that a
    /// full bus shows as a full socket, which can be waited for, and not as lost frames (`ENOBUFS`).
    static let sendBuffer: CInt = 2304

    /// The name of the interface, for messages.
    public let interface: String
    private let socket: OwnedDescriptor

    /// Opens a socket on `interface`, which may be down.
    public init(interface: String) throws(SystemError) {
        let opened = unsafe canlog_open_sender(interface, Self.sendBuffer)
        guard opened >= 0 else {
            throw SystemError("open a socket", on: interface, code: -opened)
        }
        socket = OwnedDescriptor(adopting: opened)
        self.interface = interface
    }

    /// The socket's number, for waiting until it can be written.
    @inlinable public var descriptor: CInt { descriptorForWaiting }
    @usableFromInline var descriptorForWaiting: CInt { socket.rawValue }

    /// Hands over the first frames of `frames`, at most ``batchLimit``, in one system call.
    public borrowing func send(_ frames: Span<WireFrame>) -> Outcome {
        precondition(!frames.isEmpty, "nothing to send")
        let count = min(frames.count, Self.batchLimit)
        // The call reads `count` frames of 72 bytes, which is what the span holds.
        let result = unsafe frames.withUnsafeBufferPointer {
            unsafe canlog_send(socket.rawValue, $0.baseAddress, count)
        }
        return Outcome(result)
    }
}

extension FrameSender.Outcome {
    /// What `canlog_send` returned: a count, or the negative errno.
    init(_ result: CInt) {
        if result > 0 {
            self = .sent(Int(result))
            return
        }
        switch -result {
        case 0, EINTR, EAGAIN: self = .socketFull
        case ENOBUFS: self = .queueFull
        case ENETDOWN, ENXIO, ENODEV: self = .linkDown(-result)
        default: self = .refused(-result)
        }
    }
}

/// A raw socket that receives frames of some identifiers on one interface, or only counts them.
public struct IdentifierListener: ~Copyable, Sendable {
    private let socket: OwnedDescriptor

    /// Listens on `interface` for data and remote frames with one of `identifiers` (512 at most).
    public init(interface: String, identifiers: [ArbitrationID]) throws(SystemError) {
        try self.init(interface: interface, filters: identifiers.map { CaptureFilter($0) })
    }

    /// Listens on `interface` for frames that pass one of `filters` (512 at most, none inverted).
    public init(interface: String, filters: [CaptureFilter]) throws(SystemError) {
        let (wanted, masks) = (filters.map(\.identifier), filters.map(\.mask))
        // The arrays live for the call.
        let opened = unsafe canlog_open_listener(interface, wanted, masks, wanted.count)
        guard opened >= 0 else {
            throw SystemError("open a socket", on: interface, code: -opened)
        }
        socket = OwnedDescriptor(adopting: opened)
    }

    /// The socket's number, for waiting until a frame arrives.
    public var descriptor: CInt { socket.rawValue }

    /// The frame that waits longest, without a stamp; `nil` if none waits, or the link is down.
    public borrowing func receive() -> Frame? {
        var wire = WireFrame()
        // The call writes at most the 72 bytes that the local has.
        let size = unsafe withUnsafeMutablePointer(to: &wire) {
            unsafe canlog_receive(socket.rawValue, $0)
        }
        return size > 0 ? wire.frame(isFD: size > 16) : nil
    }

    /// How many frames have arrived since the last call; a socket that fails counts none.
    public borrowing func takeArrivals() -> Int {
        max(0, Int(canlog_drain(socket.rawValue)))
    }
}

/// Waiting for sockets.
public enum SocketWait {
    /// Waits until one of `descriptors` can be written, or read, or `nanoseconds` have passed.
    public static func wait(
        for descriptors: [CInt], toWrite: Bool, atMost nanoseconds: Int64
    ) {
        // The array lives for the call.
        _ = unsafe canlog_wait(descriptors, descriptors.count, toWrite ? 1 : 0, nanoseconds)
    }
}

/// What a sender asks about an interface.
public enum InterfaceQuery {
    /// The maximum transfer unit in bytes: 16 for classic CAN, 72 for CAN FD.
    public static func mtu(of interface: String) throws(SystemError) -> Int {
        let result = unsafe canlog_interface_mtu(interface)
        guard result >= 0 else { throw SystemError("find", on: interface, code: -result) }
        return Int(result)
    }

    /// Whether the interface exists and is up.
    public static func isUp(_ interface: String) -> Bool {
        unsafe canlog_interface_is_up(interface) == 1
    }
}
