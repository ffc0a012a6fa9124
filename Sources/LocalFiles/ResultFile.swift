public import CANFrame
import Glibc

/// Where a result goes: a file that gets its name only when it is complete, or a pipe.
///
/// Until ``complete()`` a file is called `NAME.part-PID`, and it is removed if that is never reached.
public struct ResultFile: ByteSink, ~Copyable {
    private var place: String
    private let descriptor: OwnedDescriptor
    /// The name until the file is complete; `nil` for what is not a file of its own.
    private var partPath: String?
    public private(set) var byteCount: UInt64 = 0

    /// A file at `path`; an existing one is replaced when the new one is complete, if `replacing`.
    ///
    /// A device or named pipe at `path` is written to as it is.
    /// Logs are for their owner and group, unless `permissions` say otherwise; of these the process's
    /// umask takes its part.
    public init(
        path: String, replacing: Bool, permissions: UInt32 = 0o640
    ) throws(StreamError) {
        if Folder.exists(path) && !Self.isRegularFile(path) {
            descriptor = try Self.opened(path)
            place = path
            return
        }
        guard replacing || !Folder.exists(path) else {
            throw StreamError(
                place: path, cause: "the file exists already", remedy: "--force replaces it")
        }
        let part = "\(path).part-\(getpid())"
        descriptor = try Self.created(part, for: path, permissions)
        place = path
        partPath = part
    }

    /// The standard output of this process, through a descriptor of its own.
    public static func standardOutput() throws(StreamError) -> ResultFile {
        let place = "standard output"
        let copy = try streaming { () throws(SystemError) in
            try OwnedDescriptor(adopting: dup(STDOUT_FILENO), from: "dup", on: place)
        }
        return ResultFile(place: place, descriptor: copy)
    }

    private init(place: String, descriptor: consuming OwnedDescriptor) {
        self.place = place
        self.descriptor = descriptor
    }

    private static func opened(_ path: String) throws(StreamError) -> OwnedDescriptor {
        try streaming { () throws(SystemError) in
            // The string lives for the call.
            try OwnedDescriptor(
                adopting: unsafe open(path, O_WRONLY | O_CLOEXEC), from: "open", on: path)
        }
    }

    private static func created(
        _ part: String, for path: String, _ permissions: UInt32
    ) throws(StreamError) -> OwnedDescriptor {
        try streaming { () throws(SystemError) in
            let flags = O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC
            // The string lives for the call.
            return try OwnedDescriptor(
                adopting: unsafe open(part, flags, permissions), from: "create", on: path)
        }
    }

    deinit {
        if let partPath { try? Folder.remove(partPath) }
    }

    /// Whether what was written can be changed: a pipe and a terminal cannot.
    public var canOverwrite: Bool { partPath != nil }

    public mutating func append(_ bytes: Span<UInt8>) throws(StreamError) {
        try write(bytes, at: nil)
        byteCount += UInt64(bytes.count)
    }

    public mutating func overwrite(_ bytes: Span<UInt8>, at offset: UInt64) throws(StreamError) {
        guard canOverwrite, offset + UInt64(bytes.count) <= byteCount else {
            throw StreamError(place: place, cause: "only bytes of a file can be overwritten")
        }
        try write(bytes, at: off_t(offset))
    }

    /// Waits until all is on the disk and gives the file its name; a pipe is complete as it is.
    public mutating func complete() throws(StreamError) {
        guard let part = partPath else { return }
        do throws(SystemError) {
            let result = fdatasync(descriptor.rawValue)
            let code = errno
            guard result == 0 else { throw SystemError("fdatasync", on: place, code: code) }
            try Folder.rename(part, to: place)
            partPath = nil
            try Folder.synchronize(Folder.parent(of: place))
        } catch { throw error.streamError() }
    }

    /// Gives the file another name when it is complete.
    public mutating func rename(to path: String) {
        place = path
    }

    /// Where the bytes are now; they are removed with this value unless it is completed.
    public var currentPath: String { partPath ?? place }

    private borrowing func write(_ bytes: Span<UInt8>, at offset: off_t?) throws(StreamError) {
        let number = descriptor.rawValue
        var failure: CInt = 0
        // write and pwrite read at most the span's own count.
        unsafe bytes.withUnsafeBufferPointer { buffer in
            var done = 0
            while done < buffer.count && failure == 0 {
                let start = unsafe buffer.baseAddress?.advanced(by: done)
                let rest = buffer.count - done
                let count =
                    if let offset {
                        unsafe pwrite(number, start, rest, offset + off_t(done))
                    } else {
                        unsafe Glibc.write(number, start, rest)
                    }
                let code = errno
                if count > 0 { done += count } else if code != EINTR { failure = code }
            }
        }
        if failure == EPIPE { throw StreamError.readerHasGone(place) }
        if failure != 0 { throw SystemError("write", on: place, code: failure).streamError() }
    }

    private static func isRegularFile(_ path: String) -> Bool {
        var status = stat()
        // The call fills the local it is given.
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}

extension StreamError {
    /// Who reads the pipe at `place` has gone away, as `head` does: no failure of ours.
    public static func readerHasGone(_ place: String) -> StreamError {
        StreamError(place: place, cause: readerHasGoneCause)
    }

    /// Whether this is ``readerHasGone(_:)``.
    public var isReaderGone: Bool { cause == Self.readerHasGoneCause }

    private static var readerHasGoneCause: String { "nobody reads the pipe any more" }
}
