/// How the texts of a database file are written.
public enum TextEncoding: Sendable {
    /// UTF-8 where a text is that, else Windows-1252, which Vector's tools write.
    case automatic
    case utf8
    case windows1252
}

extension TextEncoding {
    /// The characters of `bytes`; what UTF-8 cannot mean becomes U+FFFD if it must be UTF-8.
    func text(of bytes: Span<UInt8>) -> String {
        if self != .windows1252, let text = try? UTF8Span(validating: bytes) {
            return String(copying: text)
        }
        if self == .utf8 { return String(decoding: bytes.array, as: UTF8.self) }
        var scalars = String.UnicodeScalarView()
        for index in bytes.indices { scalars.append(Self.windows1252Scalar(bytes[index])) }
        return String(scalars)
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

    /// The text of UTF-16 `bytes` behind their mark (FF FE or FE FF) as UTF-8; `nil` without one.
    func utf8OfMarkedUTF16() -> [UInt8]? {
        guard count >= 2, (self[0], self[1]) == (0xFF, 0xFE) || (self[0], self[1]) == (0xFE, 0xFF)
        else { return nil }
        let low = self[0] == 0xFF ? 0 : 1
        var units: [UInt16] = []
        units.reserveCapacity(count / 2)
        for index in stride(from: 2, to: count - 1, by: 2) {
            units.append(UInt16(self[index + low]) | UInt16(self[index + 1 - low]) << 8)
        }
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }
}
