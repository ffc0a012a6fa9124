import CANFrame
import SignalDatabase
import TestBench
import Testing

@Suite("decoding batches")
struct BatchDecodingTests {
    @Test("gives with vectors what it gives signal by signal, to the last bit", arguments: 0..<60)
    func kernels(seed: UInt64) throws {
        var random = RandomDatabase(seed: seed)
        let plan = DecodePlan(database(random.text))
        var vector = LiveDecoder(plan, kernel: .vector)
        var scalar = LiveDecoder(plan, kernel: .scalar)
        for round in 0..<3 {
            let batch = random.batch(count: 400)
            let channel: UInt8? = round == 1 ? 0 : nil
            vector.decode(batch, channel: channel)
            scalar.decode(batch, channel: channel)
            let found = vector.changes.indices.map { Record(vector.changes[$0]) }
            let expected = scalar.changes.indices.map { Record(scalar.changes[$0]) }
            #expect(found == expected)
            #expect(vector.streams.count == scalar.streams.count)
            for stream in vector.streams.indices {
                #expect(values(of: stream, vector) == values(of: stream, scalar))
            }
            // Frame by frame and all at once go on from one another.
            let payload: [UInt8] = [1, 2, 3, UInt8(round), 0, 0, 0, 9]
            let identifier = try #require(ArbitrationID(standard: 1))
            let one = vector.decode(row(identifier, payload), longPayload: payload.span)
            #expect(one == scalar.decode(row(identifier, payload), longPayload: payload.span))
            let changed = vector.changedSignals.indices.map { vector.changedSignals[$0] }
            #expect(changed == scalar.changedSignals.indices.map { scalar.changedSignals[$0] })
        }
    }

    /// Of the row, what the records say so far of its stream is what a decoder of rows says.
    @Test("tells after each frame what a decoder of single frames tells", arguments: 0..<20)
    func rows(seed: UInt64) {
        var random = RandomDatabase(seed: seed &+ 1_000)
        let plan = DecodePlan(database(random.text))
        let batch = random.batch(count: 500)
        var batches = LiveDecoder(plan)
        batches.decode(batch)
        var rows = LiveDecoder(plan)
        var next = 0
        for index in 0..<batch.count {
            let stream = rows.decode(batch.rows[index], longPayload: batch.longPayload(at: index))
            var changed: [Int32] = []
            while next < batches.changes.count, batches.changes[next].row == index {
                let record = batches.changes[next]
                #expect(Int(record.stream) == stream)
                changed += (0..<8).filter { record.changed & 1 << $0 != 0 }.map {
                    Int32(record.firstPlace) + $0
                }
                let values = rows.values(of: Int(record.stream))
                for place in 0..<min(8, values.count - Int(record.firstPlace)) {
                    let value = values[Int(record.firstPlace) + place]
                    let bit: UInt8 = 1 << UInt8(place)
                    #expect(
                        record.physical[place].bitPattern == value.physical.bitPattern)
                    #expect((record.present & bit != 0) == value.state.isPresent)
                    #expect((record.valid & bit != 0) == (value.state == .valid))
                }
                next += 1
            }
            let single = rows.changedSignals.indices.map { rows.changedSignals[$0] }
            #expect(changed == single.sorted())
        }
        #expect(next == batches.changes.count)
    }

    /// The layout is that of `canlog_change`, of which the kernel fills an array.
    @Test("has records of 80 bytes, as the kernel writes them")
    func layout() {
        #expect(MemoryLayout<SignalChanges>.stride == 80)
        #expect(MemoryLayout<SignalChanges>.offset(of: \.changed) == 12)
        #expect(MemoryLayout<SignalChanges>.offset(of: \.physical) == 16)
        #expect(MemoryLayout<FrameRow>.stride == 24)
        #expect(MemoryLayout<FrameRow>.offset(of: \.identifier) == 8)
        #expect(MemoryLayout<FrameRow>.offset(of: \.channel) == 12)
        #expect(MemoryLayout<FrameRow>.offset(of: \.length) == 14)
        #expect(MemoryLayout<FrameRow>.offset(of: \.payloadWord) == 16)
    }

    private struct Record: Equatable {
        var numbers: [UInt64]

        init(_ changes: SignalChanges) {
            numbers =
                [
                    UInt64(changes.row), UInt64(changes.stream), UInt64(changes.firstPlace),
                    UInt64(changes.changed), UInt64(changes.present), UInt64(changes.valid),
                ]
                + changes.physical.indices.map { place in
                    // Of places without a signal nothing is said.
                    changes.present >> UInt8(place) & 1 == 0
                        ? 0 : changes.physical[place].bitPattern
                }
        }
    }

    private func values(of stream: Int, _ live: borrowing LiveDecoder) -> [SignalValue] {
        live.values(of: stream).indices.map { live.values(of: stream)[$0] }
    }
}
