import CANFrame

/// What the bytes of one data identifier must be for a family or a version to be the one.
public struct IdentificationPredicate: Sendable, Hashable {
    public var identifier: UInt16
    public var pattern: BytePattern
    /// Whether filling at the end is taken off before.
    public var ignoresPadding: Bool

    public init(identifier: UInt16, pattern: BytePattern, ignoresPadding: Bool = false) {
        self.identifier = identifier
        self.pattern = pattern
        self.ignoresPadding = ignoresPadding
    }

    /// Whether it holds; without an answer (`nil`) it never does.
    public func holds(for bytes: [UInt8]?) -> Bool {
        guard var bytes else { return false }
        if ignoresPadding {
            while let last = bytes.last, BytePattern.padding.contains(last) { bytes.removeLast() }
        }
        return pattern.matches(bytes.span)
    }

    /// The pattern over the bytes as they come.
    func wholePattern() throws(BytePatternError) -> BytePattern {
        ignoresPadding ? try pattern.ignoringPadding() : pattern
    }
}

extension IdentificationPredicate: CustomStringConvertible {
    /// `F195 = 01.04.*`
    public var description: String { "\(identifier.hexadecimal) = \(pattern)" }
}

extension ControlUnitSpec {
    /// Whether the predicates of the family hold.
    public func isFamily(of identification: [UInt16: [UInt8]?]) -> Bool {
        identify.allSatisfy { $0.holds(for: identification[$0.identifier] ?? nil) }
    }

    /// Whether all predicates hold.
    public func matches(_ identification: [UInt16: [UInt8]?]) -> Bool {
        isFamily(of: identification)
            && match.allSatisfy { $0.holds(for: identification[$0.identifier] ?? nil) }
    }

    /// Answers that both would match, by identifier: a proof that selection could not choose;
    /// `nil` proves that there are none.
    public func example(
        alsoMatching other: ControlUnitSpec
    ) throws(BytePatternError) -> [UInt16: [UInt8]]? {
        var patterns: [UInt16: [BytePattern]] = [:]
        for predicate in identify + match + other.identify + other.match {
            patterns[predicate.identifier, default: []].append(try predicate.wholePattern())
        }
        var example: [UInt16: [UInt8]] = [:]
        for (identifier, patterns) in patterns.sorted(by: { $0.key < $1.key }) {
            guard let bytes = try BytePattern.example(of: patterns) else { return nil }
            let length = self.identifier(identifier)?.encoding.length
            let isSame = length == other.identifier(identifier)?.encoding.length
            example[identifier] = isSame ? Self.example(of: patterns, length: length) : nil
            if example[identifier] == nil { example[identifier] = bytes }
        }
        return example
    }

    /// An example as long as answers are, if there is one.
    private static func example(of patterns: [BytePattern], length: Int?) -> [UInt8]? {
        guard let length, length <= 64, let whole = try? BytePattern("/.{\(length)}/") else {
            return nil
        }
        return (try? BytePattern.example(of: patterns + [whole])) ?? nil
    }
}
