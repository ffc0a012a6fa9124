extension DBCReader {
    /// `BA_DEF_ [BU_|BO_|SG_|EV_] "name" type …;`
    mutating func readAttributeDefinition(
        _ scanner: inout DBCScanner, at start: Int
    ) throws(DBCFault) {
        let owner: AttributeOwner =
            switch scanner.objectKeyword() {
            case .nodes: .node
            case .message: .message
            case .signal: .signal
            case .environmentVariable: .environmentVariable
            default: .database
            }
        let name = try scanner.string("name of an attribute")
        let kind = try readAttributeKind(&scanner)
        guard definedAttributes.insert(DefinedAttribute(owner: owner, name: name)).inserted else {
            throw DBCFault(start, "the attribute \(name) is defined above already")
        }
        database.attributeDefinitions.append(
            AttributeDefinition(
                name: name, owner: owner, kind: kind, line: diagnostics.line(of: start)))
    }

    struct DefinedAttribute: Hashable {
        var owner: AttributeOwner
        var name: String
    }

    private mutating func readAttributeKind(
        _ scanner: inout DBCScanner
    ) throws(DBCFault) -> AttributeDefinition.Kind {
        _ = scanner.peek()
        let place = scanner.position
        let word = try scanner.name("type of an attribute")
        switch word {
        case "STRING": return .text
        case "ENUM":
            var names: [String] = []
            while scanner.peek() != nil {
                names.append(try scanner.string("name of a choice"))
                guard scanner.take(",") else { break }
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
            throw DBCFault(
                place, "the type '\(word)' is none of INT, HEX, FLOAT, STRING, ENUM")
        }
    }

    /// Two numbers, or none.
    private func readAttributeLimits(
        _ scanner: inout DBCScanner
    ) throws(DBCFault) -> (Double, Double) {
        guard scanner.peek() != nil else { return (0, 0) }
        return (try scanner.number("minimum"), try scanner.number("maximum"))
    }

    /// `BA_DEF_DEF_ "name" value;`
    mutating func readAttributeDefault(_ scanner: inout DBCScanner) throws(DBCFault) {
        let place = scanner.position
        let name = try scanner.string("name of an attribute")
        guard let definitions = index.definitions[name] else {
            throw DBCFault(place, "there is no attribute \(name)")
        }
        let start = scanner
        for definition in definitions {
            scanner = start
            // Many files give an empty default to an enumeration: it has none.
            let isChoice = index.choices[definition] != nil
            if isChoice, scanner.nextIsEmptyString() { continue }
            database.attributeDefinitions[definition].defaultValue = try readAttributeValue(
                &scanner, of: definition)
        }
    }

    /// `BA_ "name" [object] value;`
    mutating func readAttribute(_ scanner: inout DBCScanner) throws(DBCFault) {
        let place = scanner.position
        let name = try scanner.string("name of an attribute")
        let object = try readObject(&scanner)
        guard let definitions = index.definitions[name] else {
            throw DBCFault(place, "there is no attribute \(name)")
        }
        guard
            let definition = definitions.first(where: {
                database.attributeDefinitions[$0].owner == object.owner
            })
        else {
            throw DBCFault(place, "the attribute \(name) is defined for other objects")
        }
        let value = try readAttributeValue(
            &scanner, of: definition)
        give(Attribute(name: name, value: value), to: object)
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

    private func readAttributeValue(
        _ scanner: inout DBCScanner, of definition: Int
    ) throws(DBCFault) -> AttributeValue {
        let kind = database.attributeDefinitions[definition].kind
        let isQuoted = scanner.peek() == UInt8(ascii: "\"")
        switch kind {
        case .text:
            return .text(
                try isQuoted ? scanner.string("value of an attribute") : scanner.name("value"))
        case .choice(let names):
            let place = scanner.position
            if isQuoted {
                let start = place
                let name = try scanner.string("name of a choice")
                guard let place = index.choices[definition]?[name] else {
                    throw DBCFault(start, "the attribute has no choice '\(name)'")
                }
                return .choice(index: place, name: name)
            }
            let index = try scanner.integer("place of a choice")
            guard index >= 0, index < names.count else {
                throw DBCFault(place, "the attribute has no choice \(index)")
            }
            return .choice(index: Int(index), name: names[Int(index)])
        case .integer, .hexadecimal, .number:
            // Some tools put numbers into quotes.
            let hasQuote = scanner.take("\"")
            let number = try scanner.number("value of an attribute")
            if hasQuote { try scanner.expect("\"", "behind the number") }
            if case .number = kind { return .number(number) }
            return Int64(exactly: number).map { .integer($0) } ?? .number(number)
        }
    }
}
