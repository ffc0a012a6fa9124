/// Decimal numbers as a DBC file writes them: correctly rounded, whatever the locale.
enum DBCDecimal {
    /// The value of `[+-]digits[.digits][e[+-]digits]`, digits on at least one side of the point;
    /// infinite beyond the range of a double.
    static func value(of text: ArraySlice<UInt8>) -> Double? {
        var rest = text
        let isNegative = takeSign(&rest)
        var digits = 0
        var mantissa: UInt64 = 0
        var exponent = 0
        // 19 digits always fit 64 bits.
        var isExact = true
        func take(_ digit: UInt8, isFraction: Bool) {
            digits += 1
            if mantissa >= 1_000_000_000_000_000_000 {
                isExact = false
            } else {
                mantissa = mantissa * 10 + UInt64(digit & 15)
                if isFraction { exponent -= 1 }
            }
        }
        while let byte = rest.first, byte.isDigit {
            take(byte, isFraction: false)
            rest.removeFirst()
        }
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            while let byte = rest.first, byte.isDigit {
                take(byte, isFraction: true)
                rest.removeFirst()
            }
        }
        guard digits > 0 else { return nil }
        if let byte = rest.first {
            guard byte | 0x20 == UInt8(ascii: "e"), let power = exponentValue(of: rest.dropFirst())
            else { return nil }
            exponent += power
        }
        // Both are exact as doubles, so that one operation rounds once (Clinger's fast path).
        if isExact, mantissa <= 1 << 53, -22...22 ~= exponent {
            let power = powersOfTen[abs(exponent)]
            let value = exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
            return isNegative ? -value : value
        }
        // The alphabet is checked; the standard library rounds correctly and knows no locale.
        return Double(String(decoding: text, as: UTF8.self))
    }

    /// A whole number, also written as `2.0`, `1e3` or beyond 2^63 as the 64 bits of an unsigned.
    static func integer(of text: ArraySlice<UInt8>) -> Int64? {
        var rest = text
        let isNegative = takeSign(&rest)
        if !rest.isEmpty, rest.count <= 20, rest.allSatisfy(\.isDigit),
            let magnitude = UInt64(String(decoding: rest, as: UTF8.self))
        {
            guard isNegative else { return Int64(bitPattern: magnitude) }
            return magnitude <= 1 << 63 ? Int64(bitPattern: 0 &- magnitude) : nil
        }
        return value(of: text).flatMap { Int64(exactly: $0) }
    }

    private static func takeSign(_ text: inout ArraySlice<UInt8>) -> Bool {
        guard let byte = text.first, byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") else {
            return false
        }
        text.removeFirst()
        return byte == UInt8(ascii: "-")
    }

    /// The number after the `e`, held to what no mantissa of a file can bring back.
    private static func exponentValue(of text: ArraySlice<UInt8>) -> Int? {
        var rest = text
        let isNegative = takeSign(&rest)
        guard !rest.isEmpty, rest.allSatisfy(\.isDigit) else { return nil }
        let magnitude = rest.reduce(0) { min($0 * 10 + Int($1 & 15), 1_000_000) }
        return isNegative ? -magnitude : magnitude
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]
}

extension UInt8 {
    var isDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }
    var isLineEnd: Bool { self == UInt8(ascii: "\n") || self == UInt8(ascii: "\r") }
    /// A blank or a control character: what separates words.
    var isBlank: Bool { self <= 0x20 }
    /// What may stand in a keyword.
    var isWordByte: Bool {
        isDigit || self == UInt8(ascii: "_") || UInt8(ascii: "a")...UInt8(ascii: "z") ~= self | 0x20
    }
    /// What may stand in a name: anything that the format does not use otherwise, since real files
    /// have names that begin with digits, and letters beyond ASCII.
    var isNameByte: Bool {
        if isBlank { return false }
        switch self {
        case UInt8(ascii: ":"), UInt8(ascii: ";"), UInt8(ascii: ","), UInt8(ascii: "|"),
            UInt8(ascii: "@"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "["),
            UInt8(ascii: "]"), UInt8(ascii: "\""):
            return false
        default: return true
        }
    }
}
