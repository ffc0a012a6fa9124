import CANFrame
import SignalDatabase
import SignalViews

extension StatisticsReport {
    /// The report for people, in lines of at most so many columns; `nil` for as many as it takes.
    func text(columns: Int?) -> String {
        var lines = [head]
        for channel in channels { lines += self.lines(of: channel, columns: columns ?? 100) }
        lines.append("")
        lines += table(columns: columns)
        lines += absentLines
        lines += silenceLines
        lines += notes
        return lines.map { $0.printable + "\n" }.joined()
    }

    private var head: String {
        var text = "\(place): \(frames.counting("frame")) in \(FigureText.seconds(duration))"
        text += ", \(UInt64(rows.count).counting("ID"))"
        if let firstStamp { text += ", from \(UTCTime(firstStamp).text(fractionDigits: 3))" }
        return text
    }

    // MARK: Channels

    private func lines(of channel: ChannelTraffic, columns: Int) -> [String] {
        let load = channel.loadSummary
        var line = "\(channel.interface)  \(FigureText.bitRate(channel.bitRate))"
        if channel.isBitRateAssumed { line += " (assumed: --bitrate)" }
        line +=
            "  load \(Self.percent(load.mean)) mean, \(Self.percent(load.peak)) in the busiest second"
        var lines = ["", line]
        let chart = load.chart(columns: min(60, max(10, columns - 20)))
        if chart.values.count > 1 {
            let top = chart.values.max() ?? 0
            let each = FigureText.interval(Double(chart.each))
            lines.append("  " + Self.blocks(chart.values))
            lines.append("  each column \(each), the highest \(Self.percent(top))")
        }
        var words: [String] = []
        if channel.errors.frames > 0 {
            let kinds = channel.errors.counted.map { "\($0.name) \($0.count)" }
            words.append(
                channel.errors.frames.counting("error frame") + " ("
                    + kinds.joined(separator: ", ") + ")")
        }
        if channel.lost > 0 { words.append("lost \(channel.lost.counting("frame"))") }
        if let state = channel.state { words.append("at the end \(state.name)") }
        if !words.isEmpty { lines.append("  " + words.joined(separator: "; ")) }
        return lines
    }

    private static func percent(_ part: Double) -> String { FigureText.fixed(part * 100, 1) + " %" }

    /// Eighths of a block, as high as each value is a part of the greatest.
    private static func blocks(_ values: [Double]) -> String {
        let top = values.max() ?? 0
        let heights = Array("▁▂▃▄▅▆▇█")
        return String(
            values.map { value -> Character in
                guard value > 0, top > 0 else { return " " }
                return heights[min(7, Int((value / top * 8).rounded(.up)) - 1)]
            })
    }

    // MARK: Identifiers

    private func table(columns: Int?) -> [String] {
        guard !rows.isEmpty else { return ["no frames"] }
        let hasInterfaces = channels.count > 1
        var titles = hasInterfaces ? ["bus"] : []
        titles += ["id", "frames", "mean ms", "min", "max", "dev", "p99"]
        if hasDatabase { titles += ["cycle", "verdict", "message"] }
        var cells = [titles]
        for row in rows {
            cells.append((hasInterfaces ? [row.interface] : []) + self.cells(of: row))
        }
        let leading: Set = [
            hasInterfaces ? 0 : -1, hasInterfaces ? 1 : 0, titles.count - 1, titles.count - 2,
        ]
        var widths = titles.indices.map { place in cells.map { $0[place].count }.max() ?? 0 }
        if let columns, hasDatabase {
            let others = widths.dropLast().reduce(0) { $0 + $1 + 1 }
            widths[titles.count - 1] = max(7, min(widths[titles.count - 1], columns - others))
        }
        return cells.map { line in
            let parts = line.indices.map { place in
                let text = String(line[place].prefix(widths[place]))
                let pad = String(repeating: " ", count: widths[place] - text.count)
                return leading.contains(place) && (hasDatabase || place < 2)
                    ? text + pad : pad + text
            }
            var text = parts.joined(separator: " ")
            while text.last == " " { text.removeLast() }
            return text
        }
    }

    private func cells(of row: Row) -> [String] {
        let timing = row.traffic.timing
        let id = "\(row.traffic.identifier)" + (row.traffic.identifier.isRemote ? " R" : "")
        let has = timing.intervals > 0
        var cells = [
            id, "\(timing.frames)", Self.milliseconds(timing.period),
            Self.milliseconds(has ? Double(timing.shortest) : nil),
            Self.milliseconds(has ? Double(timing.longest) : nil),
            Self.milliseconds(timing.jitter), Self.milliseconds(timing.deviation(of: 0.99)),
        ]
        guard hasDatabase else { return cells }
        let cycle = row.traffic.expectation.cycle
        cells.append(cycle > 0 ? Self.milliseconds(Double(cycle)) : "-")
        cells.append(row.verdict?.rawValue ?? "-")
        var name = row.message?.longName ?? ""
        if row.traffic.otherLengths > 0 {
            let lengths = Set([row.traffic.shortestPayload, row.traffic.longestPayload]).sorted()
            name +=
                " (\(lengths.map { "\($0)" }.joined(separator: " to ")) bytes, not "
                + "\(row.traffic.expectation.length))"
        }
        cells.append(name)
        return cells
    }

