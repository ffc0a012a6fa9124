/// How the texts of a database file are written.
///
/// A file is brought to UTF-8 as a whole before it is read, since in some encodings of East Asia
/// the second byte of a character may be that of a backslash or of a vertical bar.
public struct TextEncoding: Sendable, Hashable {
    /// As iconv(3) knows it; empty of ``automatic``.
    public let name: String

    private init(_ name: String) {
        self.name = name
    }

    /// UTF-8 or UTF-16 where the file is that, GB18030 where its bytes look like Chinese, else
    /// Windows-1252, which Vector's tools write.
    public static let automatic = TextEncoding("")
    public static let utf8 = TextEncoding("UTF-8")
    public static let windows1252 = TextEncoding("Windows-1252")
    /// Holds GBK and GB 2312.
    public static let gb18030 = TextEncoding("GB18030")

    /// The encoding of this name, such as `gb2312`, `shift-jis`, `cp1251`; `nil` if the C library
    /// knows none of that name.
    public init?(named name: String) {
        guard name.utf8.count <= 40, !name.isEmpty, name.utf8.allSatisfy(Self.mayName) else {
            return nil
        }
        switch name.lowercased().filter({ $0 != "-" && $0 != "_" }) {
        case "auto", "automatic": self = .automatic
        case "utf8": self = .utf8
        // What calls itself Latin-1 has the characters of Windows-1252 as a rule.
        case "windows1252", "cp1252", "1252", "latin1", "iso88591", "ansi": self = .windows1252
        case "gb2312", "gbk", "gb18030", "cp936", "936": self = .gb18030
        case "shiftjis", "sjis", "cp932", "932": self = TextEncoding("CP932")
        default:
            guard TextConverter(from: name) != nil else { return nil }
            self = TextEncoding(name)
        }
    }

    /// A slash would add iconv's own words to a name.
    private static func mayName(_ byte: UInt8) -> Bool {
        byte.isWordByte || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: ":")
    }
}

/// A file's text as UTF-8.
struct DecodedText {
    /// UTF-8 throughout.
    var bytes: [UInt8]
    /// What the file was written in.
    var encoding: TextEncoding
    /// Where, in ``bytes``, something stands that the encoding does not have: U+FFFD is there
    /// instead. The first ``maximumFaults`` of them.
    var faults: [Int] = []

    static let maximumFaults = 1000

    mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Takes note of what cannot be read, and puts the replacement character there.
    mutating func appendReplacement() {
        if faults.count < Self.maximumFaults { faults.append(bytes.count) }
        append("\u{FFFD}")
    }
}

extension TextEncoding {
    /// The text of a whole file; marks of the byte order are left out.
    func decode(_ bytes: Span<UInt8>) -> DecodedText {
        if let encoding = Self.wide(bytes), self == .automatic || name.hasPrefix("UTF") {
            return Self.converted(bytes, from: encoding, name: "UTF-16")
        }
        let isMarked =
            bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF
        let text = isMarked ? bytes.extracting(3...) : bytes
        switch self {
        case .automatic:
            if (try? UTF8Span(validating: text)) != nil {
                return DecodedText(bytes: text.array, encoding: .utf8)
            }
            if !isMarked, text.looksLikeGB18030, TextConverter(from: Self.gb18030.name) != nil {
                return Self.gb18030.decode(text)
            }
            return Self.lines(of: text, encoding: .windows1252)
        case .utf8:
            return Self.lines(of: text, encoding: .utf8)
        case .windows1252:
            var decoded = DecodedText(bytes: [], encoding: .windows1252)
            decoded.bytes.reserveCapacity(text.count + text.count / 8)
            decoded.append(windows1252: text)
            return decoded
        default:
            return Self.converted(text, from: name, name: name)
        }
    }

    /// The name of UTF-16's byte order, by the mark, or by the zeros of ASCII.
    private static func wide(_ bytes: Span<UInt8>) -> String? {
        guard bytes.count >= 4 else { return nil }
        switch (bytes[0], bytes[1], bytes[2], bytes[3]) {
        case (0xFF, 0xFE, _, _), (1..., 0, 1..., 0): return "UTF-16LE"
        case (0xFE, 0xFF, _, _), (0, 1..., 0, 1...): return "UTF-16BE"
        default: return nil
        }
    }

