/// A place in a line of text whose words stand apart by blanks or tabulators.
///
/// No digit and no letter is behind a line's end, so that what is made of these ends there by itself.
struct LineCursor: ~Escapable {
    let text: Span<UInt8>
    let start: Int
    /// The line's `\n`, or the end of the text; ``TextLayout/padding`` more can be read there.
    let end: Int
    var position: Int

    @_lifetime(copy text)
    init(_ text: Span<UInt8>, start: Int, end: Int) {
        self.text = text
        self.start = start
        self.end = end
        position = start
    }

    @inline(__always)
    var character: UInt8 { text[position] }
    @inline(__always)
    var word: TextWord { text.word(at: position) }
    /// Whether nothing follows but a carriage return.
    @inline(__always)
    var isAtEnd: Bool {
        position >= end || position &+ 1 == end && character == UInt8(ascii: "\r")
    }

    func fault(_ cause: LineFault.Cause, ahead: Int = 0) -> LineFault {
        LineFault(cause, column: min(position &+ ahead, end) &- start &+ 1)
    }

    /// Whether a word can end before the character at `index`.
    @inline(__always)
    func isBoundary(_ index: Int) -> Bool { index >= end || text[index] <= UInt8(ascii: " ") }

    @inline(__always)
    mutating func skipBlanks() {
        while position < end {
            let count = word.blankCount
            position &+= count
            if count == 8 { continue }
            guard character == UInt8(ascii: "\t") else { break }
            position &+= 1
        }
        if position > end { position = end }
    }

    /// How many characters the word at the position has.
    @inline(__always)
    var tokenLength: Int {
        var index = position
        while index < end {
            let count = text.word(at: index).countBeforeBlank
            index &+= count
            if count < 8 { break }
        }
        return min(index, end) &- position
    }

    /// Passes over the word at the position, or a control character, and the blanks behind it: goes
    /// on in any case, unless the line ends.
    mutating func skipToken() {
        position = min(end, position + max(1, tokenLength))
        skipBlanks()
    }

    /// Whether the word at the position is `name`, in letters of any case.
    func isToken(_ name: StaticString) -> Bool {
        starts(with: name) && isBoundary(position + name.utf8CodeUnitCount)
    }

    /// Whether `name`, which is in lower case, stands at the position in letters of any case.
    func starts(with name: StaticString) -> Bool {
        guard end - position >= name.utf8CodeUnitCount else { return false }
        for index in 0..<name.utf8CodeUnitCount {
            let character = text[position + index]
            let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(character)
            // The index is below the count of the literal's characters.
            let expected = unsafe name.utf8Start[index]
            guard (isUpper ? character | 0x20 : character) == expected else { return false }
        }
        return true
    }

    /// Passes over `name` and the blanks behind it, if it is the word at the position.
    mutating func skip(_ name: StaticString) -> Bool {
        guard isToken(name) else { return false }
        position += name.utf8CodeUnitCount
        skipBlanks()
        return true
    }

    /// The decimal number at the position, of at most 15 digits, and how many digits it has; the
    /// position is behind them.
    @inline(__always)
    mutating func takeDecimal() -> (value: UInt64, digits: Int) {
        var (value, digits) = word.decimal
        position &+= digits
        if digits == 8 {
            let (rest, more) = word.decimal
            // Sixteen digits at most, which 64 bits hold.
            for _ in 0..<more { value &*= 10 }
            value &+= rest
            position &+= more
            digits &+= more
        }
        return (value, digits)
    }

    /// The digits behind a decimal point as billionths, and how many there are: at most 9.
    @inline(__always)
    mutating func takeFraction() throws(LineFault) -> (billionths: UInt64, digits: Int) {
        var (value, digits) = word.decimal
        position &+= digits
        if digits == 8 {
            let (rest, more) = word.decimal
            guard more <= 1 else { throw fault(.stampDecimals, ahead: 1) }
            if more == 1 { value = value &* 10 &+ rest }
            position &+= more
            digits &+= more
        }
        switch digits {
        case 9: break
        case 6: value &*= 1_000
        default: for _ in digits..<9 { value &*= 10 }
        }
        return (value, digits)
    }
}
