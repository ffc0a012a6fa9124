import SignalDatabase
import VehicleSpec
import YAMLText

/// `vehicles/…yaml`: variants of a vehicle with their slots, as they are written.
struct VehicleFile {
    struct Bus {
        var name: String
        var place: SpecPlace
        var bitRate: Int
        var dataBitRate: Int?
        var samplePoint: Double?
    }

    struct Variant {
        var name: Placed<String>
        var title: String
        var numbers: Placed<BytePattern>?
        var options: [String]
        var databases: [(bus: Placed<String>, file: Placed<String>)]
        var plan: Placed<String>?
        var rules: [Placed<String>]
        var slots: [(role: Placed<String>, units: [Placed<String>])]
        var released: [Placed<ReleasedEntry>]
        var forbidden: [Placed<ForbiddenCombination>]
    }

    var id: Placed<String>
    var title: String
    var numbers: Placed<BytePattern>
    var buses: [Bus]
    var variants: [Variant] = []
    var unknown = UnknownPolicy()

    static let keys = ["spec", "id", "title", "vin", "buses", "variants", "unknown"]

    init?(_ fields: SpecFields, _ patterns: inout PatternStore) {
        guard let id = fields.identity() else { return nil }
        guard let vin = fields["vin"] else {
            fields.note(
                fields.place.yaml, "there is no 'vin'", "write 'vin: \"WVR5*\"', which VINs it has")
            return nil
        }
        guard let numbers = patterns.pattern(vin, fields) else { return nil }
        self.id = id
        self.numbers = Placed(numbers, at: fields.place(of: "vin"))
        title = fields.text("title") ?? ""
        buses = fields.entries("buses").compactMap { Self.bus($0, fields) }
        if let policy = fields.fields("unknown", keys: ["part", "firmware", "ambiguous"]) {
            unknown.part = policy.word("part", UnknownPolicy.Answer.self) ?? .fail
            unknown.firmware = policy.word("firmware", UnknownPolicy.Answer.self) ?? .fail
            unknown.ambiguous = policy.word("ambiguous", UnknownPolicy.Answer.self) ?? .fail
        }
        for entry in fields.entries("variants") {
            if let variant = Self.variant(entry, fields, &patterns) { variants.append(variant) }
        }
        if variants.isEmpty {
            fields.note(
                id.place.yaml, "the vehicle has no 'variants'", "write at least one, with its slots"
            )
        }
    }

    // MARK: Buses

    private static func bus(_ entry: YAMLEntry, _ fields: SpecFields) -> Bus? {
        guard
            let details = fields.fields(
                entry.value, of: "a bus", keys: ["bit-rate", "sample-point", "data-bit-rate"])
        else { return nil }
        if details["bit-rate"] == nil {
            details.note(
                entry.place, "the bus \(entry.key) has no 'bit-rate'", "write 'bit-rate: 500k'")
        }
        let point = details.number("sample-point")
        if let point, !(0.5...0.95).contains(point) {
            details.note(
                details.place(of: "sample-point").yaml,
                "sample-point: it is a part of the bit, from 0.5 to 0.95", "write 0.8")
        }
        return Bus(
            name: entry.key, place: SpecPlace(entry.place, in: fields.file),
            bitRate: bitRate("bit-rate", details) ?? 500_000,
            dataBitRate: bitRate("data-bit-rate", details), samplePoint: point)
    }

    /// `500000`, `500k` or `2M`, in bit/s.
    private static func bitRate(_ key: String, _ fields: SpecFields) -> Int? {
        guard let text = fields.text(key) else { return nil }
        let factors: [Character: Double] = ["k": 1e3, "M": 1e6]
        let factor = text.last.flatMap { factors[$0] }
        let digits = factor == nil ? text[...] : text.dropLast()
        guard let number = Double(digits), (5_000...20_000_000).contains(number * (factor ?? 1))
        else {
            fields.note(
                fields.place(of: key).yaml, "\(key): '\(text)' is no bit rate", "write 500k or 2M")
            return nil
        }
        return Int((number * (factor ?? 1)).rounded())
    }

