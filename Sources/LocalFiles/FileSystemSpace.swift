import Glibc

/// The room on a file system.
public struct FileSystemSpace: Sendable, Hashable {
    /// Bytes that an ordinary user may still write.
    public var free: UInt64
    public var total: UInt64

    /// The file system on which `path` lies.
    public init(of path: String) throws(SystemError) {
        var status = statvfs()
        // The call fills the local it is given.
        let result = unsafe statvfs(path, &status)
        let code = errno
        guard result == 0 else { throw SystemError("statvfs", on: path, code: code) }
        free = UInt64(status.f_bavail) &* UInt64(status.f_frsize)
        total = UInt64(status.f_blocks) &* UInt64(status.f_frsize)
    }

    public init(free: UInt64, total: UInt64) {
        self.free = free
        self.total = total
    }
}

extension Folder {
    /// Whether this process may make files in the folder.
    public static func isWritable(_ path: String) -> Bool {
        // The string lives for the call.
        unsafe access(path, W_OK | X_OK) == 0
    }

    /// Whether the user of this name may make files in the folder, by its owner and mode; `nil` where
    /// there is no such user or folder. Access control lists are not looked at.
    public static func isWritable(_ path: String, by user: String) -> Bool? {
        var status = stat()
        // The calls fill the locals they are given; what getpwnam returns is copied at once, and no
        // other thread asks for users.
        guard unsafe stat(path, &status) == 0, let entry = unsafe getpwnam(user) else { return nil }
        let (owner, group) = unsafe (entry.pointee.pw_uid, entry.pointee.pw_gid)
        let wanted: mode_t = 0o3
        if owner == 0 { return true }
        if status.st_uid == owner { return status.st_mode >> 6 & wanted == wanted }
        if status.st_gid == group { return status.st_mode >> 3 & wanted == wanted }
        return status.st_mode & wanted == wanted
    }
}

/// How fast a folder's disk takes what is written to it.
public struct DiskSpeed: Sendable, Hashable {
    /// Bytes a second, written in order and forced onto the disk at the end.
    public var bytesPerSecond: Double
    /// Nanoseconds to force a few bytes onto the disk: the median and the greatest of some.
    public var medianSynchronisation: Int64
    public var greatestSynchronisation: Int64

    public init(
        bytesPerSecond: Double, medianSynchronisation: Int64, greatestSynchronisation: Int64
    ) {
        self.bytesPerSecond = bytesPerSecond
        self.medianSynchronisation = medianSynchronisation
        self.greatestSynchronisation = greatestSynchronisation
    }

    /// Writes a file of `size` bytes into `folder` and removes it.
    public static func measure(in folder: String, size: Int) throws(SystemError) -> DiskSpeed {
        let path = "\(folder)/.canlog-doctor-\(getpid())"
        var file = try WritableFile(creating: path, permissions: 0o600)
        do {
            let speed = try measure(&file, size: size)
            try Folder.remove(path)
            return speed
        } catch {
            try? Folder.remove(path)
            throw error
        }
    }

    private static func measure(
        _ file: inout WritableFile, size: Int
    ) throws(SystemError) -> DiskSpeed {
        // Nothing that a disk could make smaller.
        var random = SystemRandomNumberGenerator()
        let block = (0..<1 << 17).flatMap { _ -> [UInt8] in
            let word = random.next() as UInt64
            return (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) }
        }
        let start = HostClock.monotonic()
        for _ in 0..<max(1, size / block.count) { try file.append(block.span) }
        try file.synchronize()
        let seconds = Double(max(1, HostClock.monotonic() - start)) / 1e9
        var times: [Int64] = []
        for _ in 0..<9 {
            let begin = HostClock.monotonic()
            try file.append(block.span.extracting(0..<4_096))
            try file.synchronize()
            times.append(HostClock.monotonic() - begin)
        }
        times.sort()
        return DiskSpeed(
            bytesPerSecond: Double(max(1, size / block.count) * block.count) / seconds,
            medianSynchronisation: times[times.count / 2],
            greatestSynchronisation: times[times.count - 1])
    }
}
