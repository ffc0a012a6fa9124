public import CANFrame
import CLinuxCAN
import Glibc
import LocalFiles

/// Everything that arrives on CAN interfaces, with what became of the interfaces and the clock.
///
/// Frames gather in the kernel, which stamps them, and are taken many at a time. Of one interface
/// they come as the kernel delivered them; between interfaces by kernel stamp among the frames of
/// one drain. Losses, link changes, ties and ticks stand among them as ``BusEvent``s.
///
/// To be used by one thread at a time. Unchecked for the sockets, which nobody else has.
public struct CANSource: FrameSource, ~Copyable, @unchecked Sendable {
    /// Silence after which a tick is told, in nanoseconds.
    static let tickInterval: Int64 = 100_000_000
    /// How often clocks, counters and drops are looked at, in nanoseconds.
    static let watchInterval: Int64 = 1_000_000_000
    /// How long a stopped source may take to hand over what the kernel holds, in nanoseconds.
    static let closingLimit: Int64 = 1_000_000_000

    enum Phase { case opening, running, closing, ended }

    let interfaces: CaptureInterfaces
    let options: CaptureOptions
    let stop: StopSignal
    let faults: FaultInjection?
    /// Reads both clocks; another one in tests.
    let clocks: @Sendable () -> ClockReading

    var phase = Phase.opening
    var links: LinkMonitor
    /// A raw socket of each interface, or one receiver that hears all.
    var receivers: [any FrameReceiver]
    /// Which of the ways to receive was chosen: never ``ReceivePath/auto``.
    public let receivePath: ReceivePath
    /// What the log says of that choice.
    let receiveNotes: [String]
    var channelStates: [Channel]
    var map = ChannelMap()
    var clock: ClockWatch
    var synchronisation: ClockSynchronisation?
    /// Whether the last drain ended because the batch was full.
    var isUnfinished = false
    /// Whether frames came lately, so that the next drain is due by the clock and not by a frame.
    private var isBusy = false
    private var nextDrain: Int64 = 0
    private var nextTick: Int64
    private var nextWatch: Int64
    private var closingDeadline: Int64?
    private var waits: [pollfd] = []
    /// What happened to interfaces while a drain was unfinished.
    var pendingChanges: [LinkChange] = []
    /// Whether rtnetlink could not be heard, so that it is not waited for until the next watch.
    var isDeaf = false
    /// The failures that were told already.
    var toldTroubles: Set<String> = []
    /// An error that came when there were frames to hand over first.
    private var keptError: StreamError?

    /// Opens the interfaces; `stop` ends the source in order.
    public init(
        _ interfaces: CaptureInterfaces, options: CaptureOptions = CaptureOptions(),
        stop: StopSignal
    ) throws(SocketCANError) {
        try self.init(
            interfaces, options: options, stop: stop, faults: nil, clocks: Self.readClocks)
    }

    init(
        _ interfaces: CaptureInterfaces, options: CaptureOptions, stop: StopSignal,
        faults: FaultInjection?, clocks: @escaping @Sendable () -> ClockReading
    ) throws(SocketCANError) {
        let reading = clocks()
        let links = try Self.listen(faults)
        var channels = try Self.channels(of: interfaces, in: links.table, options)
        let opened = try Self.open(interfaces, &channels, options, at: reading)
        (receivers, receivePath) = (opened.receivers, opened.path)
        receiveNotes = opened.notes
        for channel in channels {
            if let link = links.table[index: channel.link] { map.set(channel.number, for: link) }
        }
        channelStates = channels
        self.interfaces = interfaces
        self.options = options
        self.stop = stop
        self.faults = faults
        self.clocks = clocks
        self.links = links
        clock = ClockWatch(at: reading)
        nextTick = reading.monotonic + Self.tickInterval
        nextWatch = reading.monotonic + Self.watchInterval
        for link in self.links.table.canLinks where map.entry(ofLink: link.index) == nil {
            ignore(link)
        }
    }

    private static func listen(_ faults: FaultInjection?) throws(SocketCANError) -> LinkMonitor {
        do throws(SystemError) {
            // First, since without CAN there are no interfaces either, and that would be the error.
            _ = try ReceivingSocket.open(on: "kernel")
            return try LinkMonitor(faults: faults)
        } catch {
            throw SocketCANError(error)
        }
    }

