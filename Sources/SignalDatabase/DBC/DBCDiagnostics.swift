/// Collects what is wrong with a file, and knows in which line an offset lies.
struct DBCDiagnostics {
    /// UTF-8.
    private let bytes: [UInt8]
    /// The offsets at which lines begin.
    private let lines: [Int]
    private var list: [Diagnostic] = []
    private var unlisted = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var lines = [0]
        lines.reserveCapacity(bytes.count / 32)
        while let end = bytes.firstIndex(of: UInt8(ascii: "\n"), from: lines[lines.count - 1]) {
            lines.append(end + 1)
        }
        self.lines = lines
    }

    /// The line of `offset`, counted from 1.
    func line(of offset: Int) -> Int {
        var (low, high) = (0, lines.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if lines[middle] <= offset { low = middle } else { high = middle }
        }
        return low + 1
    }

    mutating func add(_ fault: DBCFault, _ severity: Diagnostic.Severity, _ action: String) {
        guard list.count < Database.maximumDiagnostics else { return unlisted += 1 }
        let line = line(of: fault.offset)
        // The counting of columns is bounded, as are the columns that anyone looks for.
        let before = bytes[lines[line - 1]..<min(fault.offset, bytes.count)].prefix(10_000)
        let column = before.count { $0 & 0xC0 != 0x80 }
        list.append(
            Diagnostic(
                line: line, column: column + 1, severity: severity,
                cause: fault.cause.withShortWords(),
                action: action))
    }

    mutating func add(
        line: Int, _ cause: String, _ severity: Diagnostic.Severity, _ action: String
    ) {
        add(DBCFault(lines[line - 1], cause), severity, action)
    }

    /// By place, and how many more there were.
    func sorted() -> ([Diagnostic], Int) {
        (list.sorted { ($0.line, $0.column) < ($1.line, $1.column) }, unlisted)
    }
}

extension String {
    /// The longest word that is told whole; of a longer text the begin and the end.
    private static let longestWord = 80
    private static let longestText = (begin: 300, end: 100)

    /// The text with names cut that no person reads: a file may have some of many kilobytes, and they
    /// would stand in each of its diagnostics.
    fileprivate func withShortWords() -> String {
        guard utf8.count > Self.longestWord else { return self }
        var text = self
        let (begin, end) = Self.longestText
        // A scalar has at most 4 bytes, so that the two do not overlap.
        if utf8.count > 4 * (begin + end) {
            text = String(unicodeScalars.prefix(begin)) + "..." + String(unicodeScalars.suffix(end))
        }
        let words = text.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false)
        return words.map {
            $0.count > Self.longestWord
                ? String($0.prefix(Self.longestWord)) + "..." : String($0)
        }.joined(separator: " ")
    }
}
