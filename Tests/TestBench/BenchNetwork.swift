import CTestBench
import Glibc
public import LocalFiles

/// A network namespace of a test's own, with CAN interfaces that no other test sees.
///
/// The calling thread, the threads and programs it starts and the sockets it opens live there while
/// `body` runs; so `body` is not async. One such test runs at a time, since some set the wall clock.
/// Needs ``Requirement/bus``.
public func withBenchNetwork<Result>(
    vcans: [String] = ["vcan0"], _ body: () throws -> Result
) throws -> Result {
    canlog_test_enter_alone()
    defer { canlog_test_leave_alone() }
    // Each thread has its own entry there; /proc/self would be the first thread's.
    let home = try OwnedDescriptor(
        adopting: unsafe open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), from: "open",
        on: "/proc/thread-self/ns/net")
    let code = canlog_test_new_network()
    guard code == 0 else { throw SystemError("unshare", on: "network namespace", code: -code) }
    defer {
        let code = canlog_test_enter_network(home.rawValue)
        precondition(code == 0, "a thread of the tests must find back to its network: \(-code)")
    }
    for name in vcans { try addVCAN(name) }
    return try body()
}

/// The machine's own network, where its controllers are; else as ``withBenchNetwork(vcans:_:)``.
public func withHostNetwork<Result>(_ body: () throws -> Result) throws -> Result {
    canlog_test_enter_alone()
    defer { canlog_test_leave_alone() }
    return try body()
}

/// Makes a vcan that carries CAN FD, and sets it up.
public func addVCAN(_ name: String) throws {
    try ip("link", "add", name, "type", "vcan")
    try ip("link", "set", name, "mtu", "72", "up")
}

/// Runs `ip` with these words, which must succeed.
public func ip(_ words: String...) throws {
    try succeed(["ip"] + words)
}

/// Runs a program that must end with status 0.
@discardableResult
public func succeed(_ words: [String], within limit: Duration = .seconds(120)) throws
    -> ProgramResult
{
    let result = try Program(words).wait(limit)
    guard result.status == 0 else {
        throw BenchFailure(
            what: words.joined(separator: " "), status: result.status, errors: result.errors)
    }
    return result
}

/// A program that a test relies on did not do its work.
public struct BenchFailure: Error, CustomStringConvertible {
    public var what: String
    public var status: CInt
    public var errors: String

    public init(what: String, status: CInt, errors: String) {
        self.what = what
        self.status = status
        self.errors = errors
    }

    public var description: String { "\(what): exit status \(status): \(errors)" }
}

/// Steps the wall clock of this machine by whole seconds; only where the machine is the test's own.
public func stepWallClock(by seconds: Int) throws(SystemError) {
    let code = canlog_test_step_clock(seconds)
    guard code == 0 else { throw SystemError("clock_settime", on: "wall clock", code: -code) }
}
