import CANFrame

/// How busy a bus was over the last second and up to the last minute, to the tenth of a second; stuff
/// bits are not counted.
struct BusLoadWatch: Sendable {
    static let slotLength: Int64 = 100_000_000
    private static let slotsOfSecond = 10
    /// As the longest window of a rule has (``RuleFunction/longestWindow``).
    private static let slots = 600

    private var bits = InlineArray<600, UInt32>(repeating: 0)
    /// When the slot that is being filled ends; `nil` before the first frame.
    private var end: Int64?
    private var slot = 0
    /// Slots that ended since the first frame.
    private(set) var ended = 0
    /// Bits of the last whole second, known after it.
    private(set) var lastSecond: UInt32?
    /// The most bits of a second that began with a tenth.
    private(set) var peak: UInt32?
    private(set) var total: UInt64 = 0
    private var first: Int64?
    private var last: Int64 = 0

    /// Whether a slot has ended at `time`.
    @inline(__always)
    func isDue(at time: Int64) -> Bool { time >= end ?? .min }

    /// When the last slot that ended before `time` did; the load is known from then on.
    mutating func move(to time: Int64) -> Int64 {
        guard var end else {
            self.end = time &+ Self.slotLength
            return time
        }
        var passed = 0
        while time >= end, passed <= Self.slots {
            slot = (slot + 1) % Self.slots
            ended += 1
            if let sum = sum(ofLast: Self.slotsOfSecond) {
                lastSecond = sum
                peak = max(peak ?? 0, sum)
            }
            bits[slot] = 0
            let (next, overflow) = end.addingReportingOverflow(Self.slotLength)
            if overflow { break }
            end = next
            passed += 1
        }
        // After a long silence the slots begin anew.
        if time >= end { end = time &+ Self.slotLength }
        self.end = end
        return end &- Self.slotLength
    }

    /// Bits of so many slots that ended last; `nil` while there were fewer.
    private func sum(ofLast count: Int) -> UInt32? {
        guard ended >= count else { return nil }
        var sum: UInt32 = 0
        for back in 1...count { sum &+= bits[(slot + Self.slots - back) % Self.slots] }
        return sum
    }

    /// Bits of a second on average over the last `window` nanoseconds, to the tenth of a second.
    func mean(over window: Int64) -> Double? {
        let count = min(max(1, Int(window / Self.slotLength)), Self.slots - 1)
        return sum(ofLast: count).map { Double($0) * 1e9 / Double(Int64(count) * Self.slotLength) }
    }

    @inline(__always)
    mutating func add(_ frame: UInt32, at time: Int64) {
        bits[slot] &+= frame
        total &+= UInt64(frame)
        if first == nil { first = time }
        last = max(last, time)
    }

    /// Bits of a second on average, between the first and the last frame.
    var mean: Double? {
        guard let first, last &- first > 0 else { return nil }
        return Double(total) * 1e9 / Double(last &- first)
    }
}
