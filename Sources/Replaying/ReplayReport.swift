/// What a replay did: every frame of the log is sent, or counted with the reason why not.
public struct ReplayReport: Sendable {
    /// A frame is late when it was handed over this many nanoseconds after its deadline.
    public static let lateLimit: Int64 = 1_000_000

    /// Frames that the kernel took.
    public internal(set) var sent: UInt64 = 0
    /// Frames of these that were late.
    public internal(set) var late: UInt64 = 0
    /// The largest lateness in nanoseconds.
    public internal(set) var greatestLateness: Int64 = 0
    /// How far the gaps between frames of an interface differed from the log's, when they were
    /// handed to the kernel; what the kernel and the controller add is not in it.
    public internal(set) var gapErrors = GapErrorHistogram()

    /// Error frames, which no controller can be asked to send.
    public internal(set) var errorFrames: UInt64 = 0
    /// CAN FD frames for an interface that takes only classic ones.
    public internal(set) var unfitFDFrames: UInt64 = 0
    /// Frames of channels that go nowhere.
    public internal(set) var unroutedFrames: UInt64 = 0
    /// Frames that the kernel refused, by `errno`.
    public internal(set) var refusals: [CInt: UInt64] = [:]
    /// Frames that had been read and were not sent when the replay was stopped or lost its link.
    public internal(set) var abandoned: UInt64 = 0
    /// Frames that the log itself says are missing by damage.
    public internal(set) var damagedFrames: UInt64 = 0
    /// Whether the log itself is known to lack something, be it of unknown size; said by who opened
    /// the log.
    public var isLogIncomplete = false

    /// Frames that were not sent because the replay waits for them.
    public internal(set) var awaitedFrames: UInt64 = 0
    /// How often an awaited frame did not come in time.
    public internal(set) var lateAnswers: UInt64 = 0
    /// How often the socket was full (`EAGAIN`), and the interface's queue (`ENOBUFS`).
    public internal(set) var socketFull: UInt64 = 0
    public internal(set) var queueFull: UInt64 = 0
    /// How often a link was down, and for how many nanoseconds in all.
    public internal(set) var linkWaits: UInt64 = 0
    public internal(set) var linkWaitTime: Int64 = 0
    /// The interface that did not come back, if the replay ended for it.
    public internal(set) var lostLink: String?

    /// Whether somebody stopped the replay before its end.
    public internal(set) var wasStopped = false
    /// From the first frame's deadline to the end, in nanoseconds.
    public internal(set) var duration: Int64 = 0
    /// How often the log was begun.
    public internal(set) var passes = 0
    /// What the kernel did not permit that would have made it more punctual.
    public internal(set) var refusedMeasures: [String] = []

    /// Frames that should have been sent and were not.
    public var notSent: UInt64 {
        errorFrames + unfitFDFrames + unroutedFrames + refusals.values.reduce(0, +) + abandoned
    }

    /// Whether all of the log was sent and every awaited frame came.
    public var isComplete: Bool {
        notSent == 0 && damagedFrames == 0 && !isLogIncomplete && lateAnswers == 0
            && lostLink == nil
    }

    /// Counts as abandoned what is missing to the `expected` frames that the log has to send and to
    /// wait for, since a replay that was stopped has not read them all.
    public mutating func account(forAll expected: UInt64) {
        let known = sent + notSent + awaitedFrames
        if expected > known { abandoned += expected - known }
    }
}
