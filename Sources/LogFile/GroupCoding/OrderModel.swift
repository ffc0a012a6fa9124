/// Settles what the stamps leave open about the order of arrival (LogFile.docc, Order).
///
/// Frames lie stream after stream in *slots*, and slots sorted by stamp are in *lanes*. Whose turn
/// it is among several lanes, and who comes first where stamps are equal, is told by symbols of a few
/// contexts. Encoder and decoder walk alike: the one is told what comes next and gives the symbols,
/// the other takes them.
struct OrderModel: ~Copyable {
    /// Contexts of the symbols.
    enum Context {
        /// Who of several with one stamp: the expected one is among them, or is not.
        static let expectedTie = 0, tie = 1
        /// Whether the lane stays: by the distance to the next one, for the earliest and others.
        static let stayEarliest = 2, stayOther = 12
        /// Which of the other lanes.
        static let lane = 22
        static let count = 23
    }
    /// Stamps above ``slotBits`` bits of slot.
    static let stampBits = 46
    static let slotBits = 17
    static let slotMask: UInt64 = (1 << 17) - 1

    struct Lane {
        var next: Int
        let end: Int
        /// Its frames lie in their order already: no ties are to be settled.
        let isOrdered: Bool

        var isEmpty: Bool { next >= end }
    }

    private var entries: [UInt64]
    private var lanes: [Lane]
    private let streamOfSlot: [UInt16]
    private let laneOfStream: [UInt16]
    /// The stream that came first at a tie after two streams, by their hash.
    private var expected = [UInt16](repeating: .max, count: 4_096)
    private var before: UInt32 = 0
    private var beforeThat: UInt32 = 0
    private var current = 0

    /// `entries` are stamps above slots, `lanes` their ranges.
    init(
        entries: [UInt64], lanes: [Lane], streamOfSlot: [UInt16], laneOfStream: [UInt16]
    ) {
        self.entries = entries
        self.lanes = lanes
        self.streamOfSlot = streamOfSlot
        self.laneOfStream = laneOfStream
    }

    /// The slot of the frame that comes next; `nil` if the symbols contradict the lanes.
    mutating func next<Coder: OrderCoder & ~Copyable>(_ coder: inout Coder) -> Int? {
        if lanes.count > 1 {
            guard chooseLane(&coder) else { return nil }
        }
        let lane = lanes[current]
        guard !lane.isEmpty else { return nil }
        lanes[current].next += 1
        let head = lane.next
        let stamp = entries[head] >> UInt64(Self.slotBits)
        var slot = Int(entries[head] & Self.slotMask)
        if !lane.isOrdered, head + 1 < lane.end,
            entries[head + 1] >> UInt64(Self.slotBits) == stamp
        {
            guard let winner = settle(lane, stamp: stamp, &coder) else { return nil }
            slot = winner
        }
        beforeThat = before
        before = UInt32(streamOfSlot[slot])
        return slot
    }

    /// Appends all slots as they lie: the order where nothing is left to settle.
    func appendAll(to order: inout [UInt32]) {
        for entry in entries {
            order.append(UInt32(truncatingIfNeeded: entry & Self.slotMask))
        }
    }

    // MARK: Ties

    /// Lets the coder say who of the frames with `stamp` at the head of `lane` comes first, and
    /// moves it there.
    private mutating func settle<Coder: OrderCoder & ~Copyable>(
        _ lane: Lane, stamp: UInt64, _ coder: inout Coder
    ) -> Int? {
        let head = lane.next
        var end = head + 2
        while end < lane.end, entries[end] >> UInt64(Self.slotBits) == stamp { end += 1 }
        let hash = Self.hash(beforeThat, before, bits: 12)
        let wanted = expected[hash]
        var favourite: Int?
        for place in head..<end where stream(at: place) == wanted {
            favourite = place - head
            break
        }
        let context = favourite == nil ? Context.tie : Context.expectedTie
        var truth = 0
        if let target = coder.target {
            guard let place = (head..<end).first(where: { self.slot(at: $0) == target }) else {
                return nil
            }
            truth = Self.rank(of: place - head, favourite: favourite)
        }
        let told: Int? = coder.symbol(context, truth: truth)
        guard let told, told < end - head else { return nil }
        let place = head + Self.index(of: told, favourite: favourite)
        let winner = entries[place]
        for index in stride(from: place, to: head, by: -1) { entries[index] = entries[index - 1] }
        entries[head] = winner
        let slot = Int(winner & Self.slotMask)
        expected[hash] = streamOfSlot[slot]
        return slot
    }

