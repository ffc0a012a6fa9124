import CANFrame

/// One step of a message's layout: messages are tables of these.
indirect enum FieldRule: Sendable {
    /// An unsigned number of so many bytes, the highest first.
    case number(String, bytes: Int)
    /// The same, of those that people write in hexadecimal.
    case digits(String, bytes: Int)
    /// A number with factor and unit.
    case quantity(String, bytes: Int, factor: Double, unit: String)
    /// A byte that stands for something.
    case named(String, [UInt8: String])
    /// A byte of bits, names from the lowest.
    case flags(String, [String])
    /// Two parts of a byte: the upper four bits and the lower.
    case nibbles(String, String)
    case bytes(String, Int)
    /// Whatever is left, if anything is.
    case rest(String)
    /// A length of so many bytes, and as many bytes of data.
    case counted(String, lengthBytes: Int)
    case text(String, lengthBytes: Int)
    /// A length of so many bytes, and a number of that length for each name.
    case sizes([String], lengthBytes: Int)
    /// A data identifier; the rest of the message may be its data.
    case identifier
    case routine
    /// A trouble code and what stands beside it.
    case troubleCode([TroubleCodePart])
    case format
    /// Nothing more, or these.
    case optional([FieldRule])
    /// These again and again, to the end.
    case repeated([FieldRule])
    /// A byte decides what follows.
    case chosen(String, [UInt8: String], [UInt8: [FieldRule]])
    case special(Special)

    /// What stands in a record of a trouble code, in this order.
    enum TroubleCodePart: Sendable {
        case severity, functionalUnit, code, status, snapshotRecord, counter
    }

    /// What a table cannot say.
    enum Special: Sendable {
        case dataRecords, memory, blockLength, communicationType, memoryDefinitions, scaling
        case snapshots, storedData, extendedData, extendedDataByNumber, serviceToRespond
        case groupOfCodes
    }
}

extension FieldReader {
    mutating func read(_ rules: [FieldRule]) {
        for rule in rules where !hasEnded { read(rule) }
    }

    private mutating func read(_ rule: FieldRule) {
        switch rule {
        case .number(let name, let count): readNumber(name, count)
        case .digits(let name, let count): readNumber(name, count, inHexadecimal: true)
        case .quantity(let name, let count, let factor, let unit):
            guard let range = take(count, for: name) else { return }
            add(
                name, .quantity(Double(number(in: range)) * factor, decimals: factor < 1 ? 2 : 0),
                unit: unit, range)
        case .named(let name, let names): _ = readNamed(name, names)
        case .flags(let name, let names): readFlags(name, names)
        case .nibbles(let upper, let lower):
            guard let range = take(1, for: upper) else { return }
            add(upper, .number(UInt64(bytes[range.lowerBound] >> 4)), range)
            add(lower, .number(UInt64(bytes[range.lowerBound] & 0xF)), range)
        case .bytes(let name, let count): readBytes(name, count)
        case .rest(let name): readBytes(name, left)
        case .counted(let name, let lengthBytes):
            if let count = readLength(of: name, lengthBytes) { readBytes(name, count) }
        case .text(let name, let lengthBytes):
            if let count = readLength(of: name, lengthBytes) {
                readBytes(name, count, asTextFrom: 1)
            }
        case .sizes(let names, let lengthBytes):
            guard let count = readLength(of: names[0], lengthBytes), count > 0 else { return }
            for name in names { readNumber(name, count) }
        case .identifier: readIdentifier()
        case .routine: readRoutine()
        case .troubleCode(let parts): readTroubleCode(parts)
        case .format: readFormat()
        case .optional(let rules): if left > 0 { read(rules) }
        case .repeated(let rules): while left > 0, !hasEnded { read(rules) }
        case .chosen(let name, let names, let layouts):
            guard let value = readNamed(name, names) else { return }
            read(layouts[value] ?? [.rest(DiagnosticField.raw)])
        case .special(let special): read(special)
        }
    }

    private mutating func read(_ special: FieldRule.Special) {
        switch special {
        case .dataRecords: readDataRecords()
        case .memory: readMemory()
        case .blockLength: readBlockLength()
        case .communicationType: readCommunicationType()
        case .memoryDefinitions: readMemoryDefinitions()
        case .scaling: readScaling()
        case .snapshots: readSnapshots()
        case .storedData: readStoredData()
        case .extendedData: readExtendedData()
        case .extendedDataByNumber: readExtendedDataByNumber()
        case .serviceToRespond: readServiceToRespond()
        case .groupOfCodes: readGroupOfCodes()
        }
    }

    private mutating func readNamed(_ name: String, _ names: [UInt8: String]) -> UInt8? {
        guard let range = take(1, for: name) else { return nil }
        let value = bytes[range.lowerBound]
        add(name, names[value].map { .named(UInt64(value), $0) } ?? .number(UInt64(value)), range)
        return value
    }

    mutating func readFlags(_ name: String, _ names: [String]) {
        guard let range = take(1, for: name) else { return }
        let value = bytes[range.lowerBound]
        let set = names.indices.filter { value >> UInt8($0) & 1 == 1 }.map { names[$0] }
        add(name, .flags(UInt64(value), set), range)
    }

    /// A length that the message gives; what it says is compared with what is there by who reads on.
    private mutating func readLength(of name: String, _ count: Int) -> Int? {
        let name = name + "Length"
        guard let range = take(count, for: name) else { return nil }
        let value = number(in: range)
        add(name, .number(value), range)
        return Int(value)
    }

    /// The bytes of a data or routine identifier.
    mutating func takeIdentifier(_ name: String) -> (UInt16, Range<Int>)? {
        guard let range = take(2, for: name) else { return nil }
        return (UInt16(number(in: range)), range)
    }

    mutating func note(_ identifier: UInt16, _ name: String?) {
        guard identifiers.count < DiagnosticMessage.maximumFields else { return }
        identifiers.append(NamedIdentifier(number: identifier, name: name))
    }

    private mutating func readIdentifier() {
        guard let (identifier, range) = takeIdentifier("dataIdentifier") else { return }
        let name = table.name(of: identifier)
        note(identifier, name)
        add(
            "dataIdentifier",
            .named(UInt64(identifier), identifier.hexadecimal + (name.map { " " + $0 } ?? "")),
            range)
    }

    private mutating func readRoutine() {
        guard let (identifier, range) = takeIdentifier("routineIdentifier") else { return }
        let name = RoutineName.of(identifier)
        note(identifier, name)
        add(
            "routineIdentifier",
            .named(UInt64(identifier), identifier.hexadecimal + (name.map { " " + $0 } ?? "")),
            range)
    }
}
