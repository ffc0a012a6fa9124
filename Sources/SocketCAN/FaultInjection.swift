import Glibc

/// Failures that tests put in the place of system calls; asked once per call, never per frame.
struct FaultInjection: Sendable {
    enum Call: Sendable {
        case receive
        case netlink
    }

    static let overrun = ENOBUFS
    /// The errno with which the next call is to fail, or `nil` to let it happen.
    let next: @Sendable (Call) -> CInt?
}
