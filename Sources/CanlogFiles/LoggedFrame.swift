public import CANFrame

/// A frame of a log, with its place in it.
public struct LoggedFrame: Hashable, Sendable {
    /// The ordinal within the recording, which stays whatever is cut from the log; `nil` where it is
    /// not known: something before is damaged, or only frames were wanted. In a merged log each
    /// recorder counts its own.
    public var number: UInt64?
    /// The channel's interface, for example `can0`; `channel` and its number where the log does not
    /// name it.
    public var interface: String
    /// When, on which channel, what.
    public var frame: Frame

    public var timestamp: Timestamp { frame.timestamp }
    /// The identifier with the bits that say what kind of frame this is.
    public var identifier: PackedID { frame.identifier }
    public var channel: UInt8 { frame.channel }
    public var flags: FrameFlags { frame.flags }
    /// The data length code, 0 to 15.
    public var dlc: UInt8 { frame.dlc }
    /// 0 to 64 bytes; none of a remote frame.
    public var payload: [UInt8] { frame.payload }
}
