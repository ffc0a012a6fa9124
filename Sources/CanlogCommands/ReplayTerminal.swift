import Glibc
import Replaying

/// The keys and the line of progress of a replay, where a person sits at a terminal.
struct ReplayTerminal: ~Copyable {
    /// Whether keys are read.
    let hasKeys: Bool
    private let showsProgress = StandardError.isTerminal
    private var savedMode = termios()
    private var isLineOpen = false
    private var shownStep: UInt64?
    /// Readings of the clock.
    private var nextProgress: Int64 = 0

    /// Takes over the keyboard if there is one and this process is in the foreground.
    init() {
        var mode = termios()
        // The calls fill or read the local they are given.
        let isForeground =
            isatty(STDIN_FILENO) == 1 && tcgetpgrp(STDIN_FILENO) == getpgrp()
        guard isForeground, unsafe tcgetattr(STDIN_FILENO, &mode) == 0 else {
            hasKeys = false
            return
        }
        savedMode = mode
        mode.c_lflag &= ~tcflag_t(ICANON | ECHO)
        hasKeys = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &mode) == 0
    }

    deinit {
        guard hasKeys else { return }
        var mode = savedMode
        _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &mode)
    }

    /// Reads keys and shows where the replay is; call it some ten times a second.
    mutating func update(_ control: ReplayControl, total: Int64?, now: Int64) {
        if hasKeys { readKeys(control) }
        for notice in control.takeNotices() { say(notice) }
        if let held = control.held, held.ordinal != shownStep {
            shownStep = held.ordinal
            say(
                "\(held.interface) \(ReplaySummary.text(of: held.frame)) - Enter sends it, g plays on"
            )
        }
        if showsProgress && now >= nextProgress {
            nextProgress = now + 200_000_000
            drawProgress(control, total: total)
        }
    }

    /// Prints a line of its own.
    mutating func say(_ text: String) {
        clear()
        StandardError.say(text)
    }

    /// Removes the line of progress.
    mutating func clear() {
        if isLineOpen { StandardError.write("\r\u{1B}[K") }
        isLineOpen = false
    }

    private func readKeys(_ control: ReplayControl) {
        var entry = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        // One entry, and one byte, both locals.
        while unsafe poll(&entry, 1, 0) > 0, entry.revents & Int16(POLLIN) != 0 {
            var key: UInt8 = 0
            guard unsafe read(STDIN_FILENO, &key, 1) == 1 else { return }
            switch key {
            case UInt8(ascii: " "): control.togglePause()
            case UInt8(ascii: "\n"), UInt8(ascii: "s"):
                if !control.isStepping { control.stepFromNowOn() } else { control.step() }
            case UInt8(ascii: "g"): control.runFromNowOn()
            case UInt8(ascii: "q"): control.stop()
            default: break
            }
        }
    }

    private mutating func drawProgress(_ control: ReplayControl, total: Int64?) {
        let reached = control.reached
        var line = ReplaySummary.seconds(reached)
        if let total, total > 0 {
            let width = 30
            let filled = min(width, Int(Double(reached) / Double(total) * Double(width)))
            line =
                "[" + String(repeating: "#", count: filled)
                + String(repeating: ".", count: width - filled)
                + "] \(line) of \(ReplaySummary.seconds(total))"
        }
        line += ", \(control.sent) frames"
        if control.isPaused { line += ", paused: space goes on" }
        StandardError.write("\r\u{1B}[K\(line)")
        isLineOpen = true
    }
}
