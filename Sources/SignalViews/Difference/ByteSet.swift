/// Which of the 256 values a byte had.
public struct ByteSet: Sendable, Hashable {
    private var words: [UInt64] = [0, 0, 0, 0]

    public init() {}

    @inline(__always)
    mutating func insert(_ value: UInt8) {
        words[Int(value >> 6)] |= 1 &<< UInt64(value & 63)
    }

    public var isEmpty: Bool { words.allSatisfy { $0 == 0 } }
    public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    public func contains(_ value: UInt8) -> Bool {
        words[Int(value >> 6)] & 1 << UInt64(value & 63) != 0
    }

    /// The values, ascending.
    public var values: [UInt8] { (0...255).filter(contains) }

    public func subtracting(_ other: ByteSet) -> ByteSet {
        var rest = self
        for index in 0..<4 { rest.words[index] &= ~other.words[index] }
        return rest
    }

    /// `00`, `00 03 7F`, or `00..FF (231)` where there are more than six.
    public var text: String {
        let all = values
        guard all.count > 6, let first = all.first, let last = all.last else {
            return all.map(Self.digits).joined(separator: " ")
        }
        return "\(Self.digits(first))..\(Self.digits(last)) (\(all.count))"
    }

    private static func digits(_ value: UInt8) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return value < 16 ? "0" + text : text
    }
}
