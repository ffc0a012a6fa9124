import CANFrame
import LocalFiles

/// What a source receives by: raw sockets, or the packet ring; the source is the same with both.
///
/// A class, since arrays do not hold noncopyable values yet. It belongs to exactly one ``CANSource``,
/// which is not copyable, so one thread at a time uses it.
protocol FrameReceiver: AnyObject, Sendable {
    /// The channel that it serves; `nil` if it hears all interfaces.
    var channel: UInt8? { get }
    /// The descriptor that can be read when there are frames.
    var rawValue: Int32 { get }
    /// The kernel's memory for what waits, in bytes, as the kernel counts.
    var grantedBuffer: Int { get }
    /// Which clock stamps the frames.
    var stampClock: StampClock { get }
    /// Whether frames have gathered for a while already when the descriptor can be read.
    var gathersByItself: Bool { get }

    /// Whether the kernel had nothing left when it was asked last.
    var isDrained: Bool { get set }
    /// Whether its interface is gone, so that nothing more comes than what it holds.
    var isLeaving: Bool { get set }
    /// Whether all that was received has been handed over.
    var isExhausted: Bool { get }
    /// Whether it is exhausted and the kernel held nothing at all when it was asked last.
    var isEmpty: Bool { get }

    /// Takes what waits in the kernel; all that was received before has been handed over.
    func receive(faults: FaultInjection?, after reading: ClockReading) throws(SystemError)

    /// The monotonic time of the frame that is next.
    func headTime() -> Int64
    /// The number of the interface of the frame that is next.
    var headInterface: Int32 { get }
    /// Leaves out the frame that is next.
    func skipHead()
    /// Hands frames over until one is later than `limit` on the monotonic clock, is of another epoch
    /// or of an interface that `channels` does not know, or the batch is full; whether it got on.
    func handOver(
        until limit: Int64, channels: borrowing ChannelMap, to batch: inout FrameBatch
    ) -> Bool

    /// The drops that were not told before; asks the kernel.
    func newDrops() -> UInt64

    /// The interface of this number is gone for good.
    func forget(_ link: Int32)

    /// Leaves out interfaces that are not wanted, as far as it hears them.
    func ignore(_ links: [Int32])

    /// Takes note of all that the kernel holds now; ``hasCaughtUp`` is about it.
    func mark()
    /// Whether all that was there at the last ``mark()`` has been handed over.
    var hasCaughtUp: Bool { get }

    /// Which tie's offset carries the stamps of the frame that is next.
    var epochNumber: Int { get }
    /// Whether a step of real time was seen whose place among the frames is not found yet.
    var isPassingStep: Bool { get }
    /// Takes note that a reading of the clocks showed a step.
    func expectStep(_ number: Int, from reading: ClockReading)
}
