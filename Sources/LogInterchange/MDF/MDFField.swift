import CANFrame

/// How a channel's bits lie in a record (`cn_data_type`, MDF 4.1, 5.16).
enum MDFDataType: UInt8, Sendable {
    case unsignedLittle = 0
    case unsignedBig = 1
    case signedLittle = 2
    case signedBig = 3
    case realLittle = 4
    case realBig = 5
    case latin1 = 6
    case utf8 = 7
    case utf16Little = 8
    case utf16Big = 9
    case bytes = 10

    var isBigEndian: Bool { self == .unsignedBig || self == .signedBig || self == .realBig }
    var isReal: Bool { self == .realLittle || self == .realBig }
    var isSigned: Bool { self == .signedLittle || self == .signedBig }
    var isNumber: Bool { rawValue <= 5 }
}

/// Up to 64 bits of a record as an unsigned number.
struct MDFField: Sendable, BitwiseCopyable {
    /// Where the eight bytes are that hold the bits, from the start of the record's data.
    var offset: Int32 = 0
    var shift: UInt8 = 0
    /// How far the bytes, the first in the highest bits, are shifted down first; big-endian only.
    var bigShift: UInt8 = 0
    var isBigEndian = false
    /// Whether records have it; ``mask`` is zero if not.
    var isThere = false
    var mask: UInt64 = 0
    /// What a channel without bits has in all records.
    var constant: UInt64 = 0

    /// A field that records do not have.
    init() {}

    /// A value that is the same in all records.
    init(constant: UInt64) {
        self.constant = constant
        isThere = true
    }

    /// The bits of a channel, `nil` if they are more than 64 or spread over more than eight bytes, or
    /// end behind the `size` bytes of a record.
    init?(offset: UInt32, bitOffset: UInt8, bitCount: UInt32, isBigEndian: Bool, recordSize: Int) {
        guard (1...64).contains(bitCount), bitOffset < 8, UInt32(bitOffset) + bitCount <= 64
        else { return nil }
        let size = Int((UInt32(bitOffset) + bitCount + 7) / 8)
        guard Int(offset) <= recordSize - size, let offset = Int32(exactly: offset) else {
            return nil
        }
        self.offset = offset
        shift = bitOffset
        self.isBigEndian = isBigEndian
        bigShift = UInt8(64 - 8 * size)
        mask = bitCount == 64 ? .max : (1 << UInt64(bitCount)) - 1
        isThere = true
    }

    /// The value in the record that starts at `record`; eight bytes must follow the last record.
    @inline(__always)
    func value(at record: Int, in bytes: Span<UInt8>) -> UInt64 {
        guard mask != 0 else { return constant }
        var word = bytes.word(at: record &+ Int(offset)).bits
        if isBigEndian { word = word.byteSwapped &>> UInt64(bigShift) }
        return word &>> UInt64(shift) & mask
    }
}

/// How the number in a record's master channel becomes a time.
struct MDFTimeScale: Sendable, BitwiseCopyable {
    private enum Form: UInt8, Sendable {
        /// Ticks of whole nanoseconds: exact.
        case ticks
        case integer
        case double
        case float
        /// The record's number (virtual master channel).
        case counter
    }

    private var field: MDFField
    private var form: Form
    /// How far the sign bit is from bit 63; 0 for unsigned numbers.
    private var signShift: UInt8
    private var isSigned: Bool
    private var nanosecondsPerTick: Int64 = 1
    private var factor: Double
    private var summand: Double
    /// Nanoseconds since 1970 at which the times start.
    private let start: Int64

    /// The times of a channel of `type` in `field` with the conversion `factor` and `summand`; without
    /// a field, of the records' numbers.
    init(
        _ field: MDFField?, _ type: MDFDataType, bitCount: UInt32, factor: Double, summand: Double,
        start: Int64
    ) {
        self.field = field ?? MDFField()
        self.factor = factor
        self.summand = summand
        let tick = factor * 1e9
        self.start = start
        isSigned = type.isSigned && field != nil
        signShift = isSigned ? UInt8(64 - bitCount) : 0
        form =
            if field == nil { .counter } else if !type.isReal { .integer } else {
                bitCount == 32 ? .float : .double
            }
        // A factor such as 1e-9 is not a whole number of nanoseconds in float64, but means one.
        let whole = tick.rounded()
        let isWhole = whole >= 1 && whole < 1e15 && abs(tick - whole) <= whole * 1e-12
        if form == .integer && isWhole && summand == 0 {
            form = .ticks
            nanosecondsPerTick = Int64(whole)
        }
    }

    /// The time of the record that starts at `record` and is the `number`th of its group; `nil` if it
    /// is none that 64 bits of nanoseconds hold.
    @inline(__always)
    func nanoseconds(at record: Int, number: UInt64, in bytes: Span<UInt8>) -> Int64? {
        let word = field.value(at: record, in: bytes)
        guard form == .ticks else { return converted(word, number) }
        let ticks = signed(word)
        // An unsigned number beyond 63 bits is no negative one.
        guard isSigned || ticks >= 0 else { return nil }
        let (product, overflow) = ticks.multipliedReportingOverflow(by: nanosecondsPerTick)
        let (sum, carry) = product.addingReportingOverflow(start)
        return overflow || carry ? nil : sum
    }

    @inline(__always)
    private func signed(_ word: UInt64) -> Int64 {
        Int64(bitPattern: word &<< UInt64(signShift)) &>> Int64(signShift)
    }

    private func converted(_ word: UInt64, _ number: UInt64) -> Int64? {
        let raw: Double =
            switch form {
            case .double: Double(bitPattern: word)
            case .float: Double(Float(bitPattern: UInt32(truncatingIfNeeded: word)))
            case .counter: Double(number)
            case .ticks, .integer: isSigned ? Double(signed(word)) : Double(word)
            }
        let nanoseconds = (summand + factor * raw) * 1e9
        // Also not a number, which compares with nothing.
        guard nanoseconds > -9.2e18, nanoseconds < 9.2e18 else { return nil }
        // To the nearest; above 2^52 there are no halves.
        let half = abs(nanoseconds) < 0x1p52 ? (nanoseconds < 0 ? -0.5 : 0.5) : 0
        let (sum, overflow) = Int64(nanoseconds + half).addingReportingOverflow(start)
        return overflow ? nil : sum
    }
}
