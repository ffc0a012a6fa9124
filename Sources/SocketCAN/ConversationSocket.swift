public import CANFrame
import CLinuxCAN
import Glibc
public import LocalFiles

/// A raw socket that takes part on one interface: it sends, hears some identifiers, and is told when
/// its own frames were sent. It never waits.
public struct ConversationSocket: ~Copyable {
    /// The name of the interface, for messages.
    public let interface: String
    private let socket: OwnedDescriptor
    private let slots: ReceiveSlots

    /// Hears frames on `interface` with one of `identifiers` (512 at most), those of its own included.
    public init(interface: String, identifiers: [ArbitrationID]) throws(SystemError) {
        let filters = identifiers.map { CaptureFilter($0) }
        let (wanted, masks) = (filters.map(\.identifier), filters.map(\.mask))
        // The arrays live for the call.
        let opened = unsafe canlog_open_listener(interface, wanted, masks, wanted.count)
        guard opened >= 0 else {
            throw SystemError("open a socket", on: interface, code: -opened)
        }
        let socket = OwnedDescriptor(adopting: opened)
        try ReceivingSocket.setOption(
            socket, CInt(CANLOG_SOL_CAN_RAW), CInt(CAN_RAW_RECV_OWN_MSGS), 1, interface)
        try ReceivingSocket.setOption(socket, SOL_SOCKET, SO_TIMESTAMPNS, 1, interface)
        try ReceivingSocket.setOption(socket, SOL_SOCKET, SO_RXQ_OVFL, 1, interface)
        _ = ReceivingSocket.askForBuffer(of: socket, Self.bufferSize)
        guard let slots = ReceiveSlots(wantsInterface: false) else {
            throw SystemError("reserve memory", on: interface, code: ENOMEM)
        }
        self.socket = socket
        self.slots = slots
        self.interface = interface
    }

    /// The kernel charges nearly a kilobyte for each frame that waits, and an answer of 4,095 bytes may
    /// come at one go, in 586 of them.
    private static let bufferSize = 4 << 20

    /// The socket's number, for waiting until a frame arrives.
    public var descriptor: CInt { socket.rawValue }

    /// Hands one frame over.
    public borrowing func send(_ frame: WireFrame) -> FrameSender.Outcome {
        var frame = frame
        // The call reads the 72 bytes of the local.
        let result = unsafe canlog_send(socket.rawValue, &frame, 1)
        return FrameSender.Outcome(result)
    }

    /// Appends what has arrived to `batch`, which must have room for ``capacity`` frames, with the
    /// kernel's stamps; returns the socket's count of frames lost so far, 0 where none came.
    public borrowing func receive(into batch: inout FrameBatch) throws(SystemError) -> UInt32 {
        let count = slots.receive(from: socket.rawValue)
        guard count >= 0 else {
            switch CInt(-count) {
            case EAGAIN, EINTR, ENOBUFS, ENOMEM, ENETDOWN: return 0
            default: throw SystemError("recvmmsg", on: interface, code: CInt(-count))
            }
        }
        var drops: UInt32 = 0
        for index in 0..<count {
            let stamp = Timestamp(nanoseconds: slots.stamp(at: index))
            drops = max(drops, slots.drops(at: index))
            // A message that is no frame cannot be an answer.
            _ = slots.append(at: index, channel: 0, stamped: stamp, to: &batch)
        }
        return drops
    }

    /// How many frames one ``receive(into:)`` takes at most.
    public static var capacity: Int { ReceiveSlots.capacity }
}
