import CLinuxFiles
import Glibc

/// A lock by a file: whoever has it open and locked has the lock, and with the process it goes.
///
/// The file stays: removing it would let two have the lock, each by a file of its own.
public struct LockFile: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor

    /// Takes the lock; throws `EAGAIN` while another process has it.
    public init(_ path: String) throws(SystemError) {
        // The string lives for the call.
        let opened = try OwnedDescriptor(
            adopting: unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o640),
            from: "open", on: path)
        let result = canlog_lock_open_file(opened.rawValue)
        let code = errno
        guard result == 0 else {
            throw SystemError("lock", on: path, code: code == EACCES ? EAGAIN : code)
        }
        descriptor = opened
    }
}