    /// Four digits.
    private static func milliseconds(_ nanoseconds: Double?) -> String {
        guard let nanoseconds else { return "-" }
        let value = nanoseconds / 1e6
        switch abs(value) {
        case ..<9.9995: return FigureText.fixed(value, 3)
        case ..<99.995: return FigureText.fixed(value, 2)
        case ..<999.95: return FigureText.fixed(value, 1)
        default: return FigureText.fixed(value, 0)
        }
    }

    // MARK: Findings

    private static let listed = 20

    private var absentLines: [String] {
        guard !absent.isEmpty else { return [] }
        let missing = absent.filter { $0.message.cycleTimeMilliseconds != nil }
        var lines: [String] = []
        if !missing.isEmpty {
            lines += [
                "", "missing: \(UInt64(missing.count).counting("message")) with a cycle time",
            ]
            lines += missing.prefix(Self.listed).map { absent in
                let cycle = FigureText.interval((absent.message.cycleTimeMilliseconds ?? 0) * 1e6)
                let id = absent.message.identifier.map { "\($0)" } ?? "-"
                return "  \(id)  \(absent.message.longName)  each \(cycle)"
            }
            if missing.count > Self.listed {
                lines.append("  and \(missing.count - Self.listed) more; --json lists all")
            }
        }
        let others = absent.count - missing.count
        if others > 0 {
            lines += [
                "",
                "not seen: \(UInt64(others).counting("message")) without a cycle time (--json lists them)",
            ]
        }
        return lines
    }

    /// The longest silences, of identifiers that are sent often.
    private var silenceLines: [String] {
        let silent = rows.filter { row in
            guard let period = row.traffic.timing.period, row.traffic.timing.frames >= 10 else {
                return false
            }
            return Double(row.silence.length) > 3 * period && row.silence.length > 100_000_000
        }.sorted { $0.silence.length > $1.silence.length }
        guard !silent.isEmpty else { return [] }
        var lines = ["", "silent for more than three periods, the longest of each:"]
        for row in silent.prefix(10) {
            let began = FigureText.fixed(Double(row.silence.began) / 1e9, 3)
            lines.append(
                "  \(row.interface) \(row.traffic.identifier)  for "
                    + "\(FigureText.interval(Double(row.silence.length))) from +\(began) s on"
                    + (row.message.map { "  " + $0.longName } ?? ""))
        }
        if silent.count > 10 { lines.append("  and \(silent.count - 10) more; --json lists all") }
        return lines
    }

    private var notes: [String] {
        var notes: [String] = []
        if traffic.otherFrames > 0 {
            notes.append("\(traffic.otherFrames.counting("frame")) of more IDs than are told apart")
        }
        if traffic.lost > 0 {
            notes.append("lost \(traffic.lost.counting("frame")), on which interface is not known")
        }
        if traffic.clockSteps > 0 {
            notes.append(
                "the clock was set back \(traffic.clockSteps.counting("time")); no period is told over that"
            )
        }
        let late = rows.count { $0.verdict == .late }
        let unknown = rows.count { $0.verdict == .unknown }
        if hasDatabase {
            let fast = rows.count { $0.verdict == .tooFast }
            let good = rows.count { $0.verdict == .ok }
            let missing = absent.count { $0.message.cycleTimeMilliseconds != nil }
            notes.append(
                "\(good) ok, \(late) late, \(fast) too fast, \(missing) missing, \(unknown) unknown"
            )
        }
        return notes.isEmpty ? [] : [""] + notes
    }
}

/// The load of a channel as parts of its bit rate.
struct LoadSummary {
    var mean: Double
    var peak: Double
    /// One slot after another; the last one is of the time that it had.
    var slots: [Double]
    /// How long a slot is, in nanoseconds.
    var slotLength: Int64

    /// At most so many values, each the mean of as many slots.
    func chart(columns: Int) -> (values: [Double], each: Int64) {
        let size = max(1, (slots.count + columns - 1) / columns)
        let values = stride(from: 0, to: slots.count, by: size).map { start in
            let part = slots[start..<min(slots.count, start + size)]
            return part.reduce(0, +) / Double(part.count)
        }
        return (values, slotLength * Int64(size))
    }
}

extension ChannelTraffic {
    var loadSummary: LoadSummary {
        let rate = Double(bitRate) / 1e9
        let end = (last ?? load.origin) &- load.origin
        var slots = load.slots.map { Double($0) / (Double(load.slotLength) * rate) }
        let rest = end % load.slotLength
        if slots.count > 1, let part = slots.popLast(), rest > load.slotLength / 10 {
            slots.append(part * Double(load.slotLength) / Double(rest))
        }
        let time = Double(max(1, end))
        let mean = end > 0 ? Double(load.bits) / (time * rate) : 0
        // No whole second, or none that begins where the busiest one does.
        let peak = max(mean, Double(load.peak) / Double(bitRate))
        return LoadSummary(
            mean: mean, peak: peak, slots: slots, slotLength: load.slotLength)
    }
}
