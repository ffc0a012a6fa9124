/// One frame in a ``FrameBatch``: 24 bytes, so that a group of 131,072 is 3 MiB.
public struct FrameRow: Sendable, BitwiseCopyable {
    /// When the frame was received, on its channel's clock.
    public var timestamp: Timestamp
    /// The identifier with the extended, remote and error bits.
    public var identifier: PackedID
    /// The numbered place of its interface in this recording.
    public var channel: UInt8
    /// The CAN FD bits and the origin.
    public var flags: FrameFlags
    /// The payload's length in bytes, 0 to 64; 0 for a remote frame whatever its DLC.
    public var length: UInt8
    /// The data length code, 0 to 15; a classic frame may have 9 to 15 with a length of 8.
    public var dlc: UInt8
    /// The payload up to 8 bytes, the first byte in the low bits, bytes beyond the length zero;
    /// else the offset of the payload among the batch's long payloads.
    public var payloadWord: UInt64

    /// A row whose payload has at most 8 bytes and lies in `payloadWord`.
    ///
    /// Bytes of `payloadWord` beyond `length` must be zero; ``maskedWord(_:length:)`` makes them so.
    @inlinable
    public init(
        timestamp: Timestamp, identifier: PackedID, channel: UInt8, flags: FrameFlags,
        length: UInt8, dlc: UInt8, payloadWord: UInt64
    ) {
        self.timestamp = timestamp
        self.identifier = identifier
        self.channel = channel
        self.flags = flags
        self.length = length
        self.dlc = dlc
        self.payloadWord = payloadWord
    }

    /// Whether the payload lies in ``payloadWord`` and not among the long payloads.
    @inlinable public var isShort: Bool { length <= 8 }

    /// `word` with the bytes beyond the first `length` (0 to 8) set to zero.
    @inlinable
    public static func maskedWord(_ word: UInt64, length: UInt8) -> UInt64 {
        length >= 8 ? word : word & ((1 << (UInt64(length) * 8)) &- 1)
    }
}
