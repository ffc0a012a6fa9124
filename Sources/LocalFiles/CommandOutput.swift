import CANFrame
import CLinuxFiles
import Glibc

/// What a program of the system says.
public struct CommandOutput: Sendable {
    /// What it wrote to standard output.
    public var bytes: [UInt8]
    /// What it wrote to standard error, at most 64 KiB.
    public var errors: String
    /// Its exit status, 0 to 255.
    public var status: Int32

    /// The standard output as text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Runs a program, found on `PATH`, that reads `input`; `nil` where it cannot be started, takes
    /// longer than `limit`, writes more than `most` bytes, or is ended by a signal.
    public static func of(
        _ words: [String], input: Span<UInt8> = Span(), within limit: Duration = .seconds(5),
        most: Int = 1 << 20
    ) -> CommandOutput? {
        // Files in memory: neither side waits for the other.
        guard let standardInput = memoryFile("input"), let standardError = memoryFile("errors"),
            fill(standardInput, with: input), let (reading, writing) = pipeEnds()
        else { return nil }
        guard
            let process = start(
                words, [standardInput.rawValue, writing.rawValue, standardError.rawValue])
        else { return nil }
        writing.close()
        let deadline = HostClock.monotonic() + limit.wholeNanoseconds
        let bytes = everything(from: reading.rawValue, until: deadline, most)
        let status = end(of: process, until: bytes == nil ? 0 : deadline)
        guard let bytes, status & 0x7F == 0 else { return nil }
        return CommandOutput(
            bytes: bytes, errors: text(of: standardError), status: status >> 8 & 0xFF)
    }

    /// How a process ended, as `wait` tells it; at the deadline it is killed.
    private static func end(of process: pid_t, until deadline: Int64) -> CInt {
        var status: CInt = 0
        // The call fills the local it is given.
        while unsafe waitpid(process, &status, WNOHANG) == 0 {
            let now = HostClock.monotonic()
            if now >= deadline { _ = kill(process, SIGKILL) }
            HostClock.sleep(untilMonotonic: now + 2_000_000)
        }
        return status
    }

    private static func memoryFile(_ name: String) -> DescriptorBox? {
        // The name is copied by the call.
        let descriptor = unsafe canlog_make_memory_file(name)
        return descriptor < 0 ? nil : DescriptorBox(descriptor)
    }

    private static func pipeEnds() -> (DescriptorBox, DescriptorBox)? {
        var ends: [CInt] = [-1, -1]
        // Two numbers, as the call is told.
        guard unsafe canlog_make_pipe(&ends) == 0 else { return nil }
        return (DescriptorBox(ends[0]), DescriptorBox(ends[1]))
    }

    /// Writes `bytes` and goes back to the start, where the program will read.
    private static func fill(_ file: DescriptorBox, with bytes: Span<UInt8>) -> Bool {
        var done = 0
        while done < bytes.count {
            // No more than the span's own bytes are read.
            let count = unsafe bytes.extracting(droppingFirst: done).withUnsafeBytes {
                unsafe write(file.rawValue, $0.baseAddress, $0.count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return lseek(file.rawValue, 0, SEEK_SET) == 0
    }

    private static func text(of file: DescriptorBox) -> String {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        // The buffer is as long as the call is told.
        let count = unsafe pread(file.rawValue, &buffer, buffer.count, 0)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    private static func start(_ words: [String], _ standard: [CInt]) -> pid_t? {
        var actions = unsafe posix_spawn_file_actions_t()
        // The actions are a local that lives until the program is started.
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (number, descriptor) in standard.enumerated() {
            unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, CInt(number))
        }
        // Copies that are freed below; the array ends with nil as exec wants it.
        var arguments: [UnsafeMutablePointer<CChar>?] =
            unsafe words.map { unsafe strdup($0) } + [nil]
        defer { unsafe arguments.forEach { unsafe free($0) } }
        var process = pid_t()
        // Nobody changes the environment meanwhile.
        let code = unsafe posix_spawnp(&process, words[0], &actions, nil, &arguments, environ)
        return code == 0 ? process : nil
    }

    /// Everything that comes until the other end is closed, at most `most` bytes.
    private static func everything(
        from pipe: CInt, until deadline: Int64, _ most: Int
    ) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < most {
            let left = deadline - HostClock.monotonic()
            guard left > 0 else { return nil }
            var request = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
            // One structure, as the call is told.
            guard unsafe poll(&request, 1, CInt(min(left / 1_000_000, 60_000) + 1)) > 0 else {
                continue
            }
            // The buffer is as long as the call is told.
            let count = unsafe Glibc.read(pipe, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return count == 0 ? bytes : nil }
            bytes += buffer[..<count]
        }
        return nil
    }
}

/// A descriptor that several functions hold; closed with the last of them, or before.
private final class DescriptorBox {
    private(set) var rawValue: CInt

    init(_ rawValue: CInt) { self.rawValue = rawValue }

    func close() {
        if rawValue >= 0 { _ = Glibc.close(rawValue) }
        rawValue = -1
    }

    deinit { close() }
}
