import CANFrame
import Glibc
public import LocalFiles

/// Where the sockets of recorders are, and how to ask one.
public enum RecorderSocket {
    static let suffix = ".sock"
    /// The folder of recorders that are services.
    static let serviceFolder = "/run/canlog"

    /// The folders in which recorders of this user listen, the first one that of this process.
    public static var folders: [String] {
        var folders: [String] = []
        if let given = ProcessEnvironment["RUNTIME_DIRECTORY"]?.split(separator: ":").first {
            folders.append(String(given))
        }
        if let own = ProcessEnvironment["XDG_RUNTIME_DIR"], !own.isEmpty {
            folders.append(own + "/canlog")
        }
        folders.append("/tmp/canlog-\(getuid())")
        return folders.contains(serviceFolder) ? folders : folders + [serviceFolder]
    }

    /// The path for a recorder of this name; its folder is made if it is not there.
    ///
    /// A folder that another user could have made is refused: what is told there would be told to them.
    static func path(for name: String) throws(SystemError) -> String {
        let folder = folders[0]
        // The string lives for the call.
        let result = unsafe mkdir(folder, 0o750)
        let code = errno
        guard result == 0 || code == EEXIST else {
            throw SystemError("make folder", on: folder, code: code)
        }
        guard isTrusted(folder) else {
            throw SystemError("use a folder of another user", on: folder, code: EPERM)
        }
        return folder + "/" + fileName(name) + suffix
    }

    /// Whether nobody else could have put a socket there; the services' folder belongs to the service.
    private static func isTrusted(_ folder: String) -> Bool {
        var status = stat()
        // The string and the local live for the call.
        guard unsafe lstat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            return false
        }
        return folder == serviceFolder || status.st_uid == getuid() || status.st_uid == 0
    }

    /// The recorders that run, by name, and the paths of their sockets.
    public static func running() -> [(name: String, path: String)] {
        var found: [(name: String, path: String)] = []
        for folder in folders {
            guard isTrusted(folder), let names = try? Folder.names(in: folder) else { continue }
            for name in names.sorted() where name.hasSuffix(suffix) {
                let path = folder + "/" + name
                guard isThere(path) else { continue }
                found.append((String(name.dropLast(suffix.count)), path))
            }
        }
        return found
    }

    /// Asks the recorder at `path`, waiting at most `limit` for its answer; `nil` if none came.
    public static func ask(
        _ request: ControlRequest, at path: String, waiting limit: Duration = .seconds(10)
    ) throws(SystemError) -> ControlReply? {
        let deadline = HostClock.monotonic() + limit.wholeNanoseconds
        let connection = try connection(to: path, until: deadline)
        let line = Array(request.line.utf8)
        // A line is shorter than the buffer of a socket.
        guard connection.write(line[...]) == line.count else { return nil }
        var bytes: [UInt8] = []
        while bytes.count < 1 << 20 {
            let left = deadline - HostClock.monotonic()
            guard left > 0, connection.waitToRead(.nanoseconds(left)) else { return nil }
            guard let part = connection.read(65_536) else { return ControlReply(bytes: bytes) }
            bytes += part
        }
        return nil
    }

    /// Connects; where too many others wait to be accepted, it tries again.
    private static func connection(
        to path: String, until deadline: Int64
    ) throws(SystemError) -> LocalConnection {
        while true {
            do throws(SystemError) { return try LocalConnection(to: path) } catch {
                guard error.code == EAGAIN, HostClock.monotonic() < deadline else { throw error }
                HostClock.sleep(untilMonotonic: HostClock.monotonic() + 2_000_000)
            }
        }
    }

    /// A name becomes a file name: other characters than letters, digits, `+`, `-`, `.` become `-`.
    public static func fileName(_ name: String) -> String {
        let plain = name.unicodeScalars.prefix(60).map { scalar -> Character in
            let isPlain =
                scalar.isASCII && (Character(scalar).isLetter || Character(scalar).isNumber)
            return isPlain || "+-.".unicodeScalars.contains(scalar) ? Character(scalar) : "-"
        }
        return plain.first == "." ? "-" + String(plain) : String(plain)
    }

    /// Whether a recorder listens there, or one that this user may not ask.
    private static func isThere(_ path: String) -> Bool {
        do throws(SystemError) {
            _ = try LocalConnection(to: path)
            return true
        } catch {
            return error.code == EACCES || error.code == EPERM || error.code == EAGAIN
        }
    }
}
