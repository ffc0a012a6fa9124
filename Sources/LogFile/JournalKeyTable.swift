/// Finds the number of a key: a hash table of fixed size that only the writer needs.
///
/// At most half of it is in use, since a key is a frame and a restart comes after 8,192. A key whose
/// eight places are all taken by others replaces one of them, and that one will be called new again:
/// then it costs bytes, never exactness.
struct JournalKeyTable: ~Copyable {
    /// Of a place; the table has 16,384.
    private static let bits: UInt64 = 14
    private static let probes = 8

    /// The number of a key; 0 where none is.
    private var numbers = JournalTable<16_384, UInt16>(repeating: 0)

    mutating func reset() { numbers.reset(to: 0) }

    /// The number in the place where `key` is looked for first: that of another key, or 0, at times.
    @inline(__always)
    func probableNumber(of key: UInt64) -> Int { Int(numbers[Self.home(of: key)]) }

    /// The number of `key` among `keys`, or `nil` after putting the next new number in its place.
    mutating func find(_ key: UInt64, in keys: borrowing JournalKeys) -> Int? {
        let home = Self.home(of: key)
        for probe in 0..<Self.probes {
            let place = (home &+ probe) & (1 &<< Int(Self.bits) &- 1)
            let number = Int(numbers[place])
            if number == 0 {
                numbers[place] = UInt16(truncatingIfNeeded: keys.count &+ 1)
                return nil
            }
            if keys[number].key == key { return number }
        }
        numbers[home] = UInt16(truncatingIfNeeded: keys.count &+ 1)
        return nil
    }

    @inline(__always)
    private static func home(of key: UInt64) -> Int {
        Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) &>> (64 &- bits))
    }
}
