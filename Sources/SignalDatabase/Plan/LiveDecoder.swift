public import CANFrame

/// Decodes frames one by one and tells which signals changed; it allocates only when it is made.
///
/// It holds the last value of every signal. Frames of one bus only should go through one decoder.
public struct LiveDecoder: ~Copyable, Sendable {
    public let plan: DecodePlan
    private var table: [SignalValue]
    /// The last short payload of each message, and its length.
    private var lastWords: [UInt64]
    private var lastLengths: [UInt8]
    private var scratch: [SignalValue]
    private var changed: [Int32]
    private var changedCount = 0

    /// No short frame has been seen: no frame has this length.
    private static let noLength: UInt8 = .max

    public init(_ plan: DecodePlan) {
        self.plan = plan
        table = Array(repeating: .unknown, count: plan.signalCount)
        lastWords = Array(repeating: 0, count: plan.messageCount)
        lastLengths = Array(repeating: Self.noLength, count: plan.messageCount)
        let most = plan.messages.reduce(0) { max($0, Int($1.signalCount)) }
        scratch = Array(repeating: .unknown, count: most)
        changed = Array(repeating: 0, count: most)
    }

    /// The last values of all signals, message by message; see ``DecodePlan/signals(of:)``.
    public var values: Span<SignalValue> {
        @_lifetime(borrow self) borrowing get { table.span }
    }

    /// The signals of the last decoded frame whose bits or state are not what they were, as indices
    /// into ``values``.
    public var changedSignals: Span<Int32> {
        @_lifetime(borrow self) borrowing get { changed.span.extracting(first: changedCount) }
    }

    /// Decodes a frame: the index of its message, `nil` if the database has none.
    ///
    /// `longPayload` is the payload of a row with more than 8 bytes, and empty of others.
    public mutating func decode(_ row: FrameRow, longPayload: Span<UInt8>) -> Int? {
        changedCount = 0
        guard let message = plan.messageIndex(of: row.identifier) else { return nil }
        guard row.isShort else {
            decode(longPayload, ofMessage: message)
            return message
        }
        let isSame =
            lastWords[message] == row.payloadWord && lastLengths[message] == row.length
        guard !isSame else { return message }
        lastWords[message] = row.payloadWord
        lastLengths[message] = row.length
        decodeShort(row.payloadWord, length: Int32(row.length), plan.messages[message])
        return message
    }

    /// Decodes a payload of any length, such as one that was reassembled.
    public mutating func decode(_ payload: Span<UInt8>, ofMessage message: Int) {
        lastLengths[message] = Self.noLength
        changedCount = 0
        let plan = plan
        let range = plan.signals(of: message)
        var values = scratch.mutableSpan
        plan.decode(payload, ofMessage: message, into: &values)
        for (place, signal) in range.enumerated() {
            put(scratch[place], at: signal)
        }
    }

    private mutating func decodeShort(
        _ word: UInt64, length: Int32, _ message: DecodePlan.MessagePlan
    ) {
        let first = Int(message.firstSignal)
        if !message.isMultiplexed, length >= message.neededLength {
            changedCount = Self.decodeWhole(
                word, first..<first + Int(message.signalCount), plan.signals, &table, &changed)
            return
        }
        let range = first..<first + Int(message.signalCount)
        for step in range {
            let index = first + Int(plan.order[step])
            let signal = plan.signals[index]
            let state = plan.absence(
                of: signal, among: table.span.extracting(range), length: length)
            put(
                state.map { SignalValue(rawBits: 0, physical: 0, state: $0) }
                    ?? signal.value(of: signal.bits(inWord: word)), at: index)
        }
    }

    /// Decodes signals that are all there, and answers how many changed, without a
    /// branch that depends on the values. The arrays are arguments so that each is checked for uniqueness once.
    private static func decodeWhole(
        _ word: UInt64, _ range: Range<Int>, _ plans: [SignalPlan], _ table: inout [SignalValue],
        _ changed: inout [Int32]
    ) -> Int {
        let signals = plans.span.extracting(range)
        let swapped = word.byteSwapped
        var values = table.mutableSpan
        var changes = changed.mutableSpan
        var count = 0
        for place in signals.indices {
            let bits = signals[place].bits(inWord: word, swapped: swapped)
            let index = range.lowerBound &+ place
            let value = signals[place].value(of: bits)
            let isSame = value.isSame(as: values[index])
            values[index] = value
            // What is written here counts only if the count is raised.
            changes[count] = Int32(truncatingIfNeeded: index)
            count &+= isSame ? 0 : 1
        }
        return count
    }

    @inline(__always)
    private mutating func put(_ value: SignalValue, at index: Int) {
        guard !value.isSame(as: table[index]) else { return }
        table[index] = value
        changed[changedCount] = Int32(truncatingIfNeeded: index)
        changedCount += 1
    }
}
