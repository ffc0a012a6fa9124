import CSignalKernels

/// The signals of each message, 8 to a group and field by field, for the kernel that decodes rows.
///
/// The kernel takes messages whose signals lie in 8 bytes, are integers of at most 52 bits, and
/// depend on one multiplexer with one range of values each; others are left to ``LiveDecoder``.
struct LanePlan: Sendable {
    let messages: [canlog_message]
    /// `canlog_lanes` and `canlog_limits`, group by group.
    let lanes: AlignedWords
    let limits: AlignedWords

    /// Of a message that is left to others.
    static let left: UInt8 = 255
    private static let laneWords = MemoryLayout<canlog_lanes>.stride / 8
    private static let limitWords = MemoryLayout<canlog_limits>.stride / 8

    init(
        _ messages: [DecodePlan.MessagePlan], _ signals: [SignalPlan],
        _ ranges: [ClosedRange<UInt64>]
    ) {
        var plans: [canlog_message] = []
        var (lanes, limits): ([UInt64], [UInt64]) = ([], [])
        plans.reserveCapacity(messages.count)
        for message in messages {
            let first = Int(message.firstSignal)
            let own = signals[first..<first + Int(message.signalCount)]
            var plan = Self.plan(of: message, Array(own))
            if plan.needed != Self.left {
                plan.first_lanes = UInt32(lanes.count / Self.laneWords)
                plan.lanes_count = UInt32((own.count + 7) / 8)
                for group in stride(from: own.startIndex, to: own.endIndex, by: 8) {
                    let signals = own[group..<min(group + 8, own.endIndex)]
                    lanes += Self.lanes(of: signals)
                    limits += Self.limits(of: signals, ranges)
                }
            }
            plans.append(plan)
        }
        // A message without signals stands behind the others, with the form of most.
        var none = canlog_message()
        none.first_lanes = UInt32(lanes.count / Self.laneWords)
        none.lanes_count = 1
        plans.append(none)
        lanes += Self.lanes(of: [])
        limits += Self.limits(of: [], ranges)
        self.messages = plans
        (self.lanes, self.limits) = (AlignedWords(lanes), AlignedWords(limits))
    }

    /// A message's plan without its signals.
    private static func plan(
        of message: DecodePlan.MessagePlan, _ signals: [SignalPlan]
    ) -> canlog_message {
        var plan = canlog_message()
        plan.needed = left
        let parents = Set(signals.map(\.multiplexer).filter { $0 != -1 })
        let isSimple = signals.allSatisfy { signal in
            guard signal.multiplexer == -1 || signal.rangeCount == 1 else { return false }
            return !signal.isDecodable || signal.kind == .narrow
        }
        guard isSimple, message.neededLength <= 8, parents.count <= 1 else { return plan }
        if let parent = parents.first {
            guard parent >= 0 else { return plan }
            let signal = signals[Int(parent)]
            guard signal.isDecodable, signal.multiplexer == -1 else { return plan }
            plan.multiplexer_is_big = signal.isBigEndian ? 1 : 0
            plan.multiplexer_left = signal.shortLeft
            plan.multiplexer_right = signal.right
            plan.multiplexer_needed = UInt8(signal.neededLength)
        }
        plan.needed = UInt8(message.neededLength)
        let hasIndicators = signals.contains { $0.indicators != .none }
        plan.is_limited = message.isPartial || hasIndicators ? 1 : 0
        return plan
    }

    /// 8 places for each field of `canlog_lanes`, in its order, and what takes less than a word.
    private static func lanes(of signals: ArraySlice<SignalPlan>) -> [UInt64] {
        var words = fields(of: signals, laneWords) { signal in
            [
                signal.shortMask, signal.sign, signal.factor.bitPattern, signal.offset.bitPattern,
            ]
        }
        for (place, signal) in signals.enumerated() {
            words[32] |= UInt64(signal.shortLeft) << UInt64(place * 8)
            words[33] |= UInt64(signal.right) << UInt64(place * 8)
            words[34] |= (signal.isBigEndian ? 0x101 : 0x100) << UInt64(place)
        }
        return words
    }

    /// 8 places for each field of `canlog_limits`.
    private static func limits(
        of signals: ArraySlice<SignalPlan>, _ ranges: [ClosedRange<UInt64>]
    ) -> [UInt64] {
        fields(of: signals, limitWords) { signal in
            let needed: UInt64 = signal.isDecodable ? UInt64(signal.neededLength) : .max
            guard signal.multiplexer != -1 else { return [needed, signal.greatest, 0, 0, .max] }
            let range = ranges[Int(signal.firstRange)]
            let span = range.upperBound - range.lowerBound
            return [needed, signal.greatest, .max, range.lowerBound, span]
        }
    }

    private static func fields(
        of signals: ArraySlice<SignalPlan>, _ count: Int, _ values: (SignalPlan) -> [UInt64]
    ) -> [UInt64] {
        var words = [UInt64](repeating: 0, count: count)
        for (place, signal) in signals.enumerated() {
            for (field, value) in values(signal).enumerated() { words[field * 8 + place] = value }
        }
        return words
    }
}
