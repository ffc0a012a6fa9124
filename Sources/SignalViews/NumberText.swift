/// Numbers as decimal digits, written into memory without a String.
enum NumberText {
    /// No number is longer: 39 digits of 128 bits and a sign, or 17 digits with their point, zeros and
    /// exponent.
    static let maximumCount = 48

    private static let powers: InlineArray<16, Double> = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]

    /// How many decimals the products of a factor with integers have, at most 15, as its shortest text
    /// says.
    static func decimals(of factor: Double) -> Int {
        guard factor.isFinite else { return 0 }
        let text = factor.description
        let parts = text.split(separator: "e")
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        var decimals = 0
        if let point = parts[0].firstIndex(of: ".") {
            let fraction = parts[0][parts[0].index(after: point)...]
            decimals = fraction == "0" ? 0 : fraction.count
        }
        return min(15, max(0, decimals - exponent))
    }

    /// Writes the shortest decimal that reads back as `value`; gives how many characters it has.
    ///
    /// `decimals` is how many digits behind the point are to be expected. A decimal of at most 15 digits
    /// that rounds to `value` is the only one of that length, and with its zeros taken off the shortest:
    /// one exact product, quotient and comparison find it. All else is for the standard library.
    @inline(__always)
    static func write(
        _ value: Double, decimals: Int, into text: inout MutableSpan<UInt8>, at start: Int
    ) -> Int {
        let power = powers[decimals]
        let magnitude = value.magnitude
        let scaled = magnitude * power + 0.5
        guard scaled < 1e15 else { return writeShortest(value, into: &text, at: start) }
        let digits = UInt64(scaled)
        guard Double(digits) / power == magnitude else {
            return writeShortest(value, into: &text, at: start)
        }
        return write(
            digits, decimals: decimals, isNegative: value < 0, into: &text, at: start)
    }

    /// Writes `digits` / 10^`decimals` without zeros at its end.
    @inline(__always)
    static func write(
        _ digits: UInt64, decimals: Int, isNegative: Bool, into text: inout MutableSpan<UInt8>,
        at start: Int
    ) -> Int {
        var (digits, decimals) = (digits, decimals)
        while decimals > 0 {
            let (quotient, rest) = digits.quotientAndRemainder(dividingBy: 10)
            guard rest == 0 else { break }
            (digits, decimals) = (quotient, decimals &- 1)
        }
        var place = start
        if isNegative {
            text[place] = UInt8(ascii: "-")
            place &+= 1
        }
        guard decimals > 0 else { return write(digits, into: &text, at: place) &- start }
        let width = max(count(of: digits), decimals &+ 1)
        var index = place &+ width
        var rest = digits
        for step in 0..<width {
            if step == decimals {
                text[index] = UInt8(ascii: ".")
                index &-= 1
            }
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            text[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit)
            index &-= 1
            rest = quotient
        }
        return place &+ width &+ 1 &- start
    }

    /// Writes an integer; gives the place behind it.
    @inline(__always)
    static func write(_ number: UInt64, into text: inout MutableSpan<UInt8>, at start: Int) -> Int {
        let end = start &+ count(of: number)
        var place = end
        var rest = number
        repeat {
            place &-= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            text[place] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit)
            rest = quotient
        } while rest > 0
        return end
    }

    /// Writes a signed integer; gives how many characters it has.
    static func write(
        signed number: Int64, into text: inout MutableSpan<UInt8>, at start: Int
    ) -> Int {
        guard number < 0 else { return write(UInt64(number), into: &text, at: start) - start }
        text[start] = UInt8(ascii: "-")
        return write(number.magnitude, into: &text, at: start + 1) - start
    }

    /// How many decimal digits a number has.
    @inline(__always)
    private static func count(of number: UInt64) -> Int {
        var (count, bound) = (1, UInt64(10))
        while number >= bound {
            count &+= 1
            guard count < 20 else { break }
            bound &*= 10
        }
        return count
    }

    // MARK: Any number

    /// As `Double.description` has it, without `.0`, and without an exponent where 17 digits do.
    @inline(never)
    static func writeShortest(
        _ value: Double, into text: inout MutableSpan<UInt8>, at start: Int
    ) -> Int {
        var place = start
        for byte in shortest(value).utf8 {
            text[place] = byte
            place += 1
        }
        return place - start
    }

    static func shortest(_ value: Double) -> String {
        let text = value.description
        guard value.isFinite else { return text }
        if text.hasSuffix(".0") { return String(text.dropLast(2)) }
        guard let letter = text.firstIndex(of: "e"),
            let exponent = Int(text[text.index(after: letter)...])
        else { return text }
        let isNegative = text.hasPrefix("-")
        let mantissa = text[..<letter].drop { $0 == "-" }
        let digits = String(mantissa.filter { $0 != "." })
        let whole = mantissa.firstIndex(of: ".").map {
            mantissa.distance(from: mantissa.startIndex, to: $0)
        }
        let point = (whole ?? digits.count) + exponent
        let zeros = { (count: Int) in String(repeating: "0", count: count) }
        let plain: String
        if point <= 0 {
            guard digits.count - point < 17 else { return text }
            plain = "0." + zeros(-point) + digits
        } else if point >= digits.count {
            guard point <= 17 else { return text }
            plain = digits + zeros(point - digits.count)
        } else {
            plain = digits.prefix(point) + "." + digits.dropFirst(point)
        }
        return (isNegative ? "-" : "") + plain
    }
}
