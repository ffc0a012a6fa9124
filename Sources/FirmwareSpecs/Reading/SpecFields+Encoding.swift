import SignalDatabase
import VehicleSpec
import YAMLText

/// How values lie in bytes, as files say it.
extension SpecFields {
    static let encodingKeys = [
        "type", "length", "scale", "offset", "unit", "valid", "invalid", "enum", "byte-order",
        "bits", "count", "of",
    ]

    private enum ByteOrder: String, CaseIterable { case big, little }

    private static let typeWords = [
        "u8", "u16", "u24", "u32", "i8", "i16", "i32", "f32", "ascii", "bytes", "bcd", "bcd-date",
        "bits", "repeat",
    ]

    /// The encoding that these keys describe; `isElement` of what is repeated.
    func encoding(isElement: Bool = false) -> ValueEncoding? {
        guard let word = neededText("type", "write 'type: u16'"),
            let kind = kind(word, isElement: isElement)
        else { return nil }
        var encoding = ValueEncoding(kind)
        encoding.scale = number("scale") ?? 1
        encoding.offset = number("offset") ?? 0
        encoding.unit = text("unit") ?? ""
        encoding.isLittleEndian =
            word != "bits" || self["byte-order"] != nil
            ? self.word("byte-order", ByteOrder.self) == .little : false
        if encoding.scale == 0 {
            note(self["scale"]?.value.place ?? place.yaml, "scale: 0 makes all values the same")
        }
        encoding.labels = labels("enum", encoding)
        encoding.invalid = invalid(encoding)
        encoding.valid = valid(encoding)
        checkMeaning(encoding)
        return encoding
    }

    private func kind(_ word: String, isElement: Bool) -> ValueEncoding.Kind? {
        let length = whole("length", 1...ValueEncoding.maximumLength)
        if self["length"] != nil, let size = Self.sizes[word] {
            note(
                self["length"]?.value.place ?? place.yaml,
                "length: \(word) has always \(size) bytes", "leave 'length' out")
        }
        switch word {
        case "u8", "u16", "u24", "u32": return .unsigned(size: Self.sizes[word] ?? 1)
        case "i8", "i16", "i32": return .signed(size: Self.sizes[word] ?? 1)
        case "f32": return .float32
        case "ascii": return .ascii(length: length)
        case "bytes": return .bytes(length: length)
        case "bcd": return .bcd(length: length)
        case "bcd-date":
            guard length ?? 3 == 3 || length == 4 else {
                note(
                    self["length"]?.value.place ?? place.yaml,
                    "length: a date has 3 bytes, or 4 with the century")
                return nil
            }
            return .bcdDate(length: length ?? 3)
        case "bits": return bits(length: length ?? 1)
        case "repeat" where !isElement: return repeated()
        default:
            let near = NearName.nearest(to: word, among: Self.typeWords)
            note(
                self["type"]?.value.place ?? place.yaml,
                isElement && word == "repeat"
                    ? "type: what is repeated is repeated again" : "type: there is no '\(word)'",
                near.map { "did you mean '\($0)'?" }
                    ?? "the types are \(Self.typeWords.joined(separator: ", "))")
            return nil
        }
    }

    private static let sizes = [
        "u8": 1, "u16": 2, "u24": 3, "u32": 4, "i8": 1, "i16": 2, "i32": 4, "f32": 4,
    ]

    private func repeated() -> ValueEncoding.Kind? {
        guard let entry = self["of"] else {
            note(place.yaml, "there is no 'of'", "write 'of: {type: u16}' for what is repeated")
            return nil
        }
        guard let element = element(entry) else { return nil }
        guard element.length != nil else {
            note(entry.value.place, "of: what is repeated needs a length", "write 'length: 4'")
            return nil
        }
        guard let count = text("count"), count != "end" else {
            return .repeated(element, count: nil)
        }
        return .repeated(element, count: whole("count", 1...ValueEncoding.maximumLength))
    }

    /// A type alone, or a mapping.
    func element(_ entry: YAMLEntry) -> ValueEncoding? {
        if entry.value.scalar != nil {
            let node = YAMLNode.mapping(
                [(key: "type", value: entry.value)], at: entry.value.place)
            return fields(node, of: "'\(entry.key)'", keys: Self.encodingKeys)?
                .encoding(isElement: true)
        }
        return fields(entry.value, of: "'\(entry.key)'", keys: Self.encodingKeys)?
            .encoding(isElement: true)
    }

    // MARK: Bits

    private func bits(length: Int) -> ValueEncoding.Kind? {
        guard length <= 8 else {
            note(self["length"]?.value.place ?? place.yaml, "length: bits have at most 8 bytes")
            return nil
        }
        var parts: [ValueEncoding.BitField] = []
        for entry in entries("bits") {
            guard let part = bitField(entry, length: length) else { continue }
            if let other = parts.first(where: { $0.bits.overlaps(part.bits) }) {
                note(entry.place, "bits: '\(part.name)' and '\(other.name)' share a bit")
            }
            parts.append(part)
        }
        if parts.isEmpty {
            note(place.yaml, "there are no 'bits'", "write 'bits: {ignition: 0, gear: 4-7}'")
        }
        return .bits(
            length: length, parts.sorted { $0.bits.lowerBound < $1.bits.lowerBound })
    }

