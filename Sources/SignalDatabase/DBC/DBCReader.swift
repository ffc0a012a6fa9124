extension Database {
    /// The longest file that is read, in bytes; the largest real ones have some 10 MB.
    public static let maximumFileSize = 1 << 26

    /// Reads a DBC file; whatever is wrong with it costs the statement that is wrong, and is told
    /// in ``diagnostics``.
    public init(dbc bytes: Span<UInt8>, encoding: TextEncoding = .automatic) {
        guard bytes.count <= Self.maximumFileSize else {
            self.init()
            diagnostics = [
                Diagnostic(
                    line: 1, column: 1, severity: .lost,
                    cause: "the file has more than \(Self.maximumFileSize) bytes",
                    action: "nothing of it is read")
            ]
            return
        }
        var reader = DBCReader(encoding.decode(bytes))
        reader.read()
        self = reader.database
    }

    /// The text of a DBC file as it is read, in whatever encoding and with whatever ends of lines it is
    /// written; lines end with line feeds.
    public static func text(
        ofDBC bytes: Span<UInt8>, encoding: TextEncoding = .automatic
    ) -> String {
        var text = encoding.decode(bytes).bytes.withLinesEndedByLineFeeds()
        text.removeAll { $0 == UInt8(ascii: "\r") }
        return String(decoding: text, as: UTF8.self)
    }
}

/// Builds a database out of the statements of a DBC file.
///
/// Two passes, since annotations may come before what they annotate: the first reads what declares
/// messages, nodes and attributes, the second what is said of them.
struct DBCReader {
    let bytes: [UInt8]
    var database = Database()
    var diagnostics: DBCDiagnostics
    var index = DBCIndex()
    /// Whether the last `BO_` was read, so that `SG_` lines have a message to go to.
    var hasMessage = false
    /// How often something may still go to more than one object of a name or number.
    private var copiesLeft = 1_000_000
    /// The definition of the attribute whose value was read last.
    var lastDefinition: (name: Range<Int>, owner: AttributeOwner, definition: Int)?
    /// What the signals of a message were marked with, by message and signal.
    var marks: [[MultiplexMark]] = []
    /// What `SG_MUL_VAL_` said, by message and signal.
    var explicitMultiplexing: [DBCIndex.Place: Multiplexing] = [:]

    /// Who sends a message, of those that have a `BO_TX_BU_`.
    var transmitters: [Int: Set<String>] = [:]

    /// The longest payload that a database may describe: more than CAN XL (2,048 bytes), J1939's
    /// transport protocol (1,785) and the length of a first frame of ISO 15765-2 (4,095) allow.
    static let maximumMessageLength = 4096

    /// How many ranges of a multiplexer's values a signal may have; real files have some dozens.
    static let maximumRanges = 4_096

    /// A statement that a line should end is read on for so many lines, if it is not whole.
    private static let maximumLinesOfStatement = 4

    init(_ text: DecodedText) {
        bytes = text.bytes.withLinesEndedByLineFeeds()
        diagnostics = DBCDiagnostics(bytes)
        database.encoding = text.encoding
        for offset in text.faults {
            diagnostics.add(
                DBCFault(offset, "this is no text in \(text.encoding.name)"), .repaired,
                "what cannot be read is U+FFFD")
        }
    }

    mutating func read() {
        var splitter = DBCSplitter(bytes)
        var annotations: [DBCStatement] = []
        annotations.reserveCapacity(bytes.count / 64)
        while let statement = splitter.next() {
            if statement.keyword?.isAnnotation == true {
                annotations.append(statement)
            } else {
                declare(statement, &splitter)
            }
        }
        for repair in splitter.repairs {
            diagnostics.add(repair, .repaired, "it is taken to end with its line")
        }
        for statement in annotations { annotate(statement) }
        finish()
        (database.diagnostics, database.unlistedDiagnostics) = diagnostics.sorted()
    }

    /// The objects that a statement is about, or only the first where files repeat names so often that
    /// the copies would fill the memory.
    mutating func withinBounds<Element>(
        _ objects: OneOrMore<Element>, at place: Int
    ) -> OneOrMore<Element> {
        guard objects.count > 1 else { return objects }
        copiesLeft -= objects.count
        guard copiesLeft < 0 else { return objects }
        diagnostics.add(
            DBCFault(place, "too many statements are about several objects of one name"), .lost,
            "it is given to the first only")
        return OneOrMore(objects.first)
    }

