import CANFrame
import SignalDatabase
import TestBench
import Testing

@Suite("decoding to columns")
struct ColumnDecoderTests {
    /// A plan decodes payloads one by one; a slow reference checks that in ``SignalBitsTests``.
    @Test(
        "gives each frame the values that it has by itself, to the last bit",
        arguments: [ColumnDecoder.Form.physical, .raw], [DecodeKernel.vector, .scalar])
    func random(form: ColumnDecoder.Form, kernel: DecodeKernel) {
        for seed in 0..<30 as Range<UInt64> {
            var random = RandomDatabase(seed: seed)
            let plan = DecodePlan(database(random.text))
            var decoder = ColumnDecoder(plan, form: form, kernel: kernel)
            for _ in 0..<3 {
                let batch = random.batch(count: 500)
                let rows = byColumns(batch, plan, &decoder)
                for row in 0..<batch.count {
                    let index = plan.messageIndex(of: batch.rows[row].identifier)
                    let expected = index.map {
                        values(batch.payloadBytes(at: row), ofMessage: $0, plan)
                    }
                    #expect(rows[row].map(Bits.init) == (expected ?? []).map(Bits.init))
                }
                #expect(decoder.blocks.indices.reduce(0) { $0 + decoder.blocks[$1].count } > 0)
            }
        }
    }

    /// NaN is equal to itself, and 0 is not -0.
    private struct Bits: Equatable {
        var raw: UInt64
        var physical: UInt64
        var state: SignalState

        init(_ value: SignalValue) {
            (raw, physical, state) = (value.rawBits, value.physical.bitPattern, value.state)
        }
    }

    private static let text = """
        BO_ 1 M: 8 X
         SG_ Mux M : 0|8@1+ (1,0) [0|0] "" X
         SG_ A m1 : 8|8@1+ (1,0) [0|0] "" X
         SG_ B m2 : 8|16@1- (0.5,1) [0|0] "" X
         SG_ Always : 32|8@1+ (1,0) [0|0] "" X
        BO_ 2 Wide: 8 X
         SG_ W : 0|64@1+ (1,0) [0|0] "" X
         SG_ Signed : 0|64@1- (1,0) [0|0] "" X
        """

    private func batch(_ frames: [(UInt32, [UInt8])]) throws -> FrameBatch {
        var batch = FrameBatch(capacity: frames.count)
        for (row, frame) in frames.enumerated() {
            let identifier = try #require(ArbitrationID(standard: frame.0))
            batch.append(
                Frame(
                    timestamp: Timestamp(nanoseconds: Int64(row) * 10),
                    identifier: PackedID(identifier), channel: UInt8(row & 1), payload: frame.1))
        }
        return batch
    }

    /// Columns as text: message.signal, then stamp=value.
    private func columns(_ decoder: borrowing ColumnDecoder) -> [String] {
        decoder.columns.indices.map { index in
            let column = decoder.columns[index]
            let times = decoder.timestamps(of: column.block)
            let message = decoder.streams[decoder.blocks[column.block].stream].message
            let values = decoder.physical(of: index)
            let texts = values.indices.map { "\(times[$0].nanoseconds)=\(values[$0])" }
            return "\(message).\(column.signal) " + texts.joined(separator: " ")
        }
    }

    @Test("compacts the branches of a multiplexer, and an unknown value hides its branch only")
    func branches() throws {
        var decoder = ColumnDecoder(DecodePlan(database(Self.text)))
        decoder.decode(
            try batch([
                (1, [1, 7, 0, 0, 50]), (1, [2, 0xFF, 0xFF, 0, 51]), (1, [9, 1, 1, 1, 52]),
                (1, [1, 8, 0, 0, 53]),
            ]))
        #expect(
            columns(decoder) == [
                "0.0 0=1.0 10=2.0 20=9.0 30=1.0", "0.3 0=50.0 10=51.0 20=52.0 30=53.0",
                "0.1 0=7.0 30=8.0", "0.2 10=0.5",
            ])
    }

    @Test("finds room for a stream that was rare and becomes frequent, and for the way back")
    func changingShares() throws {
        var decoder = ColumnDecoder(DecodePlan(database(Self.text)))
        for (first, second) in [(1, 60), (60, 1), (0, 300), (300, 0), (9, 9), (1, 0)] {
            let frames =
                (0..<first).map { (UInt32(1), [UInt8(0), 0, 0, 0, UInt8(truncatingIfNeeded: $0)]) }
                + (0..<second).map { (2, [UInt8(truncatingIfNeeded: $0), 1, 0, 0, 0, 0, 0, 0]) }
            // Other rooms than the batch before needed, the streams in turn.
            decoder.decode(try batch(frames))
            let counts = decoder.blocks.indices.map { decoder.blocks[$0].count }
            #expect(counts.reduce(0, +) == first + second)
            for index in decoder.columns.indices {
                let column = decoder.columns[index]
                let message = decoder.streams[decoder.blocks[column.block].stream].message
                let values = decoder.physical(of: index)
                let times = decoder.timestamps(of: column.block)
                for place in values.indices where message == 1 && column.signal == 0 {
                    #expect(values[place] == Double(256 + place % 256))
                    #expect(times[place].nanoseconds == Int64(first + place) * 10)
                }
            }
        }
    }

    @Test("puts frames that end early into blocks of their own, without what they do not carry")
    func shortFrames() throws {
        var decoder = ColumnDecoder(DecodePlan(database(Self.text)))
        decoder.decode(
            try batch([
                (1, [1, 7]), (1, [1, 7, 0, 0, 50, 0, 0, 0]), (1, [2, 7]), (1, []), (1, [1, 9]),
                (3, [1]),
            ]))
        #expect(
            Set(columns(decoder)) == [
                "0.0 10=1.0", "0.3 10=50.0", "0.1 10=7.0", "0.0 0=1.0 20=2.0 40=1.0",
                "0.1 0=7.0 40=9.0",
            ])
    }

    @Test("keeps integers of 64 bits exact beside their rounded physical values")
    func wide() throws {
        var decoder = ColumnDecoder(DecodePlan(database(Self.text)), form: .raw)
        let frames = try batch([(2, [1, 0, 0, 0, 0, 0, 0, 0x80])])
        decoder.decode(frames)
        #expect(decoder.raw(of: 0)[0] == Int64(bitPattern: 0x8000_0000_0000_0001))
        #expect(decoder.raw(of: 1)[0] == Int64.min + 1)
        #expect(decoder.value(of: 0, at: 0).rawBits == 0x8000_0000_0000_0001)
        var scaled: [Double] = []
        decoder.scale(0, into: &scaled)
        #expect(scaled[0] == 0x1p63)
        decoder.scale(1, into: &scaled)
        #expect(scaled[0] == -0x1p63)
    }

    @Test("takes the frames of one channel, and refuses streams beyond the maximum")
    func channels() throws {
        let plan = DecodePlan(database(Self.text))
        var decoder = ColumnDecoder(plan, maximumStreams: 1)
        let frames = try batch([(1, [9]), (1, [8]), (2, [1])])
        decoder.decode(frames, channel: 1)
        #expect(columns(decoder) == ["0.0 10=8.0"])
        decoder.decode(frames)
        #expect(columns(decoder) == ["0.0 0=9.0 10=8.0"])
        #expect(decoder.refusedStreams == 1)
    }
}
