/// A moment on a channel's declared clock: nanoseconds since 1970-01-01 00:00:00 UTC.
///
/// Stamps of one recording may step back, because the clock they come from may be set. Nothing in
/// canlog sorts by them; what needs time that never steps uses ``BusTimeline``.
public struct Timestamp: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// Nanoseconds since 1970; negative before.
    public var nanoseconds: Int64

    /// The moment `nanoseconds` after 1970-01-01 00:00:00 UTC.
    @inlinable
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    @inlinable
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The signed distance from `earlier` to this moment in nanoseconds; wraps beyond 292 years.
    @inlinable
    public func nanoseconds(since earlier: Timestamp) -> Int64 {
        nanoseconds &- earlier.nanoseconds
    }

    /// This moment rounded down to a multiple of `resolution` nanoseconds (which is at least 1).
    @inlinable
    public func truncated(to resolution: Int64) -> Timestamp {
        var rest = nanoseconds % resolution
        if rest < 0 { rest += resolution }
        return Timestamp(nanoseconds: nanoseconds &- rest)
    }
}

extension Duration {
    /// This duration in whole nanoseconds; the bounds of Int64 where it does not fit (292 years).
    @inlinable
    public var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflow || carried ? (seconds < 0 ? .min : .max) : sum
    }
}
