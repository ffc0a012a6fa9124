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
    /// How many blocks the kernel has handed over, this one with them, as far as we looked.
    private var blocksReady = 0
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

    /// Takes all blocks that the kernel has handed over.
    func receive(faults: FaultInjection?, after reading: ClockReading) throws(SystemError) {
        askedAfter = reading
        blocksReady = memory.readyBlocks(from: block)
        guard blocksReady > 0 else {
            isDrained = true
            askForCounts()
            dropsAreDue = untoldDrops > 0
            if isEmpty { epoch.noteEmpty(since: reading) }
            return
        }
        isDrained = false
        copies.lookAgain(into: &origins)
        beginBlock()
    }

    /// Begins the block that is next, if one is ready.
    private func beginBlock() {
        guard blocksReady > 0, let status = memory.status(of: block) else { return }
        (framesLeft, offset) = memory.extent(of: block)
        if status & UInt32(TP_STATUS_LOSING) != 0 {
            askForCounts()
            dropsAreDue = true
        }
        // The kernel hands over no empty block; if it did, the next drain would begin behind it.
        if framesLeft == 0 { releaseBlock() }
    }

    private func releaseBlock() {
        memory.release(block)
        block = memory.block(after: block)
        blocksReady -= 1
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
        while framesLeft > 0 {
            let isWhole = handOver(from: memory, limit, channels, &batch)
            guard isWhole else { break }
            beginBlock()
            // Drops have their place before the block that tells of them.
            if dropsAreDue { tellDrops(to: &batch) }
        }
        return consumed != before
    }

    /// Hands over what is left of the block, as far as it goes; whether that was all.
    ///
    /// What changes with each frame is in locals meanwhile: a class pays for each access.
    private func handOver(
        from memory: borrowing RingMemory, _ limit: Int64, _ channels: borrowing ChannelMap,
        _ batch: inout FrameBatch
    ) -> Bool {
        var (epoch, offset, left) = (epoch, offset, framesLeft)
        let number = epoch.number
        let bytes = memory.block(block)
        // Where nothing is sent, no copy waits, and a gap alone decides about the origin.
        let (isCalm, gap) = (!copies.mayHold && origins.isIdle, origins.gap)
        while left > 0, !batch.isFull {
            guard let frame = RingFrame(in: bytes, at: offset) else {
                let place = RingFrame.place(after: offset, in: bytes)
                tellMalformed(place == nil ? left : 1, to: &batch)
                (offset, left) = (place ?? bytes.count, place == nil ? 0 : left - 1)
                continue
            }
            let time = epoch.monotonic(of: frame.stamp)
            if time > limit || epoch.number != number { break }
            guard let entry = channels.entry(ofLink: frame.link) else { break }
            if let channel = entry.channel {
                let data = bytes.extracting(frame.data)
                let origin: FrameOrigin =
                    isCalm
                    ? FrameOrigins.origin(at: time, after: gap, isVirtual: entry.isVirtual)
                    : origin(of: data, frame, isVirtual: entry.isVirtual, at: time)
                append(data, frame.stamp, channel, origin, to: &batch)
            }
            offset = frame.next
            left -= 1
        }
        consumed += UInt64(framesLeft - left)
        (self.epoch, self.offset, framesLeft) = (epoch, offset, left)
        if left == 0 { releaseBlock() }
        return left == 0
    }

    /// Leaves out a frame.
    private func goOn(to next: Int) {
        offset = next
        framesLeft -= 1
        consumed += 1
        if framesLeft == 0 { releaseBlock() }
    }

    private func origin(
        of data: Span<UInt8>, _ frame: RingFrame, isVirtual: Bool, at time: Int64
    ) -> FrameOrigin {
        copies.take(until: frame.stamp, into: &origins)
        return origins.origin(
            of: Self.content(of: data), link: frame.link, isVirtual: isVirtual,
            stamped: frame.stamp, at: time)
    }

    @inline(__always)
    private func append(
        _ data: Span<UInt8>, _ stamp: Int64, _ channel: UInt8, _ origin: FrameOrigin,
        to batch: inout FrameBatch
    ) {
        let time = Timestamp(nanoseconds: stamp)
        if !Self.append(data, channel, origin, stamped: time, to: &batch) {
            batch.append(.loss(Loss(cause: .malformed, frames: 1)), at: time, channel: channel)
        }
    }

    private func tellMalformed(_ frames: Int, to batch: inout FrameBatch) {
        batch.append(
            .loss(Loss(cause: .malformed, frames: UInt64(frames))),
            at: Timestamp(nanoseconds: askedAfter.realTime))
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
