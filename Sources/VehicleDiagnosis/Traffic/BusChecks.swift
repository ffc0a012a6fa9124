import CANFrame
import CANTransport
import SignalDatabase
import VehicleSpec

/// The checks of one bus: what its frames were, and what is found of them.
struct BusChecks: ~Copyable {
    /// What is remembered of the frames of one stream.
    struct Stream: Sendable, BitwiseCopyable {
        var message: Int32
        /// Among the signals of the bus.
        var firstSignal: Int32
        var signals: SignalWatches.Place
        /// Among the cyclic messages; -1 of one that is not.
        var cyclic: Int32 = -1
        var least: UInt8 = 0
        var most: UInt8 = .max
        var protects = false
        var isNew = true
        /// Which beginning of the traffic it has seen.
        var beginning: UInt32 = 0
        var lastTime: Int64 = 0
        var lastNumber: UInt64 = 0
        /// How long before that the frame before it came; 0 of the first.
        var interval: Int64 = 0
        var frames: UInt64 = 0
        /// Values are judged from then on.
        var judgedFrom: Int64 = 0
        var protection = ProtectionWatch()
        var length = FindingThread()
    }

    let bus: CheckedBus
    private(set) var decoder: LiveDecoder
    private(set) var streams: [Stream] = []
    private var signals = SignalWatches()
    private var cycles: CycleChecks
    private var controller = ControllerWatch()
    private var load = BusLoadWatch()
    private var loadFinding = FindingThread()
    private var bitRate: UInt32?
    private var dataBitRate: UInt32?
    private var dataRateRatio = 1.0
    private var unknown = UnknownIdentifiers()
    private var beginning: UInt32 = 1
    /// The last stamp, before it was carried to bus time.
    private var lastStamp = Timestamp(nanoseconds: .min)

    init(_ bus: CheckedBus) {
        self.bus = bus
        decoder = LiveDecoder(bus.plan)
        cycles = CycleChecks(bus)
        (bitRate, dataBitRate) = (bus.bitRate, bus.dataBitRate)
        setRatio()
    }

    // MARK: Frames

    /// Takes a frame: its stream, if the database has its message.
    mutating func take(
        _ row: FrameRow, longPayload: Span<UInt8>, number: UInt64, at time: Int64,
        _ book: inout FindingBook
    ) -> Int? {
        let bus = bus
        if load.isDue(at: time) { moveLoad(to: time, bus, &book) }
        load.add(WireLength.nominalBits(of: row, dataRateRatio: dataRateRatio), at: time)
        let step = lastStamp.nanoseconds &- row.timestamp.nanoseconds
        lastStamp = row.timestamp
        if step > BusTimeline.stepThreshold { restart(bus, &book) }
        guard let stream = decoder.decode(row, longPayload: longPayload) else {
            takeOther(row, number: number, at: time, bus, &book)
            return nil
        }
        if stream == streams.count { addStream(stream, bus) }
        judge(row, longPayload: longPayload, stream, number: number, at: time, bus, &book)
        return stream
    }

    @inline(__always)
    private mutating func judge(
        _ row: FrameRow, longPayload: Span<UInt8>, _ place: Int, number: UInt64, at time: Int64,
        _ bus: CheckedBus, _ book: inout FindingBook
    ) {
        let cyclic = Int(streams[place].cyclic)
        if cyclic >= 0, cycles.take(cyclic, at: time, number: number, bus, &book) {
            beginning &+= 1
        }
        if streams[place].beginning != beginning { begin(place, at: time, bus) }
        streams[place].interval = streams[place].frames == 0 ? 0 : time &- streams[place].lastTime
        streams[place].lastTime = time
        streams[place].lastNumber = number
        streams[place].frames &+= 1
        let stream = streams[place]
        if row.length < stream.least || row.length > stream.most || stream.length.isOpen {
            judgeLength(row, place, number: number, at: time, bus, &book)
        }
        if decoder.changedSignals.count > 0 {
            Self.note(decoder, place, stream, bus, &signals)
        }
        if signals.isFaulty(stream.signals), time >= stream.judgedFrom {
            Self.judgeValues(
                decoder, place, stream, number: number, at: time, bus, &signals, &book)
        }
        if stream.protects {
            var watch = stream.protection
            Self.judgeProtection(
                row, longPayload, decoder, place, Int(stream.message), number: number, at: time,
                bus, &watch, &book)
            streams[place].protection = watch
        }
    }

