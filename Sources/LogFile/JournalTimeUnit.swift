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
