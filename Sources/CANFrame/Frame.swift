/// One frame as a value with its payload inside: for the edges and for tests.
///
/// The data path carries ``FrameRow``s in batches instead; a frame of 64 inline bytes costs forty
/// times as much to append.
public struct Frame: Sendable {
    public var timestamp: Timestamp
    public var identifier: PackedID
    public var channel: UInt8
    public var flags: FrameFlags
    /// The data length code, 0 to 15.
    public var dlc: UInt8
    /// The payload, 0 to 64 bytes; empty for a remote frame.
    public var payload: [UInt8]

    /// A frame whose DLC is the smallest that holds `payload`, unless `dlc` is given.
    ///
    /// `payload` has at most 64 bytes.
    public init(
        timestamp: Timestamp, identifier: PackedID, channel: UInt8 = 0, flags: FrameFlags = [],
        dlc: UInt8? = nil, payload: [UInt8] = []
    ) {
        precondition(
            payload.count <= DataLengthCode.maximumLength, "a payload has at most 64 bytes")
        self.timestamp = timestamp
        self.identifier = identifier
        self.channel = channel
        self.flags = flags
        self.dlc = dlc ?? DataLengthCode.code(for: UInt8(payload.count))
        self.payload = payload
    }
}

extension Frame: Hashable {}
