import CANFrame
import SocketCAN

/// What the replay does at one point of the log.
struct PlannedStep: Sendable, BitwiseCopyable {
    /// When, in nanoseconds since the start.
    var due: Int64
    /// Which of the replay's interfaces it concerns.
    var outlet: UInt8
    /// Whether to count a frame of the other side that the next one waits for, instead of sending.
    var isAwaited: Bool
}

/// Frames ready to be sent, made ahead of time: the thread that sends neither reads nor encodes.
///
/// Two buffers side by side, so that frames that are due together lie one after another as the
/// kernel takes them.
struct PlannedFrames: ~Copyable, Sendable {
    /// Steps in one of these: half a second of four full 500 kbit/s buses.
    static let capacity = 8192

    private(set) var steps: [PlannedStep] = []
    private(set) var frames: [WireFrame] = []

    init() {
        steps.reserveCapacity(Self.capacity)
        frames.reserveCapacity(Self.capacity)
    }

    var count: Int { steps.count }
    var isFull: Bool { steps.count >= Self.capacity }

    /// Frames among the steps, without those that are waited for.
    var framesToSend: UInt64 {
        var sum: UInt64 = 0
        for step in steps where !step.isAwaited { sum += 1 }
        return sum
    }

    mutating func append(_ step: PlannedStep, _ frame: WireFrame) {
        steps.append(step)
        frames.append(frame)
    }

    mutating func removeAll() {
        steps.removeAll(keepingCapacity: true)
        frames.removeAll(keepingCapacity: true)
    }
}
