import CANFrame
import Testing

@testable import Replaying

@Suite("The schedule of a replay")
struct ReplayScheduleTests {
    /// When each of `stamps` (ns) is due.
    private func due(
        _ stamps: [Int64], pace: ReplayPace = .factor(1), longestGap: Int64? = nil
    ) -> [Int64] {
        var schedule = ReplaySchedule(pace: pace, longestGap: longestGap)
        return stamps.map { schedule.due(Timestamp(nanoseconds: $0)) }
    }

    @Test("the first frame is due at once and the others at their distance from it")
    func distances() {
        let start: Int64 = 1_700_000_000_000_000_000
        #expect(due([start, start + 100, start + 1_000_000]) == [0, 100, 1_000_000])
    }

    @Test(
        "a speed divides all distances",
        arguments: [(2.0, [0, 500, 1500]), (0.5, [0, 2000, 6000]), (1.0, [0, 1000, 3000])])
    func speed(factor: Double, expected: [Int64]) {
        #expect(due([5, 1005, 3005], pace: .factor(factor)) == expected)
    }

    @Test("without a pace everything is due at once")
    func unlimited() {
        #expect(due([0, 1_000_000_000, 5_000_000_000], pace: .unlimited) == [0, 0, 0])
    }

    @Test("a frame stamped before the one it follows is due with it, and the next at its own time")
    func inversion() {
        #expect(due([0, 500, 400, 600]) == [0, 500, 500, 600])
    }

    @Test("a clock that steps back 300 s is a gap of zero, not a wait")
    func stepBack() {
        let back: Int64 = 300_000_000_000
        #expect(due([back, back + 100, 100, 300]) == [0, 100, 100, 300])
    }

    @Test("gaps longer than the limit become the limit, before the speed counts")
    func gaps() {
        let second: Int64 = 1_000_000_000
        let stamps = [0, second, 61 * second, 62 * second]
        #expect(due(stamps, longestGap: 2 * second) == [0, second, 3 * second, 4 * second])
        #expect(
            due(stamps, pace: .factor(2), longestGap: 2 * second)
                == [0, second / 2, 3 * second / 2, 2 * second])
    }

    @Test("with clock ties a step of real time while recording does not count")
    func ties() {
        var schedule = ReplaySchedule()
        func tie(real: Int64, monotonic: Int64) {
            schedule.note(
                BusEvent(
                    rowIndex: 0, timestamp: Timestamp(nanoseconds: real), channel: nil,
                    kind: .clockTie(ClockTie(monotonic: monotonic))))
        }
        let second: Int64 = 1_000_000_000
        tie(real: 1000 * second, monotonic: 5 * second)
        #expect(schedule.due(Timestamp(nanoseconds: 1000 * second)) == 0)
        #expect(schedule.due(Timestamp(nanoseconds: 1001 * second)) == second)
        // The wall clock was set two seconds ahead: real time jumps, the monotonic clock does not.
        tie(real: 1003 * second + second / 2, monotonic: 6 * second + second / 2)
        #expect(schedule.due(Timestamp(nanoseconds: 1004 * second)) == 2 * second)
        // And 3,600 s back.
        tie(real: 0, monotonic: 8 * second)
        #expect(schedule.due(Timestamp(nanoseconds: 0)) == 3 * second)
    }

    @Test("a second pass begins when the last frame of the first is due, and keeps the distances")
    func passes() {
        var schedule = ReplaySchedule()
        #expect(schedule.due(Timestamp(nanoseconds: 50)) == 0)
        #expect(schedule.due(Timestamp(nanoseconds: 150)) == 100)
        schedule.beginPass()
        #expect(schedule.due(Timestamp(nanoseconds: 50)) == 100)
        #expect(schedule.due(Timestamp(nanoseconds: 150)) == 200)
    }

    @Test(
        "stamps at the ends of what fits never trap and never go back",
        arguments: [0.001, 1.0, 1000.0])
    func hostile(factor: Double) {
        let places = due(
            [.min, .max, 0, .max, .min, 1 << 62, -(1 << 62), 0], pace: .factor(factor))
        #expect(places == places.sorted())
        #expect(places.allSatisfy { $0 >= 0 })
        let deadlines = ReplayDeadlines(start: .max - 5)
        #expect(deadlines.deadline(due: 1 << 62) == .max)
    }

    @Test("a pause moves what is to come and nothing ever moves it back")
    func postponing() {
        var deadlines = ReplayDeadlines(start: 1000)
        #expect(deadlines.deadline(due: 50) == 1050)
        deadlines.postpone(by: 300)
        #expect(deadlines.deadline(due: 50) == 1350)
        deadlines.postpone(by: -300)
        #expect(deadlines.deadline(due: 50) == 1350)
    }
}

@Suite("The histogram of gap errors")
struct GapErrorHistogramTests {
    @Test("percentiles are the nearest rank to less than 1 %, the maximum is exact")
    func percentiles() {
        var histogram = GapErrorHistogram()
        // A permutation of 1...10,000 µs: the p-th percentile of these is p * 10,000 µs.
        for step in 0..<10_000 {
            let value = Int64(step) * 7919 % 10_000 + 1
            histogram.record(step.isMultiple(of: 2) ? value * 1000 : -value * 1000)
        }
        #expect(histogram.count == 10_000)
        #expect(histogram.maximum == 10_000_000)
        for (fraction, exact) in [(0.5, 5_000_000.0), (0.9, 9_000_000), (0.99, 9_900_000)] {
            let found = Double(histogram.percentile(fraction))
            #expect(found >= exact && found <= exact * 1.008)
        }
        #expect(histogram.percentile(1) == 10_000_000)
    }

    @Test("values below 128 ns are exact", arguments: [Int64(0), 1, 63, 127, -127])
    func small(value: Int64) {
        var histogram = GapErrorHistogram()
        histogram.record(value)
        histogram.record(5_000)
        #expect(histogram.percentile(0.5) == abs(value))
    }

    @Test("the largest and smallest numbers are counted", arguments: [Int64.max, .min, 1 << 62])
    func extremes(value: Int64) {
        var histogram = GapErrorHistogram()
        histogram.record(value)
        #expect(histogram.percentile(0.99) == Int64(clamping: value.magnitude))
    }

    @Test("nothing counted is 0")
    func empty() {
        #expect(GapErrorHistogram().percentile(0.99) == 0)
    }
}
