extension DBCReader {
    /// `BA_REL_ "name" BU_SG_REL_ node SG_ number signal value;`,
    /// `BA_REL_ "name" BU_BO_REL_ node number value;`,
    /// `BA_REL_ "name" BU_EV_REL_ node variable value;`
    mutating func readRelation(_ scanner: inout DBCScanner) throws(DBCFault) {
        let name = try scanner.stringRange("name of an attribute")
        let keyword = scanner.objectKeyword()
        let owner = AttributeOwner(keyword)
        guard owner.isRelation else {
            throw scanner.fault("there is none of BU_SG_REL_, BU_BO_REL_, BU_EV_REL_")
        }
        let node = try readNode(&scanner)
        let targets = try readTargets(of: owner, &scanner)
        guard let definition = definition(of: name, owner) else {
            throw DBCFault(
                name.lowerBound - 1, "there is no attribute \(scanner.quoted(name))")
        }
        let value = try readAttributeValue(&scanner, of: definition)
        let attribute = Attribute(
            name: database.attributeDefinitions[definition].name, value: value)
        for target in targets {
            database.relations.append(
                NodeRelation(node: node, target: target, attribute: attribute))
        }
    }

    private mutating func readTargets(
        of owner: AttributeOwner, _ scanner: inout DBCScanner
    ) throws(DBCFault) -> [NodeRelation.Target] {
        // The keyword of the object stands there of a signal, and in some files of others.
        _ = scanner.objectKeyword()
        switch owner {
        case .nodeAndSignal:
            return try readSignals(&scanner).map { .signal(message: $0.message, signal: $0.signal) }
        case .nodeAndMessage: return try readMessages(&scanner).map { .message($0) }
        default: return [.variable(try readVariable(&scanner))]
        }
    }

    /// `SGTYPE_ name : size@order sign (factor,offset) [minimum|maximum] "unit" default, table;`
    mutating func readSignalType(
        _ scanner: inout DBCScanner, at start: Int
    ) throws(DBCFault) {
        let name = try scanner.name("name of a signal type")
        _ = scanner.take(":")
        let range = scanner.position..<scanner.end
        index.signalTypes.insert(name, in: bytes, value: database.signalTypes.count)
        database.signalTypes.append(
            SignalType(
                name: scanner.text(name), text: scanner.trimmedText(range),
                line: diagnostics.line(of: start)))
    }

    /// `SIG_TYPE_REF_ number signal : type;`
    mutating func readSignalTypeReference(_ scanner: inout DBCScanner) throws(DBCFault) {
        let places = try readSignals(&scanner)
        _ = scanner.take(":")
        let name = try scanner.name("name of a signal type")
        guard let type = index.signalTypes.first(name, in: bytes) else {
            throw DBCFault(name.lowerBound, "there is no signal type \(scanner.text(name))")
        }
        for place in places {
            database.messages[place.message].signals[place.signal].typeName =
                database.signalTypes[type].name
        }
    }
}
