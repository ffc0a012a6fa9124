import CANFrame
import CANTransport
import Diagnostics
import VehicleSpec
import YAMLText

/// `ecus/…yaml`: a family of control units of a supplier, resolved with its profiles and versions.
struct ControlUnitFile {
    var id: Placed<String>
    var role: Placed<String>
    /// For firmware that no version describes.
    var base: ControlUnitSpec
    var versions: [ControlUnitSpec]
    /// Where each version stands, by its id.
    var versionPlaces: [String: SpecPlace] = [:]
    /// Where an identifier or routine stands, by number, of the base and of the versions' own.
    var places: [String: SpecPlace] = [:]
    var transportPlace: SpecPlace
    /// Whether all profiles and predicates could be read; if not, nothing is told of what follows.
    private(set) var isComplete = true

    static let keys =
        [
            "spec", "id", "role", "supplier", "title", "uses", "bus", "transport", "identify",
            "versions",
        ] + UnitLayer.keys

    init?(
        _ fields: SpecFields, profiles: [String: ProfileFile], unread: Set<String>,
        _ patterns: inout PatternStore, usedProfiles: inout Set<String>
    ) {
        guard let id = fields.identity(),
            let role = fields.neededText("role", "name the slot that it fits: 'role: ECM'"),
            let supplier = fields.neededText("supplier", "name who makes it"),
            let bus = fields.neededText("bus", "name the bus of the vehicle: 'bus: PT'"),
            let addresses = Self.addresses(fields)
        else { return nil }
        self.id = id
        self.role = Placed(role, at: fields.place(of: "role"))
        transportPlace = fields.place(of: "transport")
        base = ControlUnitSpec(
            family: id.value, version: nil, role: role, supplier: supplier, bus: bus,
            addresses: addresses)
        base.title = fields.text("title") ?? ""
        versions = []

        var resolver = UnitResolver(journal: fields.journal)
        resolver.addProfiles(of: fields, profiles, unread: unread, &usedProfiles)
        isComplete = resolver.isComplete
        resolver.add(UnitLayer(fields), isOverride: false)
        resolver.resolve(into: &base, at: id.place)
        base.identify = predicates(fields, "identify", base, &patterns)
        if base.identify.isEmpty, fields["identify"] == nil {
            fields.note(
                id.place.yaml, "nothing says how to tell the family by its identification",
                "write 'identify: {F187: \"…\"}'")
        }
        places = resolver.places
        for item in fields.items("versions") {
            add(version: item, fields, resolver, &patterns)
        }
        if fields["versions"] == nil {
            fields.note(
                id.place.yaml, "there are no 'versions', so that nothing can ever match",
                "write 'versions: [{id: \"1\", match: {F195: \"1.*\"}}]'")
        }
    }

    private mutating func add(
        version node: YAMLNode, _ fields: SpecFields, _ family: UnitResolver,
        _ patterns: inout PatternStore
    ) {
        guard
            let details = fields.fields(
                node, of: "a version",
                keys: [
                    "id", "title", "match", "timing", "identifiers", "trouble-codes", "routines",
                    "sessions", "security",
                ]),
            let version = details.neededText("id", "name the version: 'id: \"1.4\"'")
        else { return }
        let place = SpecPlace(node.place, in: fields.file)
        if versionPlaces[version] != nil {
            details.note(node.place, "there are two versions '\(version)'", "name them apart")
            return
        }
        versionPlaces[version] = place
        var resolver = family
        resolver.add(UnitLayer(details), isOverride: true)
        var unit = base
        unit.version = version
        if let title = details.text("title") { unit.title = title }
        resolver.resolve(into: &unit, at: place)
        unit.match = predicates(details, "match", unit, &patterns)
        if details["match"] == nil {
            details.note(
                node.place, "version \(version): there is no 'match'",
                "write 'match: {F195: \"…\"}', so that it can be told from others")
        }
        places.merge(resolver.places) { first, _ in first }
        versions.append(unit)
    }

    // MARK: Predicates

    private mutating func predicates(
        _ fields: SpecFields, _ key: String, _ unit: ControlUnitSpec,
        _ patterns: inout PatternStore
    ) -> [IdentificationPredicate] {
        var predicates: [IdentificationPredicate] = []
        for entry in fields.entries(key) {
            guard let number = UnitLayer.number(entry, fields),
                let pattern = patterns.pattern(entry, fields)
            else {
                isComplete = false
                continue
            }
            guard let identifier = unit.identifier(number) else {
                defer { isComplete = false }
                guard isComplete else { continue }
                fields.note(
                    entry.place, "\(key): the control unit has no identifier \(entry.key)",
                    "describe it in 'identifiers', or name a profile that does in 'uses'")
                continue
            }
            let predicate = IdentificationPredicate(
                identifier: number, pattern: pattern, ignoresPadding: identifier.ignoresPadding)
            if let length = identifier.encoding.length, length <= 64,
                !pattern.canMatch(lengths: (predicate.ignoresPadding ? 0 : length)...length)
            {
                fields.note(
                    entry.value.place,
                    "\(key): '\(pattern)' matches nothing of \(length) bytes, which \(entry.key) "
                        + "(\(identifier.name)) has",
                    "mend the pattern or the identifier's length; padding is part of the bytes "
                        + "unless it says 'trim: true'")
            }
            predicates.append(predicate)
        }
        return predicates.sorted { $0.identifier < $1.identifier }
    }

