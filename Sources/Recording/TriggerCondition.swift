import CANFrame

/// What makes a recorder in trigger mode keep what it has.
public enum TriggerCondition: Sendable, Hashable {
    /// A data or remote frame that fits a pattern.
    case frame(FramePattern)
    /// Any error frame.
    case errorFrame
    /// A controller went bus-off (`CAN_ERR_BUSOFF` in linux/can/error.h).
    case busOff
}

/// An identifier and a payload of which some bits are given.
public struct FramePattern: Sendable, Hashable {
    /// Bits of `canid_t` that count: those of the identifier, and whether it is extended.
    let identifierMask: UInt32
    let identifier: UInt32
    /// The payload's first bytes; the frame has at least as many.
    let bytes: [UInt8]
    let mask: [UInt8]
    /// As it was written.
    public let text: String

    /// Reads `ID`, `ID:MASK`, `ID#BYTES` or `ID:MASK#BYTES`, in hexadecimal as candump writes it:
    /// three digits standard, eight extended. Of the bytes `.` stands for any digit, and `/MASK`
    /// behind them for the bits that count.
    public init?(_ text: String) {
        self.text = text
        let halves = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let names = halves[0].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let identifier = ArbitrationID(candump: names[0]) else { return nil }
        var numberMask: UInt32 = identifier.isExtended ? 0x1FFF_FFFF : 0x7FF
        if names.count > 1 {
            guard let mask = UInt32(names[1], radix: 16), names[1].first != "+",
                mask & ~numberMask == 0
            else { return nil }
            numberMask = mask
        }
        identifierMask = numberMask | 0x8000_0000
        self.identifier = PackedID(identifier).rawValue & identifierMask
        guard let (bytes, mask) = Self.payload(halves.count > 1 ? String(halves[1]) : "") else {
            return nil
        }
        (self.bytes, self.mask) = (bytes, mask)
    }

    /// Whether row `index` of `batch` fits.
    func fits(_ row: FrameRow, at index: Int, of batch: borrowing FrameBatch) -> Bool {
        guard row.identifier.rawValue & identifierMask == identifier, !row.identifier.isError else {
            return false
        }
        guard !bytes.isEmpty else { return true }
        guard Int(row.length) >= bytes.count, !row.identifier.isRemote else { return false }
        if row.isShort {
            return bytes.indices.allSatisfy { place in
                UInt8(truncatingIfNeeded: row.payloadWord >> (UInt64(place) * 8)) & mask[place]
                    == bytes[place]
            }
        }
        let payload = batch.longPayload(at: index)
        return bytes.indices.allSatisfy { payload[$0] & mask[$0] == bytes[$0] }
    }

    private static func payload(_ text: String) -> (bytes: [UInt8], mask: [UInt8])? {
        let halves = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let given = halves.first else { return ([], []) }
        guard var (bytes, mask) = hexadecimal(given) else { return nil }
        if halves.count > 1 {
            guard let (bits, known) = hexadecimal(halves[1]), bits.count == bytes.count,
                known.allSatisfy({ $0 == 0xFF })
            else { return nil }
            for place in bytes.indices { mask[place] &= bits[place] }
        }
        for place in bytes.indices { bytes[place] &= mask[place] }
        return (bytes, mask)
    }

    /// Two digits a byte, at most 64 bytes; and which of their bits are given.
    private static func hexadecimal(_ text: Substring) -> (bytes: [UInt8], mask: [UInt8])? {
        let digits = Array(text)
        guard digits.count.isMultiple(of: 2), digits.count <= 128 else { return nil }
        var (bytes, mask): ([UInt8], [UInt8]) = ([], [])
        for place in stride(from: 0, to: digits.count, by: 2) {
            var (byte, bits): (UInt8, UInt8) = (0, 0)
            for digit in digits[place...place + 1] {
                (byte, bits) = (byte << 4, bits << 4)
                if digit == "." { continue }
                guard digit.isASCII, let value = digit.hexDigitValue else { return nil }
                (byte, bits) = (byte | UInt8(value), bits | 15)
            }
            bytes.append(byte)
            mask.append(bits)
        }
        return (bytes, mask)
    }
}

extension TriggerCondition {
    /// Reads `error-frame`, `bus-off` or a ``FramePattern``.
    public init?(_ text: String) {
        switch text {
        case "error-frame": self = .errorFrame
        case "bus-off": self = .busOff
        default:
            guard let pattern = FramePattern(text) else { return nil }
            self = .frame(pattern)
        }
    }

    /// The words that ``init(_:)`` reads.
    public var text: String {
        switch self {
        case .frame(let pattern): pattern.text
        case .errorFrame: "error-frame"
        case .busOff: "bus-off"
        }
    }

    /// Whether row `index` of `batch` is what it waits for.
    func fits(_ row: FrameRow, at index: Int, of batch: borrowing FrameBatch) -> Bool {
        switch self {
        case .frame(let pattern): pattern.fits(row, at: index, of: batch)
        case .errorFrame: row.identifier.isError
        // CAN_ERR_BUSOFF
        case .busOff: row.identifier.isError && row.identifier.number & 0x40 != 0
        }
    }
}