    /// How long frames gather, in nanoseconds.
    private var cadence: Int64 {
        if let coalescing = options.coalescing { return coalescing.wholeNanoseconds }
        if hearsAll && receivers[0].gathersByItself { return 20_000_000 }
        let isSmall = receivers.contains { $0.grantedBuffer < CaptureOptions.smallReceiveBuffer }
        return isSmall ? 5_000_000 : 10_000_000
    }

    /// The channels so far; a source of all interfaces gets more as they appear.
    public var channels: [CaptureChannel] {
        channelStates.map { channel in
            CaptureChannel(
                number: channel.number, interface: channel.name, isPresent: channel.link != 0,
                isUp: channel.isUp,
                receiveBuffer: receivers.first {
                    $0.channel == channel.number || $0.channel == nil
                }?
                .grantedBuffer)
        }
    }

    /// Whether one receiver hears all interfaces, wanted or not, also those that appear later.
    var hearsAll: Bool { interfaces == .all || receivePath == .ring }

    /// Both clocks of this host.
    static let readClocks: @Sendable () -> ClockReading = {
        let tie = HostClock.tie()
        return ClockReading(realTime: tie.realTime.nanoseconds, monotonic: tie.monotonic)
    }

    // MARK: Reading

    public mutating func read(
        into batch: inout FrameBatch, waiting limit: Duration
    ) throws(StreamError) -> ReadOutcome {
        if let error = keptError.take() { throw error }
        do throws(SystemError) {
            return try next(into: &batch, limit)
        } catch {
            let streamError = SocketCANError(error).streamError
            if batch.isEmpty { throw streamError }
            keptError = streamError
            return .batch
        }
    }

    private mutating func next(
        into batch: inout FrameBatch, _ limit: Duration
    ) throws(SystemError) -> ReadOutcome {
        let start = HostClock.monotonic()
        let deadline = start.addingReportingOverflow(max(0, limit.wholeNanoseconds))
        let end = deadline.overflow ? Int64.max : deadline.partialValue
        while true {
            switch phase {
            case .ended: return .ended
            case .opening:
                open(into: &batch)
                phase = .running
                return .batch
            case .closing:
                try close(into: &batch)
            case .running:
                try run(into: &batch, until: end, atOnce: limit == .zero)
            }
            if !batch.isEmpty { return .batch }
            if phase == .running && HostClock.monotonic() >= end { return .idle }
        }
    }

    /// Waits once, and drains if that is due, or `atOnce`: what has arrived by now is wanted.
    private mutating func run(
        into batch: inout FrameBatch, until end: Int64, atOnce: Bool
    ) throws(SystemError) {
        let linksChanged: Bool
        if isUnfinished {
            // More is there already; but on a bus that never rests a stop is to be heard, too.
            let wake = wait(until: 0)
            if wake.stop {
                phase = .closing
                return
            }
            linksChanged = wake.links
        } else {
            let due = isBusy ? nextDrain : min(nextTick, nextWatch)
            let wake = wait(until: min(due, end))
            if wake.stop {
                phase = .closing
                return
            }
            let now = HostClock.monotonic()
            if wake.frames && !isBusy {
                isBusy = true
                // The ring told of frames that have gathered already.
                nextDrain = hearsAll && receivers[0].gathersByItself ? now : now + cadence
            }
            linksChanged = wake.links
            guard atOnce || linksChanged || now >= (isBusy ? nextDrain : min(nextTick, nextWatch))
            else { return }
        }
        try cycle(into: &batch, linksChanged: linksChanged)
    }

    /// Drains the sockets, and does what is due beside it.
    private mutating func cycle(
        into batch: inout FrameBatch, linksChanged: Bool
    ) throws(SystemError) {
        let start = HostClock.monotonic()
        if linksChanged {
            hearLinks(into: &batch)
            tellKeeper(into: &batch)
        }
        // What came up may have brought the frames that wait now; what went down did not stop them.
        let comesFirst = pendingChanges.allSatisfy(\.bringsFrames)
        if comesFirst { takePendingChanges(into: &batch) }
        let framesBefore = batch.count
        try drain(into: &batch)
        noteErrorFrames(from: framesBefore, in: &batch)
        isBusy = batch.count > framesBefore
        nextDrain = start + cadence
        let now = HostClock.monotonic()
        if isBusy { nextTick = now + Self.tickInterval }
        // On a bus that never rests no drain ends: then the clock says when to look around.
        guard !isUnfinished || now >= nextWatch else { return }
        // A receiver of all interfaces needs what is gone to be known until it has handed over
        // what came before.
        if !hearsAll || receivers[0].hasCaughtUp { takePendingChanges(into: &batch) }
        removeLeft(into: &batch)
        if now >= nextWatch {
            nextWatch = max(nextWatch + Self.watchInterval, now)
            watch(into: &batch)
        }
        if !isUnfinished && now >= nextTick {
            nextTick = now + Self.tickInterval
            tellTailDrops(into: &batch)
            guard receivers.allSatisfy(\.isEmpty) else { return }
            batch.append(.tick, at: Timestamp(nanoseconds: clock.latest.realTime))
        }
    }

