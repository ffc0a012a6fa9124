public import CANFrame

/// Messages of ISO 15765-2 out of the frames that carry them, of any number of links at once.
///
/// It listens and never sends, not even flow control, and judges what it hears: sequence numbers,
/// block size, STmin, N_Bs and N_Cr. What does not come whole is told by ``failures`` and counted,
/// never silently left out. Bytes are held as they come and not as they are announced, so that a
/// first frame of 4 GB costs nothing; all that is under way together is bounded.
public struct ISOTPListener: ~Copyable, Sendable {
    /// By what it judges and what it holds; times in nanoseconds.
    public struct Options: Sendable, Hashable {
        /// The bytes under way of all links together, and of one message; the last whole message
        /// may take as much again.
        public var maximumBytes = 16 << 20
        /// N_Bs: the longest time from a frame to the flow control that it needs.
        public var timeoutBs: Int64 = 1_000_000_000
        /// N_Cr: the longest time to the next consecutive frame.
        public var timeoutCr: Int64 = 1_000_000_000
        /// By how much a gap may be below STmin: the rounding of the stamps. A stamp is taken at the
        /// end of a frame, so that a gap is by a frame longer than what STmin is about.
        public var separationTolerance: Int64 = 1_000

        public init() {}
    }

    private var links: [ISOTPLink] = []
    /// The links that a message is under way on, and some where one ended since the last sweep.
    private var underWay: [Int32] = []
    private var table = ISOTPLinkTable()
    private var store: ISOTPStore
    private var log = ISOTPFailureLog()
    private let limits: ISOTPLink.Limits
    /// No message ends before this by itself.
    private var nextSweep = Int64.max
    /// The link that the last frame completed a message of; -1 is none.
    private var completed = -1
    /// How many messages came whole so far.
    public private(set) var messages: UInt64 = 0

    public init(options: Options = Options()) {
        let maximumBytes = max(1, options.maximumBytes)
        store = ISOTPStore(maximumBytes: maximumBytes)
        limits = ISOTPLink.Limits(
            timeoutBs: max(0, options.timeoutBs), timeoutCr: max(0, options.timeoutCr),
            separationTolerance: max(0, options.separationTolerance), maximumLength: maximumBytes)
    }

    /// Listens to the sender whose frames are at `data`, and to the flow control that answers them;
    /// returns the link's number, which counts from 0.
    ///
    /// Links may be added while frames come. One sender is one link: given again, its number is the
    /// same, and a flow control that was unknown is known from then on. Memory grows with the links;
    /// who learns them from traffic bounds their number. Frames of an identifier that has links with
    /// an address byte are told apart by it.
    @discardableResult
    public mutating func addLink(
        data: ISOTPAddress, flowControl: ISOTPAddress?, channel: UInt8
    ) -> Int {
        var index = Int(table[channel, data].data)
        if index < 0 {
            index = links.count
            links.append(
                ISOTPLink(index: index, data: data, flowControl: nil, channel: channel))
            table[channel, data].data = Int32(index)
        }
        if let flowControl, links[index].flowControl == nil {
            links[index].flowControl = flowControl
            links[index].nextOfFlow = table[channel, flowControl].flow
            table[channel, flowControl].flow = Int32(index)
        }
        return index
    }

    /// How many links there are.
    public var linkCount: Int { links.count }

    /// The addresses and the channel of a link.
    public func link(
        _ index: Int
    ) -> (data: ISOTPAddress, flowControl: ISOTPAddress?, channel: UInt8) {
        (links[index].data, links[index].flowControl, links[index].channel)
    }

    /// The message that the last frame completed.
    public var message: ISOTPMessage? { completed >= 0 ? links[completed].message : nil }

    /// The bytes of ``message``; empty without one. They are overwritten by the next message.
    public var payload: Span<UInt8> {
        @_lifetime(borrow self) borrowing get {
            store.message.extracting(0..<(completed >= 0 ? store.message.count : 0))
        }
    }

    /// What the last frame showed to have failed. Of a link each kind is told once for each message;
    /// repetitions are counted in ``failureCounts``.
    public var failures: [ISOTPFailure] { log.recent }
    /// Whether ``failures`` has any; cheaper than asking for them.
    public var hasFailures: Bool { !log.recent.isEmpty }
    /// How often what failed so far.
    public var failureCounts: ISOTPFailureCounts { log.counts }

