import CANFrame
import CTestBench
import Glibc
public import LocalFiles

/// How a program ended and what it said.
public struct ProgramResult: Sendable, Hashable {
    /// The exit status; 128 and the signal's number if a signal ended it.
    public var status: CInt
    /// What it wrote to standard output.
    public var output: String
    /// What it wrote to standard error.
    public var errors: String
    /// Whether it was killed because it ran longer than the test allowed.
    public var timedOut: Bool

    /// The lines of the standard output.
    public var lines: [Substring] { output.split(separator: "\n") }
}

/// A program that runs beside the test, in the network namespace of the thread that started it.
///
/// Its outputs go to files in memory, so it never waits for the test to read them. It is killed when
/// this value goes away.
public struct Program: ~Copyable {
    /// The number of its process.
    public let process: Int32
    private let name: String
    private let ended: OwnedDescriptor
    private let output: OwnedDescriptor
    private let errors: OwnedDescriptor
    private var isWaitedFor = false

    /// Starts `arguments[0]`, which is looked up in PATH, with the environment of the tests and
    /// `extra` variables beside it.
    public init(_ arguments: [String], environment extra: [String: String] = [:])
        throws(SystemError)
    {
        let name = arguments[0]
        let output = try Self.memoryFile("output of \(name)")
        let errors = try Self.memoryFile("errors of \(name)")
        var actions = unsafe posix_spawn_file_actions_t()
        // The actions are a local that lives until the program is started.
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output.rawValue, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, errors.rawValue, 2)
        // The threads that run tests block the signals that end a program; it must not inherit that.
        var attributes = posix_spawnattr_t()
        // Both are locals that live until the program is started.
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        unsafe sigemptyset(&noSignals)
        unsafe posix_spawnattr_setsigmask(&attributes, &noSignals)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        // Copies that are freed below; both arrays end with nil as exec wants it.
        var words: [UnsafeMutablePointer<CChar>?] =
            unsafe arguments.map { unsafe strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] =
            unsafe Self.variables(with: extra).map {
                unsafe strdup($0)
            } + [nil]
        defer {
            unsafe words.forEach { unsafe free($0) }
            unsafe variables.forEach { unsafe free($0) }
        }
        var process = pid_t()
        let code = unsafe posix_spawnp(
            &process, name, &actions, &attributes, &words, &variables)
        guard code == 0 else { throw SystemError("start", on: name, code: code) }
        let descriptor = canlog_test_pidfd(process)
        guard descriptor >= 0 else { throw SystemError("pidfd_open", on: name, code: -descriptor) }
        ended = OwnedDescriptor(adopting: descriptor)
        self.process = process
        self.name = name
        self.output = output
        self.errors = errors
    }

    deinit {
        guard !isWaitedFor else { return }
        _ = kill(process, SIGKILL)
        // No status is asked for.
        _ = waitpid(process, nil, 0)
    }

    /// Sends it a signal.
    public func signal(_ number: CInt) {
        _ = kill(process, number)
    }

    /// What it has written to standard output so far.
    public var outputSoFar: String { Self.text(of: output) }

    /// Waits until it ends; kills it after `limit`.
    public consuming func wait(_ limit: Duration = .seconds(120)) -> ProgramResult {
        let hasEnded = waitUntilReadable(ended.rawValue, limit)
        if !hasEnded { _ = kill(process, SIGKILL) }
        var status: CInt = 0
        // The call fills the local it is given.
        _ = unsafe waitpid(process, &status, 0)
        isWaitedFor = true
        let signal = status & 0x7F
        return ProgramResult(
            status: signal == 0 ? status >> 8 & 0xFF : 128 + signal, output: Self.text(of: output),
            errors: Self.text(of: errors), timedOut: !hasEnded)
    }

    /// Runs a program to its end, or kills it after `limit`.
    public static func run(
        _ arguments: String..., within limit: Duration = .seconds(120)
    ) throws(SystemError) -> ProgramResult {
        try Program(arguments).wait(limit)
    }

    private static func memoryFile(_ name: String) throws(SystemError) -> OwnedDescriptor {
        // The string lives for the call.
        let descriptor = unsafe canlog_test_memory_file(name)
        guard descriptor >= 0 else {
            throw SystemError("memfd_create", on: name, code: -descriptor)
        }
        return OwnedDescriptor(adopting: descriptor)
    }

    private static func variables(with extra: [String: String]) -> [String] {
        var result: [String] = []
        // The environment does not change while tests run.
        var entry = unsafe environ
        while let variable = unsafe entry.pointee {
            let text = unsafe String(cString: variable)
            if extra[String(text.prefix { $0 != "=" })] == nil { result.append(text) }
            unsafe entry += 1
        }
        return result + extra.map { "\($0)=\($1)" }
    }

    private static func text(of file: borrowing OwnedDescriptor) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            // The buffer is as long as the call is told.
            let count = unsafe pread(file.rawValue, &buffer, buffer.count, bytes.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }
}

/// Waits until `descriptor` can be read; false after `limit`.
public func waitUntilReadable(_ descriptor: CInt, _ limit: Duration) -> Bool {
    let deadline = HostClock.monotonic() + limit.wholeNanoseconds
    while true {
        let left = max(0, deadline - HostClock.monotonic())
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        // One structure, as the call is told.
        let count = unsafe poll(&request, 1, CInt(min(left / 1_000_000 + 1, 60_000)))
        if count > 0 { return true }
        if left == 0 { return false }
    }
}

/// Asks again and again, a millisecond apart, until `condition` holds; false after `limit`.
///
/// For what no descriptor can be waited on: a table in /proc, a file that grows.
public func waitUntil(_ limit: Duration = .seconds(60), _ condition: () throws -> Bool) rethrows
    -> Bool
{
    let deadline = HostClock.monotonic() + limit.wholeNanoseconds
    while true {
        if try condition() { return true }
        let now = HostClock.monotonic()
        if now >= deadline { return false }
        HostClock.sleep(untilMonotonic: now + 1_000_000)
    }
}
