extension DBCReader {
    /// Reads a statement about something that the first pass has read.
    mutating func annotate(_ statement: DBCStatement) {
        guard let keyword = statement.keyword else { return }
        var scanner = DBCScanner(bytes, in: statement)
        do throws(DBCFault) {
            switch keyword {
            case .comment: try readComment(&scanner)
            case .attribute: try readAttribute(&scanner)
            case .attributeDefault: try readAttributeDefault(&scanner, isRelation: false)
            case .value: try readValues(&scanner)
            case .valueType: try readValueType(&scanner)
            case .multiplexing: try readMultiplexing(&scanner)
            case .transmitters: try readTransmitters(&scanner)
            case .signalGroup: try readSignalGroup(&scanner)
            case .environmentData: try readEnvironmentData(&scanner)
            case .relationDefault: try readAttributeDefault(&scanner, isRelation: true)
            case .relation: try readRelation(&scanner)
            case .signalTypeReference: try readSignalTypeReference(&scanner)
            default: return
            }
        } catch {
            diagnostics.add(error, .lost, lostBy(keyword))
        }
    }

    // MARK: Objects

    /// What a statement is about.
    enum Object {
        case database
        case node(Int)
        case messages(OneOrMore<Int>)
        case signals(OneOrMore<DBCIndex.Place>)
        case variable(Int)

        var owner: AttributeOwner {
            switch self {
            case .database: .database
            case .node: .node
            case .messages: .message
            case .signals: .signal
            case .variable: .environmentVariable
            }
        }
    }

    /// `BU_ node`, `BO_ number`, `SG_ number signal`, `EV_ variable`, or nothing.
    mutating func readObject(_ scanner: inout DBCScanner) throws(DBCFault) -> Object {
        let start = scanner
        switch scanner.objectKeyword() {
        case .nodes: return .node(try readNode(&scanner))
        case .message: return .messages(try readMessages(&scanner))
        case .signal: return .signals(try readSignals(&scanner))
        case .environmentVariable: return .variable(try readVariable(&scanner))
        case nil: return .database
        default:
            scanner = start
            _ = scanner.peek()
            throw scanner.fault("only a relation is about two objects")
        }
    }

    func readNode(_ scanner: inout DBCScanner) throws(DBCFault) -> Int {
        let name = try scanner.name("name of a node")
        guard let node = index.nodes.first(name, in: bytes) else {
            throw DBCFault(name.lowerBound, "there is no node \(scanner.text(name))")
        }
        return node
    }

    func readVariable(_ scanner: inout DBCScanner) throws(DBCFault) -> Int {
        let name = try scanner.name("name of an environment variable")
        guard let variable = index.variables.first(name, in: bytes) else {
            throw DBCFault(
                name.lowerBound, "there is no environment variable \(scanner.text(name))")
        }
        return variable
    }

    mutating func readMessages(
        _ scanner: inout DBCScanner
    ) throws(DBCFault) -> OneOrMore<Int> {
        _ = scanner.peek()
        let place = scanner.position
        let number = try scanner.unsigned("number of a message", atMost: Int(UInt32.max))
        guard let messages = index.messages(of: UInt32(number)) else {
            throw DBCFault(place, "there is no message \(number)")
        }
        return withinBounds(messages, at: place)
    }

    /// All signals of that name in all messages of that number, which are one and one as a rule, up to
    /// ``DBCIndex/maximumNamesakes``.
    mutating func readSignals(
        _ scanner: inout DBCScanner
    ) throws(DBCFault) -> OneOrMore<DBCIndex.Place> {
        let messages = try readMessages(&scanner)
        let name = try scanner.name("name of a signal")
        guard let places = index.places(of: name, in: bytes, messages) else {
            throw DBCFault(
                name.lowerBound,
                "the message \(database.messages[messages.first].name) has no signal "
                    + scanner.text(name))
        }
        return withinBounds(places, at: name.lowerBound)
    }

