import CANFrame
import CLinuxCAN
import Glibc
import LocalFiles

/// A packet socket whose frames the kernel puts into shared memory (`TPACKET_V3`), for all
/// interfaces, and what it has received. Needs `CAP_NET_RAW`.
///
/// Unchecked, since one thread at a time uses it, as ``FrameReceiver`` says.
final class PacketRing: FrameReceiver, @unchecked Sendable {
    static let place = "packet ring"
    /// A block is handed over when it is full or this old, so small blocks let the same memory hold
    /// a bus that is not full for longer; a page is the smallest that the kernel takes.
    static let blockSize = 4_096
    /// How old a block may get in milliseconds: two ticks of a kernel with 250 a second.
    static let retirement: UInt32 = 8

    let channel: UInt8? = nil
    var rawValue: Int32 { descriptor.rawValue }
    var grantedBuffer: Int { memory.blockSize * memory.blockCount }
    let stampClock = StampClock.kernelRealTime
    var gathersByItself: Bool { true }
    var isDrained = true
    var isLeaving = false

    private let descriptor: OwnedDescriptor
    private let memory: RingMemory
    /// The block that is handed over now, or that the kernel fills next.
    private var block = 0
    /// The frames of that block that wait, and the place of the first.
    private var framesLeft = 0
    private var offset = 0

    /// How many frames the kernel has put into the ring, and how many of them were handed over.
    private var accepted: UInt64 = 0
    private var consumed: UInt64 = 0
    private var marked: UInt64 = 0
    /// Drops that the kernel has told and we have not.
    private var untoldDrops: UInt64 = 0
    /// Whether their place is here: all blocks were full when there was no room, and the kernel went
    /// on with a new one, which says so, or is the one that it fills now.
    private var dropsAreDue = false

    private var epoch: StampEpoch
    private var askedAfter: ClockReading
    private var copies: OutgoingCopies
    private var origins: FrameOrigins
    private let options: CaptureOptions
    private var ignored: [Int32] = []

    /// Opens the ring for all interfaces.
    init(options: CaptureOptions, at reading: ClockReading) throws(SystemError) {
        let socket = try Self.open()
        let blockCount = options.wholeRingSize / Self.blockSize
        try Self.setUp(socket, options, blockCount: blockCount)
        let memory = try RingMemory(
            of: socket, blockSize: Self.blockSize, blockCount: blockCount)
        // First the copies and then the frames, so that no frame comes without its copy.
        let copies = try OutgoingCopies(options)
        try Self.bind(socket)
        self.memory = memory
        self.copies = copies
        self.options = options
        epoch = StampEpoch(at: reading)
        askedAfter = reading
        origins = FrameOrigins(at: HostClock.monotonic())
        descriptor = socket
    }

    // MARK: Receiving

    var isExhausted: Bool { framesLeft == 0 }
    var isEmpty: Bool { isExhausted && isDrained && consumed >= accepted }

    func mark() {
        askForCounts()
        marked = accepted
    }

    var hasCaughtUp: Bool { consumed >= marked }

    /// Takes the next block that the kernel has handed over.
    func receive(faults: FaultInjection?, after reading: ClockReading) throws(SystemError) {
        askedAfter = reading
        guard let status = memory.status(of: block) else {
            isDrained = true
            askForCounts()
            dropsAreDue = untoldDrops > 0
            if isEmpty { epoch.noteEmpty(since: reading) }
            return
        }
        isDrained = false
        (framesLeft, offset) = memory.extent(of: block)
        copies.lookAgain()
        if status & UInt32(TP_STATUS_LOSING) != 0 {
            askForCounts()
            dropsAreDue = true
        }
        if framesLeft == 0 { releaseBlock() }
    }

    private func releaseBlock() {
        memory.release(block)
        block = block + 1 == memory.blockCount ? 0 : block + 1
    }

    /// Asks how many frames came and how many of them found no room; the kernel begins anew then.
    private func askForCounts() {
        var counts = tpacket_stats_v3()
        var length = socklen_t(MemoryLayout<tpacket_stats_v3>.size)
        // The structure is as long as the call is told.
        let result = unsafe getsockopt(
            rawValue, CInt(CANLOG_SOL_PACKET), PACKET_STATISTICS, &counts, &length)
        guard result == 0 else { return }
        // tp_packets counts those that were dropped too.
        accepted += UInt64(counts.tp_packets &- counts.tp_drops)
        untoldDrops += UInt64(counts.tp_drops)
    }

