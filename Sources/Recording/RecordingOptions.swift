public import CANFrame
public import LogFile

/// What a recording is to be like.
public struct RecordingOptions: Sendable {
    /// The first log file, which must not exist; `nil` to name it as all others.
    public var path: String?
    /// Where further logs lie, and how they are named.
    public var naming: LogNaming
    /// Who, where, what; stored in the header. Its resolution is that of the stored stamps.
    public var metadata: LogMetadata
    /// Stop after this long, measured on the monotonic clock.
    public var duration: Duration?
    /// Stop after this many frames.
    public var frameLimit: UInt64?
    /// Say so when a channel has had no frame for this long; `nil` for never.
    public var silenceLimit: Duration? = .seconds(2)
    /// How often what was written is forced onto the disk: what a power cut may cost.
    public var synchronizeEvery: Duration = .milliseconds(250)
    /// Words to be stored as notes at the start of the log.
    public var notes: [String] = []

    /// Is given each batch behind the last frame of the one before, on the writer's thread and as it
    /// is stored: numbered, its stamps at the log's resolution. It is to be quick, and waits for nobody.
    public var observer: (@Sendable (borrowing FrameBatch) -> Void)?

    /// When to go on in a new log by itself.
    public var rotation = Rotation()
    /// Whether only what is around triggers is kept.
    public var trigger: TriggerOptions?
    /// When to remove the oldest logs.
    public var retention = Retention()

    /// Logs named by `naming`.
    public init(naming: LogNaming, metadata: LogMetadata) {
        self.naming = naming
        self.metadata = metadata
    }

    /// A log of this name; further ones lie beside it.
    public init(path: String, metadata: LogMetadata) {
        self.init(naming: LogNaming(beside: path), metadata: metadata)
        self.path = path
    }
}

/// When a recorder goes on in a new log by itself.
public struct Rotation: Sendable, Hashable {
    /// From this size on, journal included; the log is smaller when it is complete.
    public var bytes: UInt64?
    /// When it is this old, by the monotonic clock.
    public var interval: Duration?

    public init(bytes: UInt64? = nil, interval: Duration? = nil) {
        self.bytes = bytes
        self.interval = interval
    }

    var isNever: Bool { bytes == nil && interval == nil }
}

/// Something a person at the line should hear of at once.
public enum RecordingNotice: Sendable, Hashable {
    /// A channel has been silent for this many nanoseconds.
    case silence(channel: UInt8, Int64)
    /// A silent channel has frames again.
    case soundAgain(channel: UInt8)
    case linkUp(channel: UInt8)
    case linkDown(channel: UInt8)
    case linkGone(channel: UInt8)
    /// A controller's state changed.
    case controllerState(channel: UInt8, ControllerState)
    /// A controller takes part in the bus again after a bus-off.
    case restarted(channel: UInt8)
    /// A word of the source, as that an interface was set up again.
    case note(String)
    /// Frames were lost, here as counted since the last notice of this kind.
    case loss(frames: UInt64)
    /// The log cannot be written; the newest frames are kept in memory meanwhile.
    case cannotWrite(reason: String)
    /// The log can be written again.
    case writesAgain(afterLosing: UInt64)
    /// A finished group could not be moved from the journal into the log; it will be tried again.
    case cannotCompact(reason: String)
    /// The next log cannot be begun; the current one goes on, and it will be tried again.
    case cannotBegin(reason: String)
    /// A log is complete.
    case completed(path: String, frames: UInt64, bytes: UInt64)
    /// A log could not be completed; the rest of it is in its journal.
    case cannotComplete(path: String, reason: String)
    /// In trigger mode: what is around it is kept.
    case trigger(reason: String)
    /// An old log was removed, as asked for.
    case removed(path: String)
    /// Old logs cannot be removed as asked for.
    case cannotRemove(reason: String)
}

/// Figures of a running or ended recording.
public struct RecordingProgress: Sendable {
    /// Figures of one channel.
    public struct Channel: Sendable {
        public var interface = ""
        public var frames: UInt64 = 0
        /// Bits on the wire at the nominal bit rate, stuff bits left out.
        public var wireBits: UInt64 = 0
        public var bitRate: UInt32?
        public var errorFrames: UInt64 = 0
        public var lost: UInt64 = 0
        public var isUp = true
        public var isSilent = false
        /// The controller's state, where there is a controller.
        public var state: ControllerState?
        /// Whether the interface was there at any time.
        public var hasAppeared = false
    }

    public var channels: [Channel] = []
    /// Frames recorded, or still held in memory for the log.
    public var frames: UInt64 = 0
    /// Frames known to be missing, from whatever cause.
    public var lost: UInt64 { lostInCapture + lostInMemory }
    /// Frames lost before canlog had them: in the socket, in the controller.
    public internal(set) var lostInCapture: UInt64 = 0
    /// Frames given up while the disk did not take them.
    public internal(set) var lostInMemory: UInt64 = 0
    public var events: UInt64 = 0
    /// The log that is written now.
    public var path = ""
    /// What its header says; `nil` before the recording.
    public var metadata: LogMetadata?
    /// Frames that the current log has so far.
    public var fileFrames: UInt64 = 0
    /// Bytes of the current log and its journal on the disk.
    public var fileBytes: UInt64 = 0
    public var groups: Int = 0
    /// Logs that have been completed, their frames and their bytes.
    public var completedFiles = 0
    public var completedFrames: UInt64 = 0
    public var completedBytes: UInt64 = 0
    /// Whether the current log is one of them.
    var isComplete = false

    /// Frames and bytes in all logs; while a recorder waits for a trigger, what it holds is in none.
    public var keptFrames: UInt64 {
        completedFrames + (isComplete || waitsForTrigger ? 0 : fileFrames)
    }
    public var allBytes: UInt64 {
        completedBytes + (isComplete || waitsForTrigger ? 0 : fileBytes)
    }
    /// Logs that have ended and are not complete yet.
    public var completing = 0
    /// Triggers so far, and whether a recorder in trigger mode waits for one.
    public var triggers: UInt64 = 0
    public var waitsForTrigger = false
    /// Frames kept in memory because the disk does not take them.
    public var heldFrames: Int = 0
    /// Monotonic nanoseconds since the start.
    public var elapsed: Int64 = 0
    /// Why nothing more could be received, if so.
    public var failure: String?
    /// Why the log could not be completed at the end, if so; what was recorded is in its journal.
    public var closingFailure: String?

    public init() {}
}
