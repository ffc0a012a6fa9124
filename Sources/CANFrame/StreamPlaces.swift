/// Finds the place of a (channel, identifier) in a list, in a few nanoseconds.
///
/// Open addressing over a power of two that is never more than half full.
public struct StreamPlaces: Sendable {
    @usableFromInline var keys: [UInt64]
    @usableFromInline var places: [Int32]
    private var count = 0

    /// No channel has this number together with this identifier.
    @usableFromInline static let free = UInt64.max

    public init() {
        keys = Array(repeating: Self.free, count: 1_024)
        places = Array(repeating: -1, count: 1_024)
    }

    /// What stands for an identifier on a channel.
    @inlinable
    public static func key(_ channel: UInt8, _ identifier: PackedID) -> UInt64 {
        UInt64(channel) << 32 | UInt64(identifier.rawValue)
    }

    /// The place of `key`, or -1.
    @inlinable
    public func place(of key: UInt64) -> Int32 {
        let mask = keys.count &- 1
        var slot = Self.hash(key) & mask
        while keys[slot] != key {
            if keys[slot] == Self.free { return -1 }
            slot = (slot &+ 1) & mask
        }
        return places[slot]
    }

    /// Adds a key that is not there.
    public mutating func add(_ key: UInt64, at place: Int32) {
        if count * 2 >= keys.count { grow() }
        insert(key, place)
        count += 1
    }

    private mutating func insert(_ key: UInt64, _ place: Int32) {
        let mask = keys.count - 1
        var slot = Self.hash(key) & mask
        while keys[slot] != Self.free { slot = (slot + 1) & mask }
        keys[slot] = key
        places[slot] = place
    }

    private mutating func grow() {
        let (oldKeys, oldPlaces) = (keys, places)
        keys = Array(repeating: Self.free, count: oldKeys.count * 2)
        places = Array(repeating: -1, count: oldKeys.count * 2)
        for (slot, key) in oldKeys.enumerated() where key != Self.free {
            insert(key, oldPlaces[slot])
        }
    }

    /// Fibonacci hashing; the high bits are the mixed ones.
    @inlinable
    static func hash(_ key: UInt64) -> Int {
        Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32)
    }
}
