/// How the bytes of a data identifier, or of a routine's parameter, become values.
public struct ValueEncoding: Sendable, Hashable {
    public indirect enum Kind: Sendable, Hashable {
        /// 1 to 4 bytes.
        case unsigned(size: Int)
        /// 1, 2 or 4 bytes of two's complement.
        case signed(size: Int)
        /// IEEE 754, single precision.
        case float32
        /// Text of one byte per character; `nil`: as many as there are.
        case ascii(length: Int?)
        case bytes(length: Int?)
        /// Two decimal digits in each byte, shown as digits.
        case bcd(length: Int?)
        /// Year, month, day in a byte of two decimal digits each; with four bytes the century first.
        case bcdDate(length: Int)
        /// Parts of one whole number of so many bytes.
        case bits(length: Int, [BitField])
        /// The same again and again; `nil`: to the end.
        case repeated(ValueEncoding, count: Int?)
    }

    /// A part of a number: a flag, or some bits.
    public struct BitField: Sendable, Hashable {
        public var name: String
        /// Bit 0 is the lowest of the whole number.
        public var bits: ClosedRange<Int>
        public var labels: [ValueName] = []
        public var scale = 1.0
        public var offset = 0.0
        public var unit = ""

        public init(name: String, bits: ClosedRange<Int>) {
            self.name = name
            self.bits = bits
        }
    }

    /// The text of a raw value.
    public struct ValueName: Sendable, Hashable {
        public var raw: Int64
        public var text: String

        public init(raw: Int64, text: String) {
            self.raw = raw
            self.text = text
        }
    }

    public var kind: Kind
    /// physical = raw x scale + offset, of numbers.
    public var scale = 1.0
    public var offset = 0.0
    public var unit = ""
    /// The physical values that a sound vehicle has.
    public var valid: ClosedRange<Double>?
    /// Raw values, as unsigned bits, that stand for "no value" (signal not available, SNA).
    public var invalid: [UInt64] = []
    /// By raw value.
    public var labels: [ValueName] = []
    /// Whether the lowest byte comes first; ISO 14229-1 has the highest first.
    public var isLittleEndian = false

    /// Longer data are refused, in bytes.
    public static let maximumLength = 4_095

    public init(_ kind: Kind) { self.kind = kind }

    /// The bytes of one value; `nil` where only the message tells.
    public var length: Int? {
        switch kind {
        case .unsigned(let size), .signed(let size): size
        case .float32: 4
        case .ascii(let length), .bytes(let length), .bcd(let length): length
        case .bcdDate(let length), .bits(let length, _): length
        case .repeated(let element, let count):
            element.length.flatMap { length in count.map { length * $0 } }
        }
    }

    /// Whether its values are numbers, so that scale, unit and valid range mean something.
    public var isNumeric: Bool {
        switch kind {
        case .unsigned, .signed, .float32: true
        case .ascii, .bytes, .bcd, .bcdDate, .bits: false
        case .repeated(let element, _): element.isNumeric
        }
    }

    /// The word of the files: `u16`.
    public var typeName: String {
        switch kind {
        case .unsigned(let size): "u\(size * 8)"
        case .signed(let size): "i\(size * 8)"
        case .float32: "f32"
        case .ascii: "ascii"
        case .bytes: "bytes"
        case .bcd: "bcd"
        case .bcdDate: "bcd-date"
        case .bits: "bits"
        case .repeated: "repeat"
        }
    }

    /// The least and greatest physical value that the type can hold; `nil` where it is no integer.
    public var representable: ClosedRange<Double>? {
        let raw: ClosedRange<Double>
        switch kind {
        case .unsigned(let size): raw = 0...Double((UInt64(1) << UInt64(size * 8)) - 1)
        case .signed(let size):
            let half = Double(UInt64(1) << UInt64(size * 8 - 1))
            raw = -half...half - 1
        default: return nil
        }
        let ends = [raw.lowerBound * scale + offset, raw.upperBound * scale + offset]
        return min(ends[0], ends[1])...max(ends[0], ends[1])
    }
}
