import CANFrame

/// How fine the stamps of a log are in fact, where its format writes them all alike: a log of
/// microseconds stays one when it has been through a format of nanoseconds.
struct StampResolution: Sendable {
    /// All stamps so far are multiples of this many nanoseconds: 1,000, 100, 10 or 1.
    private(set) var nanoseconds: Int64 = 1_000

    @inline(__always)
    mutating func see(_ stamp: Timestamp) {
        if nanoseconds > 1 && stamp.nanoseconds % nanoseconds != 0 { refine(stamp) }
    }

    private mutating func refine(_ stamp: Timestamp) {
        while stamp.nanoseconds % nanoseconds != 0 { nanoseconds /= 10 }
    }
}
