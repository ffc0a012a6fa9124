import CLinuxFiles
import Glibc

/// A terminal taken over for a full-screen program: the alternate screen, keys one by one.
///
/// What was there comes back when it goes away, and if the program dies of a fault. Ctrl-C remains a
/// signal; Ctrl-Z and Ctrl-\ do nothing, since they would leave the terminal as it is.
public struct TerminalScreen: ~Copyable {
    /// How many columns and rows there are.
    public struct Size: Sendable, Hashable {
        public var columns: Int
        public var rows: Int

        public init(columns: Int, rows: Int) {
            self.columns = columns
            self.rows = rows
        }
    }

    private static let output = STDOUT_FILENO
    /// Alternate screen, no cursor, no wrapping at the right end (DEC private modes).
    private static let welcome = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[2J"
    private static let farewell = "\u{1B}[0m\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"

    private let keyboard: CInt
    private let ownsKeyboard: Bool
    private let savedMode: termios
    private var shown: [String] = []
    private var shownSize = Size(columns: 0, rows: 0)
    private var isGone = false

    /// Whether standard output is a terminal that this process may take over: it is in the foreground,
    /// and understands more than lines.
    public static var isAvailable: Bool {
        isatty(output) == 1 && tcgetpgrp(output) == getpgrp()
            && ProcessEnvironment["TERM"].map { $0 != "dumb" && !$0.isEmpty } ?? false
    }

    /// The size of the terminal at standard output; `nil` if it is none.
    public static var size: Size? {
        var (columns, rows): (CInt, CInt) = (0, 0)
        // The call fills the two locals.
        guard unsafe canlog_terminal_size(output, &columns, &rows) == 0, columns > 0, rows > 0
        else { return nil }
        return Size(columns: Int(columns), rows: Int(rows))
    }

    /// Takes the terminal over; keys come from standard input, or from the terminal itself where that
    /// is something else.
    public init() throws(SystemError) {
        let isKeyboard = isatty(STDIN_FILENO) == 1
        // The string lives for the call.
        let keyboard = isKeyboard ? STDIN_FILENO : unsafe open("/dev/tty", O_RDONLY | O_CLOEXEC)
        guard keyboard >= 0 else { throw SystemError("open", on: "/dev/tty", code: errno) }
        var mode = termios()
        // The call fills the local it is given.
        guard unsafe tcgetattr(keyboard, &mode) == 0 else {
            let code = errno
            if !isKeyboard { close(keyboard) }
            throw SystemError("tcgetattr", on: "the terminal", code: code)
        }
        self.keyboard = keyboard
        ownsKeyboard = !isKeyboard
        savedMode = mode
        // The guard copies both.
        unsafe canlog_guard_terminal(keyboard, Self.output, &mode, Self.farewell)
        mode.c_lflag &= ~tcflag_t(ICANON | ECHO)
        Self.disable(&mode)
        _ = unsafe tcsetattr(keyboard, TCSANOW, &mode)
        isGone = !Self.write(Self.welcome)
    }

    deinit {
        _ = Self.write(Self.farewell)
        var mode = savedMode
        // What was typed and not read is not for the shell.
        _ = unsafe tcsetattr(keyboard, TCSAFLUSH, &mode)
        canlog_release_terminal()
        if ownsKeyboard { close(keyboard) }
    }

    /// Shows `lines`, each with its own looks; only those that changed are written, all at once. False
    /// once the terminal is gone.
    public mutating func show(_ lines: [String], size: Size) -> Bool {
        guard !isGone else { return false }
        var text = ""
        if size != shownSize {
            text = "\u{1B}[2J"
            shown = []
            shownSize = size
        }
        for (row, line) in lines.enumerated() where row >= shown.count || shown[row] != line {
            text += "\u{1B}[\(row + 1);1H\(line)\u{1B}[K"
        }
        if lines.count < shown.count { text += "\u{1B}[\(lines.count + 1);1H\u{1B}[J" }
        shown = lines
        guard !text.isEmpty else { return true }
        isGone = !Self.write(text)
        return !isGone
    }

    /// The bytes of keys that were pressed, after waiting at most `limit` for the first; `nil` once the
    /// terminal is gone.
    public func keys(waiting limit: Duration) -> [UInt8]? {
        var entry = pollfd(fd: keyboard, events: Int16(POLLIN), revents: 0)
        let milliseconds = (limit / .milliseconds(1)).rounded(.up)
        // One entry, which is a local.
        guard unsafe poll(&entry, 1, CInt(min(max(0, milliseconds), 60_000))) > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: 256)
        // The call fills at most what the array has.
        let count = unsafe read(keyboard, &bytes, bytes.count)
        if count < 0 && (errno == EINTR || errno == EAGAIN) { return [] }
        return count > 0 ? Array(bytes.prefix(count)) : nil
    }

    private static func disable(_ mode: inout termios) {
        // The places are those of termios.h, and all within the array; 0 is Linux's _POSIX_VDISABLE.
        unsafe withUnsafeMutableBytes(of: &mode.c_cc) { characters in
            unsafe characters[Int(VSUSP)] = 0
            unsafe characters[Int(VQUIT)] = 0
            unsafe characters[Int(VMIN)] = 1
            unsafe characters[Int(VTIME)] = 0
        }
    }

    private static func write(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            // The buffer lives for the call, and write reads no more than its count.
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(output, $0.baseAddress, $0.count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
