import CANFrame
import CANTransport
import Diagnostics
import SignalDatabase

extension VehicleSpec {
    /// The whole spec as one text in a fixed order, whatever the order, the files and the comments of
    /// what was written: what a log carries, and what its digest is of.
    ///
    /// Control units are resolved: each family with its profiles, each version with what it has
    /// otherwise. Rules, plan and databases follow as texts.
    public var canonicalText: String {
        var writer = CanonicalWriter()
        writer.line("spec", "canlog/resolved@1")
        writer.quoted("vehicle", vehicle)
        writer.quoted("variant", variant)
        writer.quoted("title", title)
        writer.list("vin", vehicleNumbers.alternatives)
        writer.list("variant-vin", variantNumbers?.alternatives ?? [])
        writer.list("options", options.sorted())
        writer.line(
            "unknown",
            CanonicalWriter.mapping([
                ("part", unknown.part.rawValue), ("firmware", unknown.firmware.rawValue),
                ("ambiguous", unknown.ambiguous.rawValue),
            ]))
        writer.section("buses") { writer in
            for bus in buses.sorted(by: { $0.name < $1.name }) {
                writer.line(JSONText.quoted(bus.name), bus.canonical)
            }
        }
        writer.section("slots") { writer in
            for slot in slots.sorted(by: { $0.role < $1.role }) {
                writer.section(JSONText.quoted(slot.role)) { slot.write(to: &$0) }
            }
        }
        writer.section("released") { writer in
            for entry in released.map({ $0.canonical }).sorted() { writer.item(entry) }
        }
        writer.section("forbid") { writer in
            for entry in forbidden.map(\.canonical).sorted() { writer.item(entry) }
        }
        writer.section("rules") { writer in
            for (index, text) in ruleTexts.sorted().enumerated() {
                writer.block("\"\(index + 1)\"", text)
            }
        }
        if let plan { writer.block("plan", plan.text) }
        writer.section("databases") { writer in
            for bus in buses.sorted(by: { $0.name < $1.name }) where bus.databaseFile != nil {
                writer.block(JSONText.quoted(bus.name), bus.databaseText)
            }
        }
        return writer.text
    }
}

extension BusSpec {
    fileprivate var canonical: String {
        CanonicalWriter.mapping([
            ("bit-rate", "\(bitRate)"), ("data-bit-rate", dataBitRate.map { "\($0)" }),
            ("sample-point", samplePoint?.decimalText),
            ("dbc", databaseFile.map(JSONText.quoted)),
        ])
    }
}

extension ReleasedEntry {
    fileprivate var canonical: String {
        CanonicalWriter.mapping([
            ("ecu", JSONText.quoted(units.text)), ("from", from?.description),
            ("to", to?.description),
        ])
    }
}

extension ForbiddenCombination {
    fileprivate var canonical: String {
        CanonicalWriter.mapping([
            ("all", CanonicalWriter.list(all.map(\.text).sorted())),
            ("why", JSONText.quoted(why)),
        ])
    }
}

extension Slot {
    fileprivate func write(to writer: inout CanonicalWriter) {
        for family in families {
            writer.section(JSONText.quoted(family.family)) { writer in
                family.write(without: nil, to: &writer)
                writer.section("versions") { writer in
                    for unit in alternatives where unit.family == family.family {
                        writer.section(JSONText.quoted(unit.version ?? "")) { writer in
                            unit.write(without: family, to: &writer)
                        }
                    }
                }
            }
        }
    }
}