    // MARK: Transport

    private enum Addressing: String, CaseIterable {
        case normal
        case normalFixed = "normal-fixed"
        case extended, mixed
    }

    private static let transportKeys = [
        "addressing", "request", "response", "functional", "request-address", "response-address",
        "functional-address", "padding",
    ]

    private static func addresses(_ fields: SpecFields) -> ControlUnitAddresses? {
        guard let transport = fields.fields("transport", keys: transportKeys) else {
            fields.note(
                fields.place.yaml, "there is no 'transport'",
                "write 'transport: {request: 7E0, response: 7E8}'")
            return nil
        }
        guard let request = address("request", transport),
            let response = address("response", transport)
        else { return nil }
        var addresses = ControlUnitAddresses(request: request, response: response)
        if transport["functional"] != nil {
            addresses.functional = address("functional", transport)
        }
        if let padding = transport.text("padding"), padding != "none" {
            addresses.padding = transport.hexadecimal("padding", UInt8.self)
        }
        if request == response {
            transport.note(
                transport.place(of: "response").yaml,
                "request and response are the same: \(request)",
                "a control unit answers at an identifier of its own")
        }
        return addresses
    }

    private static func address(_ key: String, _ fields: SpecFields) -> ISOTPAddress? {
        guard let text = fields.neededText(key, "write '\(key): 7E0'") else { return nil }
        let place = fields.place(of: key).yaml
        let digits = text.hasPrefix("0x") ? text.dropFirst(2) : text[...]
        let number = digits.allSatisfy(\.isHexDigit) ? UInt32(digits, radix: 16) : nil
        guard let number,
            let identifier = digits.utf8.count > 3
                ? ArbitrationID(extended: number) : ArbitrationID(standard: number)
        else {
            fields.note(
                place, "\(key): '\(text)' is no identifier",
                "write 3 hexadecimal digits up to 7FF, or 8 of an extended one: 18DA10F1")
            return nil
        }
        let addressing = fields.word("addressing", Addressing.self) ?? .normal
        switch addressing {
        case .normal: return ISOTPAddress(identifier)
        case .normalFixed:
            guard let address = ISOTPAddress(normalFixed: PackedID(identifier)) else {
                fields.note(
                    place, "\(key): \(text) is none of normal fixed addressing",
                    "write 18DAttss: target, source; 18DBttss for all")
                return nil
            }
            return address
        case .extended, .mixed:
            guard let byte = fields.hexadecimal("\(key)-address", UInt8.self) else {
                if fields["\(key)-address"] == nil {
                    fields.note(
                        place, "\(key): the address byte is wanted", "write '\(key)-address: 12'")
                }
                return nil
            }
            return addressing == .mixed
                ? .mixed(identifier, extension: byte) : .extended(identifier, target: byte)
        }
    }
}

/// Patterns that are written more than once are made once.
struct PatternStore {
    private var patterns: [[String]: BytePattern] = [:]

    mutating func pattern(_ entry: YAMLEntry, _ fields: SpecFields) -> BytePattern? {
        let texts = fields.texts(entry.value, entry.key)
        guard !texts.isEmpty || entry.value.sequence != nil else { return nil }
        let key = texts.map(\.value)
        if let pattern = patterns[key] { return pattern }
        do throws(BytePatternError) {
            let pattern = try BytePattern(anyOf: key)
            patterns[key] = pattern
            warn(of: texts, fields)
            return pattern
        } catch {
            fields.note(
                entry.value.place, "\(entry.key): \(error.cause)", error.remedy)
            return nil
        }
    }

    /// A pattern of the shell that looks like a regular expression.
    private func warn(of texts: [Placed<String>], _ fields: SpecFields) {
        for text in texts where !text.value.hasPrefix("/") {
            let isLike = ["]{", ")|", ".*", "]+", "\\."].contains { text.value.contains($0) }
            let isVersion = text.value.hasSuffix(".*") && !text.value.contains("\\")
            guard isLike, !isVersion, !text.value.hasPrefix(">"), !text.value.hasPrefix("<") else {
                continue
            }
            fields.journal.note(
                text.place, "'\(text.value)' looks like a regular expression and is none",
                remedy: "write it between slashes: \"/\(text.value)/\"", severity: .warning)
        }
    }
}
