import CANFrame

/// The unit in which times between rows are coded, with what divides by it exactly without dividing.
///
/// A 64-bit division per frame would cost as much as the rest of a row; an exact quotient is a
/// multiplication by the inverse of the odd part modulo 2^64 and a rotation, and it is exact if and
/// only if it does not exceed the greatest quotient (Warren, Hacker's Delight, 10-17).
struct JournalTimeUnit: BitwiseCopyable {
    /// Longer units save nothing, and the greatest quotient is to be beyond all times of two bytes.
    private static let maximum: Int64 = 1 << 32

    /// Nanoseconds, at least 1.
    let nanoseconds: Int64
    private let inverse: UInt64
    private let shift: UInt64

    /// The greatest quotient that is exact, at least 2^31.
    var limit: UInt64 { UInt64(Int64.max / nanoseconds) }

    /// The unit, or a nanosecond in place of one that is too long.
    init(nanoseconds: Int64) {
        precondition(nanoseconds >= 1, "the unit of time is at least a nanosecond")
        self.nanoseconds = nanoseconds > Self.maximum ? 1 : nanoseconds
        let value = UInt64(self.nanoseconds)
        shift = UInt64(value.trailingZeroBitCount)
        let odd = value >> shift
        // Newton: each step doubles the bits that are right, of which an odd number has three.
        var inverse = odd
        for _ in 0..<5 { inverse = inverse &* (2 &- odd &* inverse) }
        self.inverse = inverse
    }

    /// `distance` in units if it is a multiple and positive; else more than ``limit``.
    @inline(__always)
    func quotient(_ distance: Int64) -> UInt64 {
        let product = UInt64(bitPattern: distance) &* inverse
        return product &>> shift | product &<< (64 &- shift)
    }
}

/// Finds the unit of a stretch of rows: the greatest common divisor of the times between them.
struct JournalUnitFinder: BitwiseCopyable {
    private(set) var divisor: UInt64 = 0
    /// Whether it pays to look further; false once the divisor is the resolution.
    private(set) var isLooking = true
    private let resolution: UInt64

    /// Takes what was found for good.
    mutating func stop() { isLooking = false }

    init(resolution: Int64) {
        self.resolution = UInt64(max(1, resolution))
    }

    mutating func note(_ distance: UInt64) {
        guard divisor == 0 || !distance.isMultiple(of: divisor) else { return }
        var (left, right) = (divisor, distance)
        while right != 0 { (left, right) = (right, left % right) }
        divisor = left
        if divisor == 1 || divisor == resolution { isLooking = false }
    }
}

/// Turns stamps into times since the row before, in the coarsest unit that tells them exactly.
struct JournalClock: BitwiseCopyable {
    /// What follows the bits of a time in the head of a row.
    enum Extra {
        case none
        /// The low 16 bits of the distance in units.
        case low(UInt64)
        /// The distance in nanoseconds.
        case exact(Int64)
    }

    private(set) var unit: JournalTimeUnit
    private(set) var lastStamp: Int64 = 0
    private var finder: JournalUnitFinder
    /// Whether a time was not a multiple of the unit since the last restart.
    private var sawOtherUnit = false
    private let resolution: Int64

    init(resolution: Int64) {
        self.resolution = resolution
        unit = JournalTimeUnit(nanoseconds: resolution)
        finder = JournalUnitFinder(resolution: resolution)
    }

    /// Counts from `stamp` on, in the unit that would have told all times since the last restart.
    mutating func restart(at stamp: Int64) {
        if sawOtherUnit {
            unit = JournalTimeUnit(nanoseconds: unit.nanoseconds > resolution ? resolution : 1)
            finder = JournalUnitFinder(resolution: resolution)
        } else if let found = Int64(exactly: finder.divisor), found > 0 {
            if found != unit.nanoseconds { unit = JournalTimeUnit(nanoseconds: found) }
            finder.stop()
        }
        sawOtherUnit = false
        lastStamp = stamp
    }

    /// Whether a coarser unit may still be found by ``look(at:from:to:)``.
    @inline(__always)
    var isLooking: Bool { finder.isLooking }

    /// Looks at the times of rows that come next.
    mutating func look(at rows: borrowing Span<FrameRow>, from start: Int, to stop: Int) {
        var stamp = lastStamp
        for row in start..<stop where finder.isLooking {
            let next = rows[row].timestamp.nanoseconds
            finder.note((next &- stamp).magnitude)
            stamp = next
        }
    }

    /// Goes to the stamp of a row whose time was told.
    @inline(__always)
    mutating func skip(to stamp: Int64) { lastStamp = stamp }

    /// The time of the next row: bits of its head, and what follows.
    mutating func time(of stamp: Int64) -> (bits: UInt64, extra: Extra) {
        let distance = stamp &- lastStamp
        lastStamp = stamp
        let quotient = unit.quotient(distance)
        if quotient < JournalRowHead.wideTime { return (quotient, .none) }
        let wide = JournalRowHead.wideTime + quotient >> 16
        if wide <= JournalRowHead.lastWideTime { return (wide, .low(quotient & 0xFFFF)) }
        if distance > 0, quotient > unit.limit { sawOtherUnit = true }
        return (JournalRowHead.exactTime, .exact(distance))
    }
}
