/// Collects what is wrong with a file, and knows in which line an offset lies.
struct DBCDiagnostics {
    private let bytes: [UInt8]
    private let isUTF8: Bool
    /// The offsets at which lines begin.
    private let lines: [Int]
    private var list: [Diagnostic] = []
    private var unlisted = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        isUTF8 = (try? UTF8Span(validating: bytes.span)) != nil
        var lines = [0]
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") {
            lines.append(index + 1)
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
        let column = isUTF8 ? before.count { $0 & 0xC0 != 0x80 } : before.count
        list.append(
            Diagnostic(
                line: line, column: column + 1, severity: severity, cause: fault.cause,
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

/// Where the objects of a database are, by the names that statements use.
struct DBCIndex {
    struct Place: Hashable {
        var message: Int
        var signal: Int
    }

    struct SignalKey: Hashable {
        var message: Int
        var name: String
    }

    private(set) var messages: [UInt32: [Int]] = [:]
    private(set) var signals: [SignalKey: [Int]] = [:]
    private(set) var nodes: [String: Int] = [:]
    private(set) var variables: [String: Int] = [:]
    private(set) var definitions: [String: [Int]] = [:]
    private(set) var tables: [String: Int] = [:]
    /// The places of an enumeration's choices, by the attribute's definition.
    private(set) var choices: [Int: [String: Int]] = [:]

    /// What a file says of a name goes to every object of the name, up to so many.
    static let maximumNamesakes = 64

    init() {}

    init(of database: Database) {
        signals.reserveCapacity(database.messages.reduce(0) { $0 + $1.signals.count })
        for (index, message) in database.messages.enumerated() {
            messages[message.number, default: []].append(index)
            for (place, signal) in message.signals.enumerated() {
                signals[SignalKey(message: index, name: signal.name), default: []].append(place)
            }
        }
        for (index, node) in database.nodes.enumerated() where nodes[node.name] == nil {
            nodes[node.name] = index
        }
        for (index, variable) in database.environmentVariables.enumerated() {
            variables[variable.name] = index
        }
        for (index, definition) in database.attributeDefinitions.enumerated() {
            definitions[definition.name, default: []].append(index)
            if case .choice(let names) = definition.kind {
                choices[index] = Dictionary(
                    names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
            }
        }
        for (index, table) in database.valueTables.enumerated() { tables[table.name] = index }
    }

    /// The messages of a number; bit 31 may be missing on one side.
    func messages(of number: UInt32) -> ArraySlice<Int> {
        (messages[number] ?? messages[number ^ 0x8000_0000] ?? [])
            .prefix(Self.maximumNamesakes)
    }

    func signals(named name: String, of message: Int) -> ArraySlice<Int> {
        (signals[SignalKey(message: message, name: name)] ?? []).prefix(Self.maximumNamesakes)
    }
}
