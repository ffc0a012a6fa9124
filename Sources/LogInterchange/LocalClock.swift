/// How the clock on the wall differs from UTC, for formats that write dates without a zone.
public struct LocalClock: Sendable {
    private let offset: @Sendable (Int64) -> Int64

    /// `offset` gives how many seconds east of UTC the wall is at a second since 1970 UTC.
    public init(offset: @escaping @Sendable (Int64) -> Int64) {
        self.offset = offset
    }

    /// A wall in UTC.
    public static let utc = LocalClock { _ in 0 }

    /// What the wall shows, as if it were UTC, at `seconds` since 1970 UTC.
    func wall(ofUTC seconds: Int64) -> Int64 { seconds + offset(seconds) }

    /// The seconds since 1970 UTC at which the wall shows `seconds`; in the hour that a clock shows
    /// twice, one of the two.
    func utc(ofWall seconds: Int64) -> Int64 {
        let guess = seconds - offset(seconds)
        return seconds - offset(guess)
    }
}
