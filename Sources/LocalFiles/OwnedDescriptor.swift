import Glibc

/// A file descriptor that is closed exactly once, when its owner goes away.
public struct OwnedDescriptor: ~Copyable, Sendable {
    /// The number, for system calls; never to be closed by others.
    public let rawValue: CInt

    /// Takes over an open descriptor.
    public init(adopting rawValue: CInt) {
        self.rawValue = rawValue
    }

    /// Takes over what a call returned, or throws its `errno` when that is negative.
    public init(
        adopting result: CInt, from operation: String, on place: String
    ) throws(SystemError) {
        let code = errno
        guard result >= 0 else { throw SystemError(operation, on: place, code: code) }
        rawValue = result
    }

    deinit {
        _ = Glibc.close(rawValue)
    }
}
