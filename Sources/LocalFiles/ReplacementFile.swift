public import CANFrame
import CLinuxFiles
import Glibc

/// A new file that takes the place of an existing one in one step, when it is complete.
///
/// Until then it is `.NAME.compact` beside it and locked by this process. A process that is killed
/// leaves it there without the lock: the next one for the same file removes it and begins anew.
public struct ReplacementFile: ByteSink, ~Copyable {
    /// The file that is replaced; no symbolic link.
    public let path: String
    public private(set) var byteCount: UInt64 = 0
    private let part: String
    private let descriptor: OwnedDescriptor
    private var isReplaced = false

    /// Where the file that replaces `path` is until it is complete.
    public static func partPath(for path: String) -> String {
        Folder.parent(of: path) + "/." + Folder.name(of: path) + ".compact"
    }

    /// Begins a file that will replace the one at `path`, with the same owner and permissions.
    ///
    /// Fails if another process does the same at the moment.
    public init(for path: String) throws(StreamError) {
        let part = Self.partPath(for: path)
        let opened = try Self.claimed(part, for: path)
        self.path = path
        self.part = part
        descriptor = opened
        Self.copyRights(of: path, to: descriptor.rawValue)
    }

    deinit {
        if !isReplaced { try? Folder.remove(part) }
    }

    /// Creates the file and locks it; what a dead process has left there is removed.
    private static func claimed(
        _ part: String, for path: String
    ) throws(StreamError) -> OwnedDescriptor {
        // Each round another process has come or gone between two looks.
        for _ in 0..<16 {
            let number = unsafe open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            let code = errno
            if number < 0, code != EEXIST { throw failure("create", code, path) }
            let existing = number >= 0 ? number : unsafe open(part, O_RDWR | O_CLOEXEC)
            let reason = errno
            if existing < 0 {
                if reason == ENOENT { continue }
                throw failure("open", reason, part)
            }
            let opened = OwnedDescriptor(adopting: existing)
            guard canlog_lock_open_file(opened.rawValue) == 0 else {
                throw StreamError(
                    place: path, cause: "another process writes this log anew at the moment",
                    remedy: "wait until it has ended")
            }
            // Whoever has the lock of the file that has the name, and nobody else, may go on.
            guard isSame(opened.rawValue, part) else { continue }
            if number >= 0 { return opened }
            try streaming { () throws(SystemError) in try Folder.remove(part) }
        }
        throw StreamError(
            place: path, cause: "other processes write this log anew again and again",
            remedy: "wait until they have ended")
    }

    private static func failure(_ operation: String, _ code: CInt, _ place: String) -> StreamError {
        let remedy: String? =
            switch code {
            case EACCES, EROFS, EPERM:
                "the new file is made beside the old one: its folder must be writable"
            case ENOSPC, EDQUOT: Self.roomRemedy
            case ENAMETOOLONG: "give the log a shorter name"
            default: nil
            }
        return SystemError(operation, on: place, code: code).streamError(remedy: remedy)
    }

    private static var roomRemedy: String {
        "make room on the disk: the old file stays until the new one is whole; it is as it was"
    }

    private static func isSame(_ descriptor: CInt, _ path: String) -> Bool {
        var (opened, named) = (stat(), stat())
        // The calls fill the locals they are given.
        guard unsafe fstat(descriptor, &opened) == 0, unsafe stat(path, &named) == 0 else {
            return false
        }
        return opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
    }

    /// Who may read the old file may read the new one. A group or owner that this process may not
    /// give stays its own; then nobody gets more rights than before.
    private static func copyRights(of path: String, to descriptor: CInt) {
        var status = stat()
        // The call fills the local it is given.
        guard unsafe stat(path, &status) == 0 else { return }
        let isGiven = fchown(descriptor, status.st_uid, status.st_gid) == 0
        let mode = status.st_mode & 0o777
        var own = stat()
        // As above.
        let hasGroup = unsafe fstat(descriptor, &own) == 0 && own.st_gid == status.st_gid
        _ = fchmod(descriptor, isGiven || hasGroup ? mode : mode & ~0o070)
    }

    public mutating func append(_ bytes: Span<UInt8>) throws(StreamError) {
        try write(bytes, at: byteCount)
        byteCount += UInt64(bytes.count)
    }

    public mutating func overwrite(_ bytes: Span<UInt8>, at offset: UInt64) throws(StreamError) {
        precondition(
            offset + UInt64(bytes.count) <= byteCount, "only what was written is overwritten")
        try write(bytes, at: offset)
    }

    private borrowing func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(StreamError) {
        var failure: CInt = 0
        let number = descriptor.rawValue
        // pwrite reads at most the span's own count.
        unsafe bytes.withUnsafeBufferPointer { buffer in
            var done = 0
            while done < buffer.count, failure == 0 {
                let count = unsafe pwrite(
                    number, buffer.baseAddress?.advanced(by: done), buffer.count - done,
                    off_t(offset) + off_t(done))
                let code = errno
                if count > 0 {
                    done += count
                } else if count == 0 || code != EINTR {
                    failure = code
                }
            }
        }
        guard failure == 0 else {
            let isFull = [ENOSPC, EDQUOT, EFBIG].contains(failure)
            throw SystemError("write", on: path, code: failure)
                .streamError(remedy: isFull ? Self.roomRemedy : nil)
        }
    }

    /// Waits until all that was written is on the disk.
    public borrowing func synchronize() throws(StreamError) {
        let result = fdatasync(descriptor.rawValue)
        let code = errno
        guard result == 0 else {
            throw SystemError("fdatasync", on: path, code: code).streamError()
        }
    }

    /// Opens what was written, to be read from the disk and not from memory where the kernel can.
    public borrowing func reader() throws(StreamError) -> ReadableFile {
        // A hint to drop clean pages; that it is ignored changes nothing.
        _ = posix_fadvise(descriptor.rawValue, 0, 0, POSIX_FADV_DONTNEED)
        let part = part
        return try streaming { () throws(SystemError) in try ReadableFile(path: part) }
    }

    /// Takes the place of the old file, and waits until that is on the disk.
    public mutating func replace() throws(StreamError) {
        guard isSame() else {
            throw StreamError(
                place: path, cause: "the new file was removed while it was written",
                remedy: "the log is as it was; run the command again")
        }
        let (part, path) = (part, path)
        try streaming { () throws(SystemError) in try Folder.rename(part, to: path) }
        isReplaced = true
        try streaming { () throws(SystemError) in
            try Folder.synchronize(Folder.parent(of: path))
        }
    }

    private borrowing func isSame() -> Bool { Self.isSame(descriptor.rawValue, part) }
}

/// Which file a name stood for, and in what state: whether it is still the same can be asked later.
public struct FileIdentity: Hashable, Sendable {
    private let device: UInt64
    private let inode: UInt64
    private let size: Int64
    private let changed: [Int]

    /// The file at `path` as it is now; `nil` if it is not there, or no regular file.
    public init?(path: String) {
        var status = stat()
        // The call fills the local it is given.
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return nil
        }
        (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
        size = Int64(status.st_size)
        changed = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
    }
}

extension Folder {
    /// `path` without symbolic links; a name that is none stays as it is.
    public static func resolved(_ path: String) -> String {
        // realpath allocates the result, which is copied and freed here.
        guard let result = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(result) }
        return unsafe String(cString: result)
    }
}
