public import CANFrame

/// The ranges of all signals, one after another; many that are the same stand there once.
private struct RangeList {
    /// So many are rather copied than looked for.
    private static let few = 4

    var ranges: [ClosedRange<UInt64>] = []
    private var places: [[ClosedRange<UInt64>]: Int] = [:]

    /// Where these begin.
    mutating func add(_ added: [ClosedRange<UInt64>]) -> Int {
        if added.count > Self.few, let known = places[added] { return known }
        let place = ranges.count
        ranges += added
        if added.count > Self.few { places[added] = place }
        return place
    }
}

/// A database compiled once for decoding: no names, flat, read by any number of decoders.
///
/// The signals of all messages lie one after another, in the order of the database.
public struct DecodePlan: Sendable {
    /// Where a message's signals lie among those of all messages.
    struct MessagePlan: Sendable, BitwiseCopyable {
        var firstSignal: Int32
        var signalCount: Int32
        /// Signals may be missing from a frame that is long enough: they are multiplexed, or have
        /// too many bits.
        var isPartial: Bool
        /// Of J1939: frames from different source addresses are told apart.
        var hasSources: Bool
        /// The bytes that the signal needs which reaches furthest, of those that can be decoded.
        var neededLength: Int32
    }

    let messages: [MessagePlan]
    let signals: [SignalPlan]
    /// The order to decode in, by message: multiplexers come before what depends on them.
    let order: [Int32]
    let ranges: [ClosedRange<UInt64>]
    let lanePlan: LanePlan
    private let table: MessageTable

    /// Compiles all messages of `database`.
    public init(_ database: Database) {
        var messages: [MessagePlan] = []
        var signals: [SignalPlan] = []
        var order: [Int32] = []
        var ranges = RangeList()
        messages.reserveCapacity(database.messages.count)
        for message in database.messages {
            let first = signals.count
            for signal in message.signals {
                var plan = SignalPlan(
                    signal, isJ1939: message.format == .j1939,
                    firstRange: ranges.add(signal.multiplexing.values))
                if let parent = signal.multiplexing.multiplexer {
                    plan.multiplexerMask = SignalPlan.mask(of: message.signals[parent].length)
                }
                signals.append(plan)
            }
            let own = signals[first...]
            order.append(contentsOf: Self.order(of: message.signals))
            messages.append(
                MessagePlan(
                    firstSignal: Int32(first), signalCount: Int32(message.signals.count),
                    isPartial: own.contains { $0.multiplexer != -1 || !$0.isDecodable },
                    hasSources: message.parameterGroup != nil,
                    neededLength: own.reduce(0) {
                        $1.isDecodable ? max($0, $1.neededLength) : $0
                    }))
        }
        (self.messages, self.signals) = (messages, signals)
        (self.order, self.ranges) = (order, ranges.ranges)
        lanePlan = LanePlan(messages, signals, ranges.ranges)
        table = MessageTable(of: database.messages)
    }

    /// How many messages the database has.
    public var messageCount: Int { messages.count }
    /// How many signals all its messages have together.
    public var signalCount: Int { signals.count }

    /// Where the signals of a message lie among those of all messages.
    public func signals(of message: Int) -> Range<Int> {
        let plan = messages[message]
        return Int(plan.firstSignal)..<Int(plan.firstSignal + plan.signalCount)
    }

    /// The index of the message that frames of this identifier carry; `nil` if the database has
    /// none, and of remote and error frames.
    ///
    /// A J1939 message is found by its parameter group, from any source and with any priority,
    /// unless another message has exactly the identifier, or the parameter group and the source.
    public func messageIndex(of identifier: PackedID) -> Int? {
        guard !identifier.isRemote, !identifier.isError else { return nil }
        let index = table.index(of: identifier)
        return index < 0 ? nil : Int(index)
    }

    /// Decodes a payload of any length, a reassembled one too, into the values of a message's
    /// signals; `values` has as many places as the message has signals.
    public func decode(
        _ payload: Span<UInt8>, ofMessage message: Int, into values: inout MutableSpan<SignalValue>
    ) {
        let plan = messages[message]
        precondition(values.count >= Int(plan.signalCount), "there is a place for each signal")
        for step in 0..<Int(plan.signalCount) {
            let place = Int(order[Int(plan.firstSignal) + step])
            let signal = signals[Int(plan.firstSignal) + place]
            let state = absence(of: signal, among: values.span, length: Int32(payload.count))
            values[place] =
                state.map { SignalValue(rawBits: 0, physical: 0, state: $0) }
                ?? signal.value(of: signal.bits(in: payload))
        }
    }

    /// Why a frame of `length` bytes does not carry a signal; `nil` if it does. The values of the
    /// multiplexers before it are known.
    @inline(__always)
    func absence(
        of signal: SignalPlan, among values: Span<SignalValue>, length: Int32
    ) -> SignalState? {
        if signal.multiplexer != -1 {
            guard signal.multiplexer >= 0 else { return .absent }
            let parent = values[Int(signal.multiplexer)]
            let value = parent.rawBits & signal.multiplexerMask
            guard parent.state.isPresent, selects(signal.firstRange, signal.rangeCount, by: value)
            else { return .absent }
        }
        return length < signal.neededLength ? .beyondFrame : nil
    }

    /// Whether a multiplexer's value, as unsigned bits, is in one of the ranges.
    func selects(_ firstRange: Int32, _ rangeCount: Int32, by value: UInt64) -> Bool {
        for index in Int(firstRange)..<Int(firstRange + rangeCount)
        where ranges[index].contains(value) {
            return true
        }
        return false
    }

    /// Signals by their distance from a signal that is always there.
    private static func order(of signals: [Signal]) -> [Int32] {
        var depth = [Int](repeating: -1, count: signals.count)
        for start in signals.indices where depth[start] < 0 {
            var chain = [start]
            var next = signals[start].multiplexing.multiplexer
            while let signal = next, depth[signal] < 0, chain.count <= signals.count {
                chain.append(signal)
                next = signals[signal].multiplexing.multiplexer
            }
            var level = next.map { depth[$0] + 1 } ?? 0
            for signal in chain.reversed() {
                depth[signal] = level
                level += 1
            }
        }
        let sorted = signals.indices.sorted { (depth[$0], $0) < (depth[$1], $1) }
        return sorted.map { Int32($0) }
    }
}
