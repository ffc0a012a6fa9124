import CANFrame

/// A mapping of which it is known what keys it may have.
public struct YAMLFields: Sendable {
    public let place: YAMLPlace
    public let entries: [YAMLEntry]

    /// `node` as a mapping whose keys are looked at by whoever made this.
    public init(_ node: YAMLNode, of what: String) throws(YAMLError) {
        entries = try Self.entries(of: node, what)
        place = node.place
    }

    /// `node` as a mapping with no other keys than `keys`; `what` says whose they are.
    public init(_ node: YAMLNode, of what: String, keys: [String]) throws(YAMLError) {
        try self.init(node, of: what)
        for entry in entries where !keys.contains(entry.key) {
            throw YAMLError(
                at: entry.place, key: entry.key, "there is no such key",
                remedy: "the keys of \(what) are \(keys.joined(separator: ", "))")
        }
    }

    /// The entries of a mapping whose keys are names of the author's; none of one that is empty.
    public static func entries(of node: YAMLNode, _ what: String) throws(YAMLError) -> [YAMLEntry] {
        if node.scalar?.isNull == true { return [] }
        guard let entries = node.mapping else {
            throw YAMLError(
                at: node.place, "\(what) is wanted as a mapping, and this is \(node.kind)",
                remedy: "write 'key: value' below it, indented")
        }
        return entries
    }

    public subscript(key: String) -> YAMLEntry? { entries.first { $0.key == key } }

    public func text(_ key: String) throws(YAMLError) -> String? {
        guard let entry = self[key] else { return nil }
        return try entry.text
    }

    public func time(_ key: String) throws(YAMLError) -> Int64? {
        guard let entry = self[key] else { return nil }
        return try entry.time
    }

    public func number(_ key: String) throws(YAMLError) -> Double? {
        guard let entry = self[key] else { return nil }
        return try entry.number
    }

    public func whole(_ key: String, _ range: ClosedRange<Int>) throws(YAMLError) -> Int? {
        guard let entry = self[key] else { return nil }
        guard let number = Int(try entry.text), range.contains(number) else {
            throw entry.mistake(
                "a whole number from \(range.lowerBound) to \(range.upperBound) is wanted")
        }
        return number
    }

    public func flag(_ key: String) throws(YAMLError) -> Bool? {
        guard let entry = self[key] else { return nil }
        guard let value = entry.value.scalar?.boolean else {
            throw entry.mistake("true or false is wanted, without quotes")
        }
        return value
    }

    /// One of the words of an enumeration.
    public func word<Word: CaseIterable & RawRepresentable<String>>(
        _ key: String, _: Word.Type
    ) throws(YAMLError) -> Word? {
        guard let entry = self[key] else { return nil }
        guard let word = Word(rawValue: try entry.text) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw entry.mistake("'\(try entry.text)' is none of the words there are", "\(words)")
        }
        return word
    }
}

extension YAMLEntry {
    /// That the value is wrong, told at its line.
    public func mistake(_ cause: String, _ remedy: String? = nil) -> YAMLError {
        YAMLError(at: value.place, key: key, cause, remedy: remedy)
    }

    /// A single value.
    public var text: String {
        get throws(YAMLError) {
            guard let scalar = value.scalar, !scalar.isNull else {
                throw mistake("a single value is wanted, and this is \(value.kind)")
            }
            return scalar.text
        }
    }

    public var time: Int64 {
        get throws(YAMLError) {
            guard let time = TimeSpanText.nanoseconds(try text), time > 0 else {
                throw mistake("'\(try text)' is no time", "write it as 20ms, 1.5s or 2min")
            }
            return time
        }
    }

    public var number: Double {
        get throws(YAMLError) {
            guard let number = Double(try text), number.isFinite else {
                throw mistake("a number is wanted")
            }
            return number
        }
    }

    /// A list of single values, or one alone.
    public var texts: [String] {
        get throws(YAMLError) {
            guard let items = value.sequence else { return [try text] }
            var texts: [String] = []
            for item in items {
                guard let scalar = item.scalar, !scalar.isNull else {
                    throw YAMLError(
                        at: item.place, key: key,
                        "a single value is wanted, and this is \(item.kind)")
                }
                texts.append(scalar.text)
            }
            return texts
        }
    }

    /// Hexadecimal digits, with or without `0x` in front.
    public func hexadecimal<Number: FixedWidthInteger & UnsignedInteger>(
        _: Number.Type
    ) throws(YAMLError) -> Number {
        guard let number = Self.hexadecimal(try text, Number.self) else {
            throw mistake("hexadecimal digits are wanted, at most \(Number.bitWidth / 4)")
        }
        return number
    }

    public static func hexadecimal<Number: FixedWidthInteger>(_ text: String, _: Number.Type)
        -> Number?
    {
        let digits = text.hasPrefix("0x") ? text.dropFirst(2) : text[...]
        return digits.first?.isHexDigit == true ? Number(digits, radix: 16) : nil
    }
}
