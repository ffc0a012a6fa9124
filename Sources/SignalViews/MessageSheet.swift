import CANFrame
public import SignalDatabase

/// All that a database says of a message, or of some of its signals, in lines for people.
public struct MessageSheet {
    private let database: Database
    private let message: Message
    /// The signals that are meant, by their place.
    private let places: [Int]
    /// Whether they were asked for by name, and not the message.
    private let isOfSignals: Bool
    private let width: Int
    /// Of a multiplexed message: only what frames with this value of its multiplexers carry.
    private let branch: UInt64?

    /// - Parameter width: how many columns of a terminal there are.
    public init(
        of hit: DatabaseSearch.Hit, in database: Database, namesSignals: Bool, width: Int,
        branch: UInt64? = nil
    ) {
        self.database = database
        let message = database.messages[hit.message]
        self.message = message
        self.width = width
        self.branch = branch
        isOfSignals = namesSignals
        places = hit.signals.filter { place in
            branch.map { message.isPresent(place, with: $0) } ?? true
        }
    }

    public var text: String {
        var lines = heading
        if message.identifier != nil { lines += drawing }
        if isOfSignals {
            for place in places { lines += [""] + details(of: place) }
        } else {
            lines += table + multiplexing + notes
        }
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: The message

    private var heading: [String] {
        var parts: [String] = []
        if let identifier = message.identifier {
            let number = "\(message.identifierText ?? "") (\(identifier.value))"
            parts.append(number + (identifier.isExtended ? " extended" : " standard"))
        } else {
            parts.append("signals of no message")
        }
        if let group = message.parameterGroup {
            parts.append("PGN \(group.number)")
        }
        parts.append(UInt64(message.length).counting("byte"))
        if message.format == .flexibleDataRate { parts.append("CAN FD") }
        if let time = message.cycleTimeMilliseconds { parts.append("every \(time.decimalText) ms") }
        if !message.transmitters.isEmpty {
            parts.append("from " + message.transmitters.joined(separator: ", "))
        }
        if !isOfSignals, !receivers.isEmpty {
            parts.append("to " + receivers.joined(separator: ", "))
        }
        parts.append("line \(message.line)")
        var lines = [message.longName.printable]
        if message.name != message.longName { lines[0] += " (\(message.name.printable))" }
        lines += parts.joined(separator: ", ").wrapped(to: width, indent: 2)
        if let comment = message.comment { lines += comment.wrapped(to: width, indent: 2) }
        let attributes = shown(message.attributes)
        if !isOfSignals, !attributes.isEmpty { lines += attributes.wrapped(to: width, indent: 2) }
        return lines
    }

    /// The nodes that use one of the signals, in the order in which they come.
    private var receivers: [String] {
        var seen: Set<String> = []
        return places.flatMap { message.signals[$0].receivers }.filter { seen.insert($0).inserted }
    }

    private func shown(_ attributes: [Attribute]) -> String {
        attributes.filter { !$0.name.hasPrefix("System") || !$0.name.hasSuffix("LongSymbol") }
            .map { "\($0.name) = \($0.value.shownText)" }.joined(separator: "; ")
    }

    private var drawing: [String] {
        var drawn = places
        if isOfSignals, let first = places.first {
            // The signal among those that frames with it carry.
            drawn = message.signals.indices.filter {
                places.contains($0) || message.canCarryBoth(first, $0)
            }
        }
        let lines = PayloadDrawing(of: message, signals: drawn, width: width).lines
        return lines.isEmpty ? [] : [""] + lines
    }

    // MARK: The signals

    private var table: [String] {
        var table = TextTable(
            ["signal", "bits", "order", "type", "value", "unit", "range", "there with"], right: [1])
        for place in places {
            let signal = message.signals[place]
            table.add([
                signal.longName, signal.bitsText, signal.orderText, "\(signal.valueType)",
                signal.scaleText, signal.unit, signal.rangeText,
                message.multiplexingText(of: place) ?? "",
            ])
        }
        return table.isEmpty ? ["", "no signals"] : [""] + table.lines()
    }

    /// Labels and comments of the signals, of those that have some.
    private var notes: [String] {
        var lines: [String] = []
        for place in places {
            let signal = message.signals[place]
            let words = words(of: signal)
            guard !words.isEmpty else { continue }
            lines += ["", signal.longName.printable] + words
        }
        return lines
    }

    /// Of a signal that was asked for by name all, else what tells what its values mean.
    private func words(of signal: Signal) -> [String] {
        var lines: [String] = []
        if let comment = signal.comment { lines += comment.wrapped(to: width, indent: 2) }
        if !signal.labels.isEmpty {
            let labels = signal.labels.map { "\($0.raw) \($0.text)" }.joined(separator: "; ")
            lines += ("labels: " + labels).wrapped(to: width, indent: 2)
        }
        guard isOfSignals else { return lines }
        if !signal.receivers.isEmpty {
            lines += ("to " + signal.receivers.joined(separator: ", ")).wrapped(
                to: width, indent: 2)
        }
        let attributes = shown(signal.attributes)
        if !attributes.isEmpty { lines += attributes.wrapped(to: width, indent: 2) }
        return lines
    }

    private func details(of place: Int) -> [String] {
        let signal = message.signals[place]
        var table = TextTable(["", ""])
        if signal.name != signal.longName { table.add(["short name", signal.name]) }
        table.add(["bits", "\(signal.bitsText), \(signal.orderText)"])
        table.add(["type", "\(signal.valueType)"])
        table.add(["value", signal.scaleText])
        table.add(["unit", signal.unit])
        table.add(["range", signal.rangeText])
        table.add(["there with", message.multiplexingText(of: place) ?? ""])
        if let number = signal.suspectParameterNumber { table.add(["SPN", "\(number)"]) }
        table.add(["line", "\(signal.line)"])
        return ["\(message.longName).\(signal.longName)".printable]
            + table.lines(withHeading: false, indent: 2) + words(of: signal)
    }

    // MARK: Multiplexing

    private var multiplexing: [String] {
        let roots = message.signals.indices.filter { place in
            let multiplexing = message.signals[place].multiplexing
            return multiplexing.isMultiplexer && !multiplexing.isSwitched
        }
        let lines = roots.flatMap { root in
            [message.signals[root].longName.printable] + branches(of: root, indent: 1)
        }
        return lines.isEmpty ? [] : ["", "multiplexing"] + lines.map { "  " + $0 }
    }

    /// What each value of a multiplexer switches, with the multiplexers below; a chain has an end,
    /// since the reader cuts those that have none.
    private func branches(of multiplexer: Int, indent: Int) -> [String] {
        var order: [[ClosedRange<UInt64>]] = []
        var signals: [[ClosedRange<UInt64>]: [Int]] = [:]
        for place in places
        where message.signals[place].multiplexing.multiplexer == multiplexer {
            let values = message.signals[place].multiplexing.values
            if signals[values] == nil { order.append(values) }
            signals[values, default: []].append(place)
        }
        order.sort { ($0.first?.lowerBound ?? 0) < ($1.first?.lowerBound ?? 0) }
        let blanks = String(repeating: "   ", count: indent - 1)
        return order.enumerated().flatMap { index, values in
            let isLast = index == order.count - 1
            let label = message.signals[multiplexer].branchText(values)
            let names = (signals[values] ?? []).map { message.signals[$0].longName }
            let text = "\(label): " + names.joined(separator: ", ")
            let wrapped = text.wrapped(to: width - indent * 3 - 4, indent: 0)
            var lines = wrapped.enumerated().map { line, text in
                blanks + (line == 0 ? isLast ? "└─ " : "├─ " : isLast ? "     " : "│    ") + text
            }
            for place in signals[values] ?? []
            where message.signals[place].multiplexing.isMultiplexer {
                lines.append(
                    blanks + (isLast ? "   " : "│  ") + message.signals[place].longName.printable)
                lines += branches(of: place, indent: 1).map {
                    blanks + (isLast ? "   " : "│  ") + $0
                }
            }
            return lines
        }
    }
}

extension Message {
    /// Whether frames carry the signal whose multiplexers that depend on no other have `value`.
    fileprivate func isPresent(_ place: Int, with value: UInt64) -> Bool {
        var place = place
        while signals[place].multiplexing.isSwitched {
            guard let parent = signals[place].multiplexing.multiplexer else { return false }
            if !signals[parent].multiplexing.isSwitched {
                return signals[place].multiplexing.values.contains { $0.contains(value) }
            }
            place = parent
        }
        return true
    }
}

extension Signal {
    /// `24|16`, as the file has it.
    public var bitsText: String { "\(startBit)|\(length)" }

    public var orderText: String { byteOrder == .littleEndian ? "Intel" : "Motorola" }

    /// `raw x 0.1 - 40`
    public var scaleText: String {
        var text = "raw"
        if factor != 1 { text += " x \(factor.decimalText)" }
        if offset != 0 {
            text += offset < 0 ? " - \((-offset).decimalText)" : " + \(offset.decimalText)"
        }
        return text
    }

    /// `0 to 250`; empty where the file gives no limits.
    public var rangeText: String {
        minimum == 0 && maximum == 0 ? "" : "\(minimum.decimalText) to \(maximum.decimalText)"
    }

    /// The values of a multiplexer with the text of a single one: `3 (Reverse)`.
    fileprivate func branchText(_ values: [ClosedRange<UInt64>]) -> String {
        let text = values.map { range in
            range.lowerBound == range.upperBound
                ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
        }.joined(separator: ", ")
        guard values.count == 1, let range = values.first, range.lowerBound == range.upperBound,
            let label = label(of: Int64(bitPattern: range.lowerBound))
        else { return text }
        return "\(text) (\(label))"
    }
}