    // MARK: Statements

    /// `CM_ [object] "text";`
    private mutating func readComment(_ scanner: inout DBCScanner) throws(DBCFault) {
        let object = try readObject(&scanner)
        let text = try scanner.lastString("comment")
        switch object {
        case .database: database.comment = text
        case .node(let node): database.nodes[node].comment = text
        case .messages(let messages):
            for message in messages { database.messages[message].comment = text }
        case .signals(let places):
            for place in places {
                database.messages[place.message].signals[place.signal].comment = text
            }
        case .variable(let variable): database.environmentVariables[variable].comment = text
        }
    }

    /// `VAL_ number signal 0 "text" …;`, `VAL_ variable 0 "text" …;`, or the name of a table.
    private mutating func readValues(_ scanner: inout DBCScanner) throws(DBCFault) {
        // A number is a message's: environment variables have names.
        guard let byte = scanner.peek(), byte.isDigit else {
            let variable = try readVariable(&scanner)
            database.environmentVariables[variable].labels = try readLabels(&scanner)
            return
        }
        let places = try readSignals(&scanner)
        let labels: [ValueLabel]
        if let next = scanner.peek(), next.isNameByte, !next.isDigit, next != UInt8(ascii: "-"),
            next != UInt8(ascii: "+"), next != UInt8(ascii: ".")
        {
            let name = try scanner.name("name of a table")
            guard let table = index.tables.first(name, in: bytes) else {
                throw DBCFault(
                    name.lowerBound, "there is no value table \(scanner.text(name))")
            }
            labels = database.valueTables[table].labels
        } else {
            labels = try readLabels(&scanner)
        }
        for place in places {
            database.messages[place.message].signals[place.signal].labels = labels
        }
    }

    /// `SIG_VALTYPE_ number signal : type;` with 1 for single and 2 for double precision.
    private mutating func readValueType(_ scanner: inout DBCScanner) throws(DBCFault) {
        let places = try readSignals(&scanner)
        _ = scanner.take(":")
        _ = scanner.peek()
        let start = scanner.position
        let type = try scanner.unsigned("type of a value", atMost: 255)
        guard type > 0 else { return }
        guard type <= 2 else { throw DBCFault(start, "the type of a value is none of 0, 1, 2") }
        for place in places {
            let length = database.messages[place.message].signals[place.signal].length
            guard length == 32 * type else {
                throw DBCFault(
                    start,
                    "a floating-point signal of type \(type) has \(32 * type) bits, this one "
                        + "\(length)")
            }
            database.messages[place.message].signals[place.signal].valueType =
                type == 1 ? .float : .double
        }
    }

    /// `SG_MUL_VAL_ number signal multiplexer 1-1, 5-7;`
    private mutating func readMultiplexing(_ scanner: inout DBCScanner) throws(DBCFault) {
        let places = try readSignals(&scanner)
        let name = try scanner.name("name of a multiplexer")
        var ranges: [ClosedRange<UInt64>] = []
        while let range = scanner.word() {
            guard let values = Self.valueRange(bytes[range]) else {
                throw DBCFault(
                    range.lowerBound, "'\(scanner.text(range))' is no range of values")
            }
            guard ranges.count < Self.maximumRanges else {
                throw DBCFault(
                    range.lowerBound, "there are more than \(Self.maximumRanges) ranges")
            }
            ranges.append(values)
            _ = scanner.take(",")
        }
        guard scanner.peek() == nil else { throw scanner.fault("this is no range of values") }
        guard !ranges.isEmpty else { throw scanner.fault("there is no range of values") }
        for place in places {
            guard let multiplexer = index.signals.first(name, in: bytes, scope: place.message)
            else {
                throw DBCFault(
                    name.lowerBound,
                    "the message \(database.messages[place.message].name) has no signal "
                        + scanner.text(name))
            }
            switch explicitMultiplexing[place]?.multiplexer {
            case nil:
                var multiplexing = Multiplexing()
                multiplexing.isSwitched = true
                multiplexing.multiplexer = multiplexer
                multiplexing.values = ranges
                explicitMultiplexing[place] = multiplexing
            case multiplexer: try addRanges(ranges, to: place, at: name.lowerBound)
            case .some: noteSecondMultiplexer(of: place, at: name.lowerBound)
            }
        }
    }

