import CANFrame
import Testing

@testable import Recording

@Suite("HeldFrames")
struct HeldFramesTests {
    private static let capacity = HeldFrames.pageCount * HeldFrames.pageCapacity

    @Test("the newest frames are kept, and those given up stand as a loss in their place")
    func newestKept() throws {
        var held = HeldFrames()
        var number: Int64 = 0
        while number < Int64(Self.capacity + 10) {
            held.append(batch(of: 1_000, from: &number), from: BatchPosition())
        }
        var next: Int64?
        var counted: UInt64 = 0
        while let page = held.takeOldest() {
            for index in page.events.indices {
                if case .loss(let loss) = page.events[index].kind {
                    #expect(loss.cause == .recorderMemory)
                    counted += loss.frames
                    next = Int64(counted)
                }
            }
            for index in 0..<page.count {
                let stamp = page.rows[index].timestamp.nanoseconds
                #expect(next.map { $0 == stamp } ?? true)
                next = stamp + 1
            }
        }
        #expect(next == number)
        #expect(counted == held.lost && counted > 0)
    }

    @Test("losses, links and markers of what is given up are carried over; ticks are not")
    func eventsCarried() {
        var held = HeldFrames()
        var first = FrameBatch(capacity: 1)
        let zero = Timestamp(nanoseconds: 0)
        first.append(.loss(Loss(cause: .socketBuffer, frames: 7)), at: zero, channel: 2)
        first.append(.tick, at: zero)
        first.append(.linkDown, at: zero, channel: 2)
        held.append(first, from: BatchPosition())
        var number: Int64 = 0
        while held.lost == 0 { held.append(batch(of: 4_096, from: &number), from: BatchPosition()) }
        guard let oldest = held.takeOldest() else { return #expect(Bool(false)) }
        let kinds = (0..<oldest.events.count).map { oldest.events[$0].kind }
        #expect(kinds.contains(.loss(Loss(cause: .socketBuffer, frames: 7))))
        #expect(kinds.contains(.linkDown))
        #expect(!kinds.contains(.tick))
    }

    @Test("giving up all counts every frame that is held")
    func givingUp() {
        var held = HeldFrames()
        var number: Int64 = 0
        held.append(batch(of: 100, from: &number), from: BatchPosition(row: 40, event: 0))
        let (frames, time) = held.giveUpAll()
        #expect(frames == 60)
        #expect(time == Timestamp(nanoseconds: 40))
        let left = held.frames
        #expect(left == 0)
    }

    private func batch(of count: Int, from number: inout Int64) -> FrameBatch {
        var batch = FrameBatch(capacity: count)
        for _ in 0..<count {
            batch.append(
                Frame(
                    timestamp: Timestamp(nanoseconds: number),
                    identifier: PackedID(rawValue: 0x123),
                    payload: [1, 2, 3]))
            number += 1
        }
        return batch
    }
}