    mutating func takePendingChanges(into batch: inout FrameBatch) {
        guard !pendingChanges.isEmpty else { return }
        let changes = pendingChanges
        pendingChanges.removeAll()
        take(changes, into: &batch)
    }

    /// Hands over what the kernel still holds, and what is known at the end.
    private mutating func close(into batch: inout FrameBatch) throws(SystemError) {
        let now = HostClock.monotonic()
        if closingDeadline == nil { for receiver in receivers { receiver.mark() } }
        let limit = closingDeadline ?? now + Self.closingLimit
        closingDeadline = limit
        // On a bus that never rests this would not end: then only what was taken is handed over.
        let framesBefore = batch.count
        try drain(into: &batch, refilling: now < limit)
        noteErrorFrames(from: framesBefore, in: &batch)
        guard !isUnfinished else { return }
        if now < limit, hearsAll, !receivers[0].hasCaughtUp {
            // What came last is handed over by the kernel within milliseconds.
            awaitFrames(until: limit)
            return
        }
        takePendingChanges(into: &batch)
        hearLinks(into: &batch)
        askLinks(into: &batch)
        // Before what is gone is taken leave of, its socket is drained once more.
        if now < limit && !pendingChanges.allSatisfy(\.bringsFrames) { return }
        takePendingChanges(into: &batch)
        tellState(into: &batch, atEnd: true)
        phase = .ended
    }

    // MARK: Waiting

    private mutating func wait(until deadline: Int64) -> (stop: Bool, links: Bool, frames: Bool) {
        waits.removeAll(keepingCapacity: true)
        waits.append(pollfd(fd: stop.rawValue, events: Int16(POLLIN), revents: 0))
        // A negative number is passed over.
        waits.append(pollfd(fd: isDeaf ? -1 : links.rawValue, events: Int16(POLLIN), revents: 0))
        waits.append(
            pollfd(fd: options.keeper?.rawValue ?? -1, events: Int16(POLLIN), revents: 0))
        if !isBusy {
            addReceivers()
        }
        let left = max(0, deadline - HostClock.monotonic())
        let milliseconds = CInt(min((left + 999_999) / 1_000_000, 60_000))
        // As many entries as the array has; an interrupted wait is as good as one without news.
        let count = unsafe poll(&waits, nfds_t(waits.count), milliseconds)
        guard count > 0 else { return (false, false, false) }
        return (
            waits[0].revents != 0, waits[1].revents != 0 || waits[2].revents != 0,
            waits.dropFirst(3).contains { $0.revents != 0 }
        )
    }

    /// Waits for frames alone.
    private mutating func awaitFrames(until deadline: Int64) {
        waits.removeAll(keepingCapacity: true)
        addReceivers()
        let left = max(0, deadline - HostClock.monotonic()) / 1_000_000
        // As many entries as the array has; whatever the outcome, the caller looks for frames.
        _ = unsafe poll(&waits, nfds_t(waits.count), CInt(min(left + 1, 100)))
    }

    private mutating func addReceivers() {
        for receiver in receivers {
            waits.append(pollfd(fd: receiver.rawValue, events: Int16(POLLIN), revents: 0))
        }
    }
}

/// A channel of a source as it is now.
public struct CaptureChannel: Sendable, Hashable {
    public var number: UInt8
    /// The name of the interface.
    public var interface: String
    /// Whether the interface is there.
    public var isPresent: Bool
    /// Whether it is set up.
    public var isUp: Bool
    /// The receive buffer of its socket in bytes, as the kernel counts (768 for a classic frame);
    /// `nil` while there is no socket.
    public var receiveBuffer: Int?
}
