import CSignalKernels

/// How the bits of one signal are found and become a value, compiled from ``Signal``; one line of
/// a cache.
struct SignalPlan: Sendable, BitwiseCopyable {
    /// Numbered as `canlog_kind`.
    enum Kind: UInt8, Sendable, BitwiseCopyable {
        /// An integer of at most 52 bits, signed or not.
        case narrow
        case unsigned, signed, float, double
    }

    /// Which values of the signal are none, by J1939-71.
    ///
    /// A raw value to which the database gives a name is a value all the same, unless the name says
    /// that it is none: NMEA 2000 and makers' own messages have such.
    enum Indicators: UInt8, Sendable, BitwiseCopyable {
        case none
        /// 2 bits: 3 is "not available", 2 is an error.
        case discrete
        /// 3 to 7 bits: all ones are "not available", all others are values (SPN 899: 14 of 15).
        case allOnes
        /// 8 bits and more: the most significant byte decides. Of parameters of 8 bits that have a
        /// meaning for FB to FD, such as addresses, these are ``SignalState/reserved`` all the same;
        /// their raw value is there.
        case topByte
    }

    /// The byte where the 8 bytes begin in which the signal lies; it may reach into a ninth.
    var firstByte: Int32
    /// How many bytes a frame must have.
    var neededLength: Int32
    /// With the 8 bytes as one number, little-endian or big-endian: `word << left >> right`.
    var left: UInt8
    var right: UInt8
    /// Of a whole payload of 8 bytes: the shift to the left.
    var shortLeft: UInt8
    /// How many bits lie in the ninth byte.
    var spill: UInt8
    var isBigEndian: Bool
    var kind: Kind
    var indicators: Indicators
    /// The sign's bit of a signed signal, else 0.
    var sign: UInt64
    var factor: Double
    var offset: Double
    /// The multiplexer's place in the message: -1 for none, -2 for one that is not known.
    var multiplexer: Int32
    /// The bits of the multiplexer: its values are compared without sign.
    var multiplexerMask: UInt64 = 0
    /// The multiplexer's values with which the signal is there, among those of all signals.
    var firstRange: Int32
    var rangeCount: Int32

    init(_ signal: Signal, isJ1939: Bool, firstRange: Int) {
        let length = signal.length
        let isDecodable = length <= 64
        isBigEndian = signal.byteOrder == .bigEndian
        let start = isBigEndian ? signal.bigEndianStart : signal.startBit
        firstByte = Int32(start >> 3)
        neededLength = isDecodable ? Int32(signal.neededLength) : .max
        let bit = start & 7
        let spilled = isDecodable ? max(0, bit + length - 64) : 0
        spill = UInt8(spilled)
        right = UInt8(truncatingIfNeeded: max(0, 64 - length))
        left = UInt8(truncatingIfNeeded: isBigEndian ? bit : max(0, 64 - bit - length))
        let end = start + length
        shortLeft = UInt8(
            truncatingIfNeeded: isBigEndian ? min(start, 63) : max(0, 64 - min(end, 64)))
        switch signal.valueType {
        case .unsigned: kind = .unsigned
        case .signed: kind = .signed
        case .float: kind = .float
        case .double: kind = .double
        }
        sign = kind == .signed && isDecodable ? 1 << UInt64(length - 1) : 0
        indicators = isJ1939 && kind == .unsigned ? Indicators(of: signal) : .none
        if length <= 52, kind == .unsigned || kind == .signed { kind = .narrow }
        (factor, offset) = (signal.factor, signal.offset)
        let multiplexing = signal.multiplexing
        multiplexer =
            multiplexing.isSwitched ? Int32(multiplexing.multiplexer ?? -2) : -1
        self.firstRange = Int32(firstRange)
        rangeCount = Int32(multiplexing.values.count)
    }

    /// As many ones as the signal has bits.
    static func mask(of length: Int) -> UInt64 {
        length >= 64 ? .max : (1 << UInt64(length)) - 1
    }

    /// In how many bytes a raw value fits: 1, 2, 4 or 8.
    var rawWidth: Int {
        switch 64 - Int(right) {
        case ...8: 1
        case ...16: 2
        case ...32: 4
        default: 8
        }
    }

    /// Its bits in the word of a payload of at most 8 bytes.
    var shortMask: UInt64 {
        let word = (mask &<< UInt64(right)) &>> UInt64(shortLeft)
        return isBigEndian ? word.byteSwapped : word
    }

    /// What a kernel needs to decode a column of words: payloads of at most 8 bytes, or those that
    /// `canlog_gather` makes of longer ones.
    func field(isShort: Bool) -> canlog_field {
        let left = isShort ? shortLeft : spill > 0 ? 0 : left
        return canlog_field(
            sign: sign, factor: factor, offset: offset, left: left, right: right,
            kind: kind.rawValue, reserved: 0)
    }

