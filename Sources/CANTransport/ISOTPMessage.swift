public import CANFrame

/// A message of ISO 15765-2 that came whole, and how it came; its bytes are
/// ``ISOTPListener/payload``. Times are nanoseconds of bus time.
public struct ISOTPMessage: Sendable, Hashable {
    /// The link by its number.
    public var link: Int
    /// The numbers of its first and last frame.
    public var firstFrame: UInt64
    public var lastFrame: UInt64
    public var firstTime: Int64
    public var lastTime: Int64
    public var firstTimestamp: Timestamp
    public var lastTimestamp: Timestamp
    /// Its length in bytes.
    public var length: Int
    /// How many frames carried it, without flow control.
    public var frames: Int = 1
    /// Whether they have the CAN FD format.
    public var isFD: Bool
    /// What the receiver asked for last: the block size (BS), 0 is no limit.
    public var blockSize: UInt8?
    /// What the receiver asked for last: STmin.
    public var separationTime: ISOTPSeparationTime?
    /// The least and the greatest time between two consecutive frames of one block.
    public var smallestGap: Int64?
    public var largestGap: Int64?
    /// How often the receiver asked to wait.
    public var waits: Int = 0
    /// How often the receiver told the sender to go on.
    public var flowControls: Int = 0
    /// The longest time from a frame to the flow control that it needs (N_Bs), a wait included once.
    public var largestFlowControlDelay: Int64?
    /// The longest time in which the receiver waited for a consecutive frame (N_Cr): behind a flow
    /// control, or behind another.
    public var largestConsecutiveDelay: Int64?

    /// A message that begins with the frame `row`.
    init(link: Int, _ row: FrameRow, frame: UInt64, at time: Int64, length: Int) {
        self.link = link
        (firstFrame, lastFrame, firstTime, lastTime) = (frame, frame, time, time)
        (firstTimestamp, lastTimestamp) = (row.timestamp, row.timestamp)
        self.length = length
        isFD = row.flags.isFD
    }
}
