import CANFrame
import CLinuxCAN
import Glibc
import LocalFiles

/// A packet socket that hears of the frames that this host hands to its interfaces, so that the
/// packet ring can tell them from those of other nodes.
///
/// It is a socket of its own since a ring that held both would count drops of both. The kernel
/// queues a copy before the interface has the frame, so before its frame is in the ring.
struct OutgoingCopies: ~Copyable {
    /// The buffer to ask for in bytes: some thousand copies, of which as many wait at most as
    /// frames of this host are in the ring.
    private static let buffer = 1 << 20

    private let descriptor: OwnedDescriptor
    private let slots: ReceiveSlots
    /// The slots from `next` to `filled` wait.
    private var next = 0
    private var filled = 0
    /// Whether the kernel had nothing left when it was asked last.
    private var isDrained = true
    /// Whether copies came since drops were asked for.
    private var hasNews = false

    init(_ options: CaptureOptions) throws(SystemError) {
        let socket = try PacketRing.open()
        try PacketRing.attach(FilterProgram(options, isOutgoing: true), to: socket)
        try ReceivingSocket.setOption(socket, SOL_SOCKET, SO_TIMESTAMPNS, 1, PacketRing.place)
        _ = ReceivingSocket.askForBuffer(of: socket, Self.buffer)
        guard let slots = ReceiveSlots(wantsInterface: true) else {
            throw SystemError("reserve memory", on: PacketRing.place, code: ENOMEM)
        }
        try PacketRing.bind(socket)
        self.slots = slots
        descriptor = socket
    }

    /// Lets the kernel leave out interfaces that are not wanted.
    borrowing func attach(_ program: FilterProgram) {
        // If it fails, more copies come than are needed.
        try? PacketRing.attach(program, to: descriptor)
    }

    /// Whether there are copies that were not handed over.
    var mayHold: Bool { next < filled || !isDrained }

    /// Looks for what came since nothing was found.
    mutating func lookAgain(into origins: inout FrameOrigins) {
        isDrained = false
        if next == filled { refill(&origins) }
    }

    /// Hands over what was copied until `stamp`, and says whether copies were lost.
    mutating func take(until stamp: Int64, into origins: inout FrameOrigins) {
        while true {
            while next < filled {
                let time = slots.stamp(at: next)
                guard time <= stamp else { return }
                origins.noteCopy(
                    slots.content(at: next), link: slots.interface(at: next), stamped: time)
                next += 1
            }
            guard !isDrained else { return }
            refill(&origins)
        }
    }

    private mutating func refill(_ origins: inout FrameOrigins) {
        let count = slots.receive(from: descriptor.rawValue)
        if CInt(-count) == EINTR { return }
        (next, filled) = (0, max(0, count))
        isDrained = filled == 0
        if filled > 0 {
            hasNews = true
        } else if hasNews {
            hasNews = false
            if lostSome() { origins.noteGap(at: HostClock.monotonic()) }
        }
    }

    /// Whether copies found no room since this was asked last.
    private borrowing func lostSome() -> Bool {
        var counts = tpacket_stats()
        var length = socklen_t(MemoryLayout<tpacket_stats>.size)
        // The structure is as long as the call is told.
        let result = unsafe getsockopt(
            descriptor.rawValue, CInt(CANLOG_SOL_PACKET), PACKET_STATISTICS, &counts, &length)
        return result != 0 || counts.tp_drops > 0
    }
}
