public import CANFrame
import Glibc

/// A system call that failed: what was tried, on what, and the kernel's reason.
public struct SystemError: Error, Hashable, Sendable {
    /// The call or what it was for, for example `open` or `bind`.
    public var operation: String
    /// The file, interface or program it concerned.
    public var place: String
    /// The value of `errno`.
    public var code: CInt

    public init(_ operation: String, on place: String, code: CInt) {
        self.operation = operation
        self.place = place
        self.code = code
    }

    /// The kernel's reason in its own words, with the number to search for.
    public var reason: String {
        // A constant or buffer of libc, copied at once.
        let text = unsafe String(cString: strerror(code))
        return "\(operation) failed: \(text) (errno \(code))"
    }

    /// The same for the seam of sources and sinks.
    public func streamError(remedy: String? = nil) -> StreamError {
        StreamError(place: place, cause: reason, remedy: remedy)
    }
}

extension SystemError: CustomStringConvertible {
    public var description: String { "\(place): \(reason)" }
}

/// Runs `body` and turns a failed system call into the error of sources and sinks.
///
/// `remedy` names what to do about a failure, if that is known.
public func streaming<Result: ~Copyable>(
    remedy: (SystemError) -> String? = { _ in nil },
    _ body: () throws(SystemError) -> Result
) throws(StreamError) -> Result {
    do throws(SystemError) { return try body() } catch {
        throw error.streamError(remedy: remedy(error))
    }
}
