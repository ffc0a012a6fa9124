import CANFrame
import LocalFiles

/// A line on a terminal that shows how far a long command has come.
struct ProgressBar {
    private let isShown = StandardError.isTerminal
    private let start = HostClock.monotonic()
    private var nextDrawing: Int64
    private var hasDrawn = false

    init() {
        // What takes less than half a second needs no bar.
        nextDrawing = start + 500_000_000
    }

    /// Draws the bar again, ten times a second at most.
    mutating func show(_ fraction: Double?, frames: UInt64) {
        show(fraction, count: frames, "frames")
    }

    /// The same with a count of something else.
    mutating func show(_ fraction: Double?, count: UInt64, _ noun: String) {
        guard isShown else { return }
        let now = HostClock.monotonic()
        guard now >= nextDrawing else { return }
        nextDrawing = now + 100_000_000
        hasDrawn = true
        var line = "\r"
        if let fraction {
            let filled = Int((fraction * 30).rounded(.down))
            line += "[" + String(repeating: "#", count: filled)
            line += String(repeating: ".", count: 30 - filled) + "] "
            line += FigureText.fixed(fraction * 100, 0) + " %  "
            if fraction > 0.02 {
                let rest = Double(now - start) * (1 - fraction) / fraction
                line += FigureText.seconds(Int64(rest)) + " left  "
            }
        }
        StandardError.write(line + "\(count) \(noun)\u{1B}[K")
    }

    /// Takes the bar away.
    mutating func clear() {
        if hasDrawn { StandardError.write("\r\u{1B}[K") }
        hasDrawn = false
    }
}