    // MARK: Variants

    private static let variantKeys = [
        "title", "when", "dbc", "plan", "rules", "slots", "released", "forbid",
    ]

    private static func variant(
        _ entry: YAMLEntry, _ fields: SpecFields, _ patterns: inout PatternStore
    ) -> Variant? {
        guard let details = fields.fields(entry.value, of: "a variant", keys: variantKeys) else {
            return nil
        }
        let when = details.fields("when", keys: ["vin", "options"])
        let numbers = when.flatMap { when in
            when["vin"].flatMap { vin in
                patterns.pattern(vin, when).map { Placed($0, at: when.place(of: "vin")) }
            }
        }
        return Variant(
            name: Placed(entry.key, at: SpecPlace(entry.place, in: fields.file)),
            title: details.text("title") ?? "", numbers: numbers,
            options: (when?.texts("options") ?? []).map(\.value).sorted(),
            databases: details.entries("dbc").compactMap { item in
                guard let file = details.texts(item.value, "dbc").first else { return nil }
                return (Placed(item.key, at: SpecPlace(item.place, in: fields.file)), file)
            },
            plan: details.placedText("plan"), rules: details.texts("rules"),
            slots: details.entries("slots").map { item in
                (
                    Placed(item.key, at: SpecPlace(item.place, in: fields.file)),
                    details.texts(item.value, item.key)
                )
            },
            released: details.items("released").compactMap { released($0, details) },
            forbidden: details.items("forbid").compactMap { forbidden($0, details) })
    }

    private static func glob(_ text: Placed<String>, _ fields: SpecFields) -> ControlUnitGlob? {
        do throws(BytePatternError) {
            return try ControlUnitGlob(text.value)
        } catch {
            fields.journal.note(
                text.place, "'\(text.value)': \(error.cause)", remedy: error.remedy)
            return nil
        }
    }

    private static func released(
        _ node: YAMLNode, _ fields: SpecFields
    ) -> Placed<ReleasedEntry>? {
        guard
            let details = fields.fields(
                node, of: "an entry of 'released'", keys: ["ecu", "from", "to"]),
            details.neededText("ecu", "write 'ecu: ecm-volna-m7@1.4', or a pattern") != nil,
            let text = details.placedText("ecu"), let glob = glob(text, details)
        else { return nil }
        let entry = ReleasedEntry(glob, from: date("from", details), to: date("to", details))
        if let from = entry.from, let to = entry.to, to < from {
            details.note(
                details.place(of: "to").yaml, "to: \(to) is before \(from)",
                "exchange both; both days are included")
        }
        return Placed(entry, at: text.place)
    }

    private static func date(_ key: String, _ fields: SpecFields) -> CalendarDate? {
        guard let text = fields.text(key) else { return nil }
        guard let date = CalendarDate(text) else {
            fields.note(
                fields.place(of: key).yaml, "\(key): '\(text)' is no day", "write it as 2026-11-23")
            return nil
        }
        return date
    }

    private static func forbidden(
        _ node: YAMLNode, _ fields: SpecFields
    ) -> Placed<ForbiddenCombination>? {
        guard
            let details = fields.fields(node, of: "an entry of 'forbid'", keys: ["all", "why"]),
            let why = details.neededText("why", "say why, for whoever stands before the vehicle")
        else { return nil }
        let texts = details.texts("all")
        let globs = texts.compactMap { glob($0, details) }
        guard globs.count == texts.count else { return nil }
        guard (2...8).contains(globs.count) else {
            details.note(
                node.place, "all: a combination has two to eight control units",
                "what must never be built in is not 'released'")
            return nil
        }
        return Placed(
            ForbiddenCombination(globs, why: why), at: SpecPlace(node.place, in: fields.file))
    }
}
