public import CANFrame

/// Where a batch is taken up again: the next row, and the next event before it.
public struct BatchPlace: Sendable, Hashable {
    public internal(set) var row = 0
    var event = 0

    /// The batch's begin.
    public init() {}
}

/// Counts and times all that comes in batches, in one pass and bounded memory: what the monitor and
/// the statistics of a log are made of.
public struct TrafficCounter: Sendable {
    /// How it counts.
    public struct Options: Sendable {
        /// Identifiers that are told apart; the frames of further ones are counted together.
        public var maximumStreams = 65_536
        /// Whether ``StreamTiming/deviation(of:)`` will be asked for, of 4,096 streams at most.
        public var keepsDistributions = false
        /// Bit rates where nothing else tells them.
        public var rates: [GivenRate] = []

        public init() {}
    }

    /// Says what is expected of an identifier on an interface; asked once for each stream.
    public typealias Expectations = @Sendable (String, PackedID) -> StreamExpectation

    /// In the order of their first frame or event.
    public private(set) var channels: [ChannelTraffic] = []
    /// In the order of their first frame.
    public private(set) var streams: [StreamTraffic] = []
    /// Frames of identifiers that were too many to be told apart.
    public private(set) var otherFrames: UInt64 = 0
    /// Frames known to be missing, nobody knows on which channel.
    public private(set) var lost: UInt64 = 0
    /// The latest bus time so far in nanoseconds, of a frame or an event. It begins as the stamps do,
    /// and goes on as the monotonic clock did where clock ties tell it.
    public private(set) var now: Int64?
    /// Bus time, and the stamp, of the first frame or event.
    public private(set) var origin: Int64?
    public private(set) var firstStamp: Timestamp?
    /// Bus time of what a limit kept from being taken last.
    public private(set) var nextTime: Int64?
    /// Times that stamps of a log without clock ties fell back by more than a second.
    public private(set) var clockSteps: UInt64 = 0

    /// The streams of the rows that were taken last, as indices into ``streams`` or -1, and their
    /// bus times.
    private(set) var rowStreams: [Int32] = []
    private(set) var rowTimes: [Int64] = []

    private let options: Options
    private let expectations: Expectations?
    private var timeline = BusTimeline()
    private var places = StreamPlaces()
    /// The place of each channel number in ``channels``, or -1.
    private var channelPlaces = [Int16](repeating: -1, count: 256)
    private var distributions = 0
    private var hasTies = false
    /// Added to what the timeline says, so that times go on at the first clock tie, where it begins to
    /// tell the monotonic clock.
    private var shift: Int64 = 0
    /// What is added to a stamp to get its bus time, while there are no ties: by recorder of a merged
    /// log, the last where none is told.
    private var offsets = [Int64?](repeating: nil, count: 257)

    static let maximumDistributions = 4_096

    public init(_ options: Options = Options(), expectations: Expectations? = nil) {
        self.options = options
        self.expectations = expectations
    }

    /// All frames, error frames too.
    public var frames: UInt64 {
        channels.reduce(into: 0) { $0 &+= $1.frames &+ $1.errors.frames }
    }

    /// The channel with this number.
    public func channel(_ number: UInt8) -> ChannelTraffic? {
        let place = channelPlaces[Int(number)]
        return place < 0 ? nil : channels[Int(place)]
    }

    /// Takes what is in `batch` from `place` on up to bus time `limit`, and moves `place` on; true if
    /// that was all.
    public mutating func take(
        _ batch: borrowing FrameBatch, from place: inout BatchPlace, until limit: Int64 = .max
    ) -> Bool {
        rowStreams.removeAll(keepingCapacity: true)
        rowTimes.removeAll(keepingCapacity: true)
        let rows = batch.rows
        let events = batch.events
        while true {
            while place.event < events.count, events[place.event].rowIndex <= place.row {
                guard take(events[place.event], limit) else { return false }
                place.event += 1
            }
            guard place.row < rows.count else { return true }
            let row = rows[place.row]
            let time = timeline.busTime(of: row.timestamp, channel: row.channel) &+ shift
            guard time <= limit else {
                nextTime = time
                return false
            }
            take(row, at: time)
            place.row += 1
        }
    }

    /// Takes a whole batch.
    public mutating func take(_ batch: borrowing FrameBatch) {
        var place = BatchPlace()
        _ = take(batch, from: &place)
    }

    /// Tells how late it is on the monotonic clock that the source's clock ties are of, where nothing
    /// comes that would tell it.
    public mutating func advance(toMonotonic time: Int64) {
        if hasTies { advance(to: time &+ shift) }
    }

    /// Tells how late it is in bus time.
    public mutating func advance(to time: Int64) {
        now = max(now ?? time, time)
    }

