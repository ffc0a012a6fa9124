public import CANFrame

/// How a log is to be played; durations in nanoseconds.
public struct ReplayOptions: Sendable {
    public var pace: ReplayPace = .factor(1)
    /// Gaps of the log's time longer than this become this long.
    public var longestGap: Int64?
    /// How often the log is played; 0 until it is stopped.
    public var passes = 1
    /// Frames with these identifiers are not sent but waited for: they are the other side's.
    public var awaited: [ArbitrationID] = []
    /// How long past its time an awaited frame may come before the replay goes on without it.
    public var waitLimit: Int64 = 1_000_000_000
    /// How long the replay waits for an interface that is down or gone before it ends.
    public var linkLimit: Int64 = 10_000_000_000
    /// How long before a deadline the thread stops sleeping and watches the clock.
    public var spin: Int64 = 0
    /// Whether error frames of the log are sent; only a virtual interface takes them.
    public var sendsErrorFrames = false
    /// Whether to ask for real-time scheduling, locked memory and sharp timers.
    public var isRealTime = true

    public init() {}
}
