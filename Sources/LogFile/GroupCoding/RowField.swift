/// A piece of the rows of a stream that is coded as one: a byte, a signal, a counter.
///
/// Fields lie within one 64-bit word, do not overlap and ascend. They need not be bytes: signals of
/// 10 or 12 bits cost a fifth less when nothing else is in their symbols.
struct RowField: Equatable {
    /// What the values of a field are coded as.
    enum Transform: UInt8 {
        /// The value less the predicted one, modulo 2^width.
        case difference
        /// The bits that differ from the predicted value; narrow fields only.
        case flips
        /// The value itself; for wide fields less ``base``.
        case value
        /// Nothing: the field is as predicted in all rows.
        case never
    }

    /// At most this many fields make one mask.
    static let countLimit = 64
    static let widthLimit = 16
    /// The symbol of a wide field whose value stands in the run behind it, as two bytes.
    static let escape: UInt8 = 255

    /// The index of the word in the row, and the lowest bit in it.
    var word: Int
    var shift: Int
    /// In bits, 1...16. A field of more than 8 is *wide*: its symbol is a folded difference.
    var width: Int
    /// Coded in every row, so it has no bit in the masks.
    var isDense = false
    /// A wide field with values that do not fit into a symbol.
    var hasEscapes = false
    var transform = Transform.difference
    /// What a counter adds to the reference row in each row; modulo 2^width.
    var increment: UInt64 = 0
    /// What wide values are told from with ``Transform/value``.
    var base: UInt64 = 0

    init(word: Int, shift: Int, width: Int) {
        self.word = word
        self.shift = shift
        self.width = width
    }

    var isWide: Bool { width > 8 }
    /// Coded in the rows whose masks say so.
    var isSparse: Bool { !isDense && transform != .never }
    /// How many runs of symbols it has.
    var runCount: Int { transform == .never ? 0 : hasEscapes ? 2 : 1 }
    /// The largest value.
    var limit: UInt64 { (1 << UInt64(width)) - 1 }
    /// The field's bits in its word.
    var bits: UInt64 { limit << UInt64(shift) }
    /// Its highest bit.
    var top: UInt64 { 1 << UInt64(shift + width - 1) }

    /// The field's value in `word`.
    @inline(__always)
    func value(in word: UInt64) -> UInt64 { (word &>> UInt64(shift)) & limit }

    /// What is coded for `value` where `predicted` was expected: a symbol, or for wide fields a
    /// number that may need an escape.
    @inline(__always)
    func code(of value: UInt64, predicted: UInt64) -> UInt64 {
        switch transform {
        case .difference:
            isWide ? fold(value &- predicted, width: width) : (value &- predicted) & limit
        case .flips: value ^ predicted
        case .never: 0
        case .value: isWide ? fold(value &- base, width: width) : value
        }
    }
}

/// Numbers around 0 modulo 2^width to small ones: 0, -1, 1, -2 …
@inline(__always)
func fold(_ value: UInt64, width: Int) -> UInt64 {
    let unused = UInt64(64 &- width)
    return zigzag(Int64(bitPattern: value &<< unused) &>> Int64(unused))
}

/// `left` and `right` added field by field, each modulo its own size; `tops` has the highest bit of
/// every field. Bits outside of all fields must be 0 in `right` and stay as they are in `left`.
@inline(__always)
func fieldwiseSum(_ left: UInt64, _ right: UInt64, tops: UInt64) -> UInt64 {
    ((left & ~tops) &+ (right & ~tops)) ^ ((left ^ right) & tops)
}

/// Bit 8k is set where byte k of `word` is not zero.
@inline(__always)
func nonzeroBytes(_ word: UInt64) -> UInt64 {
    let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
    return ((((word & low) &+ low) | word) & ~low) &>> 7
}
