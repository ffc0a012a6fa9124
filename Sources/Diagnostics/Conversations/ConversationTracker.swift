public import CANFrame
public import CANTransport

/// What testers and control units say to one another, out of the frames of a log or of interfaces.
///
/// It listens and never sends. Addresses are given, known from the standards, or learned from the
/// traffic; messages are put together, and answers put to their requests. Time is bus time alone, so
/// that a log and the live bus give the same. Memory is bounded, and what did not fit is told by
/// ``losses``.
public struct ConversationTracker: ~Copyable, Sendable {
    /// By what it judges and what it holds.
    public struct Options: Sendable {
        /// Addresses that are known, on any channel.
        public var pairs: [AddressPair] = []
        /// Whether others are learned from the traffic.
        public var learnsAddresses = true
        /// The limits that answers are measured against; those that are not given are what a control
        /// unit tells of itself, or the standard's defaults.
        public var timing = GivenTiming()
        /// How long a request waits for its answer, which may be late; nanoseconds.
        public var patience: Int64 = 1_000_000_000
        /// Requests that may wait at once.
        public var maximumOpenRequests = 1_024
        /// Bytes of messages that may wait at once.
        public var maximumHeldBytes = 16 << 20
        /// Identifiers that are told apart.
        public var maximumIdentifiers = 65_536
        /// Control units that are told apart.
        public var maximumControlUnits = 1_024
        /// What the transport protocol holds.
        public var listener = ISOTPListener.Options()

        public init() {}
    }

    let options: Options
    var clock: LogClock
    var places = StreamPlaces()
    var identifiers: [IdentifierRole] = []
    /// The links of identifiers that go with an address byte, by identifier and byte.
    var addressedLinks: [UInt64: Int] = [:]
    var listener: ISOTPListener
    /// What each link of the listener carries.
    var links: [ConversationLink] = []
    var learner = AddressLearner()
    var addressByteLearner = AddressByteLearner()
    /// Frames that may turn out to be periodic data.
    var heldPeriodic: [PeriodicFrame] = []
    /// The control units met so far, in the order in which they were.
    var controlUnits: [ControlUnit] = []
    /// The control units that hear requests to all, by how they are addressed.
    var hearers: [FunctionalKey: [Int]] = [:]
    var open = OpenRequests()
    /// Those that ended without an answer, the oldest first.
    var givenUp: [GivenUpRequest] = []
    /// Answers that the open requests hold.
    var heldResponses = 0
    var nextSerial: UInt64 = 0
    /// No request ends before this by itself.
    var nextDeadline = Int64.max
    var heldBytes = 0
    var transport = J1939Transport()
    var broadcasts: [BroadcastKey: [UInt8]] = [:]
    var finished: [Exchange] = []
    private var lastNumber: UInt64 = 0
    var codeAnswers: [Exchange] = []
    private var interfaces: [String?] = Array(repeating: nil, count: 256)

    /// What could not be taken in.
    public internal(set) var losses = ConversationLosses()
    /// Broadcasts that said the same as the one before, which are no exchanges of their own.
    public internal(set) var unchangedBroadcasts: UInt64 = 0
    /// Pairs of addresses that were met, in the order in which they were.
    public internal(set) var pairs: [(channel: UInt8, pair: AddressPair)] = []
    /// Bus time of the latest frame or tick, in nanoseconds since the first frame.
    public private(set) var now: Int64 = 0

    /// Times count from `start`, or from the first frame; `resolution` is that of the stamps.
    public init(options: Options = Options(), start: LogStart? = nil, resolution: Int64 = 1_000) {
        self.options = options
        clock = LogClock(start: start, resolution: resolution)
        listener = ISOTPListener(options: options.listener)
    }

    /// How often which rule of the transport protocol was broken.
    public var transportFailures: ISOTPFailureCounts { listener.failureCounts }
    /// The same of J1939's.
    public var j1939Failures: J1939FailureCounts { transport.failureCounts }

    /// The interface that a channel stands for.
    public func interface(of channel: UInt8) -> String {
        interfaces[Int(channel)] ?? "can\(channel)"
    }

    /// The final answers since this was last asked that a ``TroubleCodeBook`` takes, each as an
    /// exchange with that one response, in the order in which they came: a request to all ends long
    /// behind its answers, and behind what was asked meanwhile.
    ///
    /// It is asked before ``takeExchanges()``, which forgets them.
    public mutating func takeCodeAnswers() -> [Exchange] {
        let taken = codeAnswers
        codeAnswers.removeAll(keepingCapacity: true)
        return taken
    }

    /// The exchanges that ended since this was last asked, in the order in which they ended.
    public mutating func takeExchanges() -> [Exchange] {
        codeAnswers.removeAll(keepingCapacity: true)
        let taken = finished
        finished.removeAll(keepingCapacity: true)
        return taken
    }

    /// Takes all frames and events of `batch`.
    public mutating func take(_ batch: borrowing FrameBatch) {
        var arrivals = ArrivalCursor()
        while let next = arrivals.next(in: batch) {
            switch next {
            case .event(let place): take(batch.events[place])
            case .frame(let row, let number):
                take(batch.rows[row], longPayload: batch.longPayload(at: row), number: number)
            }
        }
    }

    /// Takes one frame, the next in order of arrival; `number` is its number in the recording.
    public mutating func take(_ row: FrameRow, longPayload: Span<UInt8>, number: UInt64) {
        now = clock.time(of: row)
        expire(timestamp: row.timestamp, number: number)
        guard row.identifier.rawValue & 0x6000_0000 == 0 else { return }
        lastNumber = number
        take(row, longPayload, number: number, at: now)
    }

