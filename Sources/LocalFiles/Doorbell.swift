import CANFrame
import CLinuxFiles
import Glibc

/// Wakes one waiting thread (eventfd): rings are counted, so none is missed between two waits.
public struct Doorbell: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor

    public init() throws(SystemError) {
        descriptor = try OwnedDescriptor(
            adopting: canlog_make_eventfd(), from: "eventfd", on: "this process")
    }

    /// The descriptor, to be polled for reading beside others.
    public var rawValue: CInt { descriptor.rawValue }

    /// Wakes the waiting thread, or the next one that waits.
    public borrowing func ring() {
        var one: UInt64 = 1
        // Eight bytes of a local; a counter that is full is rung already.
        _ = unsafe write(descriptor.rawValue, &one, 8)
    }

    /// Waits at most `limit` until it rings, and takes all rings; false if it did not ring.
    @discardableResult
    public borrowing func wait(_ limit: Duration) -> Bool {
        var entry = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
        let milliseconds = limit.wholeNanoseconds / 1_000_000
        // One entry, which is a local.
        let count = unsafe poll(&entry, 1, CInt(clamping: max(0, milliseconds)))
        guard count > 0 else { return false }
        var rings: UInt64 = 0
        return unsafe read(descriptor.rawValue, &rings, 8) == 8
    }
}