extension ControlUnitSpec {
    /// All of it, or of a version what it has otherwise than its family.
    fileprivate func write(without base: ControlUnitSpec?, to writer: inout CanonicalWriter) {
        if base == nil {
            writer.quoted("supplier", supplier)
            writer.quoted("bus", bus)
            writer.line("transport", addresses.canonical)
        }
        if title != base?.title { writer.quoted("title", title) }
        if timing != base?.timing { writer.line("timing", timing.canonical) }
        if sessions != base?.sessions, !sessions.isEmpty {
            writer.line(
                "sessions",
                CanonicalWriter.mapping(
                    sessions.map { (JSONText.quoted($0.name), "\"\($0.number.hexadecimal)\"") }))
        }
        if security != base?.security, !security.isEmpty {
            writer.line(
                "security",
                CanonicalWriter.mapping(
                    security.map {
                        ("\"\($0.level.hexadecimal)\"", JSONText.quoted($0.algorithm))
                    }))
        }
        writer.predicates(base == nil ? "identify" : "match", base == nil ? identify : match)
        writer.entries(
            "identifiers", identifiers.map { ("\"\($0.number.hexadecimal)\"", $0.canonical) },
            base?.identifiers.map { ("\"\($0.number.hexadecimal)\"", $0.canonical) })
        writer.entries(
            "trouble-codes", troubleCodes.map { ($0.code.description, $0.canonical) },
            base?.troubleCodes.map { ($0.code.description, $0.canonical) })
        writer.entries(
            "routines", routines.map { ("\"\($0.number.hexadecimal)\"", $0.canonical) },
            base?.routines.map { ("\"\($0.number.hexadecimal)\"", $0.canonical) })
    }
}

extension CanonicalWriter {
    fileprivate mutating func predicates(_ key: String, _ predicates: [IdentificationPredicate]) {
        line(
            key,
            Self.mapping(
                predicates.map {
                    (
                        "\"\($0.identifier.hexadecimal)\"",
                        Self.list($0.pattern.alternatives)
                    )
                }))
    }

    /// Entries that are not the same in `base`, and `none` for those that are only there.
    fileprivate mutating func entries(
        _ key: String, _ entries: [(String, String)], _ base: [(String, String)]?
    ) {
        let known = Dictionary((base ?? []).map { ($0.0, $0.1) }) { first, _ in first }
        let names = Set(entries.map(\.0))
        let changed =
            entries.filter { known[$0.0] != $0.1 }
            + (base ?? []).filter { !names.contains($0.0) }.map { ($0.0, "none") }
        guard !changed.isEmpty else { return }
        section(key) { writer in
            for (name, text) in changed.sorted(by: { $0.0 < $1.0 }) { writer.line(name, text) }
        }
    }
}

extension ControlUnitAddresses {
    fileprivate var canonical: String {
        func byte(_ address: ISOTPAddress?) -> String? {
            address?.addressByte.map { "\"\($0.hexadecimal)\"" }
        }
        let addressing: [ISOTPAddressing: String] = [
            .normalFixed: "normal-fixed", .extended: "extended", .mixed: "mixed",
        ]
        return CanonicalWriter.mapping([
            ("addressing", addressing[request.addressing]),
            ("request", "\"\(request.identifier)\""), ("request-address", byte(request)),
            ("response", "\"\(response.identifier)\""), ("response-address", byte(response)),
            ("functional", functional.map { "\"\($0.identifier)\"" }),
            ("functional-address", byte(functional)),
            ("padding", padding.map { "\"\($0.hexadecimal)\"" } ?? "none"),
        ])
    }
}

extension ControlUnitTiming {
    fileprivate var canonical: String {
        CanonicalWriter.mapping([
            ("p2", p2.timeText), ("p2-star", p2Star.timeText), ("s3", s3.timeText),
            ("separation-time", separationTime.timeText), ("block-size", "\(blockSize)"),
        ])
    }
}

extension Int64 {
    /// Nanoseconds in the greatest unit that keeps them whole: `50ms`.
    var timeText: String {
        let units: [(String, Int64)] = [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000)]
        for (unit, size) in units where self % size == 0 && self >= size {
            return "\(self / size)\(unit)"
        }
        return self == 0 ? "0ms" : "\(Double(self) / 1e3)us"
    }
}

extension DataIdentifierSpec {
    fileprivate var canonical: String {
        let access = (isReadable ? "r" : "") + (isWritable ? "w" : "")
        return CanonicalWriter.mapping(
            [("name", name), ("text", title.isEmpty ? nil : JSONText.quoted(title))]
                + encoding.canonicalEntries + [
                    ("access", access == "r" ? nil : access), ("read", reading.canonical),
                    ("write", writing.canonical), ("trace", isTraced ? "true" : nil),
                    ("trim", ignoresPadding ? "true" : nil),
                ])
    }
}