    /// The end: the last second counts as a whole one.
    public mutating func finish() {
        for index in channels.indices { channels[index].load.finish() }
    }

    // MARK: Frames

    private mutating func take(_ row: FrameRow, at time: Int64) {
        begin(at: time, row.timestamp)
        let channel = self.place(of: row.channel, at: time)
        watchForStep(row, channel, at: time)
        rowTimes.append(time)
        if channels[channel].first == nil { channels[channel].first = time }
        channels[channel].last = time
        guard !row.identifier.isError else {
            channels[channel].takeErrorFrame(row)
            rowStreams.append(-1)
            return
        }
        channels[channel].frames &+= 1
        let bits = WireLength.nominalBits(of: row, dataRateRatio: channels[channel].dataRateRatio)
        channels[channel].load.add(bits, at: time)
        let stream = stream(of: row, channel)
        rowStreams.append(stream)
        guard stream >= 0 else {
            otherFrames &+= 1
            return
        }
        streams[Int(stream)].add(
            row, at: time, interruption: channels[channel].interruption,
            keepsDistribution: options.keepsDistributions && stream < Self.maximumDistributions)
    }

    private mutating func stream(of row: FrameRow, _ channel: Int) -> Int32 {
        let key = StreamPlaces.key(row.channel, row.identifier)
        let known = places.place(of: key)
        guard known < 0, streams.count < options.maximumStreams else { return known }
        let expectation = expectations?(channels[channel].interface, row.identifier)
        let place = Int32(truncatingIfNeeded: streams.count)
        places.add(key, at: place)
        streams.append(StreamTraffic(row, expectation ?? StreamExpectation()))
        return place
    }

    private mutating func place(of number: UInt8, at time: Int64) -> Int {
        let known = channelPlaces[Int(number)]
        if known >= 0 { return Int(known) }
        channelPlaces[Int(number)] = Int16(channels.count)
        channels.append(
            ChannelTraffic(number: number, origin: origin ?? time, rates: options.rates))
        return channels.count - 1
    }

    private mutating func begin(at time: Int64, _ stamp: Timestamp) {
        if origin == nil { (origin, firstStamp) = (time, stamp) }
        if now.map({ time > $0 }) ?? true { now = time }
    }

    /// Where stamps fall back and nothing says how long it took, no interval is known.
    private mutating func watchForStep(_ row: FrameRow, _ channel: Int, at time: Int64) {
        guard !hasTies else { return }
        let recorder = channels[channel].recorder
        let current = time &- row.timestamp.nanoseconds
        if let offset = offsets[recorder], offset != current {
            clockSteps += 1
            for index in channels.indices where channels[index].recorder == recorder {
                channels[index].interruption &+= 1
            }
        }
        offsets[recorder] = current
    }

    // MARK: Events

    /// False if the event is later than `limit`.
    private mutating func take(_ event: BusEvent, _ limit: Int64) -> Bool {
        if case .channel(let description) = event.kind, let number = event.channel {
            // No moment of the bus: it stands where the channel is heard of first.
            timeline.note(event)
            let place = self.place(
                of: number, at: origin ?? timeline.busTime(of: event.timestamp, channel: number))
            channels[place].describe(description)
            return true
        }
        if case .clockTie = event.kind { noteTie(event) } else { timeline.note(event) }
        // Others carry the number of a recorder.
        let channel = event.kind.isOfChannel ? event.channel : nil
        let time = timeline.busTime(of: event.timestamp, channel: channel) &+ shift
        guard time <= limit else {
            nextTime = time
            return false
        }
        begin(at: time, event.timestamp)
        guard let number = channel else {
            noteForAll(event.kind)
            return true
        }
        let place = self.place(of: number, at: time)
        channels[place].note(event.kind)
        return true
    }

    private mutating func noteTie(_ event: BusEvent) {
        guard !hasTies else {
            timeline.note(event)
            return
        }
        hasTies = true
        let before = timeline.busTime(of: event.timestamp)
        timeline.note(event)
        shift = before &- timeline.busTime(of: event.timestamp)
    }

    private mutating func noteForAll(_ kind: BusEvent.Kind) {
        guard case .loss(let loss) = kind else { return }
        lost.add(upToLimit: loss.frames)
        for index in channels.indices { channels[index].interruption &+= 1 }
    }
}

extension BusEvent.Kind {
    /// Whether it is something that befalls a channel.
    fileprivate var isOfChannel: Bool {
        switch self {
        case .tick, .clockTie, .clockSynchronisation, .marker, .note: false
        case .channel, .loss, .linkUp, .linkDown, .linkGone, .statistics, .silence,
            .controllerState, .restarted, .errorCounters, .interfaceSettings:
            true
        }
    }
}
