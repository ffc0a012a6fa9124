/// Why a statement cannot be read.
struct DBCFault: Error {
    /// Where, as an offset into the file.
    var offset: Int
    var cause: String

    init(_ offset: Int, _ cause: String) {
        self.offset = offset
        self.cause = cause
    }
}

/// Reads the words of one statement, and never beyond it.
///
/// What is expected is named by literals: a message is put together only where it is needed.
struct DBCScanner {
    let bytes: [UInt8]
    private(set) var position: Int
    let end: Int

    init(_ bytes: [UInt8], in statement: DBCStatement) {
        self.bytes = bytes
        position = statement.body
        end = statement.end
    }

    /// The next byte that is no blank, `nil` at the end; it is not taken.
    @inline(__always)
    mutating func peek() -> UInt8? {
        while position < end {
            let byte = bytes[position]
            if byte > 0x20 {
                return byte == UInt8(ascii: "/") ? behindComments() : byte
            }
            position += 1
        }
        return nil
    }

    /// The same where a comment may begin.
    @inline(never)
    private mutating func behindComments() -> UInt8? {
        while position < end {
            let byte = bytes[position]
            if byte.isBlank {
                position += 1
            } else if byte == UInt8(ascii: "/"), position + 1 < end, bytes[position + 1] == byte {
                while position < end, bytes[position] != UInt8(ascii: "\n") { position += 1 }
            } else {
                return byte
            }
        }
        return nil
    }

