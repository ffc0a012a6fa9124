import CANFrame
import Testing

@Suite("FrameBatch")
struct FrameBatchTests {
    @Test("a row has 24 bytes")
    func rowSize() {
        #expect(MemoryLayout<FrameRow>.size == 24)
        #expect(MemoryLayout<FrameRow>.stride == 24)
    }

    @Test("a frame comes out as it was put in", arguments: [0, 1, 7, 8, 9, 12, 20, 63, 64])
    func roundTrip(length: Int) throws {
        let identifier = try #require(ArbitrationID(extended: 0x18DA_F110))
        let frame = Frame(
            timestamp: Timestamp(nanoseconds: 1_700_000_000_123_456_789),
            identifier: PackedID(identifier), channel: 3, flags: .flexibleDataRate,
            payload: (0..<length).map { UInt8($0 + 1) })
        var batch = FrameBatch(capacity: 2)
        batch.append(frame)
        batch.append(frame)
        let (first, second) = (batch.frame(at: 0), batch.frame(at: 1))
        #expect(first == frame && second == frame)
        let isFull = batch.isFull
        #expect(isFull)
    }

    @Test("an inserted event stands before its row and behind the events already there")
    func insertedEvent() {
        var batch = FrameBatch(capacity: 4)
        batch.append(.tick, at: Timestamp(nanoseconds: 1))
        batch.append(Frame(timestamp: Timestamp(nanoseconds: 2), identifier: PackedID(rawValue: 1)))
        batch.append(.linkDown, at: Timestamp(nanoseconds: 3))
        batch.insert(
            BusEvent(rowIndex: 0, timestamp: Timestamp(nanoseconds: 1), channel: nil, kind: .linkUp)
        )
        let kinds = (0..<batch.events.count).map { batch.events[$0].kind }
        #expect(kinds == [.tick, .linkUp, .linkDown])
    }
}
