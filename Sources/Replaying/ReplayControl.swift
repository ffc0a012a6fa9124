import CANFrame
public import SocketCAN
import Synchronization

/// The wires between a running replay and who watches and steers it from another thread.
public final class ReplayControl: Sendable {
    private static let stopBit: UInt8 = 1
    private static let pauseBit: UInt8 = 2
    private static let stepBit: UInt8 = 4

    private let wishes = Atomic<UInt8>(0)
    private let permittedSteps = Atomic<Int>(0)
    private let sentFrames = Atomic<UInt64>(0)
    private let reachedTime = Atomic<Int64>(0)
    private let finished = Atomic<Bool>(false)
    private let notices = Mutex<[String]>([])
    private let heldFrame = Mutex<HeldFrame?>(nil)

    /// The frame that single steps wait before.
    public struct HeldFrame: Sendable {
        public var frame: WireFrame
        public var interface: String
        /// How many frames were sent before it.
        public var ordinal: UInt64
    }

    public init() {}

    /// Ends the replay after the frame that is being sent.
    public func stop() { wishes.bitwiseOr(Self.stopBit, ordering: .relaxed) }
    public var isStopped: Bool { has(Self.stopBit) }

    /// Holds the replay, or lets it go on; the time between is not made up for.
    public func togglePause() { wishes.bitwiseXor(Self.pauseBit, ordering: .relaxed) }
    public var isPaused: Bool { has(Self.pauseBit) }

    /// Sends each frame only when ``step()`` permits one more.
    public func stepFromNowOn() { wishes.bitwiseOr(Self.stepBit, ordering: .relaxed) }
    /// Lets the replay go on by itself.
    public func runFromNowOn() {
        wishes.bitwiseAnd(~(Self.stepBit | Self.pauseBit), ordering: .relaxed)
    }
    public var isStepping: Bool { has(Self.stepBit) }
    public func step() { permittedSteps.add(1, ordering: .relaxed) }

    /// Frames sent until now, at most a hundred behind.
    public var sent: UInt64 { sentFrames.load(ordering: .relaxed) }
    /// How far the replay is, in nanoseconds since its first frame was due.
    public var reached: Int64 { reachedTime.load(ordering: .relaxed) }
    public var isFinished: Bool { finished.load(ordering: .acquiring) }
    /// The frame that would be sent by the next ``step()``.
    public var held: HeldFrame? { heldFrame.withLock { $0 } }

    /// What the replay has to tell since the last call: a link that is down, a right that lacks.
    public func takeNotices() -> [String] {
        notices.withLock { list in
            defer { list = [] }
            return list
        }
    }

    /// Whether anything else than going on is wished; read once per frame.
    @inline(__always)
    var wantsAttention: Bool { wishes.load(ordering: .relaxed) != 0 }

    func takeStep() -> Bool {
        guard permittedSteps.load(ordering: .relaxed) > 0 else { return false }
        permittedSteps.subtract(1, ordering: .relaxed)
        return true
    }

    func hold(_ frame: HeldFrame?) { heldFrame.withLock { $0 = frame } }
    func tell(_ notice: String) { notices.withLock { $0.append(notice) } }
    func finish() { finished.store(true, ordering: .releasing) }

    @inline(__always)
    func publish(sent: UInt64, reached: Int64) {
        sentFrames.store(sent, ordering: .relaxed)
        reachedTime.store(reached, ordering: .relaxed)
    }

    private func has(_ bit: UInt8) -> Bool { wishes.load(ordering: .relaxed) & bit != 0 }
}