    // MARK: First pass

    private mutating func declare(_ statement: DBCStatement, _ splitter: inout DBCSplitter) {
        guard let keyword = statement.keyword else {
            let place = DBCFault(statement.start, "the line begins with no keyword of the format")
            keep(statement)
            // The signals that follow a misspelt `BO_` must not go to the message before it.
            let isLikeMessage = bytes[statement.start...].prefix(2).elementsEqual("BO".utf8) {
                $0 & ~0x20 == $1
            }
            if isLikeMessage { hasMessage = false }
            return diagnostics.add(place, .lost, "the line is left out")
        }
        var statement = statement
        let firstEnd = splitter.position
        var firstFault: DBCFault?
        for line in 1...Self.maximumLinesOfStatement {
            var scanner = DBCScanner(bytes, in: statement)
            do throws(DBCFault) {
                try declare(keyword, &scanner, statement)
                return resume(behind: &scanner, keyword, statement, &splitter)
            } catch {
                firstFault = firstFault ?? error
                // Where the line ends too early the next may have the rest.
                if keyword == .signal || keyword == .message, scanner.peek() == nil,
                    line < Self.maximumLinesOfStatement, let longer = splitter.lengthened(statement)
                {
                    statement = longer
                    continue
                }
                diagnostics.add(firstFault ?? error, .lost, lostBy(keyword))
                if keyword == .message { hasMessage = false }
                return splitter.resume(at: firstEnd)
            }
        }
    }

    private mutating func declare(
        _ keyword: DBCKeyword, _ scanner: inout DBCScanner, _ statement: DBCStatement
    ) throws(DBCFault) {
        switch keyword {
        case .message: try readMessage(&scanner, at: statement.start)
        case .signal: try readSignal(&scanner, at: statement.start)
        case .version:
            if scanner.peek() != nil { database.version = try scanner.string("version") }
        case .nodes: readNodes(&scanner, at: statement.start)
        case .newSymbols: return
        case .bitTiming: skipBitTiming(&scanner)
        case .valueTable: try readValueTable(&scanner, at: statement.start)
        case .attributeDefinition, .relationDefinition:
            try readAttributeDefinition(&scanner, at: statement.start)
        case .environmentVariable:
            try readEnvironmentVariable(&scanner, at: statement.start)
        case .signalType: try readSignalType(&scanner, at: statement.start)
        default: keep(statement)
        }
    }

    /// Goes on in the line where another statement begins in it; else says that more stands there.
    private mutating func resume(
        behind scanner: inout DBCScanner, _ keyword: DBCKeyword, _ statement: DBCStatement,
        _ splitter: inout DBCSplitter
    ) {
        guard keyword.endsWithLine, keyword != .newSymbols, let byte = scanner.peek() else {
            return
        }
        if byte == UInt8(ascii: ";") || scanner.beginsStatement() {
            return splitter.resume(at: scanner.position)
        }
        diagnostics.add(
            scanner.fault("something stands behind the statement"), .noted, "it is passed over")
    }

    /// What a fault in a statement costs.
    func lostBy(_ keyword: DBCKeyword) -> String {
        switch keyword {
        case .message: "the message and its signals are left out"
        case .signal: "the signal is left out"
        case .value, .valueTable: "the texts of its values are left out"
        case .comment: "the comment is left out"
        case .attribute: "the attribute's value is left out"
        case .attributeDefinition: "the attribute is left out"
        case .attributeDefault: "the default is left out"
        case .valueType: "the signal stays a whole number"
        case .multiplexing: "the signal is multiplexed as the other lines say"
        default: "the statement is left out"
        }
    }

    private mutating func keep(_ statement: DBCStatement) {
        guard database.otherStatements.count < Database.maximumOtherStatements else { return }
        database.otherStatements.append(
            OtherStatement(
                keyword: statement.keyword?.rawValue ?? "",
                text: bytes.span.extracting(statement.start..<statement.end).utf8Text,
                line: diagnostics.line(of: statement.start)))
    }

