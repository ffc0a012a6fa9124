import CANFrame
import Testing

@testable import SignalViews

@Suite("counting what comes on the buses")
struct TrafficCounterTests {
    static let start: Int64 = 1_700_000_000_000_000_000

    static func stamp(_ milliseconds: Int64) -> Timestamp {
        Timestamp(nanoseconds: start + milliseconds * 1_000_000)
    }

    static func frame(_ id: UInt32, _ milliseconds: Int64, _ payload: [UInt8] = []) -> Frame {
        Frame(
            timestamp: stamp(milliseconds), identifier: PackedID(rawValue: id), payload: payload)
    }

    static let channel = BusEvent.Kind.channel(
        ChannelDescription(interface: "can0", bitRate: 500_000))

    @Test("identifiers are told apart by their kind and by their channel")
    func streams() {
        var batch = FrameBatch(capacity: 10)
        batch.append(Self.frame(0x123, 0))
        batch.append(Self.frame(0x8000_0123, 1))
        batch.append(Self.frame(0x4000_0123, 2))
        var other = Self.frame(0x123, 3)
        other.channel = 1
        batch.append(other)
        batch.append(Self.frame(0x123, 4))
        var counter = TrafficCounter()
        counter.take(batch)
        #expect(counter.streams.map(\.timing.frames) == [2, 1, 1, 1])
        #expect(counter.channels.map(\.frames) == [4, 1])
        #expect(counter.rowStreams == [0, 1, 2, 3, 0])
    }

    @Test("thousands of identifiers are found again, and more than the limit are counted together")
    func manyStreams() {
        var options = TrafficCounter.Options()
        options.maximumStreams = 5_000
        var counter = TrafficCounter(options)
        for round in 0..<2 {
            var batch = FrameBatch(capacity: 6_000)
            for id in 0..<6_000 {
                batch.append(Self.frame(0x8000_0000 | UInt32(id * 17), Int64(round * 10)))
            }
            counter.take(batch)
        }
        #expect(counter.streams.count == 5_000)
        #expect(counter.streams.allSatisfy { $0.timing.frames == 2 })
        #expect(counter.otherFrames == 2_000)
    }

    @Test("with clock ties a clock that is set makes no interval")
    func clockSet() {
        var batch = FrameBatch(capacity: 10)
        batch.append(Self.channel, at: Self.stamp(0), channel: 0)
        batch.append(.clockTie(ClockTie(monotonic: 5_000_000_000)), at: Self.stamp(0))
        batch.append(Self.frame(0x100, 10))
        batch.append(Self.frame(0x100, 20))
        // An hour back: 10 ms later the clock reads 30 ms less an hour.
        let hour: Int64 = 3_600_000
        batch.append(
            .clockTie(ClockTie(monotonic: 5_025_000_000)), at: Self.stamp(25 - hour))
        batch.append(Self.frame(0x100, 30 - hour))
        batch.append(Self.frame(0x100, 40 - hour))
        var counter = TrafficCounter()
        counter.take(batch)
        #expect(counter.streams[0].timing.period == 10e6)
        #expect(counter.streams[0].timing.longest == 10_000_000)
        #expect(counter.now == Self.start + 40_000_000)
        counter.advance(toMonotonic: 5_050_000_000)
        #expect(counter.now == Self.start + 50_000_000)
    }

    @Test("what comes before the first clock tie is of the same time as what comes behind it")
    func firstTie() {
        var batch = FrameBatch(capacity: 10)
        batch.append(Self.channel, at: Self.stamp(0), channel: 0)
        batch.append(.controllerState(.errorActive), at: Self.stamp(1), channel: 0)
        batch.append(Self.frame(0x100, 10))
        batch.append(.clockTie(ClockTie(monotonic: 7_000_000)), at: Self.stamp(15))
        batch.append(Self.frame(0x100, 20))
        var counter = TrafficCounter()
        // Whoever stops at the tie does not lose what it says.
        var place = BatchPlace()
        #expect(!counter.take(batch, from: &place, until: Self.start + 14_000_000))
        #expect(counter.take(batch, from: &place))
        #expect(counter.streams[0].timing.period == 10e6)
        #expect(counter.origin == Self.start + 1_000_000)
        #expect(counter.now == Self.start + 20_000_000)
        #expect(counter.clockSteps == 0)
    }

    @Test("without ties no interval is told over a clock that was set back")
    func stepWithoutTies() {
        var batch = FrameBatch(capacity: 10)
        for time: Int64 in [0, 10, 20, -300_000, -299_990] {
            batch.append(Self.frame(0x100, time))
        }
        var counter = TrafficCounter()
        counter.take(batch)
        #expect(counter.clockSteps == 1)
        #expect(counter.streams[0].timing.intervals == 3)
        #expect(counter.streams[0].timing.period == 10e6)
    }

    @Test("of a merged log without ties each recorder's clock is watched for itself")
    func stepOfOneRecorder() {
        var batch = FrameBatch(capacity: 20)
        for number in 0..<2 as Range<UInt8> {
            let description = ChannelDescription(interface: "can\(number)", recorder: 200 + number)
            batch.append(.channel(description), at: Self.stamp(0), channel: number)
        }
        // The first recorder's clock falls back by five minutes once, between 10 and 20 ms.
        for step in 0..<5 as Range<Int64> {
            batch.append(Self.frame(0x100, step < 2 ? step * 10 : step * 10 - 300_000))
            var other = Self.frame(0x200, step * 10 + 5)
            other.channel = 1
            batch.append(other)
        }
        var counter = TrafficCounter()
        counter.take(batch)
        #expect(counter.clockSteps == 1)
        #expect(counter.streams.map(\.timing.intervals) == [3, 4])
        #expect(counter.streams.map(\.timing.period) == [10e6, 10e6])
    }

