import SignalDatabase
import VehicleSpec

/// What the data identifiers of a control unit hold in a vehicle that is whole.
struct IdentifierContents {
    private static let vehicleNumber: UInt16 = 0xF190
    /// The active session, which the control unit knows itself.
    private static let activeSession: UInt16 = 0xF186
    private static let manufacturingDate = "20260914"
    /// How often something repeats of which the specs do not say how often.
    private static let openCount = 4

    let spec: VehicleSpec
    let vin: String
    let numbers: SeededNumbers

    /// By number, what `unit` answers.
    func identifiers(of unit: ControlUnitSpec) throws(SimulationMistake) -> [UInt16:
        StoredIdentifier]
    {
        let identification = try identification(of: unit)
        var stored: [UInt16: StoredIdentifier] = [:]
        for identifier in unit.identifiers where identifier.number != Self.activeSession {
            guard identifier.isReadable || identifier.isWritable else { continue }
            let bytes = identification[identifier.number] ?? contents(of: identifier, in: unit)
            var value = StoredIdentifier(.bytes(bytes))
            value.reading = Self.condition(identifier.reading, of: unit)
            if identifier.isWritable {
                value.writing = Self.condition(identifier.writing, of: unit)
            }
            stored[identifier.number] = value
        }
        for (number, bytes) in identification where stored[number] == nil {
            stored[number] = StoredIdentifier(.bytes(bytes))
        }
        return stored
    }

    static func condition(_ rule: AccessRule, of unit: ControlUnitSpec) -> AccessCondition {
        let session = rule.session.flatMap { name in unit.sessions.first { $0.name == name }?.number
        }
        return AccessCondition(sessions: session.map { [$0] }, level: rule.securityLevel)
    }

    // MARK: What it is

    /// Bytes that make a control unit the one that it is, as people would write them.
    func identification(
        of unit: ControlUnitSpec
    ) throws(SimulationMistake) -> [UInt16: [UInt8]] {
        var example: [UInt16: [UInt8]]?
        do throws(BytePatternError) {
            example = try unit.example(alsoMatching: unit)
        } catch {
            throw SimulationMistake(
                "\(unit.id) has patterns too entangled for an example", remedy: error.remedy)
        }
        guard var example else {
            throw SimulationMistake(
                "nothing answers to the patterns of \(unit.id)",
                remedy: "'canlog specs lint' tells why")
        }
        let predicates = unit.identify + unit.match
        for (number, bytes) in example {
            var readable = bytes
            for place in bytes.indices where !(0x21...0x7E).contains(bytes[place]) {
                let kept = readable[place]
                readable[place] = UInt8(ascii: "0")
                let holds = predicates.allSatisfy {
                    $0.identifier != number || $0.holds(for: readable)
                }
                if !holds { readable[place] = kept }
            }
            example[number] =
                short(predicates.filter { $0.identifier == number }, readable) ?? readable
        }
        return example
    }

    /// The shortest text that fits, filled up with blanks where filling does not count.
    private func short(
        _ predicates: [IdentificationPredicate], _ example: [UInt8]
    ) -> [UInt8]? {
        guard predicates.allSatisfy(\.ignoresPadding),
            let shortest = try? BytePattern.example(of: predicates.map(\.pattern)),
            shortest.allSatisfy({ (0x21...0x7E).contains($0) }), shortest.count <= example.count
        else { return nil }
        let filling = Array(repeating: UInt8(ascii: " "), count: example.count - shortest.count)
        let filled = shortest + filling
        return predicates.allSatisfy { $0.holds(for: filled) } ? filled : nil
    }

    // MARK: What it has

    private func contents(of identifier: DataIdentifierSpec, in unit: ControlUnitSpec) -> [UInt8] {
        let encoding = identifier.encoding
        if identifier.number == Self.vehicleNumber, let bytes = encoding.bytes(of: vin) {
            return bytes
        }
        if let wanted = wanted(identifier, of: unit.role) { return wanted }
        switch encoding.kind {
        case .ascii(let length):
            return serial(unit, identifier, digits: length ?? 8).flatMap { encoding.bytes(of: $0) }
                ?? []
        case .bcd(let length):
            return serial(unit, identifier, digits: (length ?? 4) * 2).flatMap {
                encoding.bytes(of: $0)
            } ?? []
        case .bcdDate(let length):
            return encoding.bytes(of: String(Self.manufacturingDate.suffix(length * 2))) ?? []
        case .bytes(let length), .bits(let length as Int?, _):
            return Self.zeros(length ?? 1, unlike: encoding.invalid)
        case .unsigned, .signed, .float32: return number(encoding)
        case .repeated(let element, let count):
            return (0..<(count ?? Self.openCount)).flatMap { _ in number(element) }
        }
    }

    /// What the plan expects to read, or what a signal of the same name and unit says.
    private func wanted(_ identifier: DataIdentifierSpec, of role: String) -> [UInt8]? {
        let subject = "\(role).\(identifier.name)"
        for step in spec.plan?.steps ?? [] where step.action == "read" && step.subject == subject {
            if let text = step.properties["expect"], let bytes = identifier.encoding.bytes(of: text)
            {
                return bytes
            }
        }
        guard identifier.encoding.isNumeric, let value = sameSignal(identifier, of: role) else {
            return nil
        }
        return identifier.encoding.bytes(of: value)
    }

    /// The start value of the signal `CoolantTemp` for `coolant_temp`; one of the control unit's own
    /// messages before others.
    private func sameSignal(_ identifier: DataIdentifierSpec, of role: String) -> Double? {
        let name = identifier.name.split(separator: "_").joined().lowercased()
        var other: Double?
        for bus in spec.buses {
            for message in bus.database.messages {
                for signal in message.signals
                where signal.name.lowercased() == name && signal.unit == identifier.encoding.unit {
                    guard let value = SignalCourse.startValue(of: signal, in: bus.database) else {
                        continue
                    }
                    if message.transmitters.contains(role) { return value }
                    other = other ?? value
                }
            }
        }
        return other
    }

    /// The middle of what is valid; the first label; else zero.
    private func number(_ encoding: ValueEncoding) -> [UInt8] {
        if let valid = encoding.valid,
            let bytes = encoding.bytes(of: (valid.lowerBound + valid.upperBound) / 2)
        {
            return bytes
        }
        if let label = encoding.labels.first, let bytes = encoding.bytes(of: label.text) {
            return bytes
        }
        return Self.zeros(encoding.length ?? 1, unlike: encoding.invalid)
    }

    /// Bytes of zeros; of ones in their lowest bits where zeros stand for "no value".
    private static func zeros(_ count: Int, unlike invalid: [UInt64]) -> [UInt8] {
        Array(repeating: invalid.contains(0) ? 1 : 0, count: count)
    }

    /// Digits that are this vehicle's and this control unit's alone.
    private func serial(
        _ unit: ControlUnitSpec, _ identifier: DataIdentifierSpec, digits: Int
    ) -> String? {
        let own = numbers.derived("\(unit.id).\(identifier.number)")
        return String((0..<digits).map { Character("\(own[UInt64($0)] % 10)") })
    }
}
