/// A set of byte values.
struct ByteSet: Hashable, Sendable {
    private var words: InlineArray<4, UInt64> = [0, 0, 0, 0]

    static let all: ByteSet = {
        var set = ByteSet()
        for byte in UInt8.min...UInt8.max { set.insert(byte) }
        return set
    }()

    init() {}

    init(_ range: ClosedRange<UInt8>) {
        for byte in range { insert(byte) }
    }

    init(_ byte: UInt8) { insert(byte) }

    func contains(_ byte: UInt8) -> Bool { words[Int(byte >> 6)] >> UInt64(byte & 63) & 1 == 1 }

    mutating func insert(_ byte: UInt8) { words[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }

    mutating func formUnion(_ other: ByteSet) {
        for index in 0..<4 { words[index] |= other.words[index] }
    }

    var complement: ByteSet {
        var result = ByteSet()
        for index in 0..<4 { result.words[index] = ~words[index] }
        return result
    }

    static func == (first: ByteSet, second: ByteSet) -> Bool {
        for index in 0..<4 where first.words[index] != second.words[index] { return false }
        return true
    }

    func hash(into hasher: inout Hasher) {
        for index in 0..<4 { hasher.combine(words[index]) }
    }
}

/// The 256 byte values in classes that nothing at hand tells apart.
struct ByteClasses: Hashable, Sendable {
    /// The class of each byte value.
    private(set) var of = [UInt8](repeating: 0, count: 256)
    private(set) var count = 1

    init() {}

    init(_ sets: some Sequence<ByteSet>) {
        var seen: Set<ByteSet> = []
        for set in sets where seen.insert(set).inserted {
            refine(by: 2) { set.contains($0) ? 1 : 0 }
        }
    }

    /// Splits the classes so that bytes of one class agree in `other`, too.
    mutating func refine(by other: ByteClasses) {
        guard other.count > 1 else { return }
        refine(by: other.count) { other.of[Int($0)] }
    }

    /// Splits them by a key that has `keys` values.
    private mutating func refine(by keys: Int, _ key: (UInt8) -> UInt8) {
        // By class and key, 0 for a pair not met yet: some dozens, and 256 times 256 at most.
        var numbers = [UInt16](repeating: 0, count: count * keys)
        var next: UInt16 = 0
        for byte in UInt8.min...UInt8.max {
            let place = Int(of[Int(byte)]) * keys + Int(key(byte))
            if numbers[place] == 0 {
                next += 1
                numbers[place] = next
            }
            of[Int(byte)] = UInt8(numbers[place] - 1)
        }
        count = Int(next)
    }

    /// A byte of each class: one that can be read, where there is one.
    var representatives: [UInt8] {
        var bytes = [UInt8?](repeating: nil, count: count)
        for byte in Self.preferred where bytes[Int(of[Int(byte)])] == nil {
            bytes[Int(of[Int(byte)])] = byte
        }
        return bytes.compactMap { $0 }
    }

    private static let preferred: [UInt8] =
        Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        + (0x20...0x7E) + (0...0x1F) + (0x7F...0xFF)
}