    private mutating func readNodes(_ scanner: inout DBCScanner, at start: Int) {
        _ = scanner.take(":")
        let line = diagnostics.line(of: start)
        while true {
            guard let range = scanner.word() else {
                if scanner.take(",") { continue }
                break
            }
            if scanner.beginsStatement(range) {
                scanner.putBack(range)
                break
            }
            if index.nodes.first(range, in: bytes) == nil {
                index.nodes.insert(range, in: bytes, value: database.nodes.count)
            }
            let name = scanner.text(range)
            database.nodes.append(Node(name: name, longName: name, line: line))
        }
        if scanner.peek() != nil, !scanner.beginsStatement() {
            diagnostics.add(
                scanner.fault("this is no node name"), .lost, "the nodes behind it are left out")
            scanner.skipToEnd()
        }
    }

    /// `BS_: rate : register,register`, which no tool has used for decades.
    private mutating func skipBitTiming(_ scanner: inout DBCScanner) {
        while scanner.peek() != nil, !scanner.beginsStatement() { scanner.skip() }
    }

    private mutating func readValueTable(
        _ scanner: inout DBCScanner, at start: Int
    ) throws(DBCFault) {
        let range = try scanner.name("table name")
        let labels = try readLabels(&scanner)
        if index.tables.first(range, in: bytes) != nil {
            diagnostics.add(
                DBCFault(range.lowerBound, "there is a value table of this name above"), .noted,
                "both are kept; signals that name it have the texts of the first")
        }
        index.tables.insert(range, in: bytes, value: database.valueTables.count)
        database.valueTables.append(
            ValueTable(
                name: scanner.text(range), labels: labels, line: diagnostics.line(of: start)))
    }

    /// Pairs of a raw value and its text; a fault costs what stands behind it.
    mutating func readLabels(_ scanner: inout DBCScanner) throws(DBCFault) -> [ValueLabel] {
        var labels: [ValueLabel] = []
        while scanner.peek() != nil {
            do throws(DBCFault) {
                let raw = try scanner.integer("raw value")
                labels.append(ValueLabel(raw: raw, text: try scanner.string("text of a value")))
            } catch {
                guard !labels.isEmpty else { throw error }
                diagnostics.add(error, .lost, "the texts from there on are left out")
                break
            }
        }
        return labels
    }

    /// `EV_ name: type [minimum|maximum] "unit" initial number access nodes;`
    private mutating func readEnvironmentVariable(
        _ scanner: inout DBCScanner, at start: Int
    ) throws(DBCFault) {
        let range = try scanner.name("name of an environment variable")
        try scanner.expect(":", "behind the name")
        _ = try scanner.integer("type")
        let (minimum, maximum) = try readLimits(&scanner)
        var variable = EnvironmentVariable(
            name: scanner.text(range), minimum: minimum, maximum: maximum,
            unit: try scanner.string("unit"), line: diagnostics.line(of: start))
        if let word = scanner.word() {
            variable.initialValue = DBCDecimal.value(of: bytes.span.extracting(word))
            // The number of the variable and its kind of access, which no tool uses.
            _ = scanner.word()
            _ = scanner.word()
            variable.nodes = scanner.nodeNames()
        }
        index.variables.insert(range, in: bytes, value: database.environmentVariables.count)
        database.environmentVariables.append(variable)
    }

    /// `[minimum|maximum]`
    func readLimits(_ scanner: inout DBCScanner) throws(DBCFault) -> (Double, Double) {
        try scanner.expect("[", "before the limits")
        let minimum = try scanner.number("minimum")
        try scanner.expect("|", "behind the minimum")
        let maximum = try scanner.number("maximum")
        try scanner.expect("]", "behind the maximum")
        return (minimum, maximum)
    }
}

extension [UInt8] {
    /// The same with a line feed for each carriage return that ends a line by itself, as in files
    /// of old Macintosh tools.
    fileprivate func withLinesEndedByLineFeeds() -> [UInt8] {
        guard let first = firstIndex(of: UInt8(ascii: "\r"), from: 0) else { return self }
        var bytes = self
        for index in first..<count where bytes[index] == UInt8(ascii: "\r") {
            let next = index + 1 < count ? bytes[index + 1] : UInt8(ascii: "\n")
            // Of `\r\r\n`, which careless copying makes, the line feed is the line's end.
            if next != UInt8(ascii: "\n"), next != UInt8(ascii: "\r") {
                bytes[index] = UInt8(ascii: "\n")
            }
        }
        return bytes
    }
}