    func newDrops() -> UInt64 {
        askForCounts()
        return takeDrops()
    }

    private func takeDrops() -> UInt64 {
        dropsAreDue = false
        guard untoldDrops > 0 else { return 0 }
        defer { untoldDrops = 0 }
        origins.noteGap(at: HostClock.monotonic())
        return untoldDrops
    }

    func forget(_ link: Int32) { origins.forget(link) }

    func ignore(_ links: [Int32]) {
        guard links != ignored else { return }
        ignored = links
        // If it fails, frames come that are left out later.
        try? Self.attach(FilterProgram(options, ignoring: links), to: descriptor)
        copies.attach(FilterProgram(options, isOutgoing: true, ignoring: links))
    }

    // MARK: Handing over

    func headTime() -> Int64 {
        guard let frame = memory.frame(of: block, at: offset) else {
            // It will be told as malformed at the time at which it was found.
            return askedAfter.monotonic
        }
        return epoch.monotonic(of: frame.stamp)
    }

    var headInterface: Int32 { memory.frame(of: block, at: offset)?.link ?? 0 }

    func skipHead() {
        goOn(to: memory.place(after: offset, of: block) ?? memory.blockSize)
    }

    func handOver(
        until limit: Int64, channels: borrowing ChannelMap, to batch: inout FrameBatch
    ) -> Bool {
        let before = consumed
        if dropsAreDue { tellDrops(to: &batch) }
        if framesLeft > 0 { handOver(from: memory, limit, channels, &batch) }
        return consumed != before
    }

    /// Hands over what is left of the block, as far as it goes.
    private func handOver(
        from memory: borrowing RingMemory, _ limit: Int64, _ channels: borrowing ChannelMap,
        _ batch: inout FrameBatch
    ) {
        let number = epoch.number
        let bytes = memory.block(block)
        while framesLeft > 0, !batch.isFull {
            guard let frame = RingFrame(in: bytes, at: offset) else {
                leaveOut(bytes, to: &batch)
                continue
            }
            let time = epoch.monotonic(of: frame.stamp)
            if time > limit || epoch.number != number { break }
            guard let entry = channels.entry(ofLink: frame.link) else { break }
            if let channel = entry.channel {
                append(frame, bytes, channel, entry.isVirtual, at: time, to: &batch)
            }
            goOn(to: frame.next)
        }
    }

    private func goOn(to next: Int) {
        offset = next
        framesLeft -= 1
        consumed += 1
        if framesLeft == 0 { releaseBlock() }
    }

    private func append(
        _ frame: RingFrame, _ bytes: Span<UInt8>, _ channel: UInt8, _ isVirtual: Bool,
        at time: Int64, to batch: inout FrameBatch
    ) {
        let data = bytes.extracting(frame.data)
        copies.take(until: frame.stamp, into: &origins)
        let stamp = Timestamp(nanoseconds: frame.stamp)
        let origin = origins.origin(
            of: Self.content(of: data), link: frame.link, isVirtual: isVirtual,
            stamped: frame.stamp, at: time)
        if !Self.append(data, channel, origin, stamped: stamp, to: &batch) {
            batch.append(.loss(Loss(cause: .malformed, frames: 1)), at: stamp, channel: channel)
        }
    }

    /// Leaves out what is not a frame; all that is left of the block if no next frame can be found.
    private func leaveOut(_ bytes: Span<UInt8>, to batch: inout FrameBatch) {
        let next = RingFrame.place(after: offset, in: bytes)
        let frames = next == nil ? framesLeft : 1
        batch.append(
            .loss(Loss(cause: .malformed, frames: UInt64(frames))),
            at: Timestamp(nanoseconds: askedAfter.realTime))
        if next == nil {
            consumed += UInt64(framesLeft - 1)
            framesLeft = 1
        }
        goOn(to: next ?? bytes.count)
    }

    private func tellDrops(to batch: inout FrameBatch) {
        let lost = takeDrops()
        guard lost > 0 else { return }
        batch.append(
            .loss(Loss(cause: .socketBuffer, frames: lost)),
            at: Timestamp(nanoseconds: askedAfter.realTime))
    }

    // MARK: Clock steps

    var epochNumber: Int { epoch.number }
    var isPassingStep: Bool { epoch.isPassing }

    func expectStep(_ number: Int, from reading: ClockReading) {
        epoch.expect(number, from: reading)
        origins.noteGap(at: reading.monotonic)
    }
}
