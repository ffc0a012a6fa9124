/// Writes numbers of 0 to 64 bits one after another, the low bits first.
struct BitWriter: ~Copyable {
    /// How much the memory grows at a time, in bytes.
    private static let step = 512
    /// All bits, once ``align()`` was called.
    private(set) var bytes: [UInt8] = []
    /// How many of `bytes` are written.
    private var used = 0
    /// Bits that wait for their word to be full: fewer than 64.
    private var pending: UInt64 = 0
    private var pendingCount = 0

    init() {}

    /// Forgets all and keeps the memory.
    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        used = 0
        pending = 0
        pendingCount = 0
    }

    /// How many bits were written, with those that filled bytes up.
    var bitCount: Int { used * 8 + pendingCount }

    /// The low `count` bits of `value`, 0 to 64; the others must be zero.
    @inline(__always)
    mutating func put(_ value: UInt64, _ count: Int) {
        pending |= value &<< UInt64(truncatingIfNeeded: pendingCount)
        let filled = pendingCount &+ count
        if filled < 64 {
            pendingCount = filled
        } else {
            putWord()
            // What did not fit; a shift by all 64 bits leaves nothing.
            pending = value >> UInt64(truncatingIfNeeded: 64 &- pendingCount)
            pendingCount = filled &- 64
        }
    }

    private mutating func putWord() {
        if bytes.count - used < 8 {
            bytes.append(contentsOf: repeatElement(0, count: Self.step))
        }
        for index in 0..<8 {
            bytes[used + index] = UInt8(truncatingIfNeeded: pending >> UInt64(8 * index))
        }
        used += 8
    }

    /// Fills the last byte up with zeros; ``bytes`` then holds all that was written.
    mutating func align() {
        let excess = bytes.count - used
        bytes.removeLast(excess)
        var rest = pending
        var left = pendingCount
        while left > 0 {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
            left -= 8
        }
        used = bytes.count
        pending = 0
        pendingCount = 0
    }
}

/// Reads what ``BitWriter`` wrote; past the end there are zeros.
struct BitReader: ~Escapable {
    private let bytes: Span<UInt8>
    /// The next bit.
    private var position = 0

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) { self.bytes = bytes }

    /// More bits were asked for than there are.
    var isOverrun: Bool { position > bytes.count &* 8 }

    /// The next `count` bits, 0 to 64; a count beyond gives 0 and counts as an overrun.
    @inline(__always)
    mutating func get(_ count: Int) -> UInt64 {
        let byte = position >> 3
        // Nine bytes would be needed for more than 56 bits.
        guard UInt(bitPattern: count) <= 56, byte <= bytes.count &- 8 else {
            return getSlowly(count)
        }
        let word = bytes.uint64(at: byte) &>> UInt64(truncatingIfNeeded: position & 7)
        position &+= count
        return word & ((1 &<< UInt64(truncatingIfNeeded: count)) &- 1)
    }

    private mutating func getSlowly(_ count: Int) -> UInt64 {
        guard count >= 0, count <= 64, !isOverrun else {
            position = bytes.count &* 8 &+ 1
            return 0
        }
        var value: UInt64 = 0
        var have = 0
        while have < count {
            let byte = (position + have) >> 3
            let shift = (position + have) & 7
            if byte < bytes.count { value |= UInt64(bytes[byte] >> UInt8(shift)) << UInt64(have) }
            have += 8 - shift
        }
        position += count
        return count == 64 ? value : value & ((1 << UInt64(count)) - 1)
    }
}
