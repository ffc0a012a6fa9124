/// The name of an interface, at most 16 characters, in two words that are compared at once.
struct InterfaceName: Equatable {
    /// Characters of a name; a Linux interface has 15 at most.
    static let longest = 16

    /// The first eight characters, the first in the low byte; bytes behind the name are zero.
    var low: UInt64
    /// The next eight.
    var high: UInt64

    /// The characters, or `nil` if one is not printable ASCII or there is none.
    var text: String? {
        var characters: [UInt8] = []
        for index in 0..<Self.longest {
            let word = index < 8 ? low : high
            let character = UInt8(truncatingIfNeeded: word >> UInt64(8 * (index % 8)))
            if character == 0 { break }
            guard character > 0x20 && character < 0x7F else { return nil }
            characters.append(character)
        }
        return characters.isEmpty ? nil : String(decoding: characters, as: UTF8.self)
    }
}

/// The interfaces of a text log, numbered by first appearance.
struct InterfaceTable {
    /// Channels are numbered in 8 bits.
    static let capacity = 256

    private var names: [InterfaceName] = []
    private var latest = InterfaceName(low: 0, high: 0)
    private var latestChannel: UInt8 = 0

    /// The channel of `name`, or `nil` if it has not appeared yet.
    @inline(__always)
    mutating func channel(of name: InterfaceName) -> UInt8? {
        if name == latest && !names.isEmpty { return latestChannel }
        guard let index = names.firstIndex(of: name) else { return nil }
        latest = name
        latestChannel = UInt8(truncatingIfNeeded: index)
        return latestChannel
    }

    /// Numbers a name that has not appeared yet; `nil` if there is no room.
    mutating func add(_ name: InterfaceName) -> UInt8? {
        guard names.count < Self.capacity else { return nil }
        names.append(name)
        latest = name
        latestChannel = UInt8(truncatingIfNeeded: names.count - 1)
        return latestChannel
    }
}