    /// Where `canlog_gather` finds it in longer payloads.
    var position: canlog_position {
        canlog_position(
            first_byte: UInt32(firstByte), is_big: isBigEndian ? 1 : 0, spill: spill,
            right: right, reserved: 0)
    }

    /// The bits of a payload of at most 8 bytes, the first in the low bits of `word`.
    @inline(__always)
    func bits(inWord word: UInt64) -> UInt64 {
        bits(inWord: word, swapped: word.byteSwapped)
    }

    /// The same with the bytes of `word` swapped already, once for all signals of a frame.
    @inline(__always)
    func bits(inWord word: UInt64, swapped: UInt64) -> UInt64 {
        ((isBigEndian ? swapped : word) &<< UInt64(shortLeft)) &>> UInt64(right)
    }

    /// The bits of a payload that has the bytes that the signal needs.
    func bits(in payload: Span<UInt8>) -> UInt64 {
        let first = Int(firstByte)
        var word: UInt64 = 0
        for index in 0..<min(8, payload.count - first) {
            word |= UInt64(payload[first + index]) << (UInt64(index) * 8)
        }
        return bits(ofBytes: word, ninth: spill > 0 ? UInt64(payload[first + 8]) : 0)
    }

    /// The same of a payload in words, the first byte in the lowest bits, with a word behind it.
    func bits(inWords words: Span<UInt64>) -> UInt64 {
        let first = Int(firstByte) >> 3
        let shift = UInt64(firstByte & 7) * 8
        // Two shifts, since one by 64 has no meaning in the hardware.
        let word = words[first] >> shift | (words[first + 1] << 1) << (63 - shift)
        return bits(ofBytes: word, ninth: words[first + 1] >> shift & 0xFF)
    }

    /// The bits of 8 bytes from the first of the signal on, and of the ninth.
    private func bits(ofBytes bytes: UInt64, ninth: UInt64) -> UInt64 {
        let word = isBigEndian ? bytes.byteSwapped : bytes
        guard spill > 0 else { return (word << UInt64(left)) >> UInt64(right) }
        // The ninth byte holds the last bits of a big-endian, the highest of a little-endian signal.
        let spilled = UInt64(spill)
        guard isBigEndian else {
            let bit = spilled + UInt64(right)
            return (word >> bit | ninth << (64 - bit)) & mask
        }
        return (word << spilled | ninth >> (8 - spilled)) & mask
    }

    /// All bits of the signal's length.
    var mask: UInt64 { .max &>> UInt64(right) }

    /// `bits`, sign extended of a signed signal.
    @inline(__always)
    func rawBits(of bits: UInt64) -> UInt64 { (bits ^ sign) &- sign }

    /// The value that `bits` stand for.
    @inline(__always)
    func value(of bits: UInt64) -> SignalValue {
        let rawBits = rawBits(of: bits)
        let number: Double
        switch kind {
        case .narrow: number = narrowNumber(of: bits)
        case .unsigned: number = Double(rawBits)
        case .signed: number = Double(Int64(bitPattern: rawBits))
        case .float: number = Double(Float(bitPattern: UInt32(truncatingIfNeeded: rawBits)))
        case .double: number = Double(bitPattern: rawBits)
        }
        // Two roundings: Swift never fuses a product and a sum.
        let physical = number * factor + offset
        return SignalValue(rawBits: rawBits, physical: physical, state: state(of: bits))
    }

    /// The integer without a conversion: as the lowest bits of a double of 2^52 to 2^53, which
    /// are whole numbers, so that every step is exact.
    @inline(__always)
    private func narrowNumber(of bits: UInt64) -> Double {
        Double(bitPattern: (bits ^ sign) | Self.whole) - Double(bitPattern: sign | Self.whole)
    }

    /// 2^52 as a double.
    static let whole: UInt64 = 0x4330_0000_0000_0000

    /// Whether it has at most 64 bits.
    var isDecodable: Bool { neededLength != .max }

    /// The greatest bits that stand for a value: J1939-71 5.1.4, tables 1 and 2.
    var greatest: UInt64 {
        switch indicators {
        case .none: .max
        case .discrete: mask - 2
        case .allOnes: mask - 1
        case .topByte: (0xFB << (56 - UInt64(right))) - 1
        }
    }

    /// J1939-71 5.1.4, tables 1 and 2.
    @inline(__always)
    private func state(of bits: UInt64) -> SignalState {
        switch indicators {
        case .none: return .valid
        case .discrete:
            if bits == mask { return .notAvailable }
            return bits == mask - 1 ? .error : .valid
        case .allOnes: return bits == mask ? .notAvailable : .valid
        case .topByte:
            let top = bits >> (56 - UInt64(right))
            if top <= 0xFA { return .valid }
            return top == 0xFF ? .notAvailable : top == 0xFE ? .error : .reserved
        }
    }
}
