extension Database {
    /// The longest file that is read, in bytes; the largest real ones have some 10 MB.
    public static let maximumFileSize = 1 << 28

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
        var reader = DBCReader(bytes.utf8OfMarkedUTF16() ?? bytes.array, encoding: encoding)
        reader.read()
        self = reader.database
    }
}

/// Builds a database out of the statements of a DBC file.
///
/// Two passes, since annotations may come before what they annotate: the first reads what declares
/// messages, nodes and attributes, the second what is said of them.
struct DBCReader {
    let bytes: [UInt8]
    let encoding: TextEncoding
    var database = Database()
    var diagnostics: DBCDiagnostics
    var index = DBCIndex()
    /// Whether the last `BO_` was read, so that `SG_` lines have a message to go to.
    var hasMessage = false
    var definedAttributes: Set<DefinedAttribute> = []
    /// What the signals of a message were marked with, by message and signal.
    var marks: [[MultiplexMark]] = []
    /// What `SG_MUL_VAL_` said, by message and signal.
    var explicitMultiplexing: [DBCIndex.Place: Multiplexing] = [:]

    /// The longest payload that a database may describe: that of J1939's transport protocol.
    static let maximumMessageLength = 1785

    init(_ bytes: [UInt8], encoding: TextEncoding) {
        self.bytes = bytes
        self.encoding = encoding
        diagnostics = DBCDiagnostics(bytes)
    }

    mutating func read() {
        let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        var splitter = DBCSplitter(bytes, from: hasMark ? 3 : 0)
        var annotations: [DBCStatement] = []
        while let statement = splitter.next() {
            if statement.keyword?.isAnnotation == true {
                annotations.append(statement)
            } else {
                declare(statement)
            }
        }
        for repair in splitter.repairs {
            diagnostics.add(repair, .repaired, "it is taken to end with its line")
        }
        index = DBCIndex(of: database)
        for statement in annotations { annotate(statement) }
        finish()
        (database.diagnostics, database.unlistedDiagnostics) = diagnostics.sorted()
    }

    // MARK: First pass

    private mutating func declare(_ statement: DBCStatement) {
        guard let keyword = statement.keyword else {
            let place = DBCFault(statement.start, "the line begins with no keyword of the format")
            return diagnostics.add(place, .lost, "the line is left out")
        }
        var scanner = DBCScanner(bytes, encoding: encoding, in: statement)
        do throws(DBCFault) {
            switch keyword {
            case .message: try readMessage(&scanner, at: statement.start)
            case .signal: try readSignal(&scanner, at: statement.start)
            case .version:
                if scanner.peek() != nil { database.version = try scanner.string("version") }
            case .nodes: readNodes(&scanner, at: statement.start)
            case .newSymbols, .bitTiming: return
            case .valueTable: try readValueTable(&scanner, at: statement.start)
            case .attributeDefinition:
                try readAttributeDefinition(&scanner, at: statement.start)
            case .environmentVariable:
                try readEnvironmentVariable(&scanner, at: statement.start)
            default: keep(statement)
            }
        } catch {
            diagnostics.add(error, .lost, lostBy(keyword))
            if keyword == .message { hasMessage = false }
        }
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
        case .multiplexing: "the signal is multiplexed as its SG_ line says"
        default: "the statement is left out"
        }
    }

    private mutating func keep(_ statement: DBCStatement) {
        database.otherStatements.append(
            OtherStatement(
                keyword: statement.keyword?.rawValue ?? "",
                text: encoding.text(of: bytes.span.extracting(statement.start..<statement.end)),
                line: diagnostics.line(of: statement.start)))
    }

    private mutating func readNodes(_ scanner: inout DBCScanner, at start: Int) {
        _ = scanner.take(":")
        let line = diagnostics.line(of: start)
        for name in scanner.names() {
            database.nodes.append(Node(name: name, longName: name, line: line))
        }
        if scanner.peek() != nil {
            diagnostics.add(
                scanner.fault("this is no node name"), .lost, "the nodes behind it are left out")
        }
    }

    private mutating func readValueTable(
        _ scanner: inout DBCScanner, at start: Int
    ) throws(DBCFault) {
        let name = try scanner.name("table name")
        let labels = try readLabels(&scanner)
        database.valueTables.append(
            ValueTable(name: name, labels: labels, line: diagnostics.line(of: start)))
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

    private mutating func readEnvironmentVariable(
        _ scanner: inout DBCScanner, at start: Int
    ) throws(DBCFault) {
        let name = try scanner.name("name of an environment variable")
        try scanner.expect(":", "behind the name")
        _ = try scanner.integer("type")
        let (minimum, maximum) = try readLimits(&scanner)
        let unit = try scanner.string("unit")
        database.environmentVariables.append(
            EnvironmentVariable(
                name: name, minimum: minimum, maximum: maximum, unit: unit,
                line: diagnostics.line(of: start)))
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
