import Glibc
public import LocalFiles

/// Asks a ``CANSource`` to end in order; raised once, from any thread.
public final class StopSignal: Sendable {
    private let doorbell: Doorbell

    public init() throws(SystemError) {
        doorbell = try Doorbell()
    }

    /// Lets the source hand over what it still holds and end.
    public func raise() {
        doorbell.ring()
    }

    /// The descriptor that can be read from then on; nobody takes the ring.
    var rawValue: CInt { doorbell.rawValue }
}
