/// Digits of candump's log format.
public enum CandumpTextLayout {
    /// Nanoseconds that the last of `decimals` digits (0 to 9) behind the point stands for.
    public static func resolution(decimals: Int) -> Int64 {
        var resolution: Int64 = 1
        for _ in decimals..<9 { resolution *= 10 }
        return resolution
    }

    /// How many digits behind the point, at least 1, write every multiple of `resolution`
    /// nanoseconds exactly: 6 for 1 µs, 5 for 50 µs.
    public static func decimals(resolution: Int64) -> Int {
        for decimals in 1..<9 where resolution % Self.resolution(decimals: decimals) == 0 {
            return decimals
        }
        return 9
    }

    /// The decimals of which canplayer takes stamps, 6 or 9, that are at least as many.
    public static func usual(_ decimals: Int) -> Int { decimals <= 6 ? 6 : 9 }
}
