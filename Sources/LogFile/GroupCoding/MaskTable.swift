/// Numbers the masks of a stream (encoder only).
struct MaskTable {
    /// The different masks, in the order in which they were met.
    private(set) var masks: [UInt64] = []
    /// Where each mask stands in `masks`, by its hash; -1 for free.
    private var slots: [Int16] = []
    private static let slotBits = 10

    init() {}

    /// Writes the number of each mask of `rows[1...]`, of its bits in `wanted`, to `tokens` from
    /// `start` on; false if there are more masks than tokens.
    mutating func number(
        _ rows: Span<UInt64>, wanted: UInt64, into tokens: inout MutableSpan<UInt8>,
        from start: Int
    ) -> Bool {
        masks.removeAll(keepingCapacity: true)
        slots.removeAll(keepingCapacity: true)
        slots.append(contentsOf: repeatElement(-1, count: 1 << Self.slotBits))
        var (last, number) = (~wanted, UInt8(0))
        for index in 1..<rows.count {
            let mask = rows[index] & wanted
            if mask != last {
                guard let found = self.number(of: mask) else { return false }
                last = mask
                number = found
            }
            tokens[start &+ index &- 1] = number
        }
        return true
    }

    private mutating func number(of mask: UInt64) -> UInt8? {
        let hash = mask &* 0x9E37_79B9_7F4A_7C15
        var slot = Int(truncatingIfNeeded: hash &>> UInt64(64 &- Self.slotBits))
        while slots[slot] >= 0 {
            if masks[Int(slots[slot])] == mask { return UInt8(slots[slot]) }
            slot = (slot &+ 1) & (slots.count &- 1)
        }
        guard masks.count < PayloadPlan.maskLimit else { return nil }
        slots[slot] = Int16(masks.count)
        masks.append(mask)
        return UInt8(masks.count - 1)
    }

    /// Puts the masks in ascending order and gives the tokens in `range` their new numbers.
    mutating func sort(_ tokens: inout MutableSpan<UInt8>, _ range: Range<Int>) {
        let order = masks.indices.sorted { masks[$0] < masks[$1] }
        var numbers = [UInt8](repeating: 0, count: 256)
        for (new, old) in order.enumerated() { numbers[old] = UInt8(new) }
        let table = numbers.span
        for index in range { tokens[index] = table[Int(tokens[index])] }
        masks = order.map { masks[$0] }
    }
}
