public import CANFrame
import Glibc

/// A file, pipe or terminal that is read from where it stands to its end.
public struct StreamedFile: PeekedStream, ~Copyable, Sendable {
    public let place: String
    private let descriptor: OwnedDescriptor
    /// Asked while nothing comes: whether to give up waiting.
    private let isStopped: (@Sendable () -> Bool)?
    public var ahead: [UInt8] = []
    /// Bytes that were in the pipe when reading was stopped and are not read yet.
    private var bytesLeft: Int?

    /// Opens `path`, which must not be a folder.
    public init(path: String) throws(SystemError) {
        // The string lives for the call.
        let opened = try OwnedDescriptor(
            adopting: unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC), from: "open", on: path)
        let status = try fileStatus(of: opened, path: path)
        if status.st_mode & S_IFMT == S_IFDIR { throw SystemError("open", on: path, code: EISDIR) }
        place = path
        descriptor = opened
        isStopped = nil
    }

    /// Reads the standard input of this process, through a descriptor of its own.
    ///
    /// While nothing comes, `isStopped` is asked five times a second. Once it holds, reading gives what
    /// is in the pipe by then, which will not come again, and throws.
    public static func standardInput(
        isStopped: (@Sendable () -> Bool)? = nil
    ) throws(SystemError) -> StreamedFile {
        let place = "standard input"
        let copy = try OwnedDescriptor(adopting: dup(STDIN_FILENO), from: "dup", on: place)
        return StreamedFile(place: place, descriptor: copy, isStopped: isStopped)
    }

    private init(
        place: String, descriptor: consuming OwnedDescriptor, isStopped: (@Sendable () -> Bool)?
    ) {
        self.place = place
        self.descriptor = descriptor
        self.isStopped = isStopped
    }

    /// Whether this is a file that can also be opened and read at any place.
    public var isRegularFile: Bool {
        guard let status = try? fileStatus(of: descriptor, path: place) else { return false }
        return status.st_mode & S_IFMT == S_IFREG
    }

    /// How large the file is in bytes; 0 for a pipe.
    public var byteCount: UInt64 {
        guard isRegularFile, let status = try? fileStatus(of: descriptor, path: place) else {
            return 0
        }
        return UInt64(max(0, status.st_size))
    }

    /// How far it has been read, as long as that is asked; `nil` for a pipe.
    public func readingPosition() -> ReadingPosition? {
        ReadingPosition(descriptor, path: place)
    }

    public mutating func read(into buffer: inout OutputRawSpan) throws(StreamError) {
        if readAhead(into: &buffer) { return }
        try waitForBytes()
        let before = buffer.byteCount
        let number = descriptor.rawValue
        var failure: CInt = 0
        // The kernel writes at most the free capacity, and `initialized` says how much it did.
        unsafe buffer.withUnsafeMutableBytes { memory, initialized in
            while true {
                let count = unsafe Glibc.read(
                    number, memory.baseAddress?.advanced(by: initialized),
                    memory.count - initialized)
                let code = errno
                if count < 0 && code == EINTR { continue }
                if count < 0 { failure = code }
                if count > 0 { initialized += count }
                return
            }
        }
        if failure != 0 { throw SystemError("read", on: place, code: failure).streamError() }
        if let left = bytesLeft { bytesLeft = left - (buffer.byteCount - before) }
    }

    /// Waits until there is something to read, or the end, as long as nobody stops it.
    private mutating func waitForBytes() throws(StreamError) {
        guard let isStopped else { return }
        var entry = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
        while true {
            if isStopped() {
                let left = bytesLeft ?? bytesInPipe
                bytesLeft = left
                guard left <= 0 else { return }
                throw StreamError(place: place, cause: "reading was stopped")
            }
            // One entry, a local; an interrupted wait is as good as one without news.
            if unsafe poll(&entry, 1, 200) > 0 { return }
        }
    }

    /// How much can be read from a pipe at once; 0 for a file, which is still there later.
    private var bytesInPipe: Int {
        var count: CInt = 0
        // FIONREAD writes one int, a local (ioctl_tty(2), pipe(7)).
        guard !isRegularFile, unsafe ioctl(descriptor.rawValue, UInt(FIONREAD), &count) == 0 else {
            return 0
        }
        return Int(count)
    }
}

/// How far a file has been read, for who shows progress while another reads.
public struct ReadingPosition: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor
    private let size: UInt64

    /// `nil` for what has no size: a pipe, a terminal.
    init?(_ original: borrowing OwnedDescriptor, path: String) {
        guard let status = try? fileStatus(of: original, path: path),
            status.st_mode & S_IFMT == S_IFREG, status.st_size > 0
        else { return nil }
        let copy = dup(original.rawValue)
        guard copy >= 0 else { return nil }
        descriptor = OwnedDescriptor(adopting: copy)
        size = UInt64(status.st_size)
    }

    /// The part of the file that has been read, 0 to 1.
    public var fraction: Double {
        // Both descriptors share one position in the file.
        let position = lseek(descriptor.rawValue, 0, SEEK_CUR)
        return min(1, Double(max(0, position)) / Double(size))
    }
}
