/// Reads the regular subset of regular expressions: what an automaton without memory can tell.
///
/// `.`, `[a-f]`, `[^0-9]`, `\d \w \s \D \W \S \n \r \t \xNN`, a `\` before any other sign, `( )`,
/// `(?: )`, `|`, `* + ? {n} {n,} {n,m}`. It is always the whole text: `^` in front and `$` at the end
/// say nothing more. No backward references, no looking around.
struct RegularPattern {
    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    /// Parentheses within one another.
    private static let maximumDepth = 16
    private static let maximumRepetition = 255

    static func tree(_ text: String) throws(BytePatternError) -> PatternTree {
        var bytes = Array(text.utf8)
        if bytes.first == UInt8(ascii: "^") { bytes.removeFirst() }
        if bytes.last == UInt8(ascii: "$"), bytes.dropLast().last != UInt8(ascii: "\\") {
            bytes.removeLast()
        }
        var pattern = RegularPattern(bytes: bytes)
        let tree = try pattern.choice()
        guard pattern.position == bytes.count else { throw BytePatternError("a ) has no (") }
        return tree
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard current == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func choice() throws(BytePatternError) -> PatternTree {
        var parts = [try sequence()]
        while take("|") { parts.append(try sequence()) }
        return parts.count == 1 ? parts[0] : .choice(parts)
    }

    private mutating func sequence() throws(BytePatternError) -> PatternTree {
        var parts: [PatternTree] = []
        while let byte = current, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
            var part = try atom()
            var isRepeated = false
            while let range = try repetition() {
                guard !isRepeated else {
                    throw BytePatternError(
                        "a repetition is repeated", remedy: "write the inner one in parentheses")
                }
                isRepeated = true
                part = .repeated(part, least: range.least, most: range.most)
            }
            parts.append(part)
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func atom() throws(BytePatternError) -> PatternTree {
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "."): return .one(of: .all)
        case UInt8(ascii: "["): return .one(of: try set())
        case UInt8(ascii: "\\"): return .one(of: try escaped())
        case UInt8(ascii: "("): return try group()
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "{"):
            throw BytePatternError(
                "there is nothing that \(String(decoding: [byte], as: UTF8.self)) could repeat",
                remedy: "write a \\ before it for the character itself")
        case UInt8(ascii: "^"), UInt8(ascii: "$"):
            throw BytePatternError(
                "^ and $ have a meaning only at the ends",
                remedy: "leave them out: the pattern is always the whole text")
        default: return .one(of: ByteSet(byte))
        }
    }

    private mutating func group() throws(BytePatternError) -> PatternTree {
        if take("?"), !take(":") {
            throw BytePatternError(
                "(? is not among what is known here",
                remedy: "write ( ) or (?: ); there is no looking around")
        }
        depth += 1
        guard depth <= Self.maximumDepth else {
            throw BytePatternError("more than \(Self.maximumDepth) parentheses within one another")
        }
        let tree = try choice()
        guard take(")") else { throw BytePatternError("a ( has no )") }
        depth -= 1
        return tree
    }

    private mutating func repetition() throws(BytePatternError) -> (least: Int, most: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard take("{") else { return nil }
        let least = number()
        let hasComma = take(",")
        let most = hasComma ? number() : least
        guard let least, take("}"), most ?? least >= least else {
            throw BytePatternError(
                "behind { a number is wanted, or two, the lesser first",
                remedy: "write {12} or {1,3}"
            )
        }
        guard max(least, most ?? 0) <= Self.maximumRepetition else {
            throw BytePatternError("more than \(Self.maximumRepetition) repetitions")
        }
        return (least, hasComma ? most : least)
    }

    private mutating func number() -> Int? {
        let start = position
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte),
            position - start < 6
        {
            position += 1
        }
        return Int(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func set() throws(BytePatternError) -> ByteSet {
        let isNegated = take("^")
        var set = ByteSet()
        var isFirst = true
        while let byte = current, isFirst || byte != UInt8(ascii: "]") {
            isFirst = false
            if take("\\") {
                set.formUnion(try escaped())
            } else {
                try PatternSet.takeRange(bytes, &position, into: &set, end: UInt8(ascii: "]"))
            }
        }
        guard take("]") else { throw BytePatternError("a [ has no ]") }
        return isNegated ? set.complement : set
    }

    private mutating func escaped() throws(BytePatternError) -> ByteSet {
        guard let byte = current else { throw BytePatternError("the pattern ends with a \\") }
        position += 1
        let isNegated = byte & 0x20 == 0
        switch byte | 0x20 {
        case UInt8(ascii: "d"): return Self.digits(isNegated)
        case UInt8(ascii: "w"): return Self.words(isNegated)
        case UInt8(ascii: "s"): return Self.blanks(isNegated)
        default: break
        }
        switch byte {
        case UInt8(ascii: "n"): return ByteSet(0x0A)
        case UInt8(ascii: "r"): return ByteSet(0x0D)
        case UInt8(ascii: "t"): return ByteSet(0x09)
        case UInt8(ascii: "x"):
            let digits = String(decoding: bytes[position...].prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, digits.allSatisfy(\.isHexDigit),
                let value = UInt8(digits, radix: 16)
            else { throw BytePatternError("two hexadecimal digits are wanted behind \\x") }
            position += 2
            return ByteSet(value)
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            throw BytePatternError(
                "\\\(String(decoding: [byte], as: UTF8.self)) is not among what is known here",
                remedy: "there are \\d \\w \\s \\D \\W \\S \\n \\r \\t \\xNN")
        default: return ByteSet(byte)
        }
    }

    private static func digits(_ isNegated: Bool) -> ByteSet {
        let set = ByteSet(UInt8(ascii: "0")...UInt8(ascii: "9"))
        return isNegated ? set.complement : set
    }

    private static func words(_ isNegated: Bool) -> ByteSet {
        var set = digits(false)
        set.formUnion(ByteSet(UInt8(ascii: "A")...UInt8(ascii: "Z")))
        set.formUnion(ByteSet(UInt8(ascii: "a")...UInt8(ascii: "z")))
        set.insert(UInt8(ascii: "_"))
        return isNegated ? set.complement : set
    }

    private static func blanks(_ isNegated: Bool) -> ByteSet {
        var set = ByteSet(0x09...0x0D)
        set.insert(0x20)
        return isNegated ? set.complement : set
    }
}
