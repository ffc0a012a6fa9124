/// How busy a channel was: over the last second, and over all the time that it was watched.
///
/// Load is told in bits at the nominal rate; who knows the rate makes a part of it.
public struct BusLoad: Sendable {
    /// Slots of the history at most; where they do not suffice, each becomes twice as long.
    static let maximumSlots = 4_096

    /// Bus time of the first slot's begin.
    public private(set) var origin: Int64 = 0
    /// How long a slot is, in nanoseconds: a second, or a power of two of them.
    public private(set) var slotLength: Int64 = 1_000_000_000
    /// Bits of each slot.
    public private(set) var slots: [UInt64] = []
    /// Bits of the busiest whole second.
    public private(set) var peak: UInt64 = 0
    public private(set) var bits: UInt64 = 0

    /// Of the last seconds, in tenths: bits and frames by number of the tenth since the origin.
    private var tenthBits = InlineArray<16, UInt32>(repeating: 0)
    private var tenthFrames = InlineArray<16, UInt32>(repeating: 0)
    private var tenth: Int64 = 0
    private var second: Int64 = 0
    private var secondBits: UInt64 = 0

    private static let tenthLength: Int64 = 100_000_000

    init(origin: Int64) {
        self.origin = origin
    }

    /// Takes a frame of so many bits at bus time `time`; times may step back a little.
    mutating func add(_ frameBits: UInt32, at time: Int64) {
        let distance = max(0, time &- origin)
        bits &+= UInt64(frameBits)
        let number = distance / Self.tenthLength
        if number > tenth { moveOn(to: number) }
        if tenth - number < 16 {
            tenthBits[Int(number & 15)] &+= frameBits
            tenthFrames[Int(number & 15)] &+= 1
        }
        let whole = number / 10
        if whole != second {
            peak = max(peak, secondBits)
            (second, secondBits) = (whole, 0)
        }
        secondBits &+= UInt64(frameBits)
        var slot = distance / slotLength
        while slot >= Int64(Self.maximumSlots) {
            halve()
            slot = distance / slotLength
        }
        while slots.count <= Int(slot) { slots.append(0) }
        slots[Int(slot)] &+= UInt64(frameBits)
    }

    /// What there was so far counts as a whole second at the end.
    mutating func finish() {
        peak = max(peak, secondBits)
    }

    /// Bits and frames of the second before bus time `now`, to the tenth of a second.
    public func lastSecond(at now: Int64) -> (bits: UInt64, frames: UInt64) {
        let current = max(0, now &- origin) / Self.tenthLength
        var (bits, frames): (UInt64, UInt64) = (0, 0)
        for number in max(0, current - 10)..<current where number <= tenth && tenth - number < 16 {
            bits += UInt64(tenthBits[Int(number & 15)])
            frames += UInt64(tenthFrames[Int(number & 15)])
        }
        return (bits, frames)
    }

    private mutating func moveOn(to number: Int64) {
        let first = max(tenth + 1, number - 15)
        for passed in first...number {
            tenthBits[Int(passed & 15)] = 0
            tenthFrames[Int(passed & 15)] = 0
        }
        tenth = number
    }

    private mutating func halve() {
        let joined = stride(from: 0, to: slots.count, by: 2).map { index in
            slots[index] &+ (index + 1 < slots.count ? slots[index + 1] : 0)
        }
        slots = joined
        slotLength *= 2
    }
}
