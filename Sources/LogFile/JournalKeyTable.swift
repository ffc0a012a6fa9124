/// Finds the number of a key: a hash table of fixed size that only the writer needs.
///
/// At most half of it is in use, since a key is a frame and a restart comes after 8,192. A key whose
/// eight places are all taken by others replaces one of them, and that one will be called new again:
/// then it costs bytes, never exactness.
struct JournalKeyTable: ~Copyable {
    private static let bits: UInt64 = 14
    private static let probes = 8

    /// The number of a key plus one; 0 where none is.
    private var numbers = JournalTable<UInt16>(repeating: 0, count: 1 << 14)

    mutating func reset() { numbers.reset(to: 0) }

    /// The number of `key` among `keys`, or `nil` after putting the next new number in its place.
    @inline(__always)
    mutating func find(_ key: UInt64, in keys: borrowing JournalKeys) -> Int? {
        let home = Int((key &* 0x9E37_79B9_7F4A_7C15) &>> (64 &- Self.bits))
        for probe in 0..<Self.probes {
            let place = (home &+ probe) & (numbers.count &- 1)
            let number = Int(numbers[place])
            if number == 0 {
                numbers[place] = UInt16(truncatingIfNeeded: keys.count &+ 1)
                return nil
            }
            if keys[number &- 1].key == key { return number &- 1 }
        }
        numbers[home] = UInt16(truncatingIfNeeded: keys.count &+ 1)
        return nil
    }
}
