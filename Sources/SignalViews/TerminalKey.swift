/// A key as a terminal sends it.
public enum TerminalKey: Sendable, Hashable {
    case character(Character)
    case up, down, pageUp, pageDown, home, end
    case enter, escape, backspace

    /// Takes the keys that are whole from the front of `bytes`; an escape sequence whose end has not
    /// come stays there. Sequences that mean nothing here are dropped.
    public static func take(from bytes: inout [UInt8]) -> [TerminalKey] {
        var keys: [TerminalKey] = []
        var place = 0
        while place < bytes.count {
            guard let (key, length) = key(bytes[place...]) else { break }
            if let key { keys.append(key) }
            place += length
        }
        bytes.removeFirst(place)
        // Longer than any sequence: it is none.
        if bytes.count > 32 { bytes.removeAll() }
        return keys
    }

    /// The key at the front and its bytes; `nil` if more has to come.
    private static func key(_ bytes: ArraySlice<UInt8>) -> (key: TerminalKey?, length: Int)? {
        guard let first = bytes.first else { return nil }
        switch first {
        case 0x1B: return sequence(bytes)
        case 0x0A, 0x0D: return (.enter, 1)
        case 0x08, 0x7F: return (.backspace, 1)
        case 0x20..<0x7F: return (.character(Character(Unicode.Scalar(first))), 1)
        case 0xC2...0xF4:
            let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
            guard bytes.count >= length else { return nil }
            let text = String(decoding: bytes.prefix(length), as: UTF8.self)
            return (text.count == 1 ? text.first.map { .character($0) } : nil, length)
        default: return (nil, 1)
        }
    }

    /// ECMA-48 5.4: ESC [, parameters, a final byte; or ESC O and a letter, as VT100 keypads send.
    private static func sequence(_ bytes: ArraySlice<UInt8>) -> (key: TerminalKey?, length: Int)? {
        let rest = bytes.dropFirst()
        // A lone escape is the key: terminals send a sequence at once.
        guard let kind = rest.first else { return (.escape, 1) }
        guard kind == UInt8(ascii: "[") || kind == UInt8(ascii: "O") else { return (.escape, 1) }
        let body = rest.dropFirst()
        guard let end = body.firstIndex(where: { (0x40...0x7E).contains($0) }) else { return nil }
        let text = String(decoding: body[body.startIndex...end], as: UTF8.self)
        let length = end - bytes.startIndex + 1
        switch text {
        case "A": return (.up, length)
        case "B": return (.down, length)
        case "H", "1~", "7~": return (.home, length)
        case "F", "4~", "8~": return (.end, length)
        case "5~": return (.pageUp, length)
        case "6~": return (.pageDown, length)
        default: return (nil, length)
        }
    }
}