    /// Takes `byte` if it comes next.
    @inline(__always)
    mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(truncatingIfNeeded: byte.value) else { return false }
        position += 1
        return true
    }

    /// Takes `byte`, which must come next.
    @inline(__always)
    mutating func expect(_ byte: Unicode.Scalar, _ what: StaticString) throws(DBCFault) {
        guard take(byte) else { throw fault("there is no '\(byte)' \(what)") }
    }

    /// A fault at what comes next.
    func fault(_ cause: String) -> DBCFault { DBCFault(position, cause) }

    /// The place of the next word, `nil` where none begins.
    @inline(__always)
    mutating func word() -> Range<Int>? {
        guard let byte = peek(), byte.isNameByte else { return nil }
        let start = position
        while position < end, bytes[position].isNameByte { position += 1 }
        return start..<position
    }

    /// Goes back to where a word began.
    mutating func putBack(_ word: Range<Int>) { position = word.lowerBound }

    /// The place of a name that must come next.
    @inline(__always)
    mutating func name(_ what: StaticString) throws(DBCFault) -> Range<Int> {
        guard let range = word() else { throw fault("there is no \(what)") }
        return range
    }

    /// The names until something else comes, separated by blanks or commas; a keyword that begins
    /// another statement ends them too.
    mutating func names() -> [String] {
        var names: [String] = []
        while true {
            if let range = word() {
                if beginsStatement(range) {
                    putBack(range)
                    return names
                }
                names.append(text(range))
            } else if !take(",") {
                return names
            }
        }
    }

    /// The word of the format that stands where a node is wanted and there is none: `Vector__` and
    /// three times X.
    static let noNode = "Vector__" + String(repeating: "X", count: 3)

    /// The names that stand for a node.
    mutating func nodeNames() -> [String] {
        var names = names()
        names.removeAll { $0 == Self.noNode }
        return names
    }

    /// Whether a word in a line is the keyword of a statement that follows in the same line, as in
    /// files whose lines were joined.
    func beginsStatement(_ word: Range<Int>) -> Bool {
        guard word.count <= 16, bytes[word.upperBound - 1] == UInt8(ascii: "_"),
            DBCKeyword(bytes.span.extracting(word)) != nil
        else { return false }
        return true
    }

    /// The same of the word that comes next, which is not taken.
    mutating func beginsStatement() -> Bool {
        guard let word = word() else { return false }
        putBack(word)
        return beginsStatement(word)
    }

    /// Passes over the next byte or word.
    mutating func skip() {
        if word() == nil, position < end { position += 1 }
    }

    /// Passes over all before `byte`, or to the end.
    mutating func skip(to byte: Unicode.Scalar) {
        while let next = peek(), next != UInt8(truncatingIfNeeded: byte.value) { position += 1 }
    }

    mutating func skipToEnd() { position = end }

    /// Takes the keyword of an object if it comes next, and answers which it is.
    mutating func objectKeyword() -> DBCKeyword? {
        // `BU_`, `BO_`, `SG_`, `EV_`, or one of a relation, which begins so.
        guard let byte = peek(), byte != UInt8(ascii: "\""), let range = word() else { return nil }
        switch DBCKeyword(bytes.span.extracting(range)) {
        case .some(let keyword) where keyword.isObject: return keyword
        default:
            position = range.lowerBound
            return nil
        }
    }

    /// A number without sign.
    mutating func unsigned(
        _ what: StaticString, atMost maximum: Int
    ) throws(DBCFault) -> Int {
        guard peek() != nil else { throw fault("there is no \(what)") }
        let start = position
        var value = 0
        while position < end, bytes[position].isDigit {
            value = value * 10 + Int(bytes[position] & 15)
            position += 1
            guard value <= maximum else {
                throw DBCFault(start, "the \(what) is beyond \(maximum)")
            }
        }
        guard position > start, position == end || !bytes[position].isNameByte else {
            throw DBCFault(start, "the \(what) is no number")
        }
        return value
    }

    mutating func number(_ what: StaticString) throws(DBCFault) -> Double {
        guard let range = word() else { throw fault("there is no \(what)") }
        guard let value = DBCDecimal.value(of: bytes.span.extracting(range)) else {
            throw DBCFault(range.lowerBound, "the \(what) '\(text(range))' is no number")
        }
        return value
    }

    mutating func integer(_ what: StaticString) throws(DBCFault) -> Int64 {
        guard let range = word() else { throw fault("there is no \(what)") }
        guard let value = DBCDecimal.integer(of: bytes.span.extracting(range)) else {
            throw DBCFault(range.lowerBound, "the \(what) '\(text(range))' is no whole number")
        }
        return value
    }

    /// The place of a text in quotes, these left out; `\"` in it is a quote.
    mutating func stringRange(_ what: StaticString) throws(DBCFault) -> Range<Int> {
        guard take("\"") else { throw fault("there is no '\"' before the \(what)") }
        let start = position
        while position < end, bytes[position] != UInt8(ascii: "\"") {
            let isEscape = bytes[position] == UInt8(ascii: "\\")
            position += 1
            if isEscape, position < end, bytes[position] == UInt8(ascii: "\"") { position += 1 }
        }
        guard position < end else {
            position = start
            throw fault("the \(what) is not closed by a quote")
        }
        position += 1
        return start..<position - 1
    }

    /// A text in quotes.
    mutating func string(_ what: StaticString) throws(DBCFault) -> String {
        quoted(try stringRange(what))
    }

    /// The text from the next quote to the last one of the statement; without that, to the end of
    /// the statement.
    mutating func lastString(_ what: StaticString) throws(DBCFault) -> String {
        guard take("\"") else { throw fault("there is no '\"' before the \(what)") }
        let start = position
        position = end
        let close = bytes[start..<end].lastIndex(of: UInt8(ascii: "\""))
        // Behind the last quote nothing but blanks may stand, or it is one of the text.
        if let close, bytes[(close + 1)..<end].allSatisfy(\.isBlank) {
            return quoted(start..<close)
        }
        let trailing = bytes[start..<end].reversed().prefix {
            $0.isBlank || $0 == UInt8(ascii: ";")
        }
        return quoted(start..<end - trailing.count)
    }

    func text(_ range: Range<Int>) -> String {
        bytes.span.extracting(range).utf8Text
    }

    /// The same without the blanks around it.
    func trimmedText(_ range: Range<Int>) -> String {
        let part = bytes[range]
        guard let first = part.firstIndex(where: { !$0.isBlank }),
            let last = part.lastIndex(where: { !$0.isBlank })
        else { return "" }
        return text(first..<last + 1)
    }

    /// The text of `range` with quotes for `\"`, and lines ended by a line feed alone.
    func quoted(_ range: Range<Int>) -> String {
        var isPlain = true
        for index in range
        where bytes[index] == UInt8(ascii: "\\") || bytes[index] == UInt8(ascii: "\r") {
            isPlain = false
        }
        guard !isPlain else { return text(range) }
        var plain: [UInt8] = []
        plain.reserveCapacity(range.count)
        for index in range {
            let next = index + 1 < range.upperBound ? bytes[index + 1] : 0
            switch (bytes[index], next) {
            case (UInt8(ascii: "\\"), UInt8(ascii: "\"")), (UInt8(ascii: "\r"), UInt8(ascii: "\n")):
                continue
            default: plain.append(bytes[index])
            }
        }
        return plain.span.utf8Text
    }
}

extension DBCScanner {
    /// Whether `""` comes next; it is not taken.
    mutating func nextIsEmptyString() -> Bool {
        guard peek() == UInt8(ascii: "\""), position + 1 < end else { return false }
        return bytes[position + 1] == UInt8(ascii: "\"")
    }
}
