/// Cuts the text of a rule into words.
struct RuleLexer {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var place: RulePlace

    /// In bytes of UTF-8.
    static let maximumLength = 4_096

    init(_ text: String, at place: RulePlace) throws(RuleError) {
        guard text.utf8.count <= Self.maximumLength else {
            throw RuleError(
                at: place,
                "the expression has \(text.utf8.count) bytes, and at most \(Self.maximumLength) are read",
                hint: "make several rules of it")
        }
        scalars = Array(text.unicodeScalars)
        self.place = place
    }

    private func scalar(_ ahead: Int = 0) -> Unicode.Scalar? {
        position + ahead < scalars.count ? scalars[position + ahead] : nil
    }

    private mutating func advance(_ count: Int = 1) {
        for _ in 0..<count {
            if scalars[position] == "\n" {
                place = RulePlace(line: place.line + 1, column: 1)
            } else {
                place.column += 1
            }
            position += 1
        }
    }

    private mutating func word(while isPart: (Unicode.Scalar) -> Bool) -> String {
        var word = String.UnicodeScalarView()
        while let next = scalar(), isPart(next) {
            word.append(next)
            advance()
        }
        return String(word)
    }

    private mutating func skipSpace() {
        while let next = scalar(), next.properties.isWhitespace { advance() }
    }

    /// The next word; ``RuleToken/Kind/end`` again and again at the end.
    mutating func next() throws(RuleError) -> RuleToken {
        skipSpace()
        let start = place
        guard let first = scalar() else { return RuleToken(kind: .end, place: start) }
        switch first {
        case "0"..."9": return RuleToken(kind: try number(), place: start)
        case "'", "\"": return RuleToken(kind: .text(try text(until: first)), place: start)
        case _ where Self.beginsName(first):
            return RuleToken(kind: .name(word(while: Self.isPartOfName)), place: start)
        default: return RuleToken(kind: .sign(try sign()), place: start)
        }
    }

    // MARK: Names and texts

    static func beginsName(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || (scalar.isASCII ? scalar.properties.isAlphabetic : isLetter(scalar))
    }

    static func isPartOfName(_ scalar: Unicode.Scalar) -> Bool {
        beginsName(scalar) || ("0"..."9").contains(scalar)
    }

    /// Databases have names in any script; the signs of units are no letters of names.
    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic && !"µμΩΩ".unicodeScalars.contains(scalar)
    }

    private mutating func text(until quote: Unicode.Scalar) throws(RuleError) -> String {
        let start = place
        advance()
        let text = word { $0 != quote && $0 != "\n" }
        guard scalar() == quote else {
            throw RuleError(at: start, "the text has no end", hint: "close it with \(quote)")
        }
        advance()
        return text
    }

    // MARK: Numbers and units

    private mutating func number() throws(RuleError) -> RuleToken.Kind {
        let start = place
        if scalar() == "0", scalar(1) == "x" || scalar(1) == "X" {
            throw RuleError(
                at: start, "numbers are decimal",
                hint: "write codes as texts, '31', and other values in decimal")
        }
        let digits = numberText()
        guard let value = Double(digits), value.isFinite else {
            throw RuleError(at: start, "\(digits) is too great for a number")
        }
        return .number(value, unit: try unit())
    }

    private mutating func numberText() -> String {
        func isDigit(_ scalar: Unicode.Scalar?) -> Bool {
            scalar.map { ("0"..."9").contains($0) } ?? false
        }
        var text = word(while: isDigit)
        if scalar() == ".", isDigit(scalar(1)) {
            advance()
            text += "." + word(while: isDigit)
        }
        if scalar() == "e" || scalar() == "E" {
            let sign = scalar(1) == "+" || scalar(1) == "-" ? 1 : 0
            if isDigit(scalar(1 + sign)) {
                text += "e" + (scalar(1) == "-" ? "-" : "")
                advance(1 + sign)
                text += word(while: isDigit)
            }
        }
        return text
    }

    /// `ms`, `km/h`, `%`, `[1/min]` behind a number; nothing is read where a name begins instead.
    private mutating func unit() throws(RuleError) -> String? {
        let (start, before) = (position, place)
        skipSpace()
        if scalar() == "[" { return try unitInBrackets() }
        guard let first = scalar(), Self.beginsUnit(first) else {
            (position, place) = (start, before)
            return nil
        }
        var unit = word(while: Self.isPartOfUnit)
        let isName = (scalar() == "." && scalar(1).map(Self.beginsName) == true) || scalar() == "("
        if ["and", "or", "not"].contains(unit.lowercased()) || isName {
            (position, place) = (start, before)
            return nil
        }
        if scalar() == "/", let next = scalar(1), Self.isPartOfUnit(next) {
            let (slash, there) = (position, place)
            advance()
            let divisor = word(while: Self.isPartOfUnit)
            if scalar() == "." || scalar() == "("
                || !divisor.unicodeScalars.contains(where: Self.beginsUnit)
            {
                (position, place) = (slash, there)
            } else {
                unit += "/" + divisor
            }
        }
        return unit
    }

    private mutating func unitInBrackets() throws(RuleError) -> String {
        let start = place
        advance()
        let unit = word { $0 != "]" && $0 != "\n" }
        guard scalar() == "]", !unit.isEmpty, unit.utf8.count <= 64 else {
            throw RuleError(at: start, "the unit has no end", hint: "write it as [1/min]")
        }
        advance()
        return unit
    }

    private static func beginsUnit(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || "%°‰".unicodeScalars.contains(scalar)
    }

    private static func isPartOfUnit(_ scalar: Unicode.Scalar) -> Bool {
        beginsUnit(scalar) || ("0"..."9").contains(scalar)
            || "^²³_".unicodeScalars.contains(scalar)
    }

    // MARK: Signs

    private static let signs = [
        "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "(", ")", ",", ".",
    ]

    /// What people write who know other languages, and what is meant.
    private static let others = [
        ("=>", "write >="), ("=<", "write <="), ("<>", "write !="), ("=", "write == and not ="),
        ("&&", "write and"), ("||", "write or"), ("&", "write and"), ("|", "write or"),
        ("!", "write not"), ("%", "a unit stands behind a number, as in 70 %"),
        ("≥", "write >="), ("≤", "write <="), ("≠", "write !="), ("×", "write *"), ("−", "write -"),
        ("‘", "write '"), ("’", "write '"), ("“", "write '"), ("”", "write '"),
        ("[", "a unit in brackets stands behind a number"),
        ("{", "write ( and )"), (";", "make two rules of it"),
    ]

    private func begins(with sign: String) -> Bool {
        sign.unicodeScalars.enumerated().allSatisfy { scalar($0.offset) == $0.element }
    }

    private mutating func sign() throws(RuleError) -> String {
        if !begins(with: "=>"), !begins(with: "=<"), !begins(with: "<>"),
            let sign = Self.signs.first(where: { begins(with: $0) })
        {
            advance(sign.unicodeScalars.count)
            return sign
        }
        let other = Self.others.first { begins(with: $0.0) }
        let found = other?.0 ?? scalar().map { Self.visible($0) } ?? ""
        throw RuleError(at: place, "\(found) is no part of a rule", hint: other?.1)
    }

    /// A character for a message, one that does not show as its number.
    private static func visible(_ scalar: Unicode.Scalar) -> String {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator, .nonspacingMark, .enclosingMark, .spacingMark:
            "U+" + String(scalar.value, radix: 16, uppercase: true)
        default: String(Character(scalar))
        }
    }
}
