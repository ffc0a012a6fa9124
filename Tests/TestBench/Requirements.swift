import Glibc

/// What a test may need and a machine may lack.
///
/// `CANLOG_REQUIRE=bus,peers,data` turns what is missing into a failure; otherwise the test is
/// skipped and says what it lacked.
public enum Requirement: String, Sendable {
    /// A kernel with CAN, and the right to make a vcan in a network namespace.
    case bus
    /// can-utils, python-can and the like.
    case peers
    /// The real logs at `CANLOG_TEST_DATA`, by default `../shared/data`.
    case data

    /// Whether the environment says that this must be there.
    public var isRequired: Bool {
        (environment("CANLOG_REQUIRE") ?? "").split(separator: ",").contains { $0 == rawValue }
    }

    /// Whether a test that needs this is to run: it is there, or it is required and must fail loudly.
    public var shouldRun: Bool { isMet || isRequired }

    /// Whether this machine has it.
    public var isMet: Bool {
        switch self {
        case .bus: return exists("/sys/module/can_raw") || exists("/proc/net/can")
        case .peers: return isOnPath("candump") && isOnPath("canplayer")
        case .data: return exists(testDataFolder + "/logs/manifest.json")
        }
    }
}

/// The folder of the real data, read in place.
public var testDataFolder: String { environment("CANLOG_TEST_DATA") ?? "../shared/data" }

/// The value of an environment variable.
public func environment(_ name: String) -> String? {
    // getenv's result is copied before anyone can change the environment.
    unsafe getenv(name).map { unsafe String(cString: $0) }
}

/// Whether a program of this name can be started.
public func isOnPath(_ program: String) -> Bool {
    (environment("PATH") ?? "/usr/bin:/bin").split(separator: ":").contains {
        exists("\($0)/\(program)")
    }
}

private func exists(_ path: String) -> Bool {
    // The string lives for the call.
    unsafe access(path, F_OK) == 0
}
