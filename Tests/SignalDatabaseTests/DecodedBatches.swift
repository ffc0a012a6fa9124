import CANFrame
import SignalDatabase
import TestBench

/// Frames of one identifier, stamped with their row.
func batch(of payloads: [[UInt8]], _ identifier: ArbitrationID) -> FrameBatch {
    var batch = FrameBatch(capacity: max(1, payloads.count))
    for (row, payload) in payloads.enumerated() {
        batch.append(
            Frame(
                timestamp: Timestamp(nanoseconds: Int64(row)), identifier: PackedID(identifier),
                payload: payload))
    }
    return batch
}

/// The values after each row of a batch of one message: the states and bits of the decoder after a
/// batch of that row alone, and the physical values of the records.
func byRecords(
    _ batch: borrowing FrameBatch, _ message: Message, _ live: inout LiveDecoder
) -> [[SignalValue]] {
    var rows: [[SignalValue]] = []
    var physical = [Double](repeating: .nan, count: message.signals.count)
    var one = FrameBatch(capacity: 1)
    for row in 0..<batch.count {
        one.removeAll()
        one.append(frameAt: row, of: batch)
        live.decode(one)
        if rows.isEmpty {
            // Of the message before, nothing stands here.
            let values = live.values(of: live.streams.count - 1)
            for place in 0..<values.count { physical[place] = values[place].physical }
        }
        for index in live.changes.indices {
            let record = live.changes[index]
            for place in 0..<8 where record.changed & 1 << UInt8(place) != 0 {
                physical[Int(record.firstPlace) + place] = record.physical[place]
            }
        }
        let values = live.values(of: live.streams.count - 1)
        rows.append(
            values.indices.map { place in
                var value = values[place]
                value.physical = physical[place]
                return value
            })
    }
    return rows
}

/// The values of each row of a batch, stamped with its row, as the columns have them; where they
/// have none, the state of ``DecodePlan/decode(_:ofMessage:into:)`` unless the signal is there.
func byColumns(
    _ batch: borrowing FrameBatch, _ plan: DecodePlan, _ decoder: inout ColumnDecoder
) -> [[SignalValue]] {
    decoder.decode(batch)
    var rows: [[SignalValue]] = []
    for row in 0..<batch.count {
        let index = plan.messageIndex(of: batch.rows[row].identifier)
        let decoded = index.map { values(batch.payloadBytes(at: row), ofMessage: $0, plan) } ?? []
        rows.append(decoded.map { $0.state.isPresent ? .unknown : $0 })
    }
    var scaled: [Double] = []
    for column in decoder.columns.indices {
        let place = decoder.columns[column].signal
        let times = decoder.timestamps(of: decoder.columns[column].block)
        if decoder.form == .raw { decoder.scale(column, into: &scaled) }
        for index in times.indices {
            var value = decoder.value(of: column, at: index)
            if decoder.form == .raw {
                value.rawBits = UInt64(bitPattern: decoder.raw(of: column)[index])
                value.physical = scaled[index]
            } else {
                value.physical = decoder.physical(of: column)[index]
            }
            rows[Int(times[index].nanoseconds)][place] = value
        }
    }
    return rows
}
