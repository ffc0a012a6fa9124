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

    /// Two events before the first of three frames, one before the last, and one behind it; the numbers
    /// skip five behind the first.
    @Test("events and frames come in order of arrival, frames with their numbers")
    func arrivals() {
        let time = Timestamp(nanoseconds: 0)
        var batch = FrameBatch(capacity: 3)
        batch.firstFrameNumber = 10
        let frame = Frame(timestamp: time, identifier: PackedID(rawValue: 0x123), payload: [])
        batch.append(.tick, at: time)
        batch.append(.tick, at: time)
        batch.append(frame)
        batch.numberNext(as: 16)
        batch.append(frame)
        batch.append(.tick, at: time)
        batch.append(frame)
        batch.append(.tick, at: time)
        var cursor = ArrivalCursor()
        var arrivals: [ArrivalCursor.Arrival] = []
        while let next = cursor.next(in: batch) { arrivals.append(next) }
        #expect(
            arrivals == [
                .event(0), .event(1), .frame(0, number: 10), .frame(1, number: 16), .event(2),
                .frame(2, number: 17), .event(3),
            ])
        let none = cursor.next(in: batch)
        #expect(none == nil)
        var empty = ArrivalCursor()
        let nothing = empty.next(in: FrameBatch(capacity: 1))
        #expect(nothing == nil)
    }

    @Test("losses that a file claims add up to the greatest number at most")
    func lossSum() {
        var sum: UInt64 = 1 << 63
        sum.add(upToLimit: 5)
        #expect(sum == 9_223_372_036_854_775_813)
        sum.add(upToLimit: 1 << 63)
        #expect(sum == .max)
    }

    @Test("all stamps are rounded, of frames and of events")
    func truncated() {
        var batch = FrameBatch(capacity: 1)
        batch.append(.tick, at: Timestamp(nanoseconds: 1_999))
        batch.append(
            Frame(timestamp: Timestamp(nanoseconds: -1), identifier: PackedID(rawValue: 1)))
        batch.truncateStamps(to: 1_000)
        #expect(batch.events[0].timestamp == Timestamp(nanoseconds: 1_000))
        #expect(batch.rows[0].timestamp == Timestamp(nanoseconds: -1_000))
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
