import CANFrame
import SignalDatabase
import Testing

@Suite("streams of a live decoder")
struct MessageStreamTests {
    private static let text = """
        BO_ 2364540158 EEC1: 8 X
         SG_ EngineSpeed : 24|16@1+ (0.125,0) [0|8031.875] "rpm" X
        BO_ 2147483651 Plain: 8 X
         SG_ P : 0|8@1+ (1,0) [0|0] "" X
        BO_ 16 Long: 12 X
         SG_ Near : 0|8@1+ (1,0) [0|0] "" X
         SG_ Far : 88|8@1+ (1,0) [0|0] "" X
        BA_DEF_ BO_ "VFrameFormat" ENUM "StandardCAN","ExtendedCAN","reserved","J1939PG";
        BA_ "VFrameFormat" BO_ 2364540158 3;
        """

    private static func packed(_ text: String) throws -> PackedID {
        PackedID(try #require(ArbitrationID(candump: text)))
    }

    @Test("are one for each source address of a J1939 message, whatever the priority")
    func sources() throws {
        var live = LiveDecoder(DecodePlan(database(Self.text)))
        func decode(_ identifier: String, _ speed: UInt8) throws -> Int? {
            let payload: [UInt8] = [0, 0, 0, 0, speed]
            return live.decode(payload.span, of: try Self.packed(identifier))
        }
        #expect(try decode("0CF00400", 1) == 0)
        #expect(try decode("0CF00403", 2) == 1)
        #expect(try decode("18F00400", 3) == 0)
        #expect(try decode("00000003", 4) == 2)
        #expect(try decode("0CF00500", 4) == nil)
        #expect((0..<3).map { live.streams[$0].sourceAddress } == [0, 3, nil])
        #expect((0..<3).map { live.streams[$0].message } == [0, 0, 1])
        #expect(
            (0..<3).map { live.streams[$0].identifier.description }
                == ["0CF00400", "0CF00403", "00000003"])
        // 0.125 rpm for each bit, the high byte of the speed is given.
        #expect(live.values(of: 0)[0].physical == 3 * 256 * 0.125)
        #expect(live.values(of: 1)[0].physical == 2 * 256 * 0.125)
    }

    @Test("beyond the maximum are refused and counted once, and the others go on")
    func refused() throws {
        var live = LiveDecoder(DecodePlan(database(Self.text)), maximumStreams: 2)
        let payload: [UInt8] = [1, 2, 3, 4, 5]
        for _ in 0..<2 {
            #expect(live.decode(payload.span, of: try Self.packed("0CF00400")) == 0)
            #expect(live.decode(payload.span, of: try Self.packed("0CF00401")) == 1)
            #expect(live.decode(payload.span, of: try Self.packed("0CF00402")) == nil)
            #expect(live.decode(payload.span, of: try Self.packed("18F00402")) == nil)
            #expect(live.decode(payload.span, of: try Self.packed("00000003")) == nil)
        }
        #expect(live.streams.count == 2)
        #expect(live.refusedStreams == 2)
    }

    @Test("of remote and error frames there are none")
    func noData() throws {
        var live = LiveDecoder(DecodePlan(database(Self.text)))
        let none: [UInt8] = []
        let plain = try #require(ArbitrationID(candump: "00000003"))
        #expect(live.decode(none.span, of: PackedID(plain, isRemote: true)) == nil)
        #expect(live.decode(none.span, of: PackedID(errorClass: 3)) == nil)
        #expect(live.streams.count == 0)
        #expect(live.decode(none.span, of: PackedID(plain)) == 0)
        #expect(live.values(of: 0)[0].state == .beyondFrame)
    }

    @Test("decode payloads that are longer or shorter than the message")
    func lengths() throws {
        var live = LiveDecoder(DecodePlan(database(Self.text)))
        func decode(_ identifier: String, count: Int) throws -> [SignalValue] {
            let payload = (0..<count).map { UInt8($0 + 1) }
            let stream = try #require(live.decode(payload.span, of: try Self.packed(identifier)))
            return live.values(of: stream).indices.map { live.values(of: stream)[$0] }
        }
        #expect(try decode("00000003", count: 64).map(\.physical) == [1])
        #expect(try decode("010", count: 64).map(\.physical) == [1, 12])
        #expect(live.changedSignals.count == 2)
        #expect(try decode("010", count: 11).map(\.state) == [.valid, .beyondFrame])
        #expect(live.changedSignals.count == 1)
        #expect(live.changedSignals[0] == 1)
        #expect(try decode("010", count: 3).map(\.state) == [.valid, .beyondFrame])
        #expect(live.changedSignals.count == 0)
    }

    @Test("hold their place when there are more identifiers than are remembered")
    func manyIdentifiers() throws {
        var live = LiveDecoder(DecodePlan(database(Self.text)))
        let payload: [UInt8] = [7]
        // Priorities and data pages of which none is a message, between those that are.
        for number in 0..<100_000 as Range<UInt32> {
            let other = try #require(ArbitrationID(extended: 0x0100_0000 + number * 16))
            #expect(live.decode(payload.span, of: PackedID(other)) == nil)
        }
        for source in (0..<256 as Range<UInt32>).reversed() {
            let identifier = try #require(ArbitrationID(extended: 0x0CF0_0400 + source))
            #expect(live.decode(payload.span, of: PackedID(identifier)) == 255 - Int(source))
        }
        #expect(live.decode(payload.span, of: try Self.packed("1CF004FF")) == 0)
        #expect(live.streams.count == 256)
    }
}
