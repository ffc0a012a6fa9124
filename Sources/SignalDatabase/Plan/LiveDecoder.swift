public import CANFrame
import CSignalKernels

/// Decodes the frames of one bus one by one and tells which signals changed.
///
/// It holds the last value of every signal of each ``MessageStream``. Memory is allocated when a
/// stream is first seen, and not for the frames that follow.
public struct LiveDecoder: ~Copyable, Sendable {
    public let plan: DecodePlan
    /// How batches are decoded.
    public let kernel: DecodeKernel
    var table: StreamTable
    /// By stream, behind that of frames that belong to none.
    var states: [canlog_stream]
    /// The last values, stream by stream.
    private var storage: [SignalValue] = []
    private var scratch: [SignalValue]
    var changed: [Int32]
    var changedCount = 0
    /// Of a batch.
    var changeStorage: [SignalChanges] = []
    var changeCount = 0
    /// The same of one frame, a bit for each signal.
    var changedGroups: [UInt8]

    /// A decoder that has seen no frame. Streams beyond `maximumStreams` are not decoded but
    /// counted as ``refusedStreams``.
    public init(
        _ plan: DecodePlan, kernel: DecodeKernel = .vector, maximumStreams: Int = 65_536
    ) {
        self.plan = plan
        self.kernel = kernel
        table = StreamTable(plan, maximum: maximumStreams)
        // It has been seen, and its values are never stale.
        states = [
            canlog_stream(
                last_word: 0, first_value: 0, last_length: 0,
                message: UInt32(plan.messages.count), next_stale: -2, reserved: 0)
        ]
        let most = plan.messages.reduce(0) { max($0, Int($1.signalCount)) }
        scratch = Array(repeating: .unknown, count: most)
        changed = Array(repeating: 0, count: most)
        changedGroups = Array(repeating: 0, count: (most + 7) / 8)
    }

    /// The streams seen so far, in the order of their first frames.
    public var streams: Span<MessageStream> {
        @_lifetime(borrow self) borrowing get { table.streams.span }
    }

    /// How many streams beyond the maximum have been met and left out.
    public var refusedStreams: Int { table.refusedStreams }

    /// The last values of a stream: its message's signals in the order of the file.
    @_lifetime(borrow self)
    public borrowing func values(of stream: Int) -> Span<SignalValue> {
        let first = Int(states[stream + 1].first_value)
        let count = Int(plan.messages[table.streams[stream].message].signalCount)
        return storage.span.extracting(first..<first + count)
    }

    /// The signals of the last decoded frame whose bits or state are not what they were, as places
    /// in their message.
    public var changedSignals: Span<Int32> {
        @_lifetime(borrow self) borrowing get { changed.span.extracting(first: changedCount) }
    }

    /// Decodes a frame: the index of its stream; `nil` if the database has no such message, of
    /// remote and error frames, and of a stream that was refused.
    ///
    /// `longPayload` is the payload of a row with more than 8 bytes, and empty of others.
    public mutating func decode(_ row: FrameRow, longPayload: Span<UInt8>) -> Int? {
        guard row.isShort else { return decode(longPayload, of: row.identifier) }
        guard let stream = stream(of: row.identifier) else { return nil }
        decode(row.payloadWord, length: Int32(row.length), of: stream)
        return stream
    }

    /// Decodes a payload of any length, such as one that was reassembled, as if a frame of this
    /// identifier had carried it.
    public mutating func decode(_ payload: Span<UInt8>, of identifier: PackedID) -> Int? {
        guard let stream = stream(of: identifier) else { return nil }
        let message = plan.messages[table.streams[stream].message]
        if payload.count <= 8 || message.neededLength <= 8 {
            let length = min(8, payload.count)
            var word: UInt64 = 0
            for index in 0..<length { word |= UInt64(payload[index]) << (UInt64(index) * 8) }
            decode(word, length: Int32(length), of: stream)
        } else {
            decodeLong(payload, of: stream)
        }
        return stream
    }

