/// The order of arrival of a group's frames as it is stored: a mode and symbols
/// (LogFile.docc, Order).
enum FrameOrder {
    enum Mode: UInt8 {
        /// By stamp, and by slot where stamps are equal.
        case sorted = 0
        /// By stamp; symbols say who comes first where stamps are equal.
        case ties = 1
        /// By stamp on each channel; symbols interleave the channels.
        case lanes = 2
        /// By symbols only.
        case explicit = 3
    }

    /// More frames with one stamp on a lane are told explicitly: settling ties moves frames.
    static let tieLimit = 200

    /// What the order is about: all frames in slots, stream after stream, the bundle last.
    struct Slots {
        /// Stamps in units.
        var times: [Int64]
        /// The number of the stream, or of the bundle behind them.
        var streamOfSlot: [UInt16]
        /// Where each stream begins, the bundle, and the end.
        var starts: [Int]
        /// The channel of each stream.
        var channels: [UInt8]

        var streamCount: Int { channels.count }
        var bundle: Range<Int> { starts[streamCount]..<times.count }
    }

    // MARK: Encoding

    /// The mode and the symbols of each context that give the slots in the order of `arrival`.
    static func encode(
        _ slots: Slots, arrival: Span<UInt32>
    ) -> (mode: Mode, contexts: [[UInt8]]) {
        switch mode(of: slots, arrival: arrival) {
        case .sorted: return (.sorted, [])
        case .explicit: return (.explicit, explicitContexts(slots, arrival: arrival))
        case let mode:
            guard var model = model(slots, mode, included: nil), model.longestTie <= tieLimit else {
                return (.explicit, explicitContexts(slots, arrival: arrival))
            }
            var recorder = OrderRecorder()
            for index in arrival.indices {
                recorder.target = Int(arrival[index])
                _ = model.walk.next(&recorder)
            }
            return (mode, recorder.contexts)
        }
    }

    private static func mode(of slots: Slots, arrival: Span<UInt32>) -> Mode {
        var (hasTies, stepsBack) = (false, false)
        for index in arrival.indices.dropFirst() {
            let (slot, before) = (Int(arrival[index]), Int(arrival[index - 1]))
            let (stamp, stampBefore) = (slots.times[slot], slots.times[before])
            hasTies = hasTies || stamp == stampBefore && slot < before
            stepsBack = stepsBack || stamp < stampBefore
        }
        guard stampRange(slots, included: nil) != nil else { return .explicit }
        if !stepsBack { return hasTies ? .ties : .sorted }
        var last = [Int64](repeating: .min, count: 256)
        for index in arrival.indices {
            let slot = Int(arrival[index])
            let stream = Int(slots.streamOfSlot[slot])
            // The frames of the bundle lie in their order and are a lane of their own.
            guard stream < slots.streamCount else { continue }
            let channel = Int(slots.channels[stream])
            if slots.times[slot] < last[channel] { return .explicit }
            last[channel] = slots.times[slot]
        }
        return .lanes
    }

    // MARK: Decoding

    /// Replaces `order` by the slots in order of arrival; says why it cannot.
    ///
    /// `included` are the streams, and the bundle, whose slots are there: by stamp any, else all.
    static func decode(
        _ mode: Mode, contexts: [[UInt8]], _ slots: Slots, included: [Bool],
        into order: inout [UInt32]
    ) -> String? {
        order.removeAll(keepingCapacity: true)
        if mode == .explicit { return decodeExplicit(contexts, slots, into: &order) }
        guard var model = model(slots, mode, included: included) else {
            return "its stamps are too far apart"
        }
        if mode == .sorted {
            model.walk.appendAll(to: &order)
            return nil
        }
        guard model.longestTie <= tieLimit else { return "too many frames have one stamp" }
        var player = OrderPlayer(contexts)
        for _ in slots.times.indices {
            guard let slot = model.walk.next(&player) else {
                return "the order of its frames contradicts itself"
            }
            order.append(UInt32(truncatingIfNeeded: slot))
        }
        return player.isAtEnd ? nil : "its order has more symbols than frames"
    }

    // MARK: Sorting

    /// The least stamp, and how many bits the greatest takes above it; `nil` if too many.
    private static func stampRange(
        _ slots: Slots, included: [Bool]?
    ) -> (least: Int64, bits: Int)? {
        var (least, greatest) = (Int64.max, Int64.min)
        for stream in 0...slots.streamCount where included?[stream] ?? true {
            for slot in slots.starts[stream]..<slots.starts[stream + 1] {
                least = min(least, slots.times[slot])
                greatest = max(greatest, slots.times[slot])
            }
        }
        guard least <= greatest else { return (0, 1) }
        let width = UInt64(bitPattern: greatest &- least)
        let bits = 64 - width.leadingZeroBitCount
        return bits <= OrderModel.stampBits ? (least, max(1, bits)) : nil
    }

    private struct Sorted: ~Copyable {
        var walk: OrderModel
        var longestTie: Int
    }

