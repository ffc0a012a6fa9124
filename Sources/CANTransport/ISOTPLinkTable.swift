import CANFrame

/// Which links a frame belongs to, by channel, identifier and address byte; without allocation.
struct ISOTPLinkTable: Sendable {
    /// The link whose sender's frames these are, and the first of those that they answer with flow
    /// control; -1 is none.
    struct Entry: Sendable {
        var data: Int32 = -1
        var flow: Int32 = -1
        /// Whether the identifier goes with an address byte, and the entry is found by both.
        var hasAddressByte = false
    }

    /// 0 is a free place.
    private var keys: [UInt64]
    private var entries: [Entry]
    private var used = 0
    private var shift: UInt64

    init() {
        keys = [UInt64](repeating: 0, count: 64)
        entries = [Entry](repeating: Entry(), count: 64)
        shift = 64 - 6
    }

    private static func key(_ channel: UInt8, _ identifier: PackedID) -> UInt64 {
        1 << 63 | UInt64(channel) << 41 | UInt64(identifier.rawValue)
    }

    private static func key(_ channel: UInt8, _ identifier: PackedID, _ byte: UInt8) -> UInt64 {
        key(channel, identifier) | 1 << 40 | UInt64(byte) << 49
    }

    /// The place of `key`, or the free one where it belongs.
    private func place(of key: UInt64) -> Int {
        // Multiplication by 2^64 divided by the golden ratio spreads neighbouring identifiers.
        var place = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> shift)
        while keys[place] != key && keys[place] != 0 { place = (place + 1) & (keys.count - 1) }
        return place
    }

    /// The entry of a frame whose payload begins with `firstByte`; all of it -1 if there is none.
    func find(_ channel: UInt8, _ identifier: PackedID, firstByte: UInt8) -> Entry {
        let place = place(of: Self.key(channel, identifier))
        guard keys[place] != 0 else { return Entry() }
        guard entries[place].hasAddressByte else { return entries[place] }
        let second = self.place(of: Self.key(channel, identifier, firstByte))
        return keys[second] != 0 ? entries[second] : Entry()
    }

    /// The entry of `address`, made where there is none.
    subscript(channel: UInt8, address: ISOTPAddress) -> Entry {
        mutating get { entries[placeMade(channel, address)] }
        set { entries[placeMade(channel, address)] = newValue }
    }

    private mutating func placeMade(_ channel: UInt8, _ address: ISOTPAddress) -> Int {
        let identifier = Self.key(channel, address.identifier)
        guard let byte = address.addressByte else { return make(identifier, hasByte: false) }
        entries[make(identifier, hasByte: true)].hasAddressByte = true
        return make(Self.key(channel, address.identifier, byte), hasByte: true)
    }

    private mutating func make(_ key: UInt64, hasByte: Bool) -> Int {
        if (used + 1) * 2 > keys.count { grow() }
        let place = place(of: key)
        if keys[place] == 0 {
            keys[place] = key
            entries[place] = Entry(hasAddressByte: hasByte)
            used += 1
        }
        return place
    }

    private mutating func grow() {
        let (oldKeys, oldEntries) = (keys, entries)
        keys = [UInt64](repeating: 0, count: oldKeys.count * 2)
        entries = [Entry](repeating: Entry(), count: oldKeys.count * 2)
        shift -= 1
        for index in oldKeys.indices where oldKeys[index] != 0 {
            let place = place(of: oldKeys[index])
            keys[place] = oldKeys[index]
            entries[place] = oldEntries[index]
        }
    }
}
