/// What is asked of a running recorder: one line of text.
///
/// A word, and values as `key=value`, separated by blanks; in values `%` and two hexadecimal digits
/// stand for a byte (RFC 3986, section 2.1), so that a line holds any text:
/// `next vin=WVWZZZ1JZXW000001 attempt=2`.
public struct ControlRequest: Sendable, Hashable {
    /// Longer lines are refused.
    public static let lengthLimit = 8_192

    public var word: String
    public var values: [String: String]

    public init(_ word: String, _ values: [String: String] = [:]) {
        self.word = word
        self.values = values
    }

    /// Reads a line without its end; `nil` if it is not a request.
    public init?(line: [UInt8]) {
        guard let text = String(validating: line, as: UTF8.self) else { return nil }
        let parts = text.split(separator: " ", omittingEmptySubsequences: true)
        guard let word = parts.first,
            word.utf8.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) })
        else { return nil }
        self.init(String(word))
        for part in parts.dropFirst() {
            guard let equals = part.firstIndex(of: "="), equals != part.startIndex,
                let value = Self.decoded(part[part.index(after: equals)...])
            else { return nil }
            guard values.updateValue(value, forKey: String(part[..<equals])) == nil else {
                return nil
            }
        }
    }

    /// The line that ``init(line:)`` reads, with its end.
    public var line: String {
        let parts = values.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.encoded($0.value))" }
        return ([word] + parts).joined(separator: " ") + "\n"
    }

    private static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            if byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "%") {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return result
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let high = digit(rest.removeFirst()),
                let low = digit(rest.removeFirst())
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
    }
}

/// What a recorder answers: an exit status and text, then the connection ends.
///
/// On the wire: the status in decimal, a line end, the text.
public struct ControlReply: Sendable, Hashable {
    /// 0 done; 2 could not; 64 not understood: as the exit statuses of canlog.
    public var status: Int32
    /// The result, or why there is none.
    public var text: String

    public init(status: Int32 = 0, _ text: String) {
        self.status = status
        self.text = text
    }

    var bytes: [UInt8] { Array("\(status)\n\(text)".utf8) }

    init?(bytes: [UInt8]) {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")),
            let status = Int32(String(decoding: bytes[..<end], as: UTF8.self))
        else { return nil }
        self.init(status: status, String(decoding: bytes[(end + 1)...], as: UTF8.self))
    }
}
