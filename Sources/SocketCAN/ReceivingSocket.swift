import CANFrame
import CLinuxCAN
import Glibc
import LocalFiles

/// A raw CAN socket that receives everything of one interface or of all, and what it has received.
///
/// Unchecked, since one thread at a time uses it, as ``FrameReceiver`` says.
final class ReceivingSocket: FrameReceiver, @unchecked Sendable {
    /// The interface's name, or `any`.
    let interface: String
    /// The interface's channel; `nil` for a socket that hears all interfaces.
    let channel: UInt8?
    private let descriptor: OwnedDescriptor
    var rawValue: Int32 { descriptor.rawValue }
    /// The receive buffer in bytes, as the kernel counts.
    let grantedBuffer: Int
    /// Which clock stamps the frames.
    let stampClock: StampClock
    var gathersByItself: Bool { false }

    private let slots: ReceiveSlots
    /// The slots from `next` to `filled` wait to be handed over.
    private var next = 0
    private var filled = 0
    var isDrained = true
    var isLeaving = false
    private var drops = DropCounter()
    private var epoch: StampEpoch
    private var hardwareClock = HardwareClock()
    private var askedAfter: ClockReading

    /// Opens a socket and binds it to the interface of this number, or to all by 0.
    init(
        interface: String, index: Int32, channel: UInt8?, options: CaptureOptions,
        sharedBy sockets: Int,
        at reading: ClockReading
    ) throws(SystemError) {
        let socket = try Self.open(on: interface)
        try Self.setOption(socket, CInt(CANLOG_SOL_CAN_RAW), CInt(CAN_RAW_FD_FRAMES), 1, interface)
        // CAN_ERR_MASK: the 29 bits of an error frame's class.
        try Self.setOption(
            socket, CInt(CANLOG_SOL_CAN_RAW), CInt(CAN_RAW_ERR_FILTER),
            options.includesErrorFrames ? 0x1FFF_FFFF : 0, interface)
        try Self.setFilters(options.filters, of: socket, interface)
        let own: CInt = options.includesOwnFrames ? 1 : 0
        try Self.setOption(
            socket, CInt(CANLOG_SOL_CAN_RAW), CInt(CAN_RAW_RECV_OWN_MSGS), own, interface)
        try Self.setOption(socket, SOL_SOCKET, SO_RXQ_OVFL, 1, interface)
        let stampClock = try Self.askForStamps(of: interface, from: socket, options)
        grantedBuffer = Self.askForBuffer(of: socket, options.receiveBuffer(sharedBy: sockets))
        guard let slots = ReceiveSlots(wantsInterface: index == 0) else {
            throw SystemError("reserve memory", on: interface, code: ENOMEM)
        }
        try Self.bind(socket, to: index, interface)
        self.interface = interface
        self.channel = channel
        self.slots = slots
        self.stampClock = stampClock
        epoch = StampEpoch(at: reading)
        askedAfter = reading
        descriptor = socket
    }

    /// Opens a raw CAN socket that is bound to nothing.
    static func open(on interface: String) throws(SystemError) -> OwnedDescriptor {
        let kind = CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        return try OwnedDescriptor(
            adopting: Glibc.socket(AF_CAN, kind, CAN_RAW), from: "CAN socket", on: interface)
    }

    func newDrops() -> UInt64 { UInt64(drops.newDrops(upTo: countedDrops())) }

    /// The kernel's count of frames that this socket lost so far, those after the last frame too.
    private func countedDrops() -> UInt32 {
        var memory = [UInt32](repeating: 0, count: Int(SK_MEMINFO_VARS))
        var length = socklen_t(memory.count * 4)
        // The array is as long as the call is told.
        let result = unsafe getsockopt(
            descriptor.rawValue, SOL_SOCKET, SO_MEMINFO, &memory, &length)
        let index = Int(SK_MEMINFO_DROPS)
        return result == 0 && length >= (index + 1) * 4 ? memory[index] : 0
    }

    // MARK: Receiving

    var isExhausted: Bool { next == filled }
    var isEmpty: Bool { isExhausted && isDrained }

    // A drain takes all that a socket holds.
    func mark() {}
    func forget(_ link: Int32) {}
    func ignore(_ links: [Int32]) {}
    var hasCaughtUp: Bool { isEmpty }

    var epochNumber: Int { epoch.number }
    var isPassingStep: Bool { epoch.isPassing }

    func expectStep(_ number: Int, from reading: ClockReading) {
        epoch.expect(number, from: reading)
    }

    /// An interface that went down or vanished is told by an error, once; rtnetlink tells more.
    func receive(faults: FaultInjection?, after reading: ClockReading) throws(SystemError) {
        askedAfter = reading
        (next, filled) = (0, 0)
        for _ in 0..<Self.attempts {
            let injected = faults?.next(.receive)
            let count = injected.map { -Int($0) } ?? slots.receive(from: descriptor.rawValue)
            if count >= 0 {
                filled = count
                isDrained = count < ReceiveSlots.capacity
                if filled == 0 { epoch.noteEmpty(since: reading) }
                return
            }
            switch CInt(-count) {
            case EINTR, ENETDOWN, ENODEV, ENXIO: continue
            // ENOBUFS and ENOMEM: what waits stays where it is, for the next time.
            case EAGAIN, ENOBUFS, ENOMEM:
                isDrained = true
                if CInt(-count) == EAGAIN { epoch.noteEmpty(since: reading) }
                return
            default: throw SystemError("recvmmsg", on: interface, code: CInt(-count))
            }
        }
        isDrained = true
    }

    /// How often an error that ends by itself is met before the next drain is waited for.
    private static let attempts = 8

    func headTime() -> Int64 { epoch.monotonic(of: slots.stamp(at: next)) }

    func handOver(
        until limit: Int64, channels: borrowing ChannelMap, to batch: inout FrameBatch
    ) -> Bool {
        let (number, place) = (epoch.number, next)
        while next < filled, !batch.isFull {
            let stamp = slots.stamp(at: next)
            let time = epoch.monotonic(of: stamp)
            if time > limit || epoch.number != number { break }
            guard let channel = channel ?? channels.channel(ofLink: slots.interface(at: next))
            else {
                break
            }
            appendSlot(channel, to: &batch)
            next += 1
        }
        if isEmpty { epoch.noteEmpty(since: askedAfter) }
        return next != place
    }

    var headInterface: Int32 { slots.interface(at: next) }

    func skipHead() { next += 1 }

    private func appendSlot(_ channel: UInt8, to batch: inout FrameBatch) {
        let stamp = slots.stamp(at: next)
        let dropped = slots.drops(at: next)
        if dropped != 0 {
            let lost = drops.newDrops(upTo: dropped)
            if lost > 0 {
                batch.append(
                    .loss(Loss(cause: .socketBuffer, frames: UInt64(lost))),
                    at: Timestamp(nanoseconds: stamp), channel: self.channel)
            }
        }
        let hardware = slots.hardwareStamp(at: next)
        let time = Timestamp(
            nanoseconds: hardware == 0
                ? stamp : hardwareClock.realTime(of: hardware, stamped: stamp))
        if !slots.append(at: next, channel: channel, stamped: time, to: &batch) {
            batch.append(.loss(Loss(cause: .malformed, frames: 1)), at: time, channel: channel)
        }
    }
}
