/// Base-2 logarithms of counts for the choices of an encoder, in 1/65,536 of a bit.
///
/// Integers, so that the choices, and with them the bytes of a file, are the same everywhere.
struct BinaryLogarithm {
    /// What one bit is.
    static let bit = 1 << 16
    /// Logarithms of the index; above, the leading 12 bits are enough.
    private let table: [UInt32]

    init() {
        table = [0] + (1...4096).map(Self.logarithm)
    }

    /// The logarithm of `count`, and 0 for 0.
    @inline(__always)
    func callAsFunction(_ count: Int) -> Int {
        if count <= 4096 { return Int(table[count]) }
        let excess = Int.bitWidth &- count.leadingZeroBitCount &- 12
        return Int(table[count &>> excess]) &+ excess &* Self.bit
    }

    /// One bit of the result after the other by squaring, which doubles a logarithm.
    private static func logarithm(_ count: Int) -> UInt32 {
        let whole = UInt64(Int.bitWidth - 1 - count.leadingZeroBitCount)
        // 1.31 fixed point, 1 ≤ x < 2.
        var x = UInt64(count) << (31 - whole)
        var result = whole
        for _ in 0..<16 {
            x = (x * x) >> 31
            result = result << 1 | x >> 32
            x >>= x >> 32
        }
        return UInt32(result)
    }
}
