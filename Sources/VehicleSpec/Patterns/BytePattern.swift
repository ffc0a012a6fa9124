/// A predicate on the bytes of an identification: one of several texts, patterns or ranges.
///
/// - a text with `*`, `?`, `[12]`, `[A-F]`, `[!0]` as shells have them;
/// - `/regular expression/` of the regular subset, always for the whole text;
/// - `>=1.4 <2`, compared as people count versions, or `>=0x0102 <0x0200` as numbers;
/// - `0x0102`, exactly these bytes;
/// - a list of such, of which any may hold.
///
/// All of them become one automaton over bytes, so that whether two can both hold is proven and not
/// tried out.
public struct BytePattern: Sendable {
    /// As they are written, sorted: a list is a set.
    public let alternatives: [String]
    let automaton: PatternAutomaton

    /// More texts in a list are refused.
    public static let maximumAlternatives = 256
    /// Longer texts are refused, in bytes.
    public static let maximumLength = 512

    public init(_ text: String) throws(BytePatternError) {
        try self.init(anyOf: [text])
    }

    public init(anyOf texts: [String]) throws(BytePatternError) {
        guard !texts.isEmpty, texts.count <= Self.maximumAlternatives else {
            throw BytePatternError(
                texts.isEmpty
                    ? "the list is empty, so that nothing fits"
                    : "the list has more than \(Self.maximumAlternatives) texts")
        }
        var automata: [PatternAutomaton] = []
        for text in texts {
            automata.append(try Self.automaton(of: text))
        }
        alternatives = texts.sorted()
        automaton = automata.count == 1 ? automata[0] : try PatternAutomaton(anyOf: automata)
    }

    private static func automaton(of text: String) throws(BytePatternError) -> PatternAutomaton {
        guard text.utf8.count <= maximumLength else {
            throw BytePatternError("the pattern has more than \(maximumLength) bytes")
        }
        if text.first == ">" || text.first == "<" { return try RangePattern.automaton(text) }
        if let bytes = bytes(of: text) { return try PatternAutomaton(.text(bytes)) }
        if text.hasPrefix("/"), text.hasSuffix("/"), text.utf8.count >= 2 {
            let tree = try RegularPattern.tree(String(text.dropFirst().dropLast()))
            return try PatternAutomaton(tree)
        }
        let tree = try GlobPattern.tree(text)
        return try PatternAutomaton(tree)
    }

    /// What `0x0102` stands for.
    static func bytes(of text: String) -> [UInt8]? {
        guard text.hasPrefix("0x") else { return nil }
        let digits = Array(text.utf8.dropFirst(2))
        guard !digits.isEmpty, digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            let pair = String(decoding: digits[index..<index + 2], as: UTF8.self)
            guard pair.allSatisfy(\.isHexDigit), let byte = UInt8(pair, radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }

    // MARK: Asking

    public func matches(_ bytes: Span<UInt8>) -> Bool { automaton.accepts(bytes) }

    public func matches(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return automaton.accepts(bytes.span)
    }

    /// Whether a text of exactly so many bytes can match.
    public func canMatch(length: Int) -> Bool { canMatch(lengths: length...length) }

    /// Whether a text of so many bytes can match.
    public func canMatch(lengths: ClosedRange<Int>) -> Bool { automaton.accepts(lengths: lengths) }

    /// Bytes that all of `patterns` match, the shortest there are; `nil` proves that there are none.
    ///
    /// Throws where the patterns are so entangled that it would take too long to find out.
    public static func example(
        of patterns: [BytePattern]
    ) throws(BytePatternError) -> [UInt8]? {
        try PatternAutomaton.common(to: patterns.map(\.automaton))
    }

    /// The bytes that fill up texts at their ends: NUL, blank, FF.
    static let padding: ByteSet = {
        var set = ByteSet(0)
        set.insert(0x20)
        set.insert(0xFF)
        return set
    }()

    /// The same pattern over bytes that still have their padding.
    public func ignoringPadding() throws(BytePatternError) -> BytePattern {
        BytePattern(alternatives, try automaton.ignoring(trailing: Self.padding))
    }

    private init(_ alternatives: [String], _ automaton: PatternAutomaton) {
        self.alternatives = alternatives
        self.automaton = automaton
    }
}

extension BytePattern: Hashable {
    public static func == (first: BytePattern, second: BytePattern) -> Bool {
        first.alternatives == second.alternatives
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(alternatives) }
}

extension BytePattern: CustomStringConvertible {
    /// As it is written; several with `or` between them.
    public var description: String { alternatives.joined(separator: " or ") }
}

/// Why a text is no pattern.
public struct BytePatternError: Error, Sendable, Hashable {
    public var cause: String
    public var remedy: String?

    init(_ cause: String, remedy: String? = nil) {
        self.cause = cause
        self.remedy = remedy
    }

    static let tooComplex = BytePatternError(
        "the pattern is too complex to be proven", remedy: "write simpler ones, or a list of texts")
}
