import CANFrame

extension ValueEncoding {
    /// What `bytes` say, under `name`; never fails: what is no value of the type is told as such.
    public func decode(_ bytes: Span<UInt8>, name: String) -> [IdentifierValue] {
        switch kind {
        case .unsigned, .signed, .float32:
            guard bytes.count == length else { return [Self.malformed(bytes, name)] }
            return [number(bytes, name)]
        case .ascii(let length):
            guard bytes.count == length ?? bytes.count else { return [Self.malformed(bytes, name)] }
            return [text(bytes, name)]
        case .bytes(let length):
            guard bytes.count == length ?? bytes.count else { return [Self.malformed(bytes, name)] }
            var value = IdentifierValue(name: name, content: .bytes(Self.array(bytes)))
            if isFilled(bytes) { value.validity = .notAvailable }
            return [value]
        case .bcd(let length):
            guard bytes.count == length ?? bytes.count, let digits = Self.digits(bytes) else {
                return [Self.malformed(bytes, name)]
            }
            return [IdentifierValue(name: name, content: .text(digits))]
        case .bcdDate(let length):
            guard bytes.count == length, let date = Self.date(bytes) else {
                return [Self.malformed(bytes, name)]
            }
            return [IdentifierValue(name: name, content: .text(date.description))]
        case .bits(let length, let fields):
            guard bytes.count == length else { return [Self.malformed(bytes, name)] }
            let whole = unsigned(bytes)
            return fields.map { Self.part($0, of: whole, name) }
        case .repeated(let element, let count):
            return elements(element, count, bytes, name)
        }
    }

    private static func array(_ bytes: Span<UInt8>) -> [UInt8] {
        bytes.indices.map { bytes[$0] }
    }

    private static func malformed(_ bytes: Span<UInt8>, _ name: String) -> IdentifierValue {
        IdentifierValue(name: name, content: .bytes(array(bytes)), validity: .malformed)
    }

    /// Up to eight bytes as a number.
    private func unsigned(_ bytes: Span<UInt8>) -> UInt64 {
        var value: UInt64 = 0
        for index in bytes.indices {
            let place = isLittleEndian ? bytes.count - 1 - index : index
            value = value << 8 | UInt64(bytes[place])
        }
        return value
    }

    private func number(_ bytes: Span<UInt8>, _ name: String) -> IdentifierValue {
        let bits = unsigned(bytes)
        var raw = Int64(truncatingIfNeeded: bits)
        var physical = Double(bits)
        switch kind {
        case .signed(let size):
            let unused = Int64(64 - size * 8)
            raw = (raw << unused) >> unused
            physical = Double(raw)
        case .float32:
            physical = Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        default: break
        }
        physical = physical * scale + offset
        var value = IdentifierValue(name: name, content: .number(physical))
        value.unit = unit
        if case .float32 = kind {} else { value.raw = raw }
        value.label = labels.first { $0.raw == raw }?.text
        if invalid.contains(bits) || physical.isNaN {
            value.validity = .notAvailable
        } else if let valid, !valid.contains(physical) {
            value.validity = .outside
        }
        return value
    }

    private func text(_ bytes: Span<UInt8>, _ name: String) -> IdentifierValue {
        let characters = Self.array(bytes)
        // NUL and FF fill up what has no text.
        let filling = characters.reversed().prefix { $0 == 0 || $0 == 0xFF }.count
        let text = characters.dropLast(filling)
        guard text.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            return Self.malformed(bytes, name)
        }
        var value = IdentifierValue(
            name: name, content: .text(String(decoding: text, as: UTF8.self)))
        if text.isEmpty, !characters.isEmpty { value.validity = .notAvailable }
        return value
    }

    /// Whether all bytes are those that stand for "no value".
    private func isFilled(_ bytes: Span<UInt8>) -> Bool {
        guard !bytes.isEmpty, bytes.count <= 8, !invalid.isEmpty else { return false }
        return invalid.contains(unsigned(bytes))
    }

    private static func digits(_ bytes: Span<UInt8>) -> String? {
        var text = ""
        for index in bytes.indices {
            let byte = bytes[index]
            guard byte >> 4 < 10, byte & 15 < 10 else { return nil }
            text += byte.hexadecimal
        }
        return text
    }

    private static func date(_ bytes: Span<UInt8>) -> CalendarDate? {
        guard let digits = digits(bytes), let number = Int(digits) else { return nil }
        // Two digits of the year: control units are younger than 2000.
        let year = number / 10_000
        return CalendarDate(
            year: bytes.count == 4 ? year : 2_000 + year, month: number / 100 % 100,
            day: number % 100)
    }

    private static func part(
        _ field: BitField, of whole: UInt64, _ name: String
    ) -> IdentifierValue {
        let mask: UInt64 = field.bits.count >= 64 ? .max : (1 << UInt64(field.bits.count)) - 1
        let raw = whole >> UInt64(field.bits.lowerBound) & mask
        var value = IdentifierValue(
            name: "\(name).\(field.name)",
            content: .number(Double(raw) * field.scale + field.offset))
        value.raw = Int64(truncatingIfNeeded: raw)
        value.unit = field.unit
        value.label = field.labels.first { $0.raw == value.raw }?.text
        return value
    }

    private func elements(
        _ element: ValueEncoding, _ count: Int?, _ bytes: Span<UInt8>, _ name: String
    ) -> [IdentifierValue] {
        guard let size = element.length, size > 0, bytes.count % size == 0,
            bytes.count / size == count ?? bytes.count / size
        else { return [Self.malformed(bytes, name)] }
        var values: [IdentifierValue] = []
        for index in 0..<bytes.count / size {
            let part = bytes.extracting(index * size..<(index + 1) * size)
            values += element.decode(part, name: "\(name)[\(index)]")
        }
        return values
    }
}
