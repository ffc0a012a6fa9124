/// Something that happened on or around the buses and is not a frame.
///
/// Events are data like frames: they are recorded in order of arrival, stored, shown and judged.
public struct BusEvent: Sendable, Hashable {
    /// The event came before this row of its batch; the batch's count if after all of them.
    public var rowIndex: Int
    /// When it happened, real time.
    public var timestamp: Timestamp
    /// The channel it concerns, or `nil` if all.
    public var channel: UInt8?
    public var kind: Kind

    public init(rowIndex: Int, timestamp: Timestamp, channel: UInt8?, kind: Kind) {
        self.rowIndex = rowIndex
        self.timestamp = timestamp
        self.channel = channel
        self.kind = kind
    }

    /// What happened.
    public enum Kind: Sendable, Hashable {
        /// The channel's number stands for this interface from here on; comes before its frames.
        case channel(ChannelDescription)
        /// Nothing happened until now: a source says so after 100 ms without a frame.
        case tick
        /// Two clocks read at one moment; the event's timestamp is the real time.
        case clockTie(ClockTie)
        /// The kernel's view of how well real time is synchronised (adjtimex), at start and change.
        case clockSynchronisation(ClockSynchronisation)
        /// Frames known to be missing.
        case loss(Loss)
        /// The interface was set up, or came back: frames can arrive.
        case linkUp
        /// The interface was set down; it still exists.
        case linkDown
        /// The interface vanished: unplugged, or its driver unbound.
        case linkGone
        /// The interface's own counters, at start, at the end and each second on change.
        case statistics(InterfaceStatistics)
        /// No frame arrived for this long, in nanoseconds, on a channel that had been expected to.
        case silence(Int64)
        /// A word of the operator or of a program.
        case marker(String)
        /// A word of canlog itself, for example that a VIN was doubtful.
        case note(String)
        /// The controller's state changed; at the start the one that it is in.
        case controllerState(ControllerState)
        /// The controller takes part in the bus again after a bus-off.
        case restarted
        /// The controller's error counters, at the start and on change, looked at each second and
        /// at each change of its state; error frames carry them in between.
        case errorCounters(ErrorCounters)
        /// How the interface is set up, at the start and on change.
        case interfaceSettings(InterfaceSettings)
    }
}

/// An interface as a channel of a recording.
public struct ChannelDescription: Sendable, Hashable {
    /// The name of the Linux network device, for example `can0`.
    public var interface: String
    /// The bit rate in bit/s, where the kernel tells it (a vcan has none).
    public var bitRate: UInt32?
    /// The data bit rate of CAN FD in bit/s, where the kernel tells it.
    public var dataBitRate: UInt32?
    /// Which clock stamps the frames.
    public var clock: StampClock
    /// In a log that was merged of several: under which channel number events of this channel's
    /// recorder stand that concern all of its channels, as its clock ties; else `nil`. No channel
    /// has that number. Each recorder numbers its own frames.
    public var recorder: UInt8?

    public init(
        interface: String, bitRate: UInt32? = nil, dataBitRate: UInt32? = nil,
        clock: StampClock = .unknown, recorder: UInt8? = nil
    ) {
        self.interface = interface
        self.bitRate = bitRate
        self.dataBitRate = dataBitRate
        self.clock = clock
        self.recorder = recorder
    }
}

/// Which clock a channel's stamps come from.
public enum StampClock: UInt8, Sendable, CaseIterable {
    /// An imported log did not say.
    case unknown = 0
    /// The kernel's real time when it received the frame (`SO_TIMESTAMPNS`).
    case kernelRealTime = 1
    /// The controller's own clock, turned into real time by the driver (`SOF_TIMESTAMPING_RAW_HARDWARE`).
    case hardware = 2
}

/// Two clocks of this host read at one moment.
public struct ClockTie: Sendable, Hashable {
    /// `CLOCK_MONOTONIC` in nanoseconds when real time was the event's timestamp.
    public var monotonic: Int64

    public init(monotonic: Int64) {
        self.monotonic = monotonic
    }
}

/// How well the host's real time is synchronised, from adjtimex.
public struct ClockSynchronisation: Sendable, Hashable {
    /// False while the kernel says `STA_UNSYNC`.
    public var isSynchronised: Bool
    /// The kernel's estimate of the error in microseconds (`timex.esterror`).
    public var estimatedError: Int64
    /// The kernel's bound of the error in microseconds (`timex.maxerror`).
    public var maximumError: Int64

    public init(isSynchronised: Bool, estimatedError: Int64, maximumError: Int64) {
        self.isSynchronised = isSynchronised
        self.estimatedError = estimatedError
        self.maximumError = maximumError
    }
}

/// Frames that are known to be missing at this place.
public struct Loss: Sendable, Hashable {
    /// Where they were lost.
    public enum Cause: UInt8, Sendable, CaseIterable {
        /// The socket's receive buffer was full (`SO_RXQ_OVFL`, `SO_MEMINFO`).
        case socketBuffer = 0
        /// The controller's or driver's own queue was full (`rx_over_errors`, `rx_missed_errors`).
        case controller = 1
        /// The recorder's bounded memory was full while the disk did not take data.
        case recorderMemory = 2
        /// A damaged stretch of a file was skipped.
        case damage = 3
        /// Bytes that are not a frame were received or read, and skipped.
        case malformed = 4
    }

    public var cause: Cause
    /// How many frames; for damage, as far as it is known.
    public var frames: UInt64

    public init(cause: Cause, frames: UInt64) {
        self.cause = cause
        self.frames = frames
    }
}

extension UInt64 {
    /// Adds a number that a file claims: the sum stops at the greatest one instead of trapping.
    public mutating func add(upToLimit count: UInt64) {
        let (sum, overflow) = addingReportingOverflow(count)
        self = overflow ? .max : sum
    }
}

/// The counters of an interface since it was made (`struct rtnl_link_stats64`).
public struct InterfaceStatistics: Sendable, Hashable {
    public var receivedFrames: UInt64
    public var receivedBytes: UInt64
    public var sentFrames: UInt64
    public var receiveErrors: UInt64
    public var receiveDropped: UInt64
    /// Frames that the controller lost because its queue was full (`rx_over_errors`).
    public var receiveOverruns: UInt64
    public var receiveMissed: UInt64
    public var sendErrors: UInt64
    public var sendDropped: UInt64

    public init(
        receivedFrames: UInt64 = 0, receivedBytes: UInt64 = 0, sentFrames: UInt64 = 0,
        receiveErrors: UInt64 = 0, receiveDropped: UInt64 = 0, receiveOverruns: UInt64 = 0,
        receiveMissed: UInt64 = 0, sendErrors: UInt64 = 0, sendDropped: UInt64 = 0
    ) {
        self.receivedFrames = receivedFrames
        self.receivedBytes = receivedBytes
        self.sentFrames = sentFrames
        self.receiveErrors = receiveErrors
        self.receiveDropped = receiveDropped
        self.receiveOverruns = receiveOverruns
        self.receiveMissed = receiveMissed
        self.sendErrors = sendErrors
        self.sendDropped = sendDropped
    }
}