    /// Ends what has waited too long: messages first, so that their requests learn of it.
    private mutating func expire(timestamp: Timestamp, number: UInt64) {
        if now > listener.nextExpiry {
            listener.expire(at: now, timestamp: timestamp, frame: number)
            for failure in listener.failures { note(failure) }
        }
        if now > nextDeadline { expire(at: now) }
    }

    /// Whether exchanges have ended that nobody has taken.
    public var hasExchanges: Bool { !finished.isEmpty }

    /// The end: what is under way or waits is no longer waited for.
    public mutating func finish() {
        listener.finish(at: now, timestamp: clock.last)
        for failure in listener.failures { note(failure) }
        transport.finish(at: clock.last)
        while !open.isEmpty { close(0) }
    }

    /// Takes an event, in order of arrival among the frames.
    public mutating func take(_ event: BusEvent) {
        clock.note(event)
        switch event.kind {
        case .channel(let description):
            guard let channel = event.channel else { return }
            interfaces[Int(channel)] = description.interface
        case .loss(let loss):
            losses.frames.add(upToLimit: loss.frames)
            for index in open.indices where event.channel.map({ $0 == open[index].channel }) ?? true
            {
                open[index].exchange.lacksFrames = true
            }
        case .tick:
            guard let time = clock.time(of: event), time > now else { return }
            now = time
            expire(timestamp: event.timestamp, number: lastNumber)
        default: break
        }
    }

    // MARK: Frames

    private mutating func take(
        _ row: FrameRow, _ longPayload: Span<UInt8>, number: UInt64, at time: Int64
    ) {
        var place = Int(places.place(of: StreamPlaces.key(row.channel, row.identifier)))
        if place < 0 {
            guard let made = addIdentifier(row) else { return }
            place = made
        }
        switch identifiers[place].kind {
        case .known:
            // Identifiers with an address byte are shared by many.
            guard
                !identifiers[place].hasAddressByte || !options.learnsAddresses
                    || linkIndex(of: row, longPayload, place) != nil
                    || learnAddressed(row, longPayload, number: number, at: time, place)
            else { return }
        case .candidate:
            guard options.learnsAddresses,
                learn(row, longPayload, number: number, at: time, place)
            else { return }
        case .standard, .fixed, .mixed:
            guard meet(row, longPayload, place) else { return }
        case .j1939Transport:
            takeTransport(row, number: number, at: time)
            return
        case .j1939Message:
            takeMessage(row, number: number, at: time)
            return
        case .periodic:
            guard !takePeriodic(row, longPayload, number: number, at: time, place) else { return }
            return take(row, longPayload, number: number, at: time)
        case .ignored: return
        }
        takeKnown(row, longPayload, number: number, at: time, place)
    }

    /// Takes a frame whose sender and receiver are known.
    mutating func takeKnown(
        _ row: FrameRow, _ longPayload: Span<UInt8>, number: UInt64, at time: Int64, _ place: Int
    ) {
        let unit = answeringUnit(of: row, longPayload, place)
        let glance =
            unit == nil
            ? nil
            : FrameGlance(
                row, longPayload: longPayload, hasAddressByte: identifiers[place].hasAddressByte)
        if let unit, let head = glance?.head, head.isAnswer {
            learnRequest(head, row, at: time, unit)
        }
        let isWhole = listener.take(row, longPayload: longPayload, frame: number, at: time)
        let failures = listener.hasFailures ? listener.failures : []
        for failure in failures where !failure.kind.isOfFirstFrame { note(failure) }
        if let unit {
            noteFrame(glance, row, longPayload, number: number, at: time, from: unit)
        } else {
            noteRequestFrame(row, longPayload, number: number, at: time, place)
        }
        for failure in failures where failure.kind.isOfFirstFrame { note(failure) }
        guard isWhole, let message = listener.message else { return }
        let payload = keep(Array(copying: listener.payload))
        let known = ExchangeMessage(
            address: links[message.link].address, payload: payload, length: message.length,
            firstTime: message.firstTime, lastTime: message.lastTime,
            timestamp: message.firstTimestamp, firstFrame: message.firstFrame,
            lastFrame: message.lastFrame, transport: message)
        switch links[message.link].role {
        case .requests(let unit): takeRequest(known, row, to: unit, of: message.link)
        case .functionalRequests: takeRequest(known, row, to: nil, of: message.link)
        case .responses(let unit): takeResponse(known, row, from: unit)
        }
    }

    /// The bytes that are held: all of them, while there is room.
    private mutating func keep(_ payload: [UInt8]) -> [UInt8] {
        guard payload.count > 64, heldBytes + payload.count > options.maximumHeldBytes else {
            return payload
        }
        losses.cutMessages += 1
        return Array(payload.prefix(64))
    }
}

/// What one link of the listener carries.
struct ConversationLink: Sendable {
    enum Role: Sendable {
        /// Requests to the control unit with this index.
        case requests(Int)
        /// Requests to all.
        case functionalRequests
        /// Answers of the control unit with this index.
        case responses(Int)
    }

    let channel: UInt8
    let address: ISOTPAddress
    var role: Role
    /// Found out from the traffic, so that more control units may turn out to hear it.
    var isLearned = false
    /// A request of several frames that is coming in, with the bytes of its first frame.
    var begun: ExchangeMessage?
    /// The last request, and how often it was sent without an answer.
    var lastRequest: [UInt8] = []
    var unanswered = 0
    var lastSerial = UInt64.max
}
