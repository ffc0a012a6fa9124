/// Decimal numbers as a DBC file writes them: correctly rounded, whatever the locale.
enum DBCDecimal {
    /// The value of `[+-]digits[.digits][e[+-]digits]`, digits on at least one side of the point;
    /// infinite beyond the range of a double.
    static func value(of text: Span<UInt8>) -> Double? {
        var position = signLength(text)
        var mantissa = Mantissa()
        mantissa.take(text, &position, isFraction: false)
        if position < text.count, text[position] == UInt8(ascii: ".") {
            position += 1
            mantissa.take(text, &position, isFraction: true)
        }
        guard mantissa.digits > 0 else { return nil }
        var exponent = mantissa.exponent
        if position < text.count {
            guard text[position] | 0x20 == UInt8(ascii: "e"),
                let power = exponentValue(of: text.extracting((position + 1)...))
            else { return nil }
            exponent += power
        }
        // Both are exact as doubles, so that one operation rounds once (Clinger's fast path).
        if mantissa.isExact, mantissa.value <= 1 << 53, -22...22 ~= exponent {
            let power = powersOfTen[abs(exponent)]
            let number = Double(mantissa.value)
            let value = exponent < 0 ? number / power : number * power
            return isNegative(text) ? -value : value
        }
        // The alphabet is checked; the standard library rounds correctly and knows no locale.
        return Double(text.utf8Text)
    }

    /// A whole number, also written as `2.0`, `1e3` or beyond 2^63 as the 64 bits of an unsigned.
    static func integer(of text: Span<UInt8>) -> Int64? {
        var position = signLength(text)
        var mantissa = Mantissa()
        mantissa.take(text, &position, isFraction: false)
        if position == text.count, mantissa.digits > 0, mantissa.isExact {
            let magnitude = Int64(bitPattern: mantissa.value)
            return isNegative(text) ? -magnitude : magnitude
        }
        if position == text.count, mantissa.digits > 0 {
            let number = text.utf8Text
            return Int64(number) ?? UInt64(number).map { Int64(bitPattern: $0) }
        }
        return value(of: text).flatMap { Int64(exactly: $0) }
    }

    /// Digits as a number: exact up to 18 of them behind leading zeros.
    private struct Mantissa {
        var value: UInt64 = 0
        var digits = 0
        var exponent = 0
        var isExact = true

        mutating func take(_ text: Span<UInt8>, _ position: inout Int, isFraction: Bool) {
            while position < text.count, text[position].isDigit {
                digits += 1
                if value >= 100_000_000_000_000_000 {
                    isExact = false
                } else {
                    value = value * 10 + UInt64(text[position] & 15)
                    if isFraction { exponent -= 1 }
                }
                position += 1
            }
        }
    }

    private static func isNegative(_ text: Span<UInt8>) -> Bool {
        !text.isEmpty && text[0] == UInt8(ascii: "-")
    }

    private static func signLength(_ text: Span<UInt8>) -> Int {
        !text.isEmpty && (text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+")) ? 1 : 0
    }

    /// The number after the `e`, held to what no mantissa of a file can bring back.
    private static func exponentValue(of text: Span<UInt8>) -> Int? {
        let start = signLength(text)
        guard start < text.count else { return nil }
        var magnitude = 0
        for index in start..<text.count {
            guard text[index].isDigit else { return nil }
            magnitude = min(magnitude * 10 + Int(text[index] & 15), 1_000_000)
        }
        return isNegative(text) ? -magnitude : magnitude
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
