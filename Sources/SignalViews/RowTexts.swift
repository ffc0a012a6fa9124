import CANFrame
import SignalDatabase

/// What of each row's text is known when its stream is first met.
struct RowTexts {
    /// The texts of one stream.
    struct Stream: BitwiseCopyable {
        /// What stands between the time and the signals.
        var head: Piece
        /// Its wanted signals among those of all streams.
        var firstSignal: Int
        var count: Int
    }

    /// The texts of one signal, around its cells.
    struct SignalText: BitwiseCopyable {
        /// What precedes the physical value, what follows the raw one, and what stands at the end.
        var prefix: Piece
        var unit: Piece
        var suffix: Piece
        /// Cells of the physical value, the raw one and the label.
        var physical: Int
        var raw: Int
        var label: Int
        /// Whether its raw values have texts.
        var hasLabels: Bool
        /// What was written last of it, where only changes are; unknown before.
        var written = SignalValue.unknown
    }

    /// A stretch of the text that all have together.
    struct Piece: BitwiseCopyable {
        var start: Int
        var end: Int
    }

    private let databases: BoundDatabases
    private var text: [UInt8] = []
    var cells: CellTexts
    private(set) var streams: [Stream] = []
    private(set) var signals: [SignalText] = []

    init(_ style: CellTexts.Style, _ databases: BoundDatabases) {
        cells = CellTexts(style: style)
        self.databases = databases
    }

    /// Makes the texts of a stream that was just met; `head` and `text` say how they look.
    mutating func add(
        _ stream: SignalStream, head: (SignalStream, Message) -> [UInt8],
        signal texts: (Signal, String) -> (prefix: [UInt8], unit: [UInt8], suffix: [UInt8])
    ) {
        let message = databases.databases[stream.database].database.messages[stream.message]
        var names = UniqueNames()
        let all = message.signals.map { names.unique($0.longName) }
        let first = signals.count
        for place in stream.places {
            let signal = message.signals[place]
            let (prefix, unit, suffix) = texts(signal, all[place])
            signals.append(
                SignalText(
                    prefix: piece(prefix), unit: piece(unit), suffix: piece(suffix),
                    physical: cells.add(.physical, of: signal), raw: cells.add(.raw, of: signal),
                    label: cells.add(.label, of: signal), hasLabels: !signal.labels.isEmpty))
        }
        let headPiece = piece(head(stream, message))
        streams.append(
            Stream(head: headPiece, firstSignal: first, count: stream.places.count))
    }

    private mutating func piece(_ bytes: [UInt8]) -> Piece {
        text += bytes
        return Piece(start: text.count - bytes.count, end: text.count)
    }

    @inline(__always)
    func put(_ piece: Piece, to buffer: inout TextBuffer) {
        buffer.put(text.span, piece.start..<piece.end)
    }

    /// Whether a value is another than the one that was taken last; frames that did not carry the
    /// signal do not count.
    @inline(__always)
    mutating func takeChange(_ signal: Int, to value: SignalValue) -> Bool {
        let last = signals[signal].written
        if last.state == value.state, last.rawBits == value.rawBits { return false }
        signals[signal].written = value
        return true
    }

    /// Writes anew the cells whose values changed.
    @inline(__always)
    mutating func update(
        _ firstSignal: Int, _ values: Span<SignalValue>, _ changes: Span<Bool>
    ) {
        for index in values.indices where changes[index] {
            let value = values[index]
            let signal = signals[firstSignal &+ index]
            guard value.state.isPresent else {
                cells.clear(signal.physical)
                cells.clear(signal.raw)
                cells.clear(signal.label)
                continue
            }
            if value.state == .valid {
                cells.set(signal.physical, to: value)
            } else {
                cells.clear(signal.physical)
            }
            cells.set(signal.raw, to: value)
            if signal.hasLabels { cells.set(signal.label, to: value) }
        }
    }
}
