import CANFrame
import Glibc
import LocalFiles

/// Standard error: all that is not a result.
enum StandardError {
    /// Writes `text` as it is; a failure here has nowhere to be told.
    static func write(_ text: String) {
        StandardOutput.writeAll(text, to: STDERR_FILENO)
    }

    /// Says something in a line of its own; nothing in it steers the terminal.
    static func say(_ message: String) {
        write("canlog: \(message.printable)\n")
    }

    /// Whether a person is looking.
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}

/// Standard output: results only.
enum StandardOutput {
    /// Whether a person is looking who has not declined colours (no-color.org: NO_COLOR set to
    /// anything but nothing).
    static var isColoured: Bool {
        isTerminal && (ProcessEnvironment["NO_COLOR"] ?? "").isEmpty
    }

    /// Writes `text`; ends the process quietly with status 0 when the reader has gone away, and with
    /// a word and status 2 when it cannot be written.
    static func write(_ text: String) {
        errno = 0
        if writeAll(text, to: STDOUT_FILENO) { return }
        let code = errno
        if code == EPIPE { exit(ExitStatus.done) }
        let error = SystemError("write", on: "standard output", code: code == 0 ? ENOSPC : code)
        StandardError.say("\(error)")
        exit(ExitStatus.couldNot)
    }

    /// Whether a person is looking.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    @discardableResult
    static func writeAll(_ text: String, to descriptor: CInt) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            // The buffer lives for the call, and write reads no more than its count.
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
