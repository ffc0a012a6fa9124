public import CANFrame
public import SignalDatabase

/// Makes the automatic checks of all traffic of a vehicle.
///
/// Frames, events and ticks are taken in their order with bus time in nanoseconds; nothing depends
/// on how they are divided into batches. What is found goes into the book that is given, which rules
/// and other checks share. Nothing is allocated for a frame of a stream that is known and as it
/// should be.
public struct TrafficChecks: ~Copyable {
    /// Holds what is not copied, once for each bus.
    private final class Box {
        var checks: BusChecks

        init(_ bus: CheckedBus) { checks = BusChecks(bus) }
    }

    /// Where a frame belongs.
    public struct Stream: Sendable, Hashable {
        /// The place of the bus.
        public let bus: Int
        /// The place of the stream among those of the bus, in the order of their first frames.
        public let index: Int
        /// The message of the bus's database.
        public let message: Int
    }

    /// What is known of a stream.
    public struct State: Sendable, Hashable {
        public let frames: UInt64
        /// Bus time and number of the last frame.
        public let lastTime: Int64
        public let lastNumber: UInt64
        /// How long before the last frame the one before it came; 0 of the first.
        public let interval: Int64
        /// How often the counter and the checksum were wrong so far.
        public let counterErrors: UInt64
        public let checksumErrors: UInt64
        /// Whether they are in the last frame.
        public let isCounterWrong: Bool
        public let isChecksumWrong: Bool
    }

    public let buses: [CheckedBus]
    private let boxes: [Box]
    /// By channel, the place of its bus; -1 for none.
    private var channels = InlineArray<256, Int16>(repeating: -1)

    public init(_ buses: [CheckedBus]) {
        self.buses = buses
        boxes = buses.map { Box($0) }
    }

    /// Frames of a channel are those of a bus. Another channel of the same bus takes its place.
    public mutating func bind(channel: UInt8, toBus bus: Int) {
        precondition(buses.indices.contains(bus), "the bus is one of those given")
        for other in 0..<256 where channels[other] == bus { channels[other] = -1 }
        channels[Int(channel)] = Int16(bus)
    }

    /// The place of the bus whose frames a channel has.
    public func bus(ofChannel channel: UInt8) -> Int? {
        let bus = channels[Int(channel)]
        return bus < 0 ? nil : Int(bus)
    }

    /// Takes a frame: where it belongs; `nil` if its bus is not checked or has no such message.
    ///
    /// `longPayload` is the payload of a row with more than 8 bytes, and empty of others.
    public mutating func take(
        _ row: FrameRow, longPayload: Span<UInt8>, number: UInt64, at time: Int64,
        into book: inout FindingBook
    ) -> Stream? {
        let bus = Int(channels[Int(row.channel)])
        guard bus >= 0 else { return nil }
        let box = boxes[bus]
        guard
            let index = box.checks.take(
                row, longPayload: longPayload, number: number, at: time, &book)
        else { return nil }
        return Stream(bus: bus, index: index, message: Int(box.checks.streams[index].message))
    }

    /// Takes an event, of one channel or of all.
    public mutating func note(
        _ event: borrowing BusEvent, at time: Int64, into book: inout FindingBook
    ) {
        if case .tick = event.kind {
            advance(to: time, into: &book)
            return
        }
        guard let channel = event.channel else {
            for box in boxes { box.checks.note(event.kind, at: time, &book) }
            return
        }
        let bus = Int(channels[Int(channel)])
        guard bus >= 0 else { return }
        boxes[bus].checks.note(event.kind, at: time, &book)
    }

    /// All that was due at `time` is judged: no frame has come until then but those that were taken.
    public mutating func advance(to time: Int64, into book: inout FindingBook) {
        for box in boxes { box.checks.advance(to: time, &book) }
    }

    /// Leaves out, or takes up again, the checks of cycle times and silence of a bus: for the time in
    /// which its nodes need not send, such as with the ignition off or while one is programmed.
    ///
    /// What is open of them closes; when they are taken up, all nodes have the time of a beginning.
    public mutating func suspendSilence(
        _ isSuspended: Bool, ofBus bus: Int, at time: Int64, into book: inout FindingBook
    ) {
        boxes[bus].checks.suspend(isSuspended, at: time, &book)
    }

    /// Nothing follows. What is open stays so: it lasted to the end.
    public mutating func finish(at time: Int64, into book: inout FindingBook) {
        advance(to: time, into: &book)
    }

    // MARK: What rules ask

    /// The signals that changed with the last frame of a bus, as places in its message.
    ///
    /// `body` gets them with the values of all signals of the stream.
    public func withSignals<Result>(
        of stream: Stream,
        _ body: (_ changed: Span<Int32>, _ values: Span<SignalValue>) -> Result
    ) -> Result {
        Self.withSignals(of: boxes[stream.bus].checks.decoder, stream.index, body)
    }

    private static func withSignals<Result>(
        of decoder: borrowing LiveDecoder, _ stream: Int,
        _ body: (Span<Int32>, Span<SignalValue>) -> Result
    ) -> Result {
        body(decoder.changedSignals, decoder.values(of: stream))
    }

    /// How many streams a bus has had.
    public func streamCount(ofBus bus: Int) -> Int { boxes[bus].checks.streams.count }

    public func state(of stream: Stream) -> State {
        let found = boxes[stream.bus].checks.streams[stream.index]
        return State(
            frames: found.frames, lastTime: found.lastTime, lastNumber: found.lastNumber,
            interval: found.interval, counterErrors: found.protection.counterErrors,
            checksumErrors: found.protection.checksumErrors,
            isCounterWrong: found.protection.isCounterWrong,
            isChecksumWrong: found.protection.isChecksumWrong)
    }

    /// Which part of its bit rate the last second of a bus took; `nil` where it is not known.
    public func busLoad(ofBus bus: Int) -> Double? { boxes[bus].checks.busLoad }

    /// The load of the last `window` nanoseconds, to the tenth of a second and at most a minute.
    func busLoad(ofBus bus: Int, over window: Int64) -> Double? {
        boxes[bus].checks.busLoad(over: window)
    }

    /// Changes when a load of a bus may have.
    func loadCount(ofBus bus: Int) -> Int { boxes[bus].checks.loadCount }

    /// The mean load between the first and the last frame, and that of the busiest second; stuff bits
    /// are left out.
    public func loads(ofBus bus: Int) -> (mean: Double?, peak: Double?) { boxes[bus].checks.loads }

    /// The messages of a bus of which a frame came, as places in its database, ascending.
    public func messagesSeen(onBus bus: Int) -> [Int] {
        Set(boxes[bus].checks.streams.map { Int($0.message) }).sorted()
    }

    /// The nodes of a bus of which a message came, by name.
    public func nodesHeard(onBus bus: Int) -> [String] {
        Set(messagesSeen(onBus: bus).compactMap { buses[bus].sender(of: $0) }).sorted()
    }

    /// How many error frames a bus has had.
    public func errorFrames(ofBus bus: Int) -> UInt64 { boxes[bus].checks.errorFrames }

    /// Whether a cyclic message of a bus was ever heard: if not, nothing of it was measured.
    public func isHeard(bus: Int) -> Bool { boxes[bus].checks.isHeard }
}