extension AccessRule {
    fileprivate var canonical: String? {
        guard session != nil || securityLevel != nil else { return nil }
        return CanonicalWriter.mapping([
            ("session", session.map(JSONText.quoted)),
            ("security", securityLevel.map { "\"\($0.hexadecimal)\"" }),
        ])
    }
}

extension ValueEncoding {
    fileprivate var canonicalEntries: [(String, String?)] {
        var entries: [(String, String?)] = [("type", typeName)]
        switch kind {
        case .ascii(let length), .bytes(let length), .bcd(let length):
            entries.append(("length", length.map { "\($0)" }))
        case .bcdDate(let length): entries.append(("length", "\(length)"))
        case .bits(let length, let fields):
            entries.append(("length", "\(length)"))
            entries.append(
                (
                    "bits",
                    CanonicalWriter.mapping(
                        fields.sorted { $0.bits.lowerBound < $1.bits.lowerBound }
                            .map { ($0.name, $0.canonical) })
                ))
        case .repeated(let element, let count):
            entries.append(("count", count.map { "\($0)" } ?? "end"))
            entries.append(("of", CanonicalWriter.mapping(element.canonicalEntries)))
        case .unsigned, .signed, .float32: break
        }
        entries.append(("scale", scale == 1 ? nil : scale.decimalText))
        entries.append(("offset", offset == 0 ? nil : offset.decimalText))
        entries.append(("unit", unit.isEmpty ? nil : JSONText.quoted(unit)))
        entries.append(
            ("valid", valid.map { "[\($0.lowerBound.decimalText), \($0.upperBound.decimalText)]" }))
        let size = min(length ?? 8, 8) * 2
        let raw = invalid.sorted().map { String($0.hexadecimal.suffix(size)) }
        entries.append(("invalid", raw.isEmpty ? nil : CanonicalWriter.list(raw)))
        entries.append(("enum", Self.canonical(labels)))
        entries.append(("byte-order", isLittleEndian ? "little" : nil))
        return entries
    }

    fileprivate static func canonical(_ labels: [ValueName]) -> String? {
        guard !labels.isEmpty else { return nil }
        return CanonicalWriter.mapping(
            labels.sorted { $0.raw < $1.raw }.map { ("\"\($0.raw)\"", JSONText.quoted($0.text)) })
    }
}

extension ValueEncoding.BitField {
    fileprivate var canonical: String {
        CanonicalWriter.mapping([
            (
                "at",
                bits.count == 1 ? "\(bits.lowerBound)" : "\(bits.lowerBound)-\(bits.upperBound)"
            ),
            ("enum", ValueEncoding.canonical(labels)),
            ("scale", scale == 1 ? nil : scale.decimalText),
            ("offset", offset == 0 ? nil : offset.decimalText),
            ("unit", unit.isEmpty ? nil : JSONText.quoted(unit)),
        ])
    }
}

extension TroubleCodeSpec {
    fileprivate var canonical: String {
        CanonicalWriter.mapping([
            ("text", JSONText.quoted(text)), ("severity", severity.rawValue),
            ("eol", endOfLine?.rawValue), ("safety", isSafetyRelevant ? "true" : nil),
        ])
    }
}

extension RoutineSpec {
    fileprivate var canonical: String {
        func parameters(_ parameters: [Parameter]) -> String? {
            guard !parameters.isEmpty else { return nil }
            return CanonicalWriter.mapping(
                parameters.map {
                    ($0.name, CanonicalWriter.mapping($0.encoding.canonicalEntries))
                })
        }
        return CanonicalWriter.mapping([
            ("name", name), ("text", title.isEmpty ? nil : JSONText.quoted(title)),
            ("start", parameters(start)), ("result", parameters(result)),
            ("pass", pass.map(JSONText.quoted)), ("session", access.session.map(JSONText.quoted)),
            ("security", access.securityLevel.map { "\"\($0.hexadecimal)\"" }),
            ("timeout", timeout.map(\.timeText)),
        ])
    }
}