    private func bitField(_ entry: YAMLEntry, length: Int) -> ValueEncoding.BitField? {
        let details =
            entry.value.mapping == nil
            ? nil
            : fields(
                entry.value, of: "a part of 'bits'",
                keys: ["at", "enum", "scale", "offset", "unit"])
        let place = details?["at"]?.value ?? entry.value
        let ends = (place.scalar?.text ?? "").split(separator: "-").map { Int($0) }
        guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2,
            first <= last, first >= 0, last < length * 8
        else {
            note(
                place.place, "\(entry.key): a bit from 0 to \(length * 8 - 1) is wanted, or two",
                "write 3, or 4-7; bit 0 is the lowest of the whole number")
            return nil
        }
        var field = ValueEncoding.BitField(name: entry.key, bits: first...last)
        guard let details else { return field }
        field.scale = details.number("scale") ?? 1
        field.offset = details.number("offset") ?? 0
        field.unit = details.text("unit") ?? ""
        let most = last - first >= 62 ? Int64.max : (1 << Int64(last - first + 1)) - 1
        field.labels = details.labels("enum", within: 0...most)
        return field
    }

    // MARK: Texts and limits of values

    private func labels(_ key: String, _ encoding: ValueEncoding) -> [ValueEncoding.ValueName] {
        var raw = encoding
        raw.scale = 1
        raw.offset = 0
        guard let range = raw.representable else {
            if let entry = self[key] {
                note(
                    entry.place, "\(key): values of the type \(encoding.typeName) have no texts",
                    "give texts to u8, u16 and their like")
            }
            return []
        }
        return labels(key, within: Int64(range.lowerBound)...Int64(range.upperBound))
    }

    fileprivate func labels(
        _ key: String, within range: ClosedRange<Int64>
    ) -> [ValueEncoding.ValueName] {
        guard let entry = self[key] else { return [] }
        var labels: [ValueEncoding.ValueName] = []
        if entry.value.sequence != nil {
            for (index, text) in texts(key).enumerated() {
                labels.append(.init(raw: Int64(index), text: text.value))
            }
        } else {
            for item in entries(key) {
                let isHexadecimal = item.key.hasPrefix("0x")
                let raw = Int64(
                    item.key.dropFirst(isHexadecimal ? 2 : 0), radix: isHexadecimal ? 16 : 10)
                guard let raw, let text = item.value.scalar?.text else {
                    note(
                        item.place, "\(key): a raw value and its text are wanted",
                        "write \"0\": open")
                    continue
                }
                labels.append(.init(raw: raw, text: text))
            }
        }
        for label in labels where !range.contains(label.raw) {
            note(
                entry.value.place, "\(key): the type has no value \(label.raw) (\(label.text))",
                "it holds \(range.lowerBound) to \(range.upperBound)")
        }
        var names: Set<String> = []
        for label in labels where !names.insert(label.text).inserted {
            note(
                entry.value.place, "\(key): two values are called '\(label.text)'",
                "name them apart: rules compare by name")
        }
        return labels.sorted { $0.raw < $1.raw }
    }

    private func invalid(_ encoding: ValueEncoding) -> [UInt64] {
        var values: [UInt64] = []
        for text in texts("invalid") {
            let digits = text.value.hasPrefix("0x") ? text.value.dropFirst(2) : text.value[...]
            let size = min(encoding.length ?? 8, 8)
            guard !digits.isEmpty, digits.allSatisfy(\.isHexDigit), digits.utf8.count <= size * 2,
                let value = UInt64(digits, radix: 16)
            else {
                journal.note(
                    text.place,
                    "invalid: '\(text.value)' is no raw value of \(size) bytes in hexadecimal digits",
                    remedy: "write \(String(repeating: "FF", count: size))")
                continue
            }
            values.append(value)
        }
        return values.sorted()
    }

    private func valid(_ encoding: ValueEncoding) -> ClosedRange<Double>? {
        guard let entry = self["valid"] else { return nil }
        let limits = texts("valid").compactMap { Double($0.value) }
        guard limits.count == 2, limits.allSatisfy(\.isFinite) else {
            note(entry.value.place, "valid: two numbers are wanted", "write 'valid: [6, 18]'")
            return nil
        }
        guard limits[0] <= limits[1] else {
            note(
                entry.value.place,
                "valid: \(limits[0].decimalText) is greater than \(limits[1].decimalText)",
                "write the lesser limit first")
            return nil
        }
        let range = limits[0]...limits[1]
        if let possible = encoding.representable, !possible.overlaps(range) {
            note(
                entry.value.place,
                "valid: no value of \(encoding.typeName) with this scale is from "
                    + "\(limits[0].decimalText) to \(limits[1].decimalText)",
                "they are from \(possible.lowerBound.decimalText) to "
                    + possible.upperBound.decimalText)
        }
        return range
    }

    /// Keys that mean nothing to the type.
    private func checkMeaning(_ encoding: ValueEncoding) {
        var without: [String] = []
        if !encoding.isNumeric { without += ["scale", "offset", "unit", "valid"] }
        if case .bits = encoding.kind {} else { without.append("bits") }
        if case .repeated = encoding.kind {} else { without += ["of", "count"] }
        if case .repeated = encoding.kind {
            without += ["scale", "offset", "unit", "valid", "invalid", "enum"]
        }
        for key in without {
            guard let entry = self[key] else { continue }
            note(
                entry.place, "\(key): it means nothing to the type \(encoding.typeName)",
                key == "scale" || key == "unit"
                    ? "scale, offset, unit and valid are for numbers" : "leave it out")
        }
    }
}

extension SpecPlace {
    /// The place without its file.
    var yaml: YAMLPlace { YAMLPlace(line: line, column: column) }
}
