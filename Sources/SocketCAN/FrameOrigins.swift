import CANFrame
import LocalFiles

/// Tells, on the packet ring, which frames this host sent.
///
/// A frame that this host sends is in the ring when its interface reports it as sent, and looks there
/// like a frame from the bus; but a copy was made when it was handed to the interface. A frame with
/// the bytes of the oldest copy that waits is `thisHost`; one with the bytes of no copy is `received`.
/// Where that would be a guess it is `unknown`: a copy may be missing because the ring was just opened
/// or copies or frames were lost, or a copy waits so long, or so much out of turn, that it may never
/// have been sent and the frame be another node's.
struct FrameOrigins: ~Copyable {
    /// How long an interface may take to send a frame that was handed to it, in nanoseconds: hardware
    /// queues hold some 64 frames, 64 ms at 125 kbit/s; a busy bus lets them wait.
    static let sendingLimit: Int64 = 1_000_000_000
    /// The same where no controller is, so that a frame comes back at once.
    static let virtualLimit: Int64 = 100_000_000
    /// How many copies wait at most for each interface; drivers queue up to 252 frames, most of them
    /// 64 or fewer. Those beyond have not been sent for sure.
    static let capacity = 256

    /// The bytes of a frame: `can_id`, then length and flags, then the payload.
    typealias Content = InlineArray<9, UInt64>

    private struct Copy {
        var link: Int32
        var stamp: Int64
        /// Whether it may never have been sent.
        var isDoubtful = false
        var content: Content
    }

    private var copies: [Copy] = []
    /// When copies may have been missed last.
    private(set) var gap: Int64
    /// Whether no copy waits.
    var isIdle: Bool { copies.isEmpty }

    /// Begins at this monotonic time: what was handed to an interface before is not known.
    init(at time: Int64) {
        gap = time
    }

    /// Takes note of a copy, and of when it was made by real time.
    mutating func noteCopy(_ content: Content, link: Int32, stamped stamp: Int64) {
        let waiting = copies.count { $0.link == link }
        if waiting >= Self.capacity, let oldest = copies.firstIndex(where: { $0.link == link }) {
            copies.remove(at: oldest)
        }
        copies.append(Copy(link: link, stamp: stamp, content: content))
    }

    /// Takes note that copies or frames were lost, or the clock was set, before this monotonic time.
    mutating func noteGap(at time: Int64) {
        gap = max(gap, time)
        for index in copies.indices { copies[index].isDoubtful = true }
    }

    /// Forgets what was handed to an interface that is gone.
    mutating func forget(_ link: Int32) {
        copies.removeAll { $0.link == link }
    }

    /// The origin of a frame that was stamped at this real time, which was this monotonic time.
    mutating func origin(
        of content: @autoclosure () -> Content, link: Int32, isVirtual: Bool, stamped stamp: Int64,
        at time: Int64
    ) -> FrameOrigin {
        let limit = isVirtual ? Self.virtualLimit : Self.sendingLimit
        if !copies.isEmpty, let place = match(content(), link) {
            let copy = copies.remove(at: place)
            let isSure = !copy.isDoubtful && stamp &- copy.stamp <= limit
            return isSure ? .thisHost : .unknown
        }
        return Self.origin(at: time, after: gap, isVirtual: isVirtual)
    }

    /// The origin of a frame with the bytes of no copy.
    @inline(__always)
    static func origin(at time: Int64, after gap: Int64, isVirtual: Bool) -> FrameOrigin {
        time &- gap > (isVirtual ? virtualLimit : sendingLimit) ? .received : .unknown
    }

    /// The oldest copy with these bytes; those before it are out of turn from now on.
    private mutating func match(_ content: Content, _ link: Int32) -> Int? {
        guard
            let place = copies.firstIndex(where: {
                $0.link == link && Self.same($0.content, content)
            })
        else { return nil }
        for index in 0..<place where copies[index].link == link { copies[index].isDoubtful = true }
        return place
    }

    private static func same(_ one: Content, _ other: Content) -> Bool {
        for index in one.indices where one[index] != other[index] { return false }
        return true
    }
}
