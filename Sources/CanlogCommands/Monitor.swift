import CANFrame
import LocalFiles
import SignalViews

/// Feeds a monitor's model, and shows it on a terminal or keeps it for the end.
struct Monitor {
    let feed: any MonitorFeed
    var model: MonitorModel
    var view = MonitorView()
    var surroundings = MonitorScreen.Surroundings()
    /// Nanoseconds after which it ends.
    var limit: Int64?

    /// Between two pictures, in nanoseconds.
    private static let interval: Int64 = 100_000_000
    /// Between two looks at the keys.
    private static let keyInterval: Int64 = 40_000_000

    init(feed: any MonitorFeed, model: MonitorModel) {
        self.feed = feed
        self.model = model
    }

    // MARK: On a terminal

    /// Shows the screen until it is quit.
    mutating func show(_ signals: SignalWaiter) throws {
        var terminal = try TerminalScreen()
        let usesColors = !Self.refusesColors
        var bytes: [UInt8] = []
        /// The picture that is held, if it is.
        var held: MonitorModel?
        let start = HostClock.monotonic()
        var nextPicture = start
        while true {
            let now = HostClock.monotonic()
            if let limit, now - start >= limit { return }
            try feed.step(
                into: &model, isHeld: view.isPaused, until: min(nextPicture, now + Self.keyInterval)
            )
            if case .signal = signals.wait(.zero) { return }
            guard let pressed = terminal.keys(waiting: .zero) else { return }
            bytes += pressed
            let keys = TerminalKey.take(from: &bytes)
            let size = TerminalScreen.size ?? TerminalScreen.Size(columns: 80, rows: 24)
            for key in keys {
                switch view.press(key) {
                case .quit: return
                case .skip: feed.skip()
                case nil: screen(held, size).settle(&view, rows: size.rows)
                }
            }
            if view.isPaused != (held != nil) { held = view.isPaused ? model : nil }
            let after = HostClock.monotonic()
            guard after >= nextPicture || !keys.isEmpty else { continue }
            nextPicture = after + Self.interval
            surroundings.progress = feed.progress
            surroundings.isAtEnd = feed.isAtEnd
            let lines = screen(held, size).lines(&view, rows: size.rows)
            guard terminal.show(lines.map { $0.escaped(colors: usesColors) }, size: size) else {
                return
            }
        }
    }

    private func screen(_ held: MonitorModel?, _ size: TerminalScreen.Size) -> MonitorScreen {
        MonitorScreen(of: held ?? model, surroundings, columns: size.columns)
    }

    /// NO_COLOR (no-color.org): set to anything but nothing.
    private static var refusesColors: Bool {
        ProcessEnvironment["NO_COLOR"].map { !$0.isEmpty } ?? false
    }

    // MARK: At the end

    /// Watches until the end, a signal, or the time is over.
    mutating func watch(_ signals: SignalWaiter) throws {
        let start = HostClock.monotonic()
        while !feed.isAtEnd {
            let now = HostClock.monotonic()
            var deadline = now + Self.interval
            if let limit {
                guard now - start < limit else { break }
                deadline = min(deadline, start + limit)
            }
            try feed.step(into: &model, isHeld: false, until: deadline)
            if case .signal = signals.wait(.zero) { break }
        }
        surroundings.isAtEnd = feed.isAtEnd
    }

    /// All identifiers with their signals as a table in plain text.
    var table: String {
        let view = MonitorView(order: view.order, expandsAll: true, filter: view.filter)
        return MonitorScreen(of: model, surroundings, columns: TerminalScreen.size?.columns ?? 120)
            .allLines(view).map { $0.text + "\n" }.joined()
    }
}
