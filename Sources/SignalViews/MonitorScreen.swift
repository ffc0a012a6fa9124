import CANFrame
import SignalDatabase

/// The screen of a monitor: a model, looked at in some way, as lines of text with their looks.
public struct MonitorScreen: Sendable {
    /// What is shown beside the model.
    public struct Surroundings: Sendable {
        /// What is watched, for the title: a log's name, or interfaces.
        public var title = ""
        /// Of a log: how far it has been shown and how fast, in words.
        public var progress: String?
        /// Whether nothing more will come, so that nothing is overdue.
        public var isAtEnd = false

        public init() {}
    }

    let model: MonitorModel
    let surroundings: Surroundings
    let columns: Int
    let layout: MonitorLayout

    public init(of model: MonitorModel, _ surroundings: Surroundings, columns: Int) {
        self.model = model
        self.surroundings = surroundings
        self.columns = max(20, columns)
        layout = MonitorLayout(model, columns: self.columns)
    }

    /// Bus time of the picture.
    var now: Int64 { model.traffic.now ?? 0 }

    /// Moves `view` as its last key wanted; called after each key, so that none is passed over.
    public func settle(_ view: inout MonitorView, rows: Int) {
        guard view.movement != nil || view.followsSelection else { return }
        let streams = shown(view)
        scroll(streams, view, room: room(rows)).move(&view, over: streams)
    }

    /// The lines of a terminal of so many rows.
    public func lines(_ view: inout MonitorView, rows: Int) -> [StyledLine] {
        var lines = [titleLine(view)]
        lines += channelLines.prefix(mostChannels(rows))
        let room = room(rows)
        if view.showsHelp {
            lines.append(StyledLine())
            lines += Self.help.prefix(room).map { StyledLine($0) }
        } else {
            lines.append(headLine(view))
            lines += listLines(&view, room: room)
        }
        while lines.count < rows - 1 { lines.append(StyledLine()) }
        lines = Array(lines.prefix(max(0, rows - 1)))
        lines.append(footLine(view))
        return lines.map { $0.width > columns ? $0.fitted(to: columns) : $0 }
    }

    /// Everything, of any number of lines, as it is printed where nobody can scroll.
    public func allLines(_ view: MonitorView) -> [StyledLine] {
        var lines = channelLines + [headLine(view)]
        for stream in shown(view) {
            lines.append(rowLine(stream, view, isSelected: false))
            lines += detailLines(stream, view)
        }
        return lines.map { $0.width > columns ? $0.fitted(to: columns) : $0 }
    }

    /// How many lines of interfaces there are at most.
    private func mostChannels(_ rows: Int) -> Int { max(1, rows / 4) }

    /// How many lines the list has.
    private func room(_ rows: Int) -> Int {
        max(1, rows - 3 - min(mostChannels(rows), model.traffic.channels.count))
    }

    // MARK: The list

    /// The streams that pass the filter, in their order.
    func shown(_ view: MonitorView) -> [Int] {
        let wanted = view.wanted
        var streams = Array(model.streams.indices)
        if !wanted.isEmpty {
            streams = streams.filter { model.streams[$0].searchText.contains(wanted) }
        }
        let keys = model.streams.indices.map { sortKey($0, view.order) }
        streams.sort { (left, right) in
            if keys[left].text != keys[right].text {
                return (keys[left].text < keys[right].text) != view.isReversed
            }
            if keys[left].number != keys[right].number {
                return (keys[left].number < keys[right].number) != view.isReversed
            }
            return keys[left].identity < keys[right].identity
        }
        return streams
    }

    private func sortKey(
        _ stream: Int, _ order: MonitorView.Order
    ) -> (text: String, number: Double, identity: UInt64) {
        let traffic = model.traffic.streams[stream]
        let identity = traffic.order
        switch order {
        case .id: return ("", Double(identity), identity)
        case .count: return ("", -Double(traffic.timing.frames), identity)
        case .period:
            return ("", traffic.timing.recentPeriod ?? .greatestFiniteMagnitude, identity)
        case .change: return ("", -Double(model.streams[stream].lastChange), identity)
        case .name: return (layout.names[stream].lowercased(), 0, identity)
        }
    }

    private func listLines(_ view: inout MonitorView, room: Int) -> [StyledLine] {
        let streams = shown(view)
        guard !streams.isEmpty else {
            view.movement = nil
            let words =
                model.traffic.streams.isEmpty
                ? "no frame yet" : "nothing matches the filter '\(view.wanted)'"
            return [StyledLine("  " + words, .dim)]
        }
        let scroll = scroll(streams, view, room: room)
        scroll.move(&view, over: streams)
        return lines(of: streams, scroll.starts, view, room: room)
    }

    private func scroll(_ streams: [Int], _ view: MonitorView, room: Int) -> MonitorScroll {
        var starts: [Int] = []
        var total = 0
        for stream in streams {
            starts.append(total)
            total += 1 + detailCount(stream, view)
        }
        return MonitorScroll(starts: starts, total: total, room: room)
    }

    private func lines(
        of streams: [Int], _ starts: [Int], _ view: MonitorView, room: Int
    ) -> [StyledLine] {
        var lines: [StyledLine] = []
        let first = max(0, (starts.firstIndex { $0 > view.firstLine } ?? starts.count) - 1)
        var skipped = view.firstLine - starts[first]
        for stream in streams[first...] {
            guard lines.count < room else { break }
            var part = [rowLine(stream, view, isSelected: stream == view.selected)]
            part += detailLines(stream, view)
            lines += part.dropFirst(skipped)
            skipped = 0
        }
        return Array(lines.prefix(room))
    }
}

/// Moves a list that is longer than the screen.
struct MonitorScroll {
    /// The first line of each entry.
    let starts: [Int]
    /// How many lines there are.
    let total: Int
    /// How many fit.
    let room: Int

    func move(_ view: inout MonitorView, over streams: [Int]) {
        guard !streams.isEmpty else {
            view.movement = nil
            return
        }
        let selected = view.selected.flatMap { streams.firstIndex(of: $0) }
        switch view.movement {
        case .lines(let count): select((selected ?? (count > 0 ? -1 : 0)) + count, &view, streams)
        case .pages(let count):
            view.firstLine = clamped(view.firstLine + count * max(1, room - 1))
            if let visible = starts.firstIndex(where: { $0 >= view.firstLine }),
                starts[visible] < view.firstLine + room
            {
                view.selected = streams[visible]
            }
        case .toStart: select(0, &view, streams)
        case .toEnd:
            select(streams.count - 1, &view, streams)
            view.firstLine = clamped(total)
        case nil: break
        }
        if view.followsSelection, let place = view.selected.flatMap({ streams.firstIndex(of: $0) })
        {
            show(place, &view)
        }
        view.movement = nil
        view.followsSelection = false
        view.firstLine = clamped(view.firstLine)
    }

    private func select(_ place: Int, _ view: inout MonitorView, _ streams: [Int]) {
        let place = min(max(0, place), streams.count - 1)
        view.selected = streams[place]
        show(place, &view)
    }

    /// Brings an entry into sight, with as many of its lines as fit.
    private func show(_ place: Int, _ view: inout MonitorView) {
        let start = starts[place]
        let end = place + 1 < starts.count ? starts[place + 1] : total
        if end > view.firstLine + room { view.firstLine = end - room }
        if start < view.firstLine { view.firstLine = start }
    }

    private func clamped(_ line: Int) -> Int { min(max(0, line), max(0, total - room)) }
}
