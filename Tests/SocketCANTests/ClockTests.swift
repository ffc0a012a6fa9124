import CANFrame
import LocalFiles
import TestBench
import Testing

@testable import SocketCAN

@Suite("steps of the wall clock")
struct ClockTests {
    static let second: Int64 = 1_000_000_000

    /// Stamps of frames that arrive at these monotonic times, while real time is ahead by `offsets.0`
    /// before `step` and by `offsets.1` from then on.
    static func stamps(at times: [Int64], step: Int64, offsets: (Int64, Int64)) -> [Int64] {
        times.map { $0 + ($0 < step ? offsets.0 : offsets.1) }
    }

    @Test(
        "the first frame after a step is found among those of one drain",
        arguments: [2_000, -2_000, 3_600_000, -300_000, 20, -20], [0, 1, 5, 9, 10])
    func found(stepMilliseconds: Int64, place: Int) {
        // Ten frames, a millisecond apart, between two readings of the clocks.
        let start = 100 * Self.second
        let times = (1...10).map { start + Int64($0) * 1_000_000 }
        let step = place < 10 ? times[place] - 400_000 : times[9] + 400_000
        let offsets = (
            Int64(1_000) * Self.second, 1_000 * Self.second + stepMilliseconds * 1_000_000
        )
        let before = ClockReading(realTime: start + offsets.0, monotonic: start)
        let end = start + 11_000_000
        let after = ClockReading(realTime: end + offsets.1, monotonic: end)
        var watch = ClockWatch(at: before)
        var epoch = StampEpoch(at: before)
        let isStep = watch.look(at: after)
        #expect(isStep)
        epoch.expect(watch.epoch, from: after)
        var (carried, epochs) = ([Int64](), [Int]())
        for stamp in Self.stamps(at: times, step: step, offsets: offsets) {
            carried.append(epoch.monotonic(of: stamp))
            epochs.append(epoch.number)
        }
        #expect(carried == times)
        #expect(epochs == (0..<10).map { $0 < place ? 0 : 1 })
    }

    @Test(
        "after an empty socket, what comes is of the new time, however long the silence",
        arguments: [2, -2])
    func silence(stepSeconds: Int64) {
        let start = 100 * Self.second
        let before = ClockReading(realTime: start, monotonic: start)
        let seen = start + 100_000_000
        let after = ClockReading(realTime: seen + stepSeconds * Self.second, monotonic: seen)
        var epoch = StampEpoch(at: before)
        epoch.expect(1, from: after)
        epoch.noteEmpty(since: after)
        let arrival = seen + 5 * Self.second
        #expect(epoch.monotonic(of: arrival + stepSeconds * Self.second) == arrival)
        #expect(epoch.number == 1)
    }

    @Test("a millisecond of drift needs a tie, less does not")
    func drift() {
        var watch = ClockWatch(at: ClockReading(realTime: 0, monotonic: 0))
        let isStep = [11_000_000, 11_000_001].map {
            watch.look(at: ClockReading(realTime: $0, monotonic: 10_000_000))
        }
        #expect(isStep == [false, true])
        #expect(watch.needsTie(before: watch.epoch))
        watch.noteTie(watch.tied)
        #expect(!watch.needsTie(before: watch.epoch))
    }

    @Test("a controller's stamps are carried to real time by the smallest delay of late")
    func hardware() {
        var clock = HardwareClock()
        // The controller counts from 0 and the kernel stamps 1 ms late, at best 0.2 ms.
        let base = 500 * Self.second
        #expect(clock.realTime(of: 0, stamped: base + 1_000_000) == base + 1_000_000)
        #expect(
            clock.realTime(of: 10_000_000, stamped: base + 10_200_000) == base + 10_200_000)
        #expect(
            clock.realTime(of: 20_000_000, stamped: base + 21_000_000) == base + 20_200_000)
        // It was plugged in again and counts from 0.
        #expect(clock.realTime(of: 0, stamped: base + 9 * Self.second) == base + 9 * Self.second)
    }

    @Test(
        "frames keep their distance in bus time when the wall clock is stepped between them",
        .enabled(if: Requirement.bus.shouldRun, "no kernel with CAN"), arguments: [2, -2],
        ReceivePath.both)
    func stepped(seconds: Int, path: ReceivePath) throws {
        try withBenchNetwork(vcans: ["vcan0", "vcan1"]) {
            var source = try CANSource(.named(["vcan0", "vcan1"]), by: path)
            let first = try BenchSender("vcan0")
            let second = try BenchSender("vcan1")
            func send(_ numbers: Range<UInt64>) throws {
                for number in numbers {
                    try (number % 2 == 0)
                        ? first.sendNumbered(1, from: number) : second.sendNumbered(1, from: number)
                }
            }
            var captured = Captured()
            try captured.read(&source) { !$0.events.isEmpty }
            let start = HostClock.monotonic()
            try send(0..<6)
            try stepWallClock(by: seconds)
            defer { try? stepWallClock(by: -seconds) }
            try send(6..<12)
            try captured.read(&source) { $0.frameCount >= 12 }
            let end = HostClock.monotonic()
            try captured.finish(&source)

            #expect(captured.frames.map(CANSourceTests.number) == Array(0..<12))
            var timeline = BusTimeline()
            var times: [Int64] = []
            for item in captured.items {
                switch item {
                case .event(let event): timeline.note(event)
                case .frame(let frame): times.append(timeline.busTime(of: frame.timestamp))
                }
            }
            #expect(times == times.sorted())
            #expect(times[0] >= start - 1_000_000 && times[11] <= end + 1_000_000)
        }
    }
}