    /// The stream of an identifier, with room for its values.
    @inline(__always)
    mutating func stream(of identifier: PackedID) -> Int? {
        changedCount = 0
        let stream = table.index(of: identifier, plan)
        guard stream >= 0 else { return nil }
        if stream + 1 == states.count { makeRoom(for: stream) }
        return stream
    }

    /// Before the first short payload: none has this length.
    private static let noLength: Int32 = -1

    @inline(never)
    private mutating func makeRoom(for stream: Int) {
        let index = table.streams[stream].message
        let message = plan.messages[index]
        states.append(
            canlog_stream(
                last_word: 0, first_value: UInt64(storage.count), last_length: Self.noLength,
                message: UInt32(index), next_stale: -1, reserved: 0))
        storage.append(contentsOf: repeatElement(.unknown, count: Int(message.signalCount)))
    }

    private mutating func decodeLong(_ payload: Span<UInt8>, of stream: Int) {
        states[stream + 1].last_length = Self.noLength
        let message = table.streams[stream].message
        let plan = plan
        var values = scratch.mutableSpan
        plan.decode(payload, ofMessage: message, into: &values)
        let first = Int(states[stream + 1].first_value)
        for place in 0..<Int(plan.messages[message].signalCount) {
            put(scratch[place], at: first, place)
        }
    }

    /// Decodes a payload of at most 8 bytes, unless it is that of the last frame.
    private mutating func decode(_ word: UInt64, length: Int32, of stream: Int) {
        let state = states[stream + 1]
        guard state.last_word != word || state.last_length != length else { return }
        states[stream + 1].last_word = word
        states[stream + 1].last_length = length
        decode(word, length: length, state)
    }

    /// The values of a payload of at most 8 bytes.
    @inline(__always)
    mutating func decode(_ word: UInt64, length: Int32, _ state: canlog_stream) {
        let message = plan.messages[Int(state.message)]
        let firstValue = Int(state.first_value)
        if !message.isPartial, length >= message.neededLength {
            let first = Int(message.firstSignal)
            changedCount = Self.decodeWhole(
                word, plan.signals, first..<first + Int(message.signalCount), firstValue, &storage,
                &changed)
        } else {
            decodePart(word, length: length, message, firstValue)
        }
    }

    private mutating func decodePart(
        _ word: UInt64, length: Int32, _ message: DecodePlan.MessagePlan, _ firstValue: Int
    ) {
        let first = Int(message.firstSignal)
        let count = Int(message.signalCount)
        for step in first..<first + count {
            let place = Int(plan.order[step])
            let signal = plan.signals[first + place]
            let state = plan.absence(
                of: signal, among: storage.span.extracting(firstValue..<firstValue + count),
                length: length)
            put(
                state.map { SignalValue(rawBits: 0, physical: 0, state: $0) }
                    ?? signal.value(of: signal.bits(inWord: word)), at: firstValue, place)
        }
    }

    /// Decodes signals that are all there, and answers how many changed, without a branch that
    /// depends on the values. The arrays are arguments so that each is checked for uniqueness once.
    private static func decodeWhole(
        _ word: UInt64, _ plans: [SignalPlan], _ range: Range<Int>, _ firstValue: Int,
        _ storage: inout [SignalValue], _ changed: inout [Int32]
    ) -> Int {
        let signals = plans.span.extracting(range)
        let swapped = word.byteSwapped
        var values = storage.mutableSpan
        var changes = changed.mutableSpan
        var count = 0
        for place in signals.indices {
            let bits = signals[place].bits(inWord: word, swapped: swapped)
            let value = signals[place].value(of: bits)
            let isSame = value.isSame(as: values[firstValue &+ place])
            values[firstValue &+ place] = value
            // What is written here counts only if the count is raised.
            changes[count] = Int32(truncatingIfNeeded: place)
            count &+= isSame ? 0 : 1
        }
        return count
    }

    @inline(__always)
    private mutating func put(_ value: SignalValue, at firstValue: Int, _ place: Int) {
        guard !value.isSame(as: storage[firstValue + place]) else { return }
        storage[firstValue + place] = value
        changed[changedCount] = Int32(truncatingIfNeeded: place)
        changedCount += 1
    }
}
