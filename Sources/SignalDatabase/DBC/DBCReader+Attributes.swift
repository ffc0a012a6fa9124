extension DBCReader {
    /// `BA_DEF_ [BU_|BO_|SG_|EV_] "name" type …;`, `BA_DEF_REL_ BU_SG_REL_|BU_BO_REL_|BU_EV_REL_ …;`
    mutating func readAttributeDefinition(
        _ scanner: inout DBCScanner, at start: Int
    ) throws(DBCFault) {
        let owner = AttributeOwner(scanner.objectKeyword())
        let range = try scanner.stringRange("name of an attribute")
        let name = scanner.quoted(range)
        let definition = database.attributeDefinitions.count
        let kind = try readAttributeKind(&scanner, definition: definition)
        if let same = index.definitions.all(range, in: bytes),
            same.contains(where: { database.attributeDefinitions[$0].owner == owner })
        {
            throw DBCFault(start, "the attribute \(name) is defined above already")
        }
        index.definitions.insert(range, in: bytes, value: definition)
        database.attributeDefinitions.append(
            AttributeDefinition(
                name: name, owner: owner, kind: kind, line: diagnostics.line(of: start)))
    }

    private mutating func readAttributeKind(
        _ scanner: inout DBCScanner, definition: Int
    ) throws(DBCFault) -> AttributeDefinition.Kind {
        let range = try scanner.name("type of an attribute")
        let word = scanner.text(range)
        switch word {
        case "STRING": return .text
        case "ENUM":
            var names: [String] = []
            while scanner.peek() != nil {
                let choice = try scanner.stringRange("name of a choice")
                index.choices.insert(choice, in: bytes, scope: definition, value: names.count)
                names.append(scanner.quoted(choice))
                // Some tools leave the comma out.
                _ = scanner.take(",")
            }
            return .choice(names)
        case "INT":
            let limits = try readAttributeLimits(&scanner)
            return .integer(minimum: limits.0, maximum: limits.1)
        case "HEX":
            let limits = try readAttributeLimits(&scanner)
            return .hexadecimal(minimum: limits.0, maximum: limits.1)
        case "FLOAT":
            let limits = try readAttributeLimits(&scanner)
            return .number(minimum: limits.0, maximum: limits.1)
        default:
            diagnostics.add(
                DBCFault(
                    range.lowerBound,
                    "the type '\(word)' is none of INT, HEX, FLOAT, STRING, ENUM"),
                .repaired, "the values of the attribute are read as texts")
            return .text
        }
    }

    /// Two numbers, or none.
    private func readAttributeLimits(
        _ scanner: inout DBCScanner
    ) throws(DBCFault) -> (Double, Double) {
        guard scanner.peek() != nil else { return (0, 0) }
        return (try scanner.number("minimum"), try scanner.number("maximum"))
    }

    /// `BA_DEF_DEF_ "name" value;`, `BA_DEF_DEF_REL_ "name" value;`
    mutating func readAttributeDefault(
        _ scanner: inout DBCScanner, isRelation: Bool
    ) throws(DBCFault) {
        let name = try scanner.stringRange("name of an attribute")
        let definitions = index.definitions.all(name, in: bytes)?.filter {
            // Some tools write the default of a relation's attribute as that of another.
            !isRelation || database.attributeDefinitions[$0].owner.isRelation
        }
        guard let definitions, !definitions.isEmpty else {
            throw DBCFault(name.lowerBound - 1, "there is no attribute \(scanner.quoted(name))")
        }
        let start = scanner
        for definition in definitions {
            scanner = start
            // Many files give an empty default to an enumeration: it has none.
            if case .choice = database.attributeDefinitions[definition].kind,
                scanner.nextIsEmptyString()
            {
                continue
            }
            database.attributeDefinitions[definition].defaultValue = try readAttributeValue(
                &scanner, of: definition)
        }
    }

    /// `BA_ "name" [object] value;`
    mutating func readAttribute(_ scanner: inout DBCScanner) throws(DBCFault) {
        let name = try scanner.stringRange("name of an attribute")
        let object = try readObject(&scanner)
        let owner = object.owner
        guard let definition = definition(of: name, owner) else {
            return try readUndefinedAttribute(name, of: object, &scanner)
        }
        let value = try readAttributeValue(&scanner, of: definition)
        give(
            Attribute(name: database.attributeDefinitions[definition].name, value: value),
            to: object)
    }

    /// The definition of an attribute for objects of a kind.
    ///
    /// Files give the values of one attribute one after the other as a rule.
    mutating func definition(of name: Range<Int>, _ owner: AttributeOwner) -> Int? {
        if let last = lastDefinition, last.owner == owner, last.name.count == name.count,
            bytes.isSame(last.name.lowerBound, name.lowerBound, count: name.count)
        {
            return last.definition
        }
        let definition = index.definitions.all(name, in: bytes)?.first {
            database.attributeDefinitions[$0].owner == owner
        }
        if let definition { lastDefinition = (name, owner, definition) }
        return definition
    }

    /// A value of an attribute that nothing defines says by its form what it is.
    private mutating func readUndefinedAttribute(
        _ name: Range<Int>, of object: Object, _ scanner: inout DBCScanner
    ) throws(DBCFault) {
        let text = scanner.quoted(name)
        let isElsewhere = index.definitions.first(name, in: bytes) != nil
        let value = try readPlainValue(&scanner)
        diagnostics.add(
            DBCFault(
                name.lowerBound - 1,
                isElsewhere
                    ? "the attribute \(text) is defined for other objects"
                    : "there is no attribute \(text)"),
            .repaired, "its value is kept as it is written")
        give(Attribute(name: text, value: value), to: object)
    }

    private func readPlainValue(_ scanner: inout DBCScanner) throws(DBCFault) -> AttributeValue {
        if scanner.peek() == UInt8(ascii: "\"") {
            return .text(try scanner.string("value of an attribute"))
        }
        let number = try scanner.number("value of an attribute")
        return Int64(exactly: number).map { .integer($0) } ?? .number(number)
    }

    private mutating func give(_ attribute: Attribute, to object: Object) {
        switch object {
        case .database: database.attributes.append(attribute)
        case .node(let node): database.nodes[node].attributes.append(attribute)
        case .messages(let messages):
            for message in messages { database.messages[message].attributes.append(attribute) }
        case .signals(let places):
            for place in places {
                database.messages[place.message].signals[place.signal].attributes
                    .append(attribute)
            }
        case .variable(let variable):
            database.environmentVariables[variable].attributes.append(attribute)
        }
    }

    func readAttributeValue(
        _ scanner: inout DBCScanner, of definition: Int
    ) throws(DBCFault) -> AttributeValue {
        let isQuoted = scanner.peek() == UInt8(ascii: "\"")
        switch database.attributeDefinitions[definition].kind {
        case .text:
            guard !isQuoted else { return .text(try scanner.string("value of an attribute")) }
            return .text(scanner.text(try scanner.name("value of an attribute")))
        case .choice(let names):
            let place = scanner.position
            if isQuoted {
                let range = try scanner.stringRange("name of a choice")
                guard let choice = index.choices.first(range, in: bytes, scope: definition) else {
                    throw DBCFault(
                        place, "the attribute has no choice '\(scanner.quoted(range))'")
                }
                return .choice(index: choice, name: names[choice])
            }
            let choice = try scanner.integer("place of a choice")
            guard choice >= 0, choice < names.count else {
                throw DBCFault(place, "the attribute has no choice \(choice)")
            }
            return .choice(index: Int(choice), name: names[Int(choice)])
        case .integer, .hexadecimal, .number:
            // Some tools put numbers into quotes.
            let hasQuote = scanner.take("\"")
            let number = try scanner.number("value of an attribute")
            if hasQuote { try scanner.expect("\"", "behind the number") }
            if case .number = database.attributeDefinitions[definition].kind {
                return .number(number)
            }
            return Int64(exactly: number).map { .integer($0) } ?? .number(number)
        }
    }
}

extension AttributeOwner {
    /// By the word that stands before the attribute's name; that of the database has none.
    init(_ keyword: DBCKeyword?) {
        self =
            switch keyword {
            case .nodes: .node
            case .message: .message
            case .signal: .signal
            case .environmentVariable: .environmentVariable
            case .nodeMessageRelation: .nodeAndMessage
            case .nodeSignalRelation: .nodeAndSignal
            case .nodeVariableRelation: .nodeAndVariable
            default: .database
            }
    }
}
