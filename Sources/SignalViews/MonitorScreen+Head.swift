import CANFrame

// The lines around the list: what is watched, the buses, the columns, the keys.
extension MonitorScreen {
    /// Silence of a bus that is told, in nanoseconds.
    static let toldSilence: Int64 = 1_000_000_000

    static let help = [
        "  up, down, j, k      select an identifier         page up, page down  scroll",
        "  enter               its signals, and long payloads, on and off",
        "  e, c                signals of all, of none",
        "  s, r                sort by id, count, period, last change, name; reverse",
        "  /                   show only what contains a text: an ID, a name, a signal",
        "  escape              show all again",
        "  space               hold the picture still; a log waits meanwhile",
        "  n                   go on at once where a log is silent",
        "  q, Ctrl-C           quit",
        "",
        "  Bytes and values that changed are bright, and fade within three seconds.",
        "  'overdue' is what has not come for three cycle times of the database, or three of",
        "  its own periods if it is a steady one; period then tells for how long.",
        "  The load of a bus is told without stuff bits.",
    ]

    func titleLine(_ view: MonitorView) -> StyledLine {
        var line = StyledLine("canlog monitor  ", .title)
        line.add(surroundings.title)
        if let progress = surroundings.progress { line.add("  " + progress) }
        let count = UInt64(model.traffic.streams.count).counting("ID")
        line.add("  \(count)")
        if model.traffic.otherFrames > 0 {
            line.add("  \(model.traffic.otherFrames) frames of more IDs", .doubtful)
        }
        if model.traffic.lost > 0 { line.add("  lost \(model.traffic.lost)", .bad) }
        if !view.filter.isEmpty { line.add("  only '\(view.filter)'", .doubtful) }
        if view.isPaused {
            line.add("  ")
            line.add(" PAUSED ", TextStyle(isBold: true, isReversed: true))
        }
        return line
    }

    /// A line for each interface.
    var channelLines: [StyledLine] {
        let channels = model.traffic.channels.sorted { $0.number < $1.number }
        let width = channels.map(\.interface.columns).max() ?? 0
        return channels.map { line(of: $0, nameWidth: width) }
    }

    private func line(of channel: ChannelTraffic, nameWidth: Int) -> StyledLine {
        var line = StyledLine()
        line.add(channel.interface, width: nameWidth, .title)
        let rate = channel.bitRate
        let second = channel.load.lastSecond(at: now)
        let part = Double(second.bits) / Double(max(1, rate))
        let style =
            part > 0.9 ? TextStyle.bad : part > 0.7 ? .doubtful : TextStyle.plain
        line.add("  load ")
        line.add(FigureText.fixed(part * 100, 1) + " %", right: 7, style)
        line.add(" of \(FigureText.bitRate(rate))")
        if channel.isBitRateAssumed { line.add(" (assumed)", .dim) }
        line.add("  \(second.frames)/s")
        addState(of: channel, to: &line)
        addErrors(of: channel, to: &line)
        return line
    }

    private func addState(of channel: ChannelTraffic, to line: inout StyledLine) {
        if let state = channel.state {
            let style: TextStyle =
                switch state {
                case .errorActive: .plain
                case .errorWarning: .doubtful
                case .errorPassive, .busOff, .stopped, .sleeping: .bad
                }
            line.add("  ")
            line.add(state.name, style)
            if let counters = channel.counters, counters != ErrorCounters() {
                line.add(" tx \(counters.transmit) rx \(counters.receive)", style)
            }
        }
        if channel.isUp == false {
            line.add("  DOWN", .bad)
        } else if let last = channel.last {
            let silence = now &- last
            guard silence > Self.toldSilence, !surroundings.isAtEnd else { return }
            line.add("  silent for \(FigureText.interval(Double(silence)))", .doubtful)
        } else {
            line.add("  no frame yet", .doubtful)
        }
    }

    private func addErrors(of channel: ChannelTraffic, to line: inout StyledLine) {
        if channel.lost > 0 { line.add("  lost \(channel.lost)", .bad) }
        guard channel.errors.frames > 0 else { return }
        let kinds = channel.errors.counted.map { "\($0.name) \($0.count)" }
        line.add("  \(channel.errors.frames.counting("error"))", .bad)
        if !kinds.isEmpty { line.add(": " + kinds.joined(separator: ", "), .doubtful) }
    }

    func headLine(_ view: MonitorView) -> StyledLine {
        var line = StyledLine()
        let style = TextStyle(color: .cyan, isBold: true)
        func mark(_ order: MonitorView.Order, _ text: String) -> String {
            view.order == order ? text + (view.isReversed ? "^" : "*") : text
        }
        line.pad(to: 2)
        if layout.interfaceWidth > 0 { line.add("BUS", width: layout.interfaceWidth + 1, style) }
        line.add(mark(.id, "ID"), width: layout.idWidth + 1, style)
        line.add(mark(.count, "COUNT"), right: MonitorLayout.countWidth, style)
        line.add(mark(.period, "PERIOD"), right: MonitorLayout.timeWidth + 1, style)
        line.add("JITTER", right: MonitorLayout.timeWidth + 1, style)
        line.pad(to: layout.dataColumn)
        line.add(mark(.change, "DATA"), width: layout.nameColumn - layout.dataColumn, style)
        line.add(mark(.name, model.databases == nil ? "" : "NAME"), style)
        return line
    }

    func footLine(_ view: MonitorView) -> StyledLine {
        if let entry = view.entry {
            var line = StyledLine("/" + entry, .title)
            line.add("_", TextStyle(isReversed: true))
            line.add("   enter: show only this   escape: leave it", .dim)
            return line
        }
        return StyledLine(
            "q quit  space hold  s sort (\(view.order.rawValue))  / filter  enter signals  e all  ? help",
            .dim)
    }
}
