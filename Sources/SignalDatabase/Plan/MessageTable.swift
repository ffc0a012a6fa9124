import CANFrame

/// Which message a frame carries, by its identifier: a table for standard identifiers, hashing
/// with a load of at most a half for extended ones and for the parameter groups of J1939.
struct MessageTable: Sendable {
    private var standard = [Int32](repeating: -1, count: 0x800)
    private var extended: NumberTable
    private var groups: NumberTable
    /// Parameter groups with the source address of their message.
    private var senders: NumberTable

    /// The first message of an identifier is the one that counts.
    init(of messages: [Message]) {
        extended = NumberTable(capacity: messages.count)
        groups = NumberTable(capacity: messages.count)
        senders = NumberTable(capacity: messages.count)
        for (index, message) in messages.enumerated() {
            guard let identifier = message.identifier else { continue }
            if identifier.isExtended {
                extended.insert(identifier.value, Int32(index))
            } else if standard[Int(identifier.value)] < 0 {
                standard[Int(identifier.value)] = Int32(index)
            }
            if let group = message.parameterGroup {
                groups.insert(group.number, Int32(index))
                senders.insert(Self.sender(identifier.value, of: group), Int32(index))
            }
        }
    }

    private static func sender(_ identifier: UInt32, of group: ParameterGroup) -> UInt32 {
        group.number << 8 | identifier & 0xFF
    }

    /// The message's index, -1 for none: that of exactly this identifier, else that of its
    /// parameter group and source, else that of its parameter group.
    func index(of identifier: PackedID) -> Int32 {
        guard identifier.isExtended else { return standard[Int(identifier.number & 0x7FF)] }
        let exact = extended.value(of: identifier.number)
        guard exact < 0 else { return exact }
        let group = ParameterGroup(extended: identifier.number)
        let sent = senders.value(of: Self.sender(identifier.number, of: group))
        return sent < 0 ? groups.value(of: group.number) : sent
    }
}

/// Numbers of at most 29 bits and what they stand for, with open addressing.
private struct NumberTable: Sendable {
    private static let free: UInt32 = .max
    private var keys: [UInt32]
    private var values: [Int32]
    private let shift: UInt32
    /// Odd, and another in each table: a file cannot choose numbers that collide.
    private let multiplier = UInt32.random(in: .min ... .max) | 1

    init(capacity: Int) {
        var bits: UInt32 = 3
        while 1 << Int(bits) < 2 * capacity { bits += 1 }
        keys = Array(repeating: Self.free, count: 1 << Int(bits))
        values = Array(repeating: -1, count: 1 << Int(bits))
        shift = 32 - bits
    }

    mutating func insert(_ key: UInt32, _ value: Int32) {
        let place = place(of: key)
        guard keys[place] == Self.free else { return }
        keys[place] = key
        values[place] = value
    }

    @inline(__always)
    func value(of key: UInt32) -> Int32 { values[place(of: key)] }

    /// Where `key` is, or would be; at least half of the places are free, so that it ends.
    @inline(__always)
    private func place(of key: UInt32) -> Int {
        // Knuth's multiplicative hash.
        var place = Int((key &* multiplier) >> shift)
        while keys[place] != key, keys[place] != Self.free {
            place = (place + 1) & (keys.count - 1)
        }
        return place
    }
}
