import Glibc

/// Folders and the names in them.
public enum Folder {
    /// The folder that holds `path`, `.` if it has none.
    public static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The last component of `path`.
    public static func name(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }

    /// Whether `path` exists and is a folder.
    public static func isFolder(_ path: String) -> Bool {
        var status = stat()
        // The call fills the local it is given.
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The size of a regular file; `nil` of anything else, of links too.
    public static func regularFileSize(_ path: String) -> UInt64? {
        var status = stat()
        // The call fills the local it is given.
        guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return nil
        }
        return UInt64(status.st_size)
    }

    /// Whether there is anything of this name.
    public static func exists(_ path: String) -> Bool {
        // The string lives for the call.
        unsafe access(path, F_OK) == 0
    }

    /// A name in a folder, and what the folder itself says about it.
    public struct Entry: Sendable, Hashable {
        public enum Kind: Sendable, Hashable { case file, folder, link, other, unknown }

        public var name: String
        /// `unknown` on file systems that do not tell.
        public var kind: Kind
        /// The number by which files lie on many file systems.
        public var inode: UInt64
    }

    /// The names in a folder, without `.` and `..`, in the order the kernel gives.
    public static func names(in path: String) throws(SystemError) -> [String] {
        try entries(in: path).map(\.name)
    }

    /// What is in a folder, without `.` and `..`, in the order the kernel gives.
    public static func entries(in path: String) throws(SystemError) -> [Entry] {
        let handle = unsafe opendir(path)
        let code = errno
        guard let handle = unsafe handle else { throw SystemError("opendir", on: path, code: code) }
        defer { unsafe closedir(handle) }
        var entries: [Entry] = []
        while true {
            errno = 0
            // readdir's entry is valid until the next call; what it says is copied at once.
            guard let entry = unsafe readdir(handle) else { break }
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            guard name != "." && name != ".." else { continue }
            unsafe entries.append(
                Entry(
                    name: name, kind: kind(entry.pointee.d_type),
                    inode: UInt64(entry.pointee.d_ino)))
        }
        let failure = errno
        guard failure == 0 else { throw SystemError("readdir", on: path, code: failure) }
        return entries
    }

    private static func kind(_ type: UInt8) -> Entry.Kind {
        switch Int(type) {
        case DT_REG: .file
        case DT_DIR: .folder
        case DT_LNK: .link
        case DT_UNKNOWN: .unknown
        default: .other
        }
    }

    /// What `path` is, links followed; `nil` if there is nothing of this name.
    public static func kind(of path: String) -> Entry.Kind? {
        var status = stat()
        // The call fills the local it is given.
        guard unsafe stat(path, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        default: return .other
        }
    }

    /// Renames within one file system; what `new` named is replaced in one step.
    public static func rename(_ old: String, to new: String) throws(SystemError) {
        let result = unsafe Glibc.rename(old, new)
        let code = errno
        guard result == 0 else { throw SystemError("rename", on: old, code: code) }
    }

    /// Removes a file; one that is gone already is no failure.
    public static func remove(_ path: String) throws(SystemError) {
        let result = unsafe unlink(path)
        let code = errno
        guard result == 0 || code == ENOENT else {
            throw SystemError("remove", on: path, code: code)
        }
    }

    /// Waits until the names in the folder are on the disk.
    public static func synchronize(_ path: String) throws(SystemError) {
        let folder = try OwnedDescriptor(
            adopting: unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), from: "open",
            on: path)
        let result = fsync(folder.rawValue)
        let code = errno
        // Some file systems cannot synchronize a folder, and say so by EINVAL.
        guard result == 0 || code == EINVAL else {
            throw SystemError("fsync", on: path, code: code)
        }
    }
}