    private mutating func addRanges(
        _ ranges: [ClosedRange<UInt64>], to place: DBCIndex.Place, at offset: Int
    ) throws(DBCFault) {
        let count = explicitMultiplexing[place]?.values.count ?? 0
        guard ranges.count <= Self.maximumRanges - count else {
            throw DBCFault(offset, "there are more than \(Self.maximumRanges) ranges")
        }
        explicitMultiplexing[place]?.values += ranges
    }

    private mutating func noteSecondMultiplexer(of place: DBCIndex.Place, at offset: Int) {
        let signal = database.messages[place.message].signals[place.signal]
        diagnostics.add(
            DBCFault(offset, "another SG_MUL_VAL_ names another multiplexer of \(signal.name)"),
            .lost, "the signal depends on the one that was named first")
    }

    /// `5-7`
    private static func valueRange(_ text: ArraySlice<UInt8>) -> ClosedRange<UInt64>? {
        let bounds = text.split(
            separator: UInt8(ascii: "-"), maxSplits: 1, omittingEmptySubsequences: false)
        guard bounds.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isDigit) }),
            let first = bounds.first.flatMap({ UInt64(String(decoding: $0, as: UTF8.self)) }),
            let last = bounds.last.flatMap({ UInt64(String(decoding: $0, as: UTF8.self)) }),
            first <= last
        else { return nil }
        return first...last
    }

    /// `BO_TX_BU_ number : node,node;`
    private mutating func readTransmitters(_ scanner: inout DBCScanner) throws(DBCFault) {
        let messages = try readMessages(&scanner)
        _ = scanner.take(":")
        let nodes = scanner.nodeNames()
        for message in messages {
            if transmitters[message] == nil {
                transmitters[message] = Set(database.messages[message].transmitters)
            }
            for node in nodes where transmitters[message]?.insert(node).inserted == true {
                database.messages[message].transmitters.append(node)
            }
        }
    }

    /// `SIG_GROUP_ number name repetitions : signals;`
    private mutating func readSignalGroup(_ scanner: inout DBCScanner) throws(DBCFault) {
        let messages = try readMessages(&scanner)
        let name = scanner.text(try scanner.name("name of a signal group"))
        let repetitions = try scanner.unsigned("number of repetitions", atMost: Int(Int32.max))
        _ = scanner.take(":")
        var signals: [Int: [Int]] = [:]
        var known: Set<DBCIndex.Place> = []
        while true {
            guard let range = scanner.word() else {
                if scanner.take(",") { continue }
                break
            }
            guard let places = index.places(of: range, in: bytes, messages) else {
                diagnostics.add(
                    DBCFault(
                        range.lowerBound,
                        "the message \(database.messages[messages.first].name) has no signal "
                            + scanner.text(range)),
                    .lost, "the group is kept without it")
                continue
            }
            for place in withinBounds(places, at: range.lowerBound)
            where known.insert(place).inserted {
                signals[place.message, default: []].append(place.signal)
            }
        }
        for message in messages {
            database.messages[message].signalGroups.append(
                SignalGroup(name: name, repetitions: repetitions, signals: signals[message] ?? []))
        }
    }

    /// `ENVVAR_DATA_ variable: bytes;`
    private mutating func readEnvironmentData(_ scanner: inout DBCScanner) throws(DBCFault) {
        let variable = try readVariable(&scanner)
        _ = scanner.take(":")
        database.environmentVariables[variable].dataSize =
            try scanner.unsigned("size of the data", atMost: Int(Int32.max))
    }
}
