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
struct DBCScanner {
    let bytes: [UInt8]
    let encoding: TextEncoding
    private(set) var position: Int
    let end: Int

    init(_ bytes: [UInt8], encoding: TextEncoding, in statement: DBCStatement) {
        self.bytes = bytes
        self.encoding = encoding
        position = statement.body
        end = statement.end
    }

    /// The next byte that is no blank, `nil` at the end; it is not taken.
    mutating func peek() -> UInt8? {
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
    mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: byte) else { return false }
        position += 1
        return true
    }

    /// Takes `byte`, which must come next.
    mutating func expect(_ byte: Unicode.Scalar, _ what: String) throws(DBCFault) {
        guard take(byte) else { throw fault("there is no '\(byte)' \(what)") }
    }

    /// A fault at what comes next.
    func fault(_ cause: String) -> DBCFault { DBCFault(position, cause) }

    /// The place of the next word, `nil` where none begins.
    mutating func word() -> Range<Int>? {
        guard let byte = peek(), byte.isNameByte else { return nil }
        let start = position
        while position < end, bytes[position].isNameByte { position += 1 }
        return start..<position
    }

    mutating func name(_ what: String) throws(DBCFault) -> String {
        guard let range = word() else { throw fault("there is no \(what)") }
        return text(range)
    }

    /// The names until something else comes, separated by blanks or commas.
    mutating func names() -> [String] {
        var names: [String] = []
        while true {
            if let range = word() {
                names.append(text(range))
            } else if !take(",") {
                return names
            }
        }
    }

    /// The word of the format that stands where a node is wanted and there is none.
    static let noNode = "Vector__XXX"

    /// The names that stand for a node.
    mutating func nodeNames() -> [String] { names().filter { $0 != Self.noNode } }

    /// Takes the keyword of an object if it comes next, and answers which it is.
    mutating func objectKeyword() -> DBCKeyword? {
        let start = position
        guard let range = word() else { return nil }
        switch DBCKeyword(bytes[range]) {
        case .some(let keyword)
        where [.nodes, .message, .signal, .environmentVariable].contains(keyword):
            return keyword
        default:
            position = start
            return nil
        }
    }

    /// A number without sign.
    mutating func unsigned(_ what: String, atMost maximum: Int) throws(DBCFault) -> Int {
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

    mutating func number(_ what: String) throws(DBCFault) -> Double {
        guard let range = word() else { throw fault("there is no \(what)") }
        guard let value = DBCDecimal.value(of: bytes.span.extracting(range)) else {
            throw DBCFault(range.lowerBound, "the \(what) '\(text(range))' is no number")
        }
        return value
    }

    mutating func integer(_ what: String) throws(DBCFault) -> Int64 {
        guard let range = word() else { throw fault("there is no \(what)") }
        guard let value = DBCDecimal.integer(of: bytes.span.extracting(range)) else {
            throw DBCFault(range.lowerBound, "the \(what) '\(text(range))' is no whole number")
        }
        return value
    }

    /// A text in quotes; `\"` in it is a quote.
    mutating func string(_ what: String) throws(DBCFault) -> String {
        try expect("\"", "before the \(what)")
        let start = position
        var isPlain = true
        while position < end, bytes[position] != UInt8(ascii: "\"") {
            let byte = bytes[position]
            position += 1
            guard byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\r") else { continue }
            isPlain = false
            let isEscaped = position < end && bytes[position] == UInt8(ascii: "\"")
            if isEscaped, byte == UInt8(ascii: "\\") { position += 1 }
        }
        guard position < end else {
            position = start
            throw fault("the \(what) is not closed by a quote")
        }
        position += 1
        let range = start..<position - 1
        return isPlain ? text(range) : quoted(range)
    }

    /// The text from the next quote to the last one of the statement; without that, to the end of
    /// the statement.
    mutating func lastString(_ what: String) throws(DBCFault) -> String {
        try expect("\"", "before the \(what)")
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
        encoding.text(of: bytes.span.extracting(range))
    }

    /// The text of `range` with quotes for `\"`, and lines ended by a line feed alone.
    private func quoted(_ range: Range<Int>) -> String {
        let part = bytes[range]
        guard part.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\r") }) else {
            return text(range)
        }
        var plain: [UInt8] = []
        plain.reserveCapacity(part.count)
        for index in range {
            let next = index + 1 < range.upperBound ? bytes[index + 1] : 0
            switch (bytes[index], next) {
            case (UInt8(ascii: "\\"), UInt8(ascii: "\"")), (UInt8(ascii: "\r"), UInt8(ascii: "\n")):
                continue
            default: plain.append(bytes[index])
            }
        }
        return encoding.text(of: plain.span)
    }
}

extension DBCScanner {
    /// Whether `""` comes next; it is not taken.
    mutating func nextIsEmptyString() -> Bool {
        guard peek() == UInt8(ascii: "\""), position + 1 < end else { return false }
        return bytes[position + 1] == UInt8(ascii: "\"")
    }
}
