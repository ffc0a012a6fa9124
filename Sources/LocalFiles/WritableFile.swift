import CLinuxFiles
import Glibc

/// A file that this process writes: appended at its end, or overwritten in place.
public struct WritableFile: ~Copyable, Sendable {
    /// The path as given, for messages.
    public let path: String
    /// How many bytes have been written.
    public private(set) var size: UInt64 = 0
    let descriptor: OwnedDescriptor

    /// Creates `path`, which must not exist, readable for owner and group.
    public init(creating path: String, permissions: UInt32 = 0o640) throws(SystemError) {
        // The string lives for the call.
        let opened = try OwnedDescriptor(
            adopting: unsafe Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, permissions),
            from: "create", on: path)
        self.path = path
        descriptor = opened
    }

    /// Appends `bytes` whole, or not at all: after a failure the file is as long as before.
    public mutating func append(_ bytes: Span<UInt8>) throws(SystemError) {
        do {
            try write(bytes, at: size)
            size += UInt64(bytes.count)
        } catch {
            // A part may have been written; behind a torn record nothing could be appended.
            _ = ftruncate(descriptor.rawValue, off_t(size))
            throw error
        }
    }

    /// Replaces bytes that were written before.
    public mutating func overwrite(at offset: UInt64, with bytes: Span<UInt8>) throws(SystemError) {
        precondition(offset + UInt64(bytes.count) <= size, "only what was written is overwritten")
        try write(bytes, at: offset)
    }

    /// Sees to it that `size` more bytes beyond the end find room, without making the file longer.
    ///
    /// A file system that cannot reserve is taken as one that has room.
    public borrowing func reserve(_ bytes: UInt64) throws(SystemError) {
        let result = canlog_reserve(descriptor.rawValue, Int64(size), Int64(bytes))
        let code = errno
        guard result != 0, code != EOPNOTSUPP, code != ENOSYS else { return }
        throw SystemError("reserve space", on: path, code: code)
    }

    /// Gives back what was reserved and not used.
    public borrowing func releaseReserve() {
        _ = ftruncate(descriptor.rawValue, off_t(size))
    }

    /// Waits until all that was written is on the disk.
    public borrowing func synchronize() throws(SystemError) {
        try synchronizeDescriptor(descriptor.rawValue, path: path)
    }

    /// A second handle to the same open file, for a thread of its own that synchronizes it.
    public borrowing func synchronizer() throws(SystemError) -> FileSynchronizer {
        let copy = try OwnedDescriptor(
            adopting: Glibc.dup(descriptor.rawValue), from: "dup", on: path)
        return FileSynchronizer(descriptor: copy, path: path)
    }

    /// Takes the lock that tells readers of a living writer; false if another process has it.
    ///
    /// It belongs to the open file (`F_OFD_SETLK`) and goes with it, also when the process is killed.
    public borrowing func lock() throws(SystemError) -> Bool {
        let result = canlog_lock_open_file(descriptor.rawValue)
        let code = errno
        if result == 0 { return true }
        if code == EAGAIN || code == EACCES { return false }
        throw SystemError("lock", on: path, code: code)
    }

    private borrowing func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) {
        var failure: SystemError?
        let (number, name) = (descriptor.rawValue, path)
        // pwrite reads at most the span's own count.
        unsafe bytes.withUnsafeBufferPointer { buffer in
            var done = 0
            while done < buffer.count {
                let count = unsafe pwrite(
                    number, buffer.baseAddress?.advanced(by: done), buffer.count - done,
                    off_t(offset) + off_t(done))
                let code = errno
                if count < 0 && code == EINTR { continue }
                if count <= 0 {
                    failure = SystemError("write", on: name, code: count == 0 ? ENOSPC : code)
                    return
                }
                done += count
            }
        }
        if let failure { throw failure }
    }
}

/// Synchronizes a file that another thread writes.
public final class FileSynchronizer: Sendable {
    private let descriptor: OwnedDescriptor
    private let path: String

    init(descriptor: consuming OwnedDescriptor, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// Waits until all that was written before is on the disk.
    public func synchronize() throws(SystemError) {
        try synchronizeDescriptor(descriptor.rawValue, path: path)
    }
}

private func synchronizeDescriptor(_ number: CInt, path: String) throws(SystemError) {
    while true {
        let result = fdatasync(number)
        let code = errno
        if result == 0 { return }
        if code != EINTR { throw SystemError("fdatasync", on: path, code: code) }
    }
}

extension ReadableFile {
    /// Whether a living process holds the writer's lock of this file; asking takes no lock.
    public borrowing func isLockedByWriter() -> Bool {
        canlog_is_locked(descriptor.rawValue) == 1
    }
}