    /// Of the streams of the last two frames.
    static func hash(_ beforeThat: UInt32, _ before: UInt32, bits: UInt32) -> Int {
        Int(((beforeThat &* 40_503) ^ (before &* 9_541)) & ((1 << bits) - 1))
    }

    private func slot(at place: Int) -> Int { Int(entries[place] & Self.slotMask) }
    private func stream(at place: Int) -> UInt16 { streamOfSlot[slot(at: place)] }

    /// The favourite is 0, the others count on in their order.
    private static func rank(of index: Int, favourite: Int?) -> Int {
        guard let favourite else { return index }
        return index == favourite ? 0 : index < favourite ? index + 1 : index
    }

    private static func index(of rank: Int, favourite: Int?) -> Int {
        guard let favourite else { return rank }
        return rank == 0 ? favourite : rank <= favourite ? rank - 1 : rank
    }

    // MARK: Lanes

    private func stamp(ofLane lane: Int) -> UInt64 {
        lanes[lane].isEmpty ? .max : entries[lanes[lane].next] >> UInt64(Self.slotBits)
    }

    /// Makes the lane current from which the next frame comes; false if there is none.
    private mutating func chooseLane<Coder: OrderCoder & ~Copyable>(
        _ coder: inout Coder
    ) -> Bool {
        let own = stamp(ofLane: current)
        var others = UInt64.max
        for lane in lanes.indices where lane != current {
            others = min(others, stamp(ofLane: lane))
        }
        let target = coder.target.map { Int(laneOfStream[Int(streamOfSlot[$0])]) }
        if own != .max {
            if others == .max { return true }
            let context =
                own <= others
                ? Context.stayEarliest + Self.bitLength(others - own)
                : Context.stayOther + Self.bitLength(own - others)
            let stays: Int? = coder.symbol(context, truth: target == current ? 1 : 0)
            guard let stays, stays <= 1 else { return false }
            if stays == 1 { return true }
        }
        return leave(for: target, &coder)
    }

    private mutating func leave<Coder: OrderCoder & ~Copyable>(
        for target: Int?, _ coder: inout Coder
    ) -> Bool {
        var candidates: [Int] = []
        for lane in lanes.indices where lane != current && !lanes[lane].isEmpty {
            let stamp = stamp(ofLane: lane)
            let place = candidates.firstIndex { self.stamp(ofLane: $0) > stamp }
            candidates.insert(lane, at: place ?? candidates.count)
        }
        guard candidates.count > 1 else {
            guard let only = candidates.first else { return false }
            current = only
            return true
        }
        let truth = target.flatMap { candidates.firstIndex(of: $0) } ?? 0
        let told: Int? = coder.symbol(Context.lane, truth: truth)
        guard let told, told < candidates.count else { return false }
        current = candidates[told]
        return true
    }

    /// 0 to 9.
    private static func bitLength(_ value: UInt64) -> Int {
        min(9, 64 - value.leadingZeroBitCount)
    }
}

/// Gives or takes the symbols of an order.
protocol OrderCoder: ~Copyable {
    /// The slot that comes next, where it is known: in the encoder.
    var target: Int? { get }
    /// Whether no symbol is left.
    var isAtEnd: Bool { get }
    /// The symbol in `context`; an encoder notes `truth` and gives it back. `nil` at the end.
    mutating func symbol(_ context: Int, truth: Int) -> Int?
}

/// Notes the symbols of each context.
struct OrderRecorder: OrderCoder, ~Copyable {
    private(set) var contexts = [[UInt8]](repeating: [], count: OrderModel.Context.count)
    var target: Int?
    var isAtEnd: Bool { true }

    mutating func symbol(_ context: Int, truth: Int) -> Int? {
        contexts[context].append(UInt8(truncatingIfNeeded: truth))
        return truth
    }
}

/// Gives the symbols of each context, one after another.
struct OrderPlayer: OrderCoder, ~Copyable {
    let contexts: [[UInt8]]
    private var places: [Int]
    var target: Int? { nil }
    var isAtEnd: Bool { zip(contexts, places).allSatisfy { $0.count == $1 } }

    init(_ contexts: [[UInt8]]) {
        self.contexts = contexts
        places = Array(repeating: 0, count: contexts.count)
    }

    mutating func symbol(_ context: Int, truth: Int) -> Int? {
        let place = places[context]
        guard place < contexts[context].count else { return nil }
        places[context] = place + 1
        return Int(contexts[context][place])
    }
}
