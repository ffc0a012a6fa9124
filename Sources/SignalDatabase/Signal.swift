/// One value in a message: where its bits lie, and how they become a physical value.
public struct Signal: Sendable, Hashable {
    /// The order of a signal's bytes in the payload.
    public enum ByteOrder: Sendable, Hashable {
        /// The least significant byte comes first (Intel, `@1`).
        case littleEndian
        /// The most significant byte comes first (Motorola, `@0`).
        case bigEndian
    }

    /// What the bits are.
    public enum ValueType: Sendable, Hashable {
        case unsigned
        /// Two's complement.
        case signed
        /// IEEE 754 single precision, 32 bits.
        case float
        /// IEEE 754 double precision, 64 bits.
        case double
    }

    /// The name in its `SG_` line, which no other signal of the message needs to differ from.
    public var name: String
    /// The name before it was cut to 32 characters (`SystemSignalLongSymbol`), else ``name``.
    public var longName: String
    /// As the file has it: the least significant bit of a little-endian signal, the most
    /// significant of a big-endian one; bit 0 is the lowest of byte 0, bit 8 the lowest of byte 1.
    public var startBit: Int
    /// In bits, at least 1. More than 64 are kept and not decoded.
    public var length: Int
    public var byteOrder: ByteOrder
    public var valueType: ValueType
    /// physical = raw x factor + offset
    public var factor: Double
    public var offset: Double
    /// The physical limits as written; both 0 where the author gave none.
    public var minimum: Double
    public var maximum: Double
    public var unit: String
    /// The nodes that use it.
    public var receivers: [String]
    /// The signals of the message that say which others are there, if it is one of either.
    public var multiplexing = Multiplexing()
    /// The texts of its raw values, in the order of the file.
    public var labels: [ValueLabel] = []
    public var comment: String?
    public var attributes: [Attribute] = []
    /// The name of its type (`SIG_TYPE_REF_`).
    public var typeName: String?
    /// Where its `SG_` stands.
    public var line: Int

    /// The text of a raw value after sign extension, the first that the file gives.
    ///
    /// Files also give the values of signed signals without sign: 129 where 8 bits mean -127.
    public func label(of raw: Int64) -> String? {
        if let label = labels.first(where: { $0.raw == raw }) { return label.text }
        guard valueType == .signed, length < 64 else { return nil }
        return labels.first { $0.raw == raw & ((1 << Int64(length)) - 1) }?.text
    }

    /// The suspect parameter number of J1939 (attribute `SPN`), if it has one.
    public var suspectParameterNumber: UInt32?
}

/// The part that a signal plays in the multiplexing of its message.
public struct Multiplexing: Sendable, Hashable {
    /// Whether its raw value selects others (`M`, `m3M`).
    public var isMultiplexer = false
    /// Whether it is there only for some values of a multiplexer (`m3`).
    public var isSwitched = false
    /// The index in the message of the multiplexer that it depends on; `nil` of a switched signal
    /// is one that no frame can be known to carry.
    public var multiplexer: Int?
    /// The raw values, as unsigned bits, of that multiplexer with which it is there.
    public var values: [ClosedRange<UInt64>] = []

    public init() {}
}

/// The text that stands for a raw value (`VAL_`, `VAL_TABLE_`).
public struct ValueLabel: Sendable, Hashable {
    /// After sign extension; a value of 2^63 and above as its 64 bits.
    public var raw: Int64
    public var text: String

    public init(raw: Int64, text: String) {
        self.raw = raw
        self.text = text
    }
}

extension Signal {
    /// The bits of a payload, counted from the first byte's most significant, at which a big-endian
    /// signal begins.
    var bigEndianStart: Int { (startBit & ~7) | (7 - startBit & 7) }

    /// How many bytes a frame needs to carry all of it.
    public var neededLength: Int {
        let start = byteOrder == .littleEndian ? startBit : bigEndianStart
        return (start + length + 7) >> 3
    }
}
