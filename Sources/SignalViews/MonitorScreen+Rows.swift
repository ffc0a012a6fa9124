import CANFrame
import SignalDatabase

// The lines of one identifier: what came, and under it the signals in it.
extension MonitorScreen {
    /// How late a frame may be before it is overdue, in nanoseconds: frames gather before they come.
    static let tolerance: Int64 = 100_000_000
    /// A signal with its value takes so many columns where there is room for several beside each other.
    private static let cellWidth = 64
    private static let indent = 4

    /// How a byte or a value looks that changed at bus time `time`.
    private func style(changedAt time: Int64?) -> TextStyle {
        guard let time else { return .plain }
        let age = now &- time
        if age < 400_000_000 { return TextStyle(color: .yellow, isBold: true) }
        if age < 1_200_000_000 { return TextStyle(color: .yellow) }
        if age < 3_000_000_000 { return TextStyle(color: .cyan) }
        return .plain
    }

    func rowLine(_ stream: Int, _ view: MonitorView, isSelected: Bool) -> StyledLine {
        let traffic = model.traffic.streams[stream]
        var line = StyledLine()
        let canExpand = detailCount(stream, view, isExpanded: true) > 0
        line.add(!canExpand ? "  " : view.isExpanded(stream) ? "- " : "+ ", .dim)
        if layout.interfaceWidth > 0 {
            let name = model.traffic.channel(traffic.channel)?.interface ?? ""
            line.add(name, width: layout.interfaceWidth)
            line.add(" ")
        }
        line.add("\(traffic.identifier)", width: layout.idWidth)
        line.add(" ")
        line.add("\(traffic.timing.frames)", right: MonitorLayout.countWidth)
        addTiming(of: traffic, to: &line)
        line.pad(to: layout.dataColumn)
        addData(of: stream, from: 0, to: &line)
        line.pad(to: layout.nameColumn)
        let (length, expected) = (model.streams[stream].length, traffic.expectation.length)
        if expected >= 0, traffic.otherLengths > 0 {
            line.add("len \(length), not \(expected) ", .doubtful)
        }
        line.add(layout.names[stream])
        return isSelected ? line.fitted(to: columns, isSelected: true) : line
    }

    private func addTiming(of traffic: StreamTraffic, to line: inout StyledLine) {
        let width = MonitorLayout.timeWidth
        line.add(" ")
        if let silence = silence(of: traffic) {
            line.add(FigureText.interval(Double(silence)), right: width, .bad)
            line.add(" ")
            line.add("overdue", right: width, .bad)
            return
        }
        let texts = [traffic.timing.recentPeriod, traffic.timing.recentJitter].map {
            $0.map { FigureText.interval($0) } ?? "-"
        }
        line.add(texts[0], right: width)
        line.add(" ")
        line.add(texts[1], right: width, .dim)
    }

    /// The bytes of one line of a payload.
    private func addData(of stream: Int, from first: Int, to line: inout StyledLine) {
        let shown = model.streams[stream]
        guard !model.traffic.streams[stream].identifier.isRemote else {
            line.add("remote, DLC \(shown.dlc)", .dim)
            return
        }
        let end = min(Int(shown.length), first + layout.bytesPerLine)
        for index in first..<max(first, end) {
            line.add(
                shown.payload[index].hexadecimal, style(changedAt: shown.change(ofByte: index)))
            line.add(index + 1 < end ? " " : "")
        }
        guard first == 0, Int(shown.length) > end else { return }
        line.add(" +\(Int(shown.length) - end)", .dim)
    }

    // MARK: Under the line

    /// How many lines there are under a stream's own.
    func detailCount(_ stream: Int, _ view: MonitorView, isExpanded: Bool? = nil) -> Int {
        guard isExpanded ?? view.isExpanded(stream) else { return 0 }
        let shown = model.streams[stream]
        let dataLines = max(0, Int(shown.length) - 1) / layout.bytesPerLine
        let signals = visibleSignals(stream)
        let hidden = signals.count < shown.signals.count ? 1 : 0
        return dataLines + (signals.count + cells - 1) / cells + hidden
    }

    /// How many signals stand beside each other.
    private var cells: Int { max(1, (columns - Self.indent) / Self.cellWidth) }

    /// Signals that some frame could have carried; not those of values of a multiplexer that no frame
    /// had.
    private func visibleSignals(_ stream: Int) -> [Int] {
        let signals = model.streams[stream].signals
        return signals.indices.filter { signals[$0].value.state != .absent }
    }

    func detailLines(_ stream: Int, _ view: MonitorView) -> [StyledLine] {
        guard view.isExpanded(stream) else { return [] }
        var lines: [StyledLine] = []
        let shown = model.streams[stream]
        for first in stride(
            from: layout.bytesPerLine, to: Int(shown.length), by: layout.bytesPerLine)
        {
            var line = StyledLine()
            line.pad(to: layout.dataColumn)
            addData(of: stream, from: first, to: &line)
            lines.append(line)
        }
        guard let message = model.message(of: model.traffic.streams[stream]) else { return lines }
        let signals = visibleSignals(stream)
        let rows = (signals.count + cells - 1) / cells
        for row in 0..<rows {
            var line = StyledLine()
            for (column, place) in stride(from: row, to: signals.count, by: rows).enumerated() {
                line.pad(to: Self.indent + column * Self.cellWidth)
                let end =
                    column + 1 < cells ? Self.indent + (column + 1) * Self.cellWidth - 2 : columns
                let signal = signals[place]
                addSignal(message.signals[signal], shown.signals[signal], until: end, to: &line)
            }
            lines.append(line)
        }
        let hidden = UInt64(shown.signals.count - signals.count)
        if hidden > 0 {
            let words = "\(hidden.counting("signal")) of other multiplexer values not seen yet"
            lines.append(StyledLine(String(repeating: " ", count: Self.indent) + words, .dim))
        }
        return lines
    }

    private func addSignal(
        _ signal: Signal, _ shown: MonitoredStream.ShownSignal, until end: Int,
        to line: inout StyledLine
    ) {
        let text = ShownValue.text(of: shown.value, signal)
        let isValue = shown.value.state == .valid
        var style = isValue ? style(changedAt: shown.changed) : TextStyle.doubtful
        if shown.value.state == .unknown || !shown.isCurrent { style = .dim }
        line.add(signal.longName, width: 28, shown.isCurrent ? .plain : .dim)
        line.add(" ")
        line.add(text, right: max(13, min(text.columns, 20)), style)
        var rest = StyledLine()
        if isValue, !signal.unit.isEmpty { rest.add(" \(signal.unit)") }
        if let label = ShownValue.label(of: shown.value, signal) {
            rest.add(" \(label)", TextStyle(color: .green))
        }
        line.add(rest.fitted(to: max(0, end - line.width)))
    }
}

extension StyledLine {
    /// Adds all of another line.
    mutating func add(_ other: StyledLine) {
        other.forEachRun { add($0, $1) }
    }
}
