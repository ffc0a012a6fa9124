import CANFrame
import SignalDatabase

/// A JSON object in a line of its own for each frame.
struct JSONLines: RowWriter {
    private(set) var texts: RowTexts
    private var time: TimeText
    private let isOnlyChanges: Bool
    private let isCompact: Bool
    private(set) var rows: UInt64 = 0

    init(time: TimeStyle, isOnlyChanges: Bool, isCompact: Bool, databases: BoundDatabases) {
        texts = RowTexts(.json, databases)
        self.time = TimeText(time)
        self.isOnlyChanges = isOnlyChanges
        self.isCompact = isCompact
    }

    mutating func put(
        _ row: SignalRow, of batch: borrowing SignalBatch, to buffer: inout TextBuffer
    ) {
        let stream = texts.streams[row.stream]
        let values = batch.values(of: row, count: stream.count)
        let changes = batch.changes(of: row, count: stream.count)
        texts.update(stream.firstSignal, values, changes)
        var isFirst = true
        for index in values.indices {
            let value = values[index]
            if value.state == .absent { continue }
            if isOnlyChanges, !texts.takeChange(stream.firstSignal &+ index, to: value) { continue }
            if isFirst { putHead(row, stream, to: &buffer) } else { buffer.put(UInt8(ascii: ",")) }
            isFirst = false
            put(value, texts.signals[stream.firstSignal &+ index], to: &buffer)
        }
        guard !isFirst else { return }
        buffer.put("}}\n")
        rows += 1
    }

    private mutating func putHead(
        _ row: SignalRow, _ stream: RowTexts.Stream, to buffer: inout TextBuffer
    ) {
        buffer.put("{\"time\":")
        if time.style == .absolute { buffer.put(UInt8(ascii: "\"")) }
        time.put(row, to: &buffer)
        if time.style == .absolute { buffer.put(UInt8(ascii: "\"")) }
        texts.put(stream.head, to: &buffer)
    }

    @inline(__always)
    private func put(
        _ value: SignalValue, _ signal: RowTexts.SignalText, to buffer: inout TextBuffer
    ) {
        texts.put(signal.prefix, to: &buffer)
        if value.state == .valid {
            texts.cells.put(signal.physical, to: &buffer)
        } else {
            buffer.put("null")
        }
        guard !isCompact else { return }
        texts.put(signal.unit, to: &buffer)
        if value.state.isPresent {
            buffer.put(",\"raw\":")
            texts.cells.put(signal.raw, to: &buffer)
        }
        if !texts.cells.isEmpty(signal.label) {
            buffer.put(",\"label\":")
            texts.cells.put(signal.label, to: &buffer)
        }
        if value.state != .valid {
            buffer.put(",\"state\":\"")
            buffer.put(value.state.word)
            buffer.put(UInt8(ascii: "\""))
        } else if let word = value.notFinite {
            buffer.put(",\"state\":\"")
            buffer.put(word)
            buffer.put(UInt8(ascii: "\""))
        }
        buffer.put(UInt8(ascii: "}"))
    }

    mutating func add(_ stream: SignalStream) {
        let isCompact = isCompact
        texts.add(
            stream,
            head: { stream, message in
                var head = ",\"interface\":" + JSONText.quoted(stream.interface)
                head += ",\"id\":\"\(stream.identifier)\""
                head += ",\"message\":" + JSONText.quoted(message.longName)
                if let source = stream.sourceAddress { head += ",\"source\":\(source)" }
                return Array((head + ",\"signals\":{").utf8)
            },
            signal: { signal, name in
                let prefix = JSONText.quoted(name) + (isCompact ? ":" : ":{\"value\":")
                let unit = signal.unit.isEmpty ? "" : ",\"unit\":" + JSONText.quoted(signal.unit)
                return (Array(prefix.utf8), Array(unit.utf8), [])
            })
    }
}
