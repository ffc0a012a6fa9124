/// Reads patterns as shells have them: `*`, `?`, `[12]`, `[A-F]`, `[!0-9]`.
struct GlobPattern {
    private let bytes: [UInt8]
    private var position = 0

    static func tree(_ text: String) throws(BytePatternError) -> PatternTree {
        var pattern = GlobPattern(bytes: Array(text.utf8))
        return try pattern.read()
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func read() throws(BytePatternError) -> PatternTree {
        var parts: [PatternTree] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "*"): parts.append(.anything)
            case UInt8(ascii: "?"): parts.append(.one(of: .all))
            case UInt8(ascii: "["): parts.append(.one(of: try set()))
            default: parts.append(.one(of: ByteSet(byte)))
            }
        }
        return .sequence(parts)
    }

    /// Behind `[`; as in fnmatch a `]` that comes first is one of the set.
    private mutating func set() throws(BytePatternError) -> ByteSet {
        let start = position
        var isNegated = false
        if position < bytes.count, bytes[position] == UInt8(ascii: "!") {
            isNegated = true
            position += 1
        }
        var set = ByteSet()
        var isFirst = true
        while position < bytes.count, isFirst || bytes[position] != UInt8(ascii: "]") {
            isFirst = false
            try PatternSet.takeRange(bytes, &position, into: &set, end: UInt8(ascii: "]"))
        }
        guard position < bytes.count else {
            throw BytePatternError(
                "the [ at character \(start) has no ]", remedy: "write [[] for the character itself"
            )
        }
        position += 1
        return isNegated ? set.complement : set
    }
}

/// The insides of `[…]`.
enum PatternSet {
    /// Takes a character, or a range of two, at `position`.
    static func takeRange(
        _ bytes: [UInt8], _ position: inout Int, into set: inout ByteSet, end: UInt8
    ) throws(BytePatternError) {
        let first = bytes[position]
        position += 1
        guard first < 0x80 else {
            throw BytePatternError(
                "in [ ] there is a character that needs several bytes",
                remedy: "write the texts as a list")
        }
        guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "-"),
            bytes[position + 1] != end
        else { return set.insert(first) }
        let last = bytes[position + 1]
        position += 2
        guard first <= last, last < 0x80 else {
            throw BytePatternError(
                "the range \(character(first))-\(character(last)) goes backwards",
                remedy: "write the lesser character first")
        }
        set.formUnion(ByteSet(first...last))
    }

    private static func character(_ byte: UInt8) -> String {
        String(decoding: [byte], as: UTF8.self)
    }
}
