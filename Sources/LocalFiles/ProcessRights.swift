import CANFrame
import Glibc

/// What the kernel permits a process.
public enum ProcessRights {
    /// The capabilities that a recorder has use for, by their number (linux/capability.h).
    public enum Capability: UInt8, Sendable, CaseIterable {
        case networkAdministration = 12
        case rawNetwork = 13
        case scheduling = 23

        /// As `setcap` and systemd name it.
        public var name: String {
            switch self {
            case .networkAdministration: "CAP_NET_ADMIN"
            case .rawNetwork: "CAP_NET_RAW"
            case .scheduling: "CAP_SYS_NICE"
            }
        }
    }

    /// Those that this process has (`CapEff`); `nil` where /proc does not tell.
    public static func capabilities() -> Set<Capability>? {
        guard let status = try? TextFile.read("/proc/self/status"),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("CapEff:") }),
            let mask = UInt64(line.dropFirst(7).filter { !$0.isWhitespace }, radix: 16)
        else { return nil }
        return Set(Capability.allCases.filter { mask >> UInt64($0.rawValue) & 1 == 1 })
    }

    /// How many bytes this process may lock in memory; `nil` for as many as it likes.
    public static func lockedMemoryLimit() -> UInt64? {
        var limit = rlimit()
        // The call fills the local it is given.
        guard unsafe getrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &limit) == 0
        else { return 0 }
        return limit.rlim_cur == rlim_t.max ? nil : UInt64(limit.rlim_cur)
    }

    /// Whether this process may do everything.
    public static var isRoot: Bool { geteuid() == 0 }
}

/// Short texts: of /proc, of /sys, of programs.
public enum TextFile {
    /// At most 1 MiB of the file at `path`, whose size the kernel need not know.
    public static func read(_ path: String) throws(SystemError) -> String {
        let file = try ReadableFile(path: path)
        guard let bytes = try? file.bytes(at: 0, count: 1 << 20) else {
            throw SystemError("read", on: path, code: EIO)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
