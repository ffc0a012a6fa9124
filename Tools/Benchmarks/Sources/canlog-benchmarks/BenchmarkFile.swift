import CANFrame
import Glibc

/// A file on the disk, read by pread.
struct BenchmarkFile: ~Copyable, ByteSource, ByteSink {
    private let descriptor: Int32
    private let path: String
    private(set) var byteCount: UInt64

    /// Opens a file, or creates it to be written.
    init(_ path: String, isNew: Bool = false) throws {
        // The path lives as long as the calls.
        descriptor = unsafe open(path, isNew ? O_RDWR | O_CREAT | O_EXCL : O_RDONLY, 0o600)
        guard descriptor >= 0 else {
            throw BenchmarkError(description: "\(path): cannot open, errno \(errno)")
        }
        self.path = path
        byteCount = UInt64(max(0, lseek(descriptor, 0, SEEK_END)))
    }

    deinit { _ = close(descriptor) }

    borrowing func read(
        at offset: UInt64, into buffer: inout OutputRawSpan
    ) throws(StreamError) {
        let number = descriptor
        // The kernel writes at most the free capacity, and `initialized` says how much it did.
        unsafe buffer.withUnsafeMutableBytes { memory, initialized in
            while initialized < memory.count {
                let count = unsafe pread(
                    number, memory.baseAddress?.advanced(by: initialized),
                    memory.count - initialized, off_t(offset) + initialized)
                if count <= 0 { break }
                initialized += count
            }
        }
    }

    mutating func append(_ bytes: Span<UInt8>) throws(StreamError) {
        try write(bytes, at: byteCount)
        byteCount += UInt64(bytes.count)
    }

    mutating func overwrite(_ bytes: Span<UInt8>, at offset: UInt64) throws(StreamError) {
        try write(bytes, at: offset)
    }

    private borrowing func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(StreamError) {
        let number = descriptor
        // The bytes are borrowed for the call.
        let count = unsafe bytes.withUnsafeBytes { memory in
            unsafe pwrite(number, memory.baseAddress, memory.count, off_t(offset))
        }
        guard count == bytes.count else {
            throw StreamError(place: path, cause: "only \(count) of \(bytes.count) bytes written")
        }
    }
}
