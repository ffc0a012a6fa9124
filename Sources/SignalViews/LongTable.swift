import CANFrame
import SignalDatabase

/// Comma-separated values with a row for each value of a signal.
struct LongTable: RowWriter {
    private(set) var texts: RowTexts
    private var time: TimeText
    private let isOnlyChanges: Bool
    private(set) var rows: UInt64 = 0

    init(time: TimeStyle, isOnlyChanges: Bool, databases: BoundDatabases) {
        texts = RowTexts(.csv, databases)
        self.time = TimeText(time)
        self.isOnlyChanges = isOnlyChanges
    }

    func putHeader(to buffer: inout TextBuffer) {
        buffer.put(CSVText.field(time.title))
        buffer.put(",interface,message,signal,value,raw,unit,label,state,source\r\n")
    }

    mutating func put(
        _ row: SignalRow, of batch: borrowing SignalBatch, to buffer: inout TextBuffer
    ) {
        let stream = texts.streams[row.stream]
        let values = batch.values(of: row, count: stream.count)
        let changes = batch.changes(of: row, count: stream.count)
        texts.update(stream.firstSignal, values, changes)
        for index in values.indices {
            let state = values[index].state
            if state == .absent { continue }
            if isOnlyChanges, !texts.takeChange(stream.firstSignal &+ index, to: values[index]) {
                continue
            }
            time.put(row, to: &buffer)
            let signal = texts.signals[stream.firstSignal &+ index]
            texts.put(stream.head, to: &buffer)
            texts.put(signal.prefix, to: &buffer)
            texts.cells.put(signal.physical, to: &buffer)
            buffer.put(UInt8(ascii: ","))
            texts.cells.put(signal.raw, to: &buffer)
            texts.put(signal.unit, to: &buffer)
            texts.cells.put(signal.label, to: &buffer)
            buffer.put(UInt8(ascii: ","))
            buffer.put(state.word)
            texts.put(signal.suffix, to: &buffer)
            rows += 1
        }
    }

    mutating func add(_ stream: SignalStream) {
        let source = stream.sourceAddress?.hexadecimal ?? ""
        texts.add(
            stream,
            head: { stream, message in
                [UInt8(ascii: ",")] + CSVText.field(stream.interface) + [UInt8(ascii: ",")]
                    + CSVText.field(message.longName) + [UInt8(ascii: ",")]
            },
            signal: { signal, name in
                (
                    CSVText.field(name) + [UInt8(ascii: ",")],
                    [UInt8(ascii: ",")] + CSVText.field(signal.unit) + [UInt8(ascii: ",")],
                    Array(",\(source)\r\n".utf8)
                )
            })
    }
}
