/// The unit in which times between rows are coded, with what divides by it exactly without dividing.
///
/// A 64-bit division per frame would cost as much as the rest of a row; an exact quotient is a
/// multiplication by the inverse of the odd part modulo 2^64 and a rotation, and it is exact if and
/// only if it does not exceed the greatest quotient (Warren, Hacker's Delight, 10-17).
struct JournalTimeUnit: BitwiseCopyable {
    /// Nanoseconds, at least 1.
    let nanoseconds: Int64
    private let inverse: UInt64
    private let shift: UInt64
    private let limit: UInt64

    init(nanoseconds: Int64) {
        precondition(nanoseconds >= 1, "the unit of time is at least a nanosecond")
        self.nanoseconds = nanoseconds
        let value = UInt64(nanoseconds)
        shift = UInt64(value.trailingZeroBitCount)
        let odd = value >> shift
        // Newton: each step doubles the bits that are right, of which an odd number has three.
        var inverse = odd
        for _ in 0..<5 { inverse = inverse &* (2 &- odd &* inverse) }
        self.inverse = inverse
        limit = UInt64.max / value
    }

    /// `distance` in units, or `nil` if it is not a multiple; at least 0.
    @inline(__always)
    func quotient(_ distance: UInt64) -> UInt64? {
        let product = distance &* inverse
        let quotient = product &>> shift | product &<< (64 &- shift)
        return quotient <= limit ? quotient : nil
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

    @inline(__always)
    mutating func note(_ distance: Int64) {
        if isLooking { look(distance.magnitude) }
    }

    private mutating func look(_ distance: UInt64) {
        guard divisor == 0 || !distance.isMultiple(of: divisor) else { return }
        var (left, right) = (divisor, distance)
        while right != 0 { (left, right) = (right, left % right) }
        divisor = left
        if divisor == 1 || divisor == resolution { isLooking = false }
    }
}

/// A time since the last row, as it is written: bits of the control byte, and what follows it.
struct JournalTime: BitwiseCopyable {
    var bits: UInt8
    var value: UInt64
}

/// Turns stamps into times since the row before, in the coarsest unit that tells them exactly.
struct JournalClock: BitwiseCopyable {
    private(set) var unit: JournalTimeUnit
    private var lastStamp: Int64 = 0
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

    @inline(__always)
    mutating func time(of stamp: Int64) -> JournalTime {
        let distance = stamp &- lastStamp
        lastStamp = stamp
        finder.note(distance)
        if distance > 0, let quotient = unit.quotient(UInt64(bitPattern: distance)) {
            if quotient < UInt64(JournalControl.wideTime) &<< 8 {
                return JournalTime(bits: UInt8(truncatingIfNeeded: quotient &>> 8), value: quotient)
            }
            return JournalTime(
                bits: quotient <= 0xFFFF ? JournalControl.wideTime : JournalControl.longTime,
                value: quotient)
        }
        if distance == 0 { return JournalTime(bits: JournalControl.noTime, value: 0) }
        if distance > 0 { sawOtherUnit = true }
        return JournalTime(bits: JournalControl.exactTime, value: zigzag(distance))
    }
}