    @Test("lost frames, a link that was down and a bus-off make no interval")
    func missing() {
        var batch = FrameBatch(capacity: 10)
        batch.append(Self.channel, at: Self.stamp(0), channel: 0)
        batch.append(Self.frame(0x100, 0))
        batch.append(.loss(Loss(cause: .socketBuffer, frames: 7)), at: Self.stamp(50), channel: 0)
        batch.append(Self.frame(0x100, 100))
        batch.append(.linkDown, at: Self.stamp(110), channel: 0)
        batch.append(.linkUp, at: Self.stamp(9_000), channel: 0)
        batch.append(Self.frame(0x100, 9_100))
        batch.append(.controllerState(.busOff), at: Self.stamp(9_150), channel: 0)
        batch.append(Self.frame(0x100, 12_000))
        batch.append(Self.frame(0x100, 12_010))
        batch.append(.loss(Loss(cause: .recorderMemory, frames: 2)), at: Self.stamp(12_011))
        batch.append(Self.frame(0x100, 13_000))
        var counter = TrafficCounter()
        counter.take(batch)
        #expect(counter.streams[0].timing.intervals == 1)
        #expect(counter.streams[0].timing.interruptions == 4)
        #expect(counter.streams[0].timing.period == 10e6)
        #expect(counter.channels[0].lost == 7)
        #expect(counter.lost == 2)
        #expect(counter.channels[0].state == .busOff)
    }

    @Test("error frames are counted by kind, and tell the controller's state")
    func errorFrames() {
        var batch = FrameBatch(capacity: 10)
        // linux/can/error.h: CAN_ERR_CRTL with CAN_ERR_CRTL_RX_PASSIVE; CAN_ERR_ACK; CAN_ERR_BUSERROR.
        batch.append(Self.frame(0x2000_0004, 0, [0, 0x10, 0, 0, 0, 0, 0, 0]))
        batch.append(Self.frame(0x2000_0020, 1, [0, 0, 0, 0, 0, 0, 0, 0]))
        batch.append(Self.frame(0x2000_00A0, 2, [0, 0, 0, 0, 0, 0, 0, 0]))
        var counter = TrafficCounter()
        counter.take(batch)
        #expect(counter.channels[0].errors.frames == 3)
        let counted = counter.channels[0].errors.counted.map { "\($0.name) \($0.count)" }
        #expect(counted.first == "no ack 2")
        #expect(counted.sorted() == ["bus error 1", "controller 1", "no ack 2"])
        #expect(counter.channels[0].state == .errorPassive)
        #expect(counter.streams.isEmpty)
    }

    @Test("load is the bits of ISO 11898-1, in the last second and at its peak")
    func load() {
        // A standard frame of 8 bytes has 47 + 64 = 111 bits, stuff bits left out.
        let bytes = [UInt8](repeating: 0, count: 8)
        var counter = TrafficCounter()
        var batch = FrameBatch(capacity: 1_000)
        for index: Int64 in 0..<1_000 { batch.append(Self.frame(0x100, index, bytes)) }
        counter.take(batch)
        let first = counter.channels[0].load.lastSecond(at: Self.start + 1_000_000_000)
        #expect(first.bits == 111_000)
        #expect(first.frames == 1_000)
        batch.removeAll()
        for index: Int64 in 0..<100 { batch.append(Self.frame(0x100, 1_000 + index * 10, bytes)) }
        counter.take(batch)
        counter.finish()
        let load = counter.channels[0].load
        #expect(load.bits == 1_100 * 111)
        #expect(load.peak == 1_000 * 111)
        #expect(load.slots == [111_000, 11_100])
        #expect(load.lastSecond(at: Self.start + 2_000_000_000).frames == 100)
        #expect(load.lastSecond(at: Self.start + 9_000_000_000).frames == 0)
    }

    @Test("a load of weeks keeps its sum in a bounded number of slots")
    func longLoad() {
        var load = BusLoad(origin: 0)
        for hour: Int64 in 0..<2_000 { load.add(100, at: hour * 3_600_000_000_000) }
        load.add(1, at: .max)
        #expect(load.slots.count <= BusLoad.maximumSlots)
        #expect(load.slots.reduce(0, +) == 200_001)
        #expect(load.peak == 100)
    }

    @Test("what comes up to a moment is taken, and the rest later, nothing twice")
    func paced() {
        var batch = FrameBatch(capacity: 10)
        batch.append(Self.channel, at: Self.stamp(0), channel: 0)
        batch.append(Self.frame(0x100, 0))
        batch.append(Self.frame(0x100, 10))
        batch.append(.loss(Loss(cause: .controller, frames: 3)), at: Self.stamp(15), channel: 0)
        batch.append(Self.frame(0x100, 20))
        var counter = TrafficCounter()
        var place = BatchPlace()
        #expect(!counter.take(batch, from: &place, until: .min))
        #expect(counter.nextTime == Self.start)
        #expect(!counter.take(batch, from: &place, until: Self.start + 12_000_000))
        #expect(counter.streams[0].timing.frames == 2)
        #expect(counter.channels[0].lost == 0)
        #expect(!counter.take(batch, from: &place, until: Self.start + 16_000_000))
        #expect(!counter.take(batch, from: &place, until: Self.start + 17_000_000))
        #expect(counter.channels[0].lost == 3)
        #expect(counter.take(batch, from: &place))
        #expect(counter.streams[0].timing.frames == 3)
    }
}
