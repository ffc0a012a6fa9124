import CANFrame
import SignalDatabase

/// What of each row's text is known when its stream is first met.
struct RowTexts {
    /// The texts of one stream.
    struct Stream {
        /// What stands between the time and the signals.
        var head: [UInt8]
        /// One for each wanted signal.
        var signals: [SignalText]
    }

    /// The texts of one signal, around its cells.
    struct SignalText {
        /// What precedes the physical value, what stands between it and the raw one, and what follows.
        var prefix: [UInt8]
        var unit: [UInt8]
        var suffix: [UInt8]
        /// Cells of the physical value, the raw one and the label.
        var physical: Int
        var raw: Int
        var label: Int
        /// Whether its raw values have texts.
        var hasLabels: Bool
    }

    private let databases: BoundDatabases
    var cells: CellTexts
    private(set) var streams: [Stream] = []

    init(_ style: CellTexts.Style, _ databases: BoundDatabases) {
        cells = CellTexts(style: style)
        self.databases = databases
    }

    /// Makes the texts of a stream that was just met; `head` and `prefix` say how they look.
    mutating func add(
        _ stream: SignalStream, head: (SignalStream, Message) -> [UInt8],
        signal text: (Signal, String) -> (prefix: [UInt8], unit: [UInt8], suffix: [UInt8])
    ) {
        let message = databases.databases[stream.database].database.messages[stream.message]
        var names = UniqueNames()
        let all = message.signals.map { names.unique($0.longName) }
        let signals = stream.places.map { place in
            let signal = message.signals[place]
            let (prefix, unit, suffix) = text(signal, all[place])
            return SignalText(
                prefix: prefix, unit: unit, suffix: suffix,
                physical: cells.add(.physical, of: signal),
                raw: cells.add(.raw, of: signal), label: cells.add(.label, of: signal),
                hasLabels: !signal.labels.isEmpty)
        }
        streams.append(Stream(head: head(stream, message), signals: signals))
    }

    /// Writes anew the cells whose values changed.
    @inline(__always)
    mutating func update(_ stream: Int, _ values: Span<SignalValue>, _ changes: Span<Bool>) {
        for index in values.indices where changes[index] {
            let value = values[index]
            let physical = streams[stream].signals[index].physical
            let raw = streams[stream].signals[index].raw
            let label = streams[stream].signals[index].label
            guard value.state.isPresent else {
                cells.clear(physical)
                cells.clear(raw)
                cells.clear(label)
                continue
            }
            if value.state == .valid {
                cells.set(physical, to: value)
            } else {
                cells.clear(physical)
            }
            cells.set(raw, to: value)
            if streams[stream].signals[index].hasLabels { cells.set(label, to: value) }
        }
    }
}