    /// The lines as UTF-8 where they are that, else in `encoding`: in one file some may be this,
    /// others that, by the hands it went through.
    private static func lines(of text: Span<UInt8>, encoding: TextEncoding) -> DecodedText {
        var decoded = DecodedText(bytes: [], encoding: encoding)
        decoded.bytes.reserveCapacity(text.count + text.count / 8)
        var start = 0
        while start < text.count {
            var end = start
            while end < text.count, text[end] != UInt8(ascii: "\n") { end += 1 }
            end = min(end + 1, text.count)
            let line = text.extracting(start..<end)
            if (try? UTF8Span(validating: line)) != nil {
                for index in line.indices { decoded.bytes.append(line[index]) }
            } else if encoding == .windows1252 {
                decoded.append(windows1252: line)
            } else {
                decoded.faults.append(decoded.bytes.count)
                decoded.append(String(decoding: line.array, as: UTF8.self))
            }
            start = end
        }
        decoded.faults = Array(decoded.faults.prefix(DecodedText.maximumFaults))
        return decoded
    }

    private static func converted(
        _ bytes: Span<UInt8>, from encoding: String, name: String
    ) -> DecodedText {
        guard let converter = TextConverter(from: encoding) else {
            // A C library without its tables: nothing that is ASCII is lost.
            return lines(of: bytes, encoding: .windows1252)
        }
        var decoded = converter.convert(bytes, encoding: TextEncoding(name))
        if decoded.bytes.starts(with: [0xEF, 0xBB, 0xBF]) { decoded.bytes.removeFirst(3) }
        return decoded
    }
}

extension DecodedText {
    fileprivate mutating func append(windows1252 text: Span<UInt8>) {
        for index in text.indices {
            let byte = text[index]
            if byte < 0x80 {
                bytes.append(byte)
            } else {
                bytes.append(contentsOf: Character(Self.windows1252Scalar(byte)).utf8)
            }
        }
    }

    /// WHATWG's index of windows-1252: 0x80 to 0x9F; elsewhere a byte is its own code point.
    private static func windows1252Scalar(_ byte: UInt8) -> Unicode.Scalar {
        guard byte & 0xE0 == 0x80 else { return Unicode.Scalar(byte) }
        return Unicode.Scalar(windows1252Middle[Int(byte & 0x1F)]) ?? "\u{FFFD}"
    }

    private static let windows1252Middle: [UInt16] = [
        0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
        0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D, 0x017D, 0x008F,
        0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
        0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178,
    ]
}

extension Span<UInt8> {
    var array: [UInt8] {
        // The memory outlives the call, which copies it.
        unsafe withUnsafeBufferPointer { unsafe Array($0) }
    }

    /// The text of bytes that are a part of a ``DecodedText``, cut at ASCII characters.
    var utf8Text: String {
        // UTF-8 was made or checked there, and its characters are whole.
        unsafe String(copying: UTF8Span(unchecked: self))
    }

    /// Whether text that is no UTF-8 is GB 2312 as far as one can tell: its characters beyond ASCII
    /// are pairs of bytes, nearly all of them among the common ones.
    ///
    /// Western texts have single bytes beyond ASCII before blanks, quotes and letters; Cyrillic
    /// ones have pairs of which few are common hanzi. Lines that are UTF-8 speak against it.
    var looksLikeGB18030: Bool {
        var (lines, otherLines) = (0, 0)
        var (pairs, commonPairs) = (0, 0)
        var start = 0
        while start < count {
            var end = start
            var isASCII = true
            while end < count, self[end] != UInt8(ascii: "\n") {
                if self[end] >= 0x80 { isASCII = false }
                end += 1
            }
            defer { start = end + 1 }
            if isASCII { continue }
            let line = extracting(start..<end)
            if (try? UTF8Span(validating: line)) != nil {
                otherLines += 1
            } else if let found = line.pairsOfGB18030 {
                lines += 1
                pairs += found.all
                commonPairs += found.common
            } else {
                return false
            }
        }
        return lines > otherLines && commonPairs * 10 >= pairs * 9
    }

    /// How many characters are pairs of bytes, and how many of these are frequent; `nil` if some
    /// are no such pairs.
    private var pairsOfGB18030: (all: Int, common: Int)? {
        var found = (all: 0, common: 0)
        var index = 0
        while index < count {
            let lead = self[index]
            index += 1
            guard lead >= 0x80 else { continue }
            guard index < count, 0x81...0xFE ~= lead, 0x30...0xFE ~= self[index] else {
                return nil
            }
            // Symbols, full-width forms, and the 3,755 hanzi of the first level.
            let isFrequent = 0xA1...0xA3 ~= lead || 0xB0...0xD7 ~= lead
            found.all += 1
            if isFrequent, self[index] >= 0xA1 { found.common += 1 }
            index += 1
        }
        return found
    }
}
