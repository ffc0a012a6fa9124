/// Where a statement of a DBC file stands.
struct DBCStatement {
    /// `nil` for text that begins no statement.
    var keyword: DBCKeyword?
    /// The offset of the keyword.
    var start: Int
    /// The offset behind the keyword.
    var body: Int
    /// The offset behind the statement, its semicolon left out.
    var end: Int
}

/// Cuts a DBC file into statements, so that a fault in one cannot reach the next.
///
/// Statements begin at the start of a line or behind a semicolon. One whose semicolon or quote is
/// missing ends where a line begins the next.
struct DBCSplitter {
    let bytes: [UInt8]
    private(set) var position: Int
    /// Statements that were ended where no semicolon or quote ended them.
    private(set) var repairs: [DBCFault] = []

    /// How many lines that look like statements an open string is searched through for its end:
    /// comments may quote a database, and a missing quote must not cost a whole file to find.
    private static let maximumLinesCrossed = 64

    /// Behind the last `*/`: a comment that begins there is never closed. Looked for once, since
    /// hardly a file has such comments.
    private lazy var openComment =
        bytes.indices.dropLast().last {
            bytes[$0] == UInt8(ascii: "*") && bytes[$0 + 1] == UInt8(ascii: "/")
        } ?? 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        position = 0
    }

    /// Goes on at `offset`, which lies in the statement that came last: there another begins.
    mutating func resume(at offset: Int) { position = offset }

    /// `statement`, which a line ends, with the next line, in case it goes on there; `nil` if that
    /// is empty or begins a statement of its own.
    mutating func lengthened(_ statement: DBCStatement) -> DBCStatement? {
        let line = nextLine(from: statement.end)
        let end = lineEnd(from: line)
        guard end > line, !beginsStatement(lineAt: line), !isLineEnd(behindBlanksFrom: line) else {
            return nil
        }
        var longer = statement
        longer.end = end
        position = end
        return longer
    }

    /// The next statement; `nil` at the end.
    mutating func next() -> DBCStatement? {
        skipBlanksAndComments()
        guard position < bytes.count else { return nil }
        let start = position
        let body = wordEnd(from: start)
        guard let keyword = DBCKeyword(bytes.span.extracting(start..<body)),
            separatesKeyword(at: body)
        else {
            position = lineEnd(from: start)
            return DBCStatement(keyword: nil, start: start, body: start, end: position)
        }
        let end =
            switch keyword {
            case .newSymbols: symbolsEnd(from: body)
            case .nodes: nodesEnd(from: body)
            case .signal: receiversEnd(from: body)
            case _ where keyword.endsWithLine: lineEnd(from: body)
            default: semicolon(from: body, of: keyword)
            }
        position = end
        return DBCStatement(keyword: keyword, start: start, body: body, end: end)
    }

    // MARK: Ends

    /// The end of `NS_ :` and the keywords that it lists, on lines of their own or in one.
    private mutating func symbolsEnd(from body: Int) -> Int {
        var end = body
        while end < bytes.count, bytes[end] == 0x20 || bytes[end] == 0x09 { end += 1 }
        if end < bytes.count, bytes[end] == UInt8(ascii: ":") { end += 1 }
        while true {
            var next = end
            while true {
                while next < bytes.count, bytes[next].isBlank { next += 1 }
                guard let behind = commentEnd(from: next) else { break }
                next = behind
            }
            let wordEnd = wordEnd(from: next)
            guard wordEnd > next, isListed(behind: wordEnd) else { return end }
            end = wordEnd
        }
    }

    /// Whether the word before `end` is one of a list of keywords, and begins no statement: its line
    /// ends there, or goes on with another keyword that may stand in the list.
    private func isListed(behind end: Int) -> Bool {
        if isLineEnd(behindBlanksFrom: end) { return true }
        var next = end
        while next < bytes.count, bytes[next].isBlank { next += 1 }
        if bytes[next] == UInt8(ascii: ";") { return true }
        let word = next..<wordEnd(from: next)
        let keyword = DBCKeyword(bytes.span.extracting(word))
        guard next > end, let keyword, word.upperBound < bytes.count else { return false }
        // `BS_:` follows a list, `BU_ name` an annotation.
        if bytes[word.upperBound] == UInt8(ascii: ":") { return true }
        return !keyword.endsWithLine && keyword != .environmentVariable
            && bytes[word.upperBound].isBlank
    }

    /// The end of `BU_:`: more names may follow on indented lines.
    private func nodesEnd(from body: Int) -> Int {
        var end = lineEnd(from: body)
        while end < bytes.count {
            let line = nextLine(from: end)
            guard line < bytes.count, bytes[line] == 0x20 || bytes[line] == 0x09 else { return end }
            let lineEnd = lineEnd(from: line)
            let text = bytes[line..<lineEnd]
            guard text.contains(where: { !$0.isBlank }), !beginsStatement(lineAt: line),
                text.allSatisfy({ $0.isBlank || $0.isNameByte })
            else { return end }
            end = lineEnd
        }
        return end
    }

    /// The end of an `SG_` line: behind a comma the receivers go on.
    private func receiversEnd(from body: Int) -> Int {
        var end = lineEnd(from: body)
        while end < bytes.count, lastByte(before: end, after: body) == UInt8(ascii: ",") {
            let line = nextLine(from: end)
            guard line < bytes.count, !beginsStatement(lineAt: line) else { return end }
            end = lineEnd(from: line)
        }
        return end
    }

    /// The semicolon that ends a statement, or where it must have ended without one.
    private mutating func semicolon(from body: Int, of keyword: DBCKeyword) -> Int {
        var index = body
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: ";"): return index
            case UInt8(ascii: "\""):
                guard let close = closingQuote(from: index, of: keyword) else {
                    repairs.append(DBCFault(index, "the text is not closed by a quote"))
                    return lineEnd(from: index)
                }
                index = close + 1
            case UInt8(ascii: "/") where index + 1 < bytes.count && bytes[index + 1] == byte:
                index = lineEnd(from: index)
            case UInt8(ascii: "\n") where beginsStatement(lineAt: index + 1):
                return endWithoutSemicolon(before: index, after: body)
            default: index += 1
            }
        }
        return endWithoutSemicolon(before: index, after: body)
    }

    private mutating func endWithoutSemicolon(before next: Int, after body: Int) -> Int {
        let end = bytes[body..<next].lastIndex { !$0.isBlank }.map { $0 + 1 } ?? body
        repairs.append(DBCFault(end, "the statement is not ended by ';'"))
        return end
    }

    /// The quote that closes the text opened at `open`.
    ///
    /// A quote within a comment that no semicolon follows is part of it. A text that goes on into
    /// lines which begin statements is open, unless its first quote is a comment's end.
    private func closingQuote(from open: Int, of keyword: DBCKeyword) -> Int? {
        if keyword != .comment, let close = plainQuote(from: open) { return close }
        var index = open + 1
        var quotes = 0
        var linesCrossed = 0
        var escapedEnd: Int?
        while index < bytes.count, linesCrossed <= Self.maximumLinesCrossed {
            switch bytes[index] {
            case UInt8(ascii: "\\")
            where index + 1 < bytes.count
                && bytes[index + 1] == UInt8(ascii: "\""):
                if escapedEnd == nil, linesCrossed == 0, endsStatement(behind: index + 1) {
                    escapedEnd = index + 1
                }
                index += 2
                continue
            case UInt8(ascii: "\""):
                let ends = keyword != .comment || endsStatement(behind: index)
                if ends, linesCrossed == 0 || keyword == .comment && quotes == 0 { return index }
                if linesCrossed > 0 { return escapedEnd }
                quotes += 1
            case UInt8(ascii: "\n") where beginsStatement(lineAt: index + 1): linesCrossed += 1
            default: break
            }
            index += 1
        }
        return escapedEnd
    }

    /// The next quote behind `open`, if the text has no backslash before it and one line.
    private func plainQuote(from open: Int) -> Int? {
        var index = open + 1
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") { return index }
            if byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\n") { return nil }
            index += 1
        }
        return nil
    }

    // MARK: Places

    /// Whether a quote at `quote` is followed by the end of a statement.
    private func endsStatement(behind quote: Int) -> Bool {
        var index = quote + 1
        while index < bytes.count, bytes[index].isBlank {
            if bytes[index] == UInt8(ascii: "\n"), beginsStatement(lineAt: index + 1) {
                return true
            }
            index += 1
        }
        return index == bytes.count || bytes[index] == UInt8(ascii: ";")
    }

    /// Whether the line at `line` begins with a keyword that something follows.
    private func beginsStatement(lineAt line: Int) -> Bool {
        var start = line
        while start < bytes.count, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
        guard start < bytes.count, bytes[start].isWordByte else { return false }
        let end = wordEnd(from: start)
        return separatesKeyword(at: end) && DBCKeyword(bytes.span.extracting(start..<end)) != nil
            && !isLineEnd(behindBlanksFrom: end)
    }

    private func separatesKeyword(at index: Int) -> Bool {
        index == bytes.count || bytes[index].isBlank || bytes[index] == UInt8(ascii: ":")
            || bytes[index] == UInt8(ascii: "\"")
    }

    private func isLineEnd(behindBlanksFrom start: Int) -> Bool {
        var index = start
        while index < bytes.count, bytes[index].isBlank {
            if bytes[index] == UInt8(ascii: "\n") { return true }
            index += 1
        }
        return index == bytes.count || bytes[index...].starts(with: "//".utf8)
    }

    /// The end of a word, of which only the first bytes matter.
    private func wordEnd(from start: Int) -> Int {
        var end = start
        while end < bytes.count, end - start < 32, bytes[end].isWordByte { end += 1 }
        return end
    }

    private func lineEnd(from start: Int) -> Int {
        bytes.firstIndex(of: UInt8(ascii: "\n"), from: start) ?? bytes.count
    }

    private func nextLine(from end: Int) -> Int { min(end + 1, bytes.count) }

    private func lastByte(before end: Int, after start: Int) -> UInt8? {
        bytes[start..<end].last { !$0.isBlank }
    }

    private mutating func skipBlanksAndComments() {
        while position < bytes.count {
            let byte = bytes[position]
            if byte.isBlank || byte == UInt8(ascii: ";") {
                position += 1
            } else if byte == 0xEF, bytes[position...].starts(with: [0xEF, 0xBB, 0xBF]) {
                // The mark of UTF-8 at the start of a file that was appended to another.
                position += 3
            } else if let end = commentEnd(from: position) {
                position = end
            } else {
                return
            }
        }
    }

    /// The end of a comment `// …` or `/* … */` that begins at `start`.
    private mutating func commentEnd(from start: Int) -> Int? {
        guard start + 1 < bytes.count, bytes[start] == UInt8(ascii: "/") else { return nil }
        if bytes[start + 1] == bytes[start] { return lineEnd(from: start) }
        guard bytes[start + 1] == UInt8(ascii: "*"), start < openComment else { return nil }
        var index = start + 2
        while index + 1 < bytes.count {
            if bytes[index] == UInt8(ascii: "*"), bytes[index + 1] == UInt8(ascii: "/") {
                return index + 2
            }
            index += 1
        }
        return nil
    }
}
