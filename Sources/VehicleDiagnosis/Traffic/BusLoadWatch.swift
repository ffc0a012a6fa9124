import CANFrame

/// How busy a bus was over the last second, to the tenth of a second; stuff bits are not counted.
struct BusLoadWatch: Sendable {
    static let slotLength: Int64 = 100_000_000
    private static let slots = 10

    private var bits = InlineArray<10, UInt32>(repeating: 0)
    /// When the slot that is being filled ends; `nil` before the first frame.
    private var end: Int64?
    private var slot = 0
    /// Slots since the first frame, as far as they matter.
    private var filled = 0
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
            filled += 1
            if filled >= Self.slots {
                var sum: UInt32 = 0
                for index in 0..<Self.slots { sum &+= bits[index] }
                lastSecond = sum
                peak = max(peak ?? 0, sum)
                filled = Self.slots
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
