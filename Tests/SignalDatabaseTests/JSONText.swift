/// A value of a JSON text whose numbers keep their digits: golden values have 64 bits.
enum JSONText {
    case null
    case bool(Bool)
    case number(String)
    case text(String)
    case list([JSONText])
    case object([String: JSONText])

    var list: [JSONText] { if case .list(let items) = self { items } else { [] } }
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var integer: Int? { if case .number(let digits) = self { Int(digits) } else { nil } }
    var isNull: Bool { if case .null = self { true } else { false } }

    subscript(key: String) -> JSONText {
        if case .object(let members) = self { members[key] ?? .null } else { .null }
    }

    init(_ line: Substring) {
        var reader = Reader(bytes: Array(line.utf8))
        self = reader.value()
    }

    /// Reads what json.dumps of Python has written; anything else ends in a wrong value.
    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        mutating func next() -> UInt8 {
            while position < bytes.count, bytes[position] == 0x20 { position += 1 }
            return position < bytes.count ? bytes[position] : 0
        }

        mutating func take(_ byte: UInt8) -> Bool {
            guard next() == byte else { return false }
            position += 1
            return true
        }

        mutating func value() -> JSONText {
            switch next() {
            case UInt8(ascii: "\""): return .text(string())
            case UInt8(ascii: "["):
                position += 1
                var items: [JSONText] = []
                while !take(UInt8(ascii: "]")), position < bytes.count {
                    items.append(value())
                    _ = take(UInt8(ascii: ","))
                }
                return .list(items)
            case UInt8(ascii: "{"):
                position += 1
                var members: [String: JSONText] = [:]
                while !take(UInt8(ascii: "}")), position < bytes.count {
                    let key = string()
                    _ = take(UInt8(ascii: ":"))
                    members[key] = value()
                    _ = take(UInt8(ascii: ","))
                }
                return .object(members)
            default: return word()
            }
        }

        private mutating func word() -> JSONText {
            let start = position
            while position < bytes.count, !",]}:".utf8.contains(bytes[position]) { position += 1 }
            let word = String(decoding: bytes[start..<position], as: UTF8.self)
            return switch word {
            case "null": .null
            case "true", "false": .bool(word == "true")
            default: .number(word)
            }
        }

        private mutating func string() -> String {
            _ = take(UInt8(ascii: "\""))
            let start = position
            while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
                if bytes[position] == UInt8(ascii: "\\") { return escapedString(from: start) }
                position += 1
            }
            position += 1
            return String(decoding: bytes[start..<position - 1], as: UTF8.self)
        }

        private mutating func escapedString(from start: Int) -> String {
            var units = Array(String(decoding: bytes[start..<position], as: UTF8.self).utf16)
            while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
                guard bytes[position] == UInt8(ascii: "\\") else {
                    units.append(UInt16(bytes[position]))
                    position += 1
                    continue
                }
                let escape = bytes[position + 1]
                position += 2
                switch escape {
                case UInt8(ascii: "u"):
                    let digits = String(decoding: bytes[position..<position + 4], as: UTF8.self)
                    units.append(UInt16(digits, radix: 16) ?? 0xFFFD)
                    position += 4
                case UInt8(ascii: "n"): units.append(0x0A)
                case UInt8(ascii: "r"): units.append(0x0D)
                case UInt8(ascii: "t"): units.append(0x09)
                default: units.append(UInt16(escape))
                }
            }
            position += 1
            return String(decoding: units, as: UTF16.self)
        }
    }
}