    /// Both are arguments, so that one is read while the other changes.
    @inline(__always)
    private static func note(
        _ decoder: borrowing LiveDecoder, _ place: Int, _ stream: Stream, _ bus: CheckedBus,
        _ signals: inout SignalWatches
    ) {
        signals.note(
            decoder.changedSignals, decoder.values(of: place), of: stream.signals,
            rules: Int(stream.firstSignal), bus)
    }

    private static func judgeValues(
        _ decoder: borrowing LiveDecoder, _ place: Int, _ stream: Stream, number: UInt64,
        at time: Int64, _ bus: CheckedBus, _ signals: inout SignalWatches,
        _ book: inout FindingBook
    ) {
        signals.judge(
            decoder.values(of: place), of: stream.signals, message: Int(stream.message), at: time,
            number: number, bus, &book)
    }

    private static func judgeProtection(
        _ row: FrameRow, _ longPayload: Span<UInt8>, _ decoder: borrowing LiveDecoder,
        _ stream: Int, _ message: Int, number: UInt64, at time: Int64, _ bus: CheckedBus,
        _ watch: inout ProtectionWatch, _ book: inout FindingBook
    ) {
        let values = decoder.values(of: stream)
        let rule = bus.messages[message]
        let protection = rule.protection
        var counter: UInt64 = 0
        if let place = protection.counter {
            guard values[place].state.isPresent else { return }
            counter = values[place].rawBits
            if rule.findsCounter {
                watch.count(
                    counter, protection, message: message, at: time, number: number, bus, &book)
            }
        }
        guard rule.findsChecksum, let checksum = protection.checksum,
            let place = protection.checksumSignal, values[place].state.isPresent
        else { return }
        let first = protection.checksumByte
        let computed =
            row.isShort
            ? checksum.value(
                ofWord: row.payloadWord, length: Int(row.length), without: first, counter: counter)
            : checksum.value(of: longPayload, without: first, counter: counter)
        watch.compare(
            values[place].rawBits, with: computed, message: message, at: time, number: number, bus,
            &book)
    }

    private mutating func judgeLength(
        _ row: FrameRow, _ place: Int, number: UInt64, at time: Int64, _ bus: CheckedBus,
        _ book: inout FindingBook
    ) {
        let stream = streams[place]
        guard row.length < stream.least || row.length > stream.most else {
            streams[place].length.settle(at: time, clear: bus.settings.clear, in: &book)
            return
        }
        guard !stream.length.isOpen else {
            streams[place].length.extend(at: time, frame: number, in: &book)
            return
        }
        let wanted = bus.database.messages[Int(stream.message)].length
        streams[place].length.open(
            bus.finding(
                .length, bus.subject(Int(stream.message)),
                "\(row.length) bytes, \(wanted) are wanted", began: time, opened: time,
                role: bus.sender(of: Int(stream.message)), frames: number...number), in: &book)
    }

    /// Frames of no message: error frames, remote frames, diagnosis, and what nobody knows.
    private mutating func takeOther(
        _ row: FrameRow, number: UInt64, at time: Int64, _ bus: CheckedBus,
        _ book: inout FindingBook
    ) {
        if row.identifier.isError {
            if controller.take(row, number: number, at: time, bus, &book) {
                excuse(at: time)
            }
            return
        }
        guard bus.findsUnknown else { return }
        // What this host sends is no control unit's.
        guard row.flags.origin != .thisHost, row.flags.origin != .thisProcess else { return }
        unknown.take(row, number: number, at: time, bus, &book)
    }

    // MARK: Streams

    private mutating func addStream(_ place: Int, _ bus: CheckedBus) {
        let source = decoder.streams[place]
        let rule = bus.messages[source.message]
        let range = bus.plan.signals(of: source.message)
        var stream = Stream(
            message: Int32(source.message), firstSignal: Int32(range.lowerBound),
            signals: signals.add(range.count))
        if let lengths = rule.lengths {
            (stream.least, stream.most) = (lengths.lowerBound, lengths.upperBound)
        }
        stream.protects = rule.findsCounter || rule.findsChecksum
        if let cycle = rule.cycle {
            let own = bus.database.messages[source.message].identifier
            if let sender = source.sourceAddress, let own, sender != UInt8(own.value & 0xFF) {
                stream.cyclic = Int32(
                    cycles.add(sender: source.message, cycle, isJudged: false))
            } else {
                stream.cyclic = Int32(cycles.place(of: source.message))
            }
        }
        streams.append(stream)
    }

