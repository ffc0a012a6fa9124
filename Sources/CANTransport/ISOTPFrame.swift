public import CANFrame

/// What the protocol's first bytes in a frame say (N_PCI, ISO 15765-2 9.6).
public enum ISOTPFrame: Sendable, Hashable {
    /// A whole message: `count` bytes from `start` in the frame's payload.
    case single(start: UInt8, count: UInt8)
    /// The beginning of a message of `length` bytes; its own bytes are from `start` to its end.
    case first(start: UInt8, length: UInt32)
    /// More of a message, from `start` on; `sequence` counts 1 to 15, 0, 1, …
    case consecutive(start: UInt8, sequence: UInt8)
    /// The receiver's word to the sender.
    case flowControl(ISOTPFlowControl)
    /// A frame that the standard tells to ignore.
    case malformed

    /// Reads the frame `row`; `longPayload` is its payload if that has more than 8 bytes.
    @inlinable
    public init(_ row: FrameRow, longPayload: Span<UInt8>, hasAddressByte: Bool) {
        self.init(
            head: row.isShort ? row.payloadWord : Self.head(of: longPayload), length: row.length,
            offset: hasAddressByte ? 1 : 0)
    }

    /// The first 8 bytes, the first in the low bits.
    @inlinable
    static func head(of payload: Span<UInt8>) -> UInt64 {
        guard payload.count >= 8 else { return 0 }
        var word: UInt64 = 0
        for index in 0..<8 { word |= UInt64(payload[index]) << UInt64(index * 8) }
        return word
    }

    /// Reads a frame of `length` bytes that begins with `head`, behind `offset` address bytes.
    @inlinable
    init(head: UInt64, length: UInt8, offset: UInt8) {
        guard length > offset else {
            self = .malformed
            return
        }
        let word = head >> (UInt64(offset) * 8)
        let low = UInt8(truncatingIfNeeded: word & 15)
        switch UInt8(truncatingIfNeeded: word) >> 4 {
        case 0: self = Self.single(word, low, length, offset)
        case 1: self = Self.first(word, low, length, offset)
        case 2:
            self = length > offset + 1 ? .consecutive(start: offset + 1, sequence: low) : .malformed
        case 3:
            self =
                length >= offset + 3
                ? .flowControl(
                    ISOTPFlowControl(
                        status: low, blockSize: UInt8(truncatingIfNeeded: word >> 8),
                        separationTime: ISOTPSeparationTime(
                            rawValue: UInt8(truncatingIfNeeded: word >> 16)))) : .malformed
        default: self = .malformed
        }
    }

    /// 9.6.2: the length in 4 bits up to 8 bytes of frame; in longer frames these are 0 and the
    /// length has a byte of its own.
    @inlinable
    static func single(_ word: UInt64, _ low: UInt8, _ length: UInt8, _ offset: UInt8) -> Self {
        if length <= 8 {
            return low > 0 && low <= length - offset - 1
                ? .single(start: offset + 1, count: low) : .malformed
        }
        let count = UInt8(truncatingIfNeeded: word >> 8)
        return low == 0 && count > 0 && count <= length - offset - 2
            ? .single(start: offset + 2, count: count) : .malformed
    }

    /// 9.6.3: the length in 12 bits, or these 0 and the length in 32. A message that a single frame
    /// of this size holds has no first frame, nor has one of 4,095 bytes or less 32 bits.
    @inlinable
    static func first(_ word: UInt64, _ low: UInt8, _ length: UInt8, _ offset: UInt8) -> Self {
        guard length >= 8 else { return .malformed }
        let short = UInt32(low) << 8 | UInt32(truncatingIfNeeded: word >> 8 & 0xFF)
        if short > 0 {
            let fitsSingle = length - offset - (length > 8 ? 2 : 1)
            return short > UInt32(fitsSingle)
                ? .first(start: offset + 2, length: short) : .malformed
        }
        let long = UInt32(truncatingIfNeeded: word >> 16).byteSwapped
        return long > 4095 ? .first(start: offset + 6, length: long) : .malformed
    }
}

/// What a receiver tells the sender: go on, wait, or that the message does not fit (9.6.5).
public struct ISOTPFlowControl: Sendable, Hashable {
    /// FS: 0 continue to send, 1 wait, 2 overflow; others are reserved.
    public var status: UInt8
    /// BS: how many consecutive frames come before the next flow control; 0: all.
    public var blockSize: UInt8
    /// STmin.
    public var separationTime: ISOTPSeparationTime

    @inlinable
    public init(status: UInt8, blockSize: UInt8, separationTime: ISOTPSeparationTime) {
        self.status = status
        self.blockSize = blockSize
        self.separationTime = separationTime
    }

    public static let continueToSend: UInt8 = 0
    public static let wait: UInt8 = 1
    public static let overflow: UInt8 = 2
}
