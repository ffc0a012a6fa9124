import CANFrame

/// Numbers the kinds of rows of a group by first appearance: a hash table that is reused.
struct FrameKindTable: ~Copyable {
    /// Identifier, channel, flags, length and DLC of each kind, as packed by ``pack(_:)``.
    private(set) var kinds: [UInt64] = []
    /// How many rows each kind has.
    private(set) var counts: [Int32] = []
    /// Kind number + 1, 0 where free; its size is a power of two and at least twice the kinds.
    private var slots: [UInt32] = Array(repeating: 0, count: 1 << 10)

    @inline(__always)
    static func pack(_ row: FrameRow) -> UInt64 {
        UInt64(row.identifier.rawValue) | UInt64(row.channel) << 32
            | UInt64(row.flags.rawValue) << 40 | UInt64(row.length) << 48 | UInt64(row.dlc) << 56
    }

    mutating func removeAll() {
        kinds.removeAll(keepingCapacity: true)
        counts.removeAll(keepingCapacity: true)
        for index in slots.indices { slots[index] = 0 }
    }

    /// The number of this row's kind; counts the row.
    @inline(__always)
    mutating func number(of row: FrameRow) -> UInt32 {
        let packed = Self.pack(row)
        var slot = Self.hash(packed) & (slots.count - 1)
        while slots[slot] != 0 {
            let number = Int(slots[slot]) - 1
            if kinds[number] == packed {
                counts[number] += 1
                return UInt32(truncatingIfNeeded: number)
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return add(packed, at: slot)
    }

    @inline(__always)
    private static func hash(_ packed: UInt64) -> Int {
        // Fibonacci hashing: the high bits of the product depend on all bits of the key.
        Int(truncatingIfNeeded: (packed &* 0x9E37_79B9_7F4A_7C15) >> 40)
    }

    private mutating func add(_ packed: UInt64, at slot: Int) -> UInt32 {
        let number = UInt32(kinds.count)
        kinds.append(packed)
        counts.append(1)
        slots[slot] = number + 1
        if kinds.count * 2 > slots.count { grow() }
        return number
    }

    private mutating func grow() {
        let mask = slots.count * 4 - 1
        slots = Array(repeating: 0, count: mask + 1)
        for (number, packed) in kinds.enumerated() {
            var slot = Self.hash(packed) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = UInt32(number) + 1
        }
    }

    /// The directory entries in the order of the numbers.
    func directory() -> [GroupHead.Entry] {
        kinds.indices.map { index in
            let packed = kinds[index]
            return GroupHead.Entry(
                channel: UInt8(truncatingIfNeeded: packed >> 32),
                identifier: PackedID(rawValue: UInt32(truncatingIfNeeded: packed)),
                flags: FrameFlags(rawValue: UInt8(truncatingIfNeeded: packed >> 40)),
                dlc: UInt8(truncatingIfNeeded: packed >> 56),
                length: UInt8(truncatingIfNeeded: packed >> 48), count: Int(counts[index]))
        }
    }
}