    /// Traffic begins with this stream, or its node does.
    private mutating func begin(_ place: Int, at time: Int64, _ bus: CheckedBus) {
        let stream = streams[place]
        streams[place].beginning = beginning
        streams[place].protection.forget()
        let silence = time &- stream.lastTime
        guard stream.isNew || silence > max(0, bus.settings.nodeSilence) else { return }
        streams[place].isNew = false
        streams[place].judgedFrom = time &+ max(0, bus.settings.startUp)
    }

    // MARK: Events and time

    /// Takes something that happened to the interface.
    mutating func note(_ kind: BusEvent.Kind, at time: Int64, _ book: inout FindingBook) {
        let bus = bus
        switch kind {
        case .channel(let description):
            bitRate = bus.bitRate ?? description.bitRate ?? bitRate
            dataBitRate = bus.dataBitRate ?? description.dataBitRate ?? dataBitRate
            setRatio()
        case .interfaceSettings(let settings):
            bitRate = bus.bitRate ?? settings.bitRate ?? bitRate
            dataBitRate = bus.dataBitRate ?? settings.dataBitRate ?? dataBitRate
            setRatio()
        case .loss: excuse(at: time)
        case .linkUp, .linkDown, .linkGone: restart(bus, &book)
        case .restarted:
            controller.enter(.errorActive, at: time, number: nil, bus, &book)
            restart(bus, &book)
        case .controllerState(let state):
            if controller.enter(state, at: time, number: nil, bus, &book) { restart(bus, &book) }
        case .tick, .clockTie, .clockSynchronisation, .statistics, .silence, .marker, .note,
            .errorCounters:
            break
        }
    }

    /// Nothing came on this bus until `time`.
    mutating func advance(to time: Int64, _ book: inout FindingBook) {
        let bus = bus
        if load.isDue(at: time) { moveLoad(to: time, bus, &book) }
        cycles.advance(to: time, bus, &book)
    }

    /// Whether someone has to send; see ``CycleChecks/suspend(_:at:_:_:)``.
    mutating func suspend(_ isSuspended: Bool, at time: Int64, _ book: inout FindingBook) {
        cycles.suspend(isSuspended, at: time, bus, &book)
    }

    private mutating func excuse(at time: Int64) {
        cycles.excuse(at: time)
        beginning &+= 1
    }

    private mutating func restart(_ bus: CheckedBus, _ book: inout FindingBook) {
        cycles.restart(bus, &book)
        beginning &+= 1
    }

    private mutating func setRatio() {
        guard let bitRate, let dataBitRate, bitRate > 0, dataBitRate >= bitRate else {
            dataRateRatio = 1
            return
        }
        dataRateRatio = Double(bitRate) / Double(dataBitRate)
    }

    private mutating func moveLoad(
        to time: Int64, _ bus: CheckedBus, _ book: inout FindingBook
    ) {
        let end = load.move(to: time)
        controller.expire(at: time, clear: bus.settings.clear, &book)
        guard let part = busLoad else { return }
        guard part > bus.settings.busLoad, !bus.settings.ignores(.busLoad, on: bus.name) else {
            loadFinding.settle(at: end, clear: bus.settings.clear, in: &book)
            return
        }
        guard !loadFinding.isOpen else {
            loadFinding.extend(at: end, frame: nil, in: &book)
            return
        }
        let percent = FindingText.number((part * 100).rounded())
        let limit = FindingText.number(bus.settings.busLoad * 100)
        loadFinding.open(
            bus.finding(
                .busLoad, bus.name,
                "\(percent) % of \(bitRate ?? 0) bit/s, at most \(limit) % is wanted",
                began: end &- 1_000_000_000, opened: end), in: &book)
    }

    /// Which part of the bit rate the last second took, stuff bits left out; `nil` before the end of
    /// the first second, and where the bit rate is not known.
    var busLoad: Double? {
        guard let bitRate, bitRate > 0 else { return nil }
        return load.lastSecond.map { Double($0) / Double(bitRate) }
    }

    /// The same over the last `window` nanoseconds.
    func busLoad(over window: Int64) -> Double? {
        guard let bitRate, bitRate > 0 else { return nil }
        return load.mean(over: window).map { $0 / Double(bitRate) }
    }

    /// Changes when a load may have.
    var loadCount: Int { load.ended }

    /// The mean of all the time between the first and the last frame, and the busiest second.
    var loads: (mean: Double?, peak: Double?) {
        guard let bitRate, bitRate > 0 else { return (nil, nil) }
        let rate = Double(bitRate)
        return (load.mean.map { $0 / rate }, load.peak.map { Double($0) / rate })
    }

    var errorFrames: UInt64 { controller.errorFrames }
    var isHeard: Bool { cycles.isHeard }
}
