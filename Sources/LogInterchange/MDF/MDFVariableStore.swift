import CANFrame

/// The latest values of a channel with variable length, as they came in records of their own: each a
/// length in four bytes and its bytes, and offsets count over all of them (MDF 4.1, 5.14.4).
struct MDFVariableStore: Sendable {
    /// A record may refer to a value as far back as this; 256 KiB.
    static let reach = 1 << 18

    private(set) var bytes: [UInt8] = []
    private var used = 0
    private var base: UInt64 = 0

    /// Where the next value will be.
    var end: UInt64 { base + UInt64(used) }

    /// Appends the value of a record: its length and its bytes, at `range` of `data`.
    mutating func append(_ data: [UInt8], _ range: Range<Int>) {
        if used + range.count + 8 > bytes.count {
            let dropped = max(0, used - Self.reach)
            for index in dropped..<used { bytes[index - dropped] = bytes[index] }
            used -= dropped
            base += UInt64(dropped)
            if bytes.count < 2 * used + range.count + 8 {
                MDFInflater.resize(&bytes, to: 2 * (used + range.count) + 64)
            }
        }
        for index in range { bytes[used + index - range.lowerBound] = data[index] }
        used += range.count
    }

    /// Where in ``bytes`` the value at `offset` is, and how long; `nil` if it is not held.
    func value(at offset: UInt64) -> (place: Int, length: UInt32)? {
        guard offset >= base, end >= 4, offset <= end - 4 else { return nil }
        let place = Int(offset - base)
        let length = UInt32(truncatingIfNeeded: bytes.span.word(at: place).bits)
        guard UInt64(length) <= end - offset - 4 else { return nil }
        return (place + 4, length)
    }
}
