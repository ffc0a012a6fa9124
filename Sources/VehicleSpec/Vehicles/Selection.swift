/// Which of a slot's alternatives answers: exactly one, or a named refusal.
public enum Selection: Sendable, Hashable {
    case match(ControlUnitSpec)
    /// A family's predicates hold and those of none of its versions: it is decoded by the family's
    /// base.
    case unknownFirmware(ControlUnitSpec)
    /// It answers, and no family fits.
    case unknownPart
    /// No answer.
    case absent
    /// More than one fits: always a failure, and found by lint before it can happen. In order of id.
    case ambiguous([ControlUnitSpec])

    /// The word of reports: `unknown-firmware`.
    public var word: String {
        switch self {
        case .match: "match"
        case .unknownFirmware: "unknown-firmware"
        case .unknownPart: "unknown-part"
        case .absent: "absent"
        case .ambiguous: "ambiguous"
        }
    }

    /// By what its messages are decoded.
    public var controlUnit: ControlUnitSpec? {
        switch self {
        case .match(let unit), .unknownFirmware(let unit): unit
        case .unknownPart, .absent, .ambiguous: nil
        }
    }
}

/// A place of a vehicle that one of several control units takes.
public struct Slot: Sendable, Hashable {
    public var role: String
    /// The families that may be here, each by its base, in order of id; order never decides.
    public var families: [ControlUnitSpec]
    /// Their versions, in order of id.
    public var alternatives: [ControlUnitSpec]

    public init(role: String, families: [ControlUnitSpec], alternatives: [ControlUnitSpec]) {
        self.role = role
        self.families = families.sorted { $0.id < $1.id }
        self.alternatives = alternatives.sorted { $0.id < $1.id }
    }

    /// The bus by its name in the vehicle; all its alternatives are on one.
    public var bus: String { families.first?.bus ?? "" }

    /// The identifiers that tell the alternatives apart: what is to be read, in order.
    public var identificationIdentifiers: [UInt16] {
        Set(alternatives.flatMap { $0.identify + $0.match }.map(\.identifier))
            .union(families.flatMap(\.identify).map(\.identifier)).sorted()
    }

    /// The addresses of all alternatives, without those that repeat.
    public var addresses: [ControlUnitAddresses] {
        var addresses: [ControlUnitAddresses] = []
        for family in families where !addresses.contains(family.addresses) {
            addresses.append(family.addresses)
        }
        return addresses
    }

    /// What all alternatives have alike: by it is decoded what comes before one is identified.
    public var commonIdentifiers: [DataIdentifierSpec] {
        guard let first = alternatives.first else { return [] }
        return first.identifiers.filter { identifier in
            alternatives.allSatisfy { $0.identifier(identifier.number) == identifier }
        }
    }

    /// Chooses by the raw bytes of the identification, padding included.
    ///
    /// An identifier that is not in it was not answered; `nil` is one that was refused: it is absent
    /// for the predicates, and the control unit is there.
    public func select(_ identification: [UInt16: [UInt8]?]) -> Selection {
        guard !identification.isEmpty else { return .absent }
        let matching = alternatives.filter { $0.matches(identification) }
        if matching.count > 1 { return .ambiguous(matching) }
        if let one = matching.first { return .match(one) }
        let families = families.filter { $0.isFamily(of: identification) }
        if families.count > 1 { return .ambiguous(families) }
        return families.first.map { .unknownFirmware($0) } ?? .unknownPart
    }
}
