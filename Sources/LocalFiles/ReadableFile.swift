public import CANFrame
import Glibc

/// A file open for reading at any place, by pread; never mapped, since a mapped file that shrinks
/// kills the process.
public struct ReadableFile: ~Copyable, ByteSource, Sendable {
    /// The path as given, for messages.
    public let path: String
    let descriptor: OwnedDescriptor

    /// Opens `path`, which must not be a folder.
    public init(path: String) throws(SystemError) {
        let opened = try OwnedDescriptor(
            adopting: unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC), from: "open", on: path)
        let status = try fileStatus(of: opened, path: path)
        if status.st_mode & S_IFMT == S_IFDIR { throw SystemError("open", on: path, code: EISDIR) }
        self.path = path
        descriptor = opened
    }

    /// The size now; 0 if it cannot be told.
    public var byteCount: UInt64 {
        guard let status = try? fileStatus(of: descriptor, path: path) else { return 0 }
        return UInt64(max(0, status.st_size))
    }

    /// Fills `buffer` from `offset`; short only at the end of the file.
    public borrowing func read(
        at offset: UInt64, into buffer: inout OutputRawSpan
    ) throws(StreamError) {
        var failure: SystemError?
        var position = offset
        let (number, name) = (descriptor.rawValue, path)
        // The kernel writes at most the free capacity, and `initialized` says how much it did.
        unsafe buffer.withUnsafeMutableBytes { memory, initialized in
            while initialized < memory.count {
                guard let place = off_t(exactly: position) else { break }
                let count = unsafe pread(
                    number, memory.baseAddress?.advanced(by: initialized),
                    memory.count - initialized, place)
                let code = errno
                if count < 0 && code == EINTR { continue }
                if count < 0 { failure = SystemError("read", on: name, code: code) }
                if count <= 0 { break }
                initialized += count
                position += UInt64(count)
            }
        }
        if let failure { throw failure.streamError() }
    }
}

/// The result of fstat.
func fileStatus(of descriptor: borrowing OwnedDescriptor, path: String) throws(SystemError) -> stat
{
    var status = stat()
    // The call fills the local it is given.
    let result = unsafe fstat(descriptor.rawValue, &status)
    let code = errno
    guard result == 0 else { throw SystemError("fstat", on: path, code: code) }
    return status
}