    /// The lanes of a mode, sorted.
    private static func model(
        _ slots: Slots, _ mode: Mode, included: [Bool]?
    ) -> Sorted? {
        guard let range = stampRange(slots, included: included) else { return nil }
        let laneOfStream = laneNumbers(slots, mode)
        var entries: [UInt64] = []
        entries.reserveCapacity(slots.times.count)
        var lanes: [OrderModel.Lane] = []
        for lane in 0...(laneOfStream.max() ?? 0) {
            let start = entries.count
            for stream in laneOfStream.indices where laneOfStream[stream] == lane {
                if let included, !included[stream] { continue }
                for slot in slots.starts[stream]..<slots.starts[stream + 1] {
                    let stamp = UInt64(bitPattern: slots.times[slot] &- range.least)
                    entries.append(stamp << UInt64(OrderModel.slotBits) | UInt64(slot))
                }
            }
            let isBundle = mode == .lanes && laneOfStream.last == lane
            lanes.append(
                OrderModel.Lane(next: start, end: entries.count, isOrdered: isBundle))
        }
        var scratch = entries
        for lane in lanes where !lane.isOrdered {
            StampSort.sort(
                &entries, lane.next..<lane.end, scratch: &scratch, bits: range.bits,
                from: OrderModel.slotBits)
        }
        let longest = mode == .sorted ? 0 : longestTie(entries, lanes)
        return Sorted(
            walk: OrderModel(
                entries: entries, lanes: lanes, streamOfSlot: slots.streamOfSlot,
                laneOfStream: laneOfStream),
            longestTie: longest)
    }

    /// The lane of each stream and of the bundle: one for all, or one for each channel and one for
    /// the bundle.
    private static func laneNumbers(_ slots: Slots, _ mode: Mode) -> [UInt16] {
        guard mode == .lanes else {
            return Array(repeating: 0, count: slots.streamCount + 1)
        }
        var numbers: [UInt8: UInt16] = [:]
        var lanes: [UInt16] = []
        for channel in slots.channels {
            let number = numbers[channel] ?? UInt16(numbers.count)
            numbers[channel] = number
            lanes.append(number)
        }
        return lanes + [UInt16(numbers.count)]
    }

    private static func longestTie(_ entries: [UInt64], _ lanes: [OrderModel.Lane]) -> Int {
        var longest = 1
        for lane in lanes where !lane.isOrdered && !lane.isEmpty {
            var length = 1
            for index in lane.next + 1..<lane.end {
                let isTie =
                    (entries[index] ^ entries[index - 1]) >> UInt64(OrderModel.slotBits) == 0
                length = isTie ? length + 1 : 1
                longest = max(longest, length)
            }
        }
        return longest
    }

    // MARK: Explicit

    private enum Context {
        /// Whether the expected stream comes, and else the two bytes of its number.
        static let hit = 0, low = 1, high = 2
    }

    /// The stream expected after two others, by their hash.
    private struct Expectation {
        private var table = [UInt16](repeating: .max, count: 65_536)
        private var before: UInt32 = 0
        private var beforeThat: UInt32 = 0
        private var hash: Int { OrderModel.hash(beforeThat, before, bits: 16) }

        var stream: UInt16 { table[hash] }

        mutating func learn(_ stream: UInt16) {
            table[hash] = stream
            beforeThat = before
            before = UInt32(stream)
        }
    }

    private static func explicitContexts(_ slots: Slots, arrival: Span<UInt32>) -> [[UInt8]] {
        var contexts = [[UInt8]](repeating: [], count: 3)
        var expectation = Expectation()
        for index in arrival.indices {
            let stream = slots.streamOfSlot[Int(arrival[index])]
            let isExpected = stream == expectation.stream
            contexts[Context.hit].append(isExpected ? 1 : 0)
            if !isExpected {
                contexts[Context.low].append(UInt8(truncatingIfNeeded: stream))
                if slots.streamCount > 255 {
                    contexts[Context.high].append(UInt8(truncatingIfNeeded: stream >> 8))
                }
            }
            expectation.learn(stream)
        }
        return contexts
    }

    private static func decodeExplicit(
        _ contexts: [[UInt8]], _ slots: Slots, into order: inout [UInt32]
    ) -> String? {
        let reason = "the order of its frames contradicts itself"
        var player = OrderPlayer(contexts)
        var expectation = Expectation()
        var next = slots.starts
        for _ in slots.times.indices {
            let hit: Int? = player.symbol(Context.hit, truth: 0)
            guard let hit, hit <= 1 else { return reason }
            var stream = expectation.stream
            if hit == 0 {
                guard let low = player.symbol(Context.low, truth: 0) else { return reason }
                stream = UInt16(low)
                if slots.streamCount > 255 {
                    guard let high = player.symbol(Context.high, truth: 0) else { return reason }
                    stream |= UInt16(high) << 8
                }
            }
            guard Int(stream) <= slots.streamCount,
                next[Int(stream)] < slots.starts[Int(stream) + 1]
            else { return reason }
            order.append(UInt32(next[Int(stream)]))
            next[Int(stream)] += 1
            expectation.learn(stream)
        }
        return player.isAtEnd ? nil : reason
    }
}
