import CANFrame
import Glibc

/// What a program of the system says.
public enum CommandOutput {
    /// Runs a program, found on `PATH`, without input, and gives what it wrote to standard output and
    /// its exit status; `nil` where it cannot be started or takes longer than `limit`.
    public static func of(
        _ words: [String], within limit: Duration = .seconds(5)
    ) -> (text: String, status: Int32)? {
        var ends: [CInt] = [-1, -1]
        // Two numbers, as the call is told.
        guard unsafe pipe(&ends) == 0 else { return nil }
        let reading = OwnedDescriptor(adopting: ends[0])
        var writing: OwnedDescriptor? = OwnedDescriptor(adopting: ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        guard let process = start(words, output: ends[1]) else { return nil }
        writing = nil
        _ = consume writing
        let (text, isWhole) = text(from: reading, limit)
        if !isWhole { _ = kill(process, SIGKILL) }
        var status: CInt = 0
        // The call fills the local it is given.
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
        guard isWhole, status & 0x7F == 0 else { return nil }
        return (text, status >> 8 & 0xFF)
    }

    private static func start(_ words: [String], output: CInt) -> pid_t? {
        var actions = unsafe posix_spawn_file_actions_t()
        // The actions are a local that lives until the program is started.
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        // Copies that are freed below; the array ends with nil as exec wants it.
        var arguments: [UnsafeMutablePointer<CChar>?] =
            unsafe words.map { unsafe strdup($0) } + [nil]
        defer { unsafe arguments.forEach { unsafe free($0) } }
        var process = pid_t()
        // Nobody changes the environment meanwhile.
        let code = unsafe posix_spawnp(&process, words[0], &actions, nil, &arguments, environ)
        return code == 0 ? process : nil
    }

    /// Everything that comes until the other end is closed, at most 1 MiB.
    private static func text(
        from pipe: borrowing OwnedDescriptor, _ limit: Duration
    ) -> (String, isWhole: Bool) {
        let deadline = HostClock.monotonic() + limit.wholeNanoseconds
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < 1 << 20 {
            let left = deadline - HostClock.monotonic()
            guard left > 0 else { return ("", false) }
            var request = pollfd(fd: pipe.rawValue, events: Int16(POLLIN), revents: 0)
            // One structure, as the call is told.
            guard unsafe poll(&request, 1, CInt(left / 1_000_000 + 1)) > 0 else { continue }
            // The buffer is as long as the call is told.
            let count = unsafe Glibc.read(pipe.rawValue, &buffer, buffer.count)
            guard count > 0 else { return (String(decoding: bytes, as: UTF8.self), count == 0) }
            bytes += buffer[..<count]
        }
        return ("", false)
    }
}