    /// Takes a frame; true if it completed ``message``.
    ///
    /// `longPayload` is the frame's payload if that has more than 8 bytes, `number` its number in
    /// the recording; `time` is bus time in nanoseconds, by which the limits are kept.
    public mutating func take(
        _ row: FrameRow, longPayload: Span<UInt8>, frame number: UInt64, at time: Int64
    ) -> Bool {
        completed = -1
        log.forgetRecent()
        let arrival = ISOTPLink.Arrival(row: row, number: number, time: time)
        if time > nextSweep { sweep(arrival) }
        // Neither remote nor error frames.
        guard row.identifier.rawValue & 0x6000_0000 == 0, row.length > 0 else { return false }
        let head = row.isShort ? row.payloadWord : ISOTPFrame.head(of: longPayload)
        let entry = table.find(
            row.channel, row.identifier, firstByte: UInt8(truncatingIfNeeded: head))
        guard entry.data >= 0 || entry.flow >= 0 else { return false }
        let frame = ISOTPFrame(
            head: head, length: row.length, offset: entry.hasAddressByte ? 1 : 0)
        if case .flowControl(let flow) = frame {
            take(flow, arrival, from: entry.flow)
        } else if entry.data >= 0 {
            take(frame, arrival, longPayload, of: Int(entry.data))
        }
        return completed >= 0
    }

    private mutating func take(
        _ frame: ISOTPFrame, _ arrival: ISOTPLink.Arrival, _ longPayload: Span<UInt8>,
        of index: Int
    ) {
        let isWhole = links[index].take(
            frame, arrival, longPayload, by: limits, in: &store, telling: &log)
        if isWhole {
            completed = index
            messages += 1
        } else if let ending = links[index].ending {
            if !links[index].isSwept {
                links[index].isSwept = true
                underWay.append(Int32(index))
            }
            nextSweep = min(nextSweep, ending)
        }
    }

    /// A receiver's flow control may be that of several senders: it is meant for those that wait.
    private mutating func take(
        _ flow: ISOTPFlowControl, _ arrival: ISOTPLink.Arrival, from first: Int32
    ) {
        guard first >= 0 else { return }
        var isExpected = false
        var index = Int(first)
        while index >= 0 {
            if links[index].awaitsFlowControl {
                links[index].take(flow, arrival, by: limits, in: &store, telling: &log)
                isExpected = true
            }
            index = Int(links[index].nextOfFlow)
        }
        if !isExpected {
            links[Int(first)].take(flow, arrival, by: limits, in: &store, telling: &log)
        }
    }

    /// Before this time no message ends by itself, and ``expire(at:timestamp:frame:)`` does nothing.
    public var nextExpiry: Int64 { nextSweep }

    /// Ends what has waited too long at a time at which no frame of these links need come; `timestamp`
    /// and `number` are those of what showed the time.
    public mutating func expire(at time: Int64, timestamp: Timestamp, frame number: UInt64) {
        completed = -1
        log.forgetRecent()
        guard time > nextSweep else { return }
        let row = FrameRow(
            timestamp: timestamp, identifier: PackedID(rawValue: 0), channel: 0, flags: [],
            length: 0, dlc: 0, payloadWord: 0)
        sweep(ISOTPLink.Arrival(row: row, number: number, time: time))
    }

    /// Says that there are no more frames: what is under way has failed.
    public mutating func finish(at time: Int64, timestamp: Timestamp) {
        completed = -1
        log.forgetRecent()
        for index in links.indices {
            links[index].finish(at: time, timestamp, in: &store, telling: &log)
        }
        nextSweep = .max
    }

    /// Ends what has waited too long. A link looks at its own limit with each frame; the others are
    /// looked at no more often than this, however many there are.
    private mutating func sweep(_ arrival: ISOTPLink.Arrival) {
        var next = Int64.max
        var place = 0
        while place < underWay.count {
            let index = Int(underWay[place])
            links[index].expire(arrival, in: &store, telling: &log)
            if let ending = links[index].ending {
                next = min(next, ending)
                place += 1
            } else {
                links[index].isSwept = false
                underWay.swapAt(place, underWay.count - 1)
                underWay.removeLast()
            }
        }
        nextSweep = next == .max ? .max : max(next, arrival.time &+ Self.sweepInterval)
    }

    private static let sweepInterval: Int64 = 20_000_000
}
