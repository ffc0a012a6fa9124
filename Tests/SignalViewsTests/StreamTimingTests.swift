import CANFrame
import TestBench
import Testing

@testable import SignalViews

@Suite("when frames of one identifier come")
struct StreamTimingTests {
    /// Feeds times in milliseconds.
    private static func timing(_ milliseconds: [Double], cycle: Double = 0) -> StreamTiming {
        var timing = StreamTiming()
        for time in milliseconds {
            timing.add(
                Int64((time * 1e6).rounded()), interruption: 0, cycle: Int64(cycle * 1e6),
                keepsDistribution: true)
        }
        return timing
    }

    @Test("period and jitter are mean and standard deviation of the intervals")
    func meanAndDeviation() throws {
        // Intervals 10, 12, 8, 10: mean 10, sum of squares 8, divided by 3.
        let timing = Self.timing([0, 10, 22, 30, 40])
        #expect(timing.frames == 5)
        #expect(timing.period == 10e6)
        #expect(abs(try #require(timing.jitter) - (8.0 / 3).squareRoot() * 1e6) < 1)
        #expect(timing.shortest == 8_000_000)
        #expect(timing.longest == 12_000_000)
        #expect(timing.longestBegan == 10_000_000)
    }

    @Test("one frame has no period, two have no jitter")
    func fewFrames() {
        #expect(Self.timing([5]).period == nil)
        #expect(Self.timing([5]).recentPeriod == nil)
        #expect(Self.timing([5, 6]).jitter == nil)
        #expect(Self.timing([5, 6]).period == 1e6)
    }

    @Test("an interval in which something went missing is not counted as one")
    func interruption() {
        var timing = StreamTiming()
        for (time, interruption) in [(0, 0), (10, 0), (5_000, 1), (5_010, 1)] {
            timing.add(
                Int64(time) * 1_000_000, interruption: UInt32(interruption), cycle: 0,
                keepsDistribution: false)
        }
        #expect(timing.frames == 4)
        #expect(timing.intervals == 2)
        #expect(timing.interruptions == 1)
        #expect(timing.period == 10e6)
        #expect(timing.longest == 10_000_000)
    }

    @Test("percentiles of the deviation are those of all intervals sorted, to 3 % or 256 ns")
    func percentiles() throws {
        var numbers = SeededGenerator(seed: 7)
        var times: [Double] = [0]
        for _ in 0..<5_000 {
            let noise = Double(numbers.next() % 1_000_000) / 1e6
            times.append(times[times.count - 1] + 10 + noise * noise * noise * 4)
        }
        let timing = Self.timing(times)
        let stamps = times.map { Int64(($0 * 1e6).rounded()) }
        let intervals = zip(stamps.dropFirst(), stamps).map { Double($0 - $1) }
        let mean = intervals.reduce(0, +) / Double(intervals.count)
        let sorted = intervals.map { abs($0 - mean) }.sorted()
        for part in [0.5, 0.9, 0.99, 1] {
            let expected = sorted[Int((Double(sorted.count) * part).rounded(.up)) - 1]
            let found = try #require(timing.deviation(of: part))
            // The error is one of the distance to the reference, the median of the first intervals.
            #expect(abs(found - expected) < 0.04 * 4e6, "\(part): \(found), \(expected)")
        }
    }

    @Test("a stream is overdue after three cycle times, or three steady periods of its own")
    func overdue() {
        let steady = Self.timing([0, 10, 20, 30, 40])
        #expect(steady.silence(at: 69_000_000, cycle: 0) == nil)
        #expect(steady.silence(at: 71_000_000, cycle: 0) == 31_000_000)
        #expect(steady.silence(at: 71_000_000, cycle: 20_000_000) == nil)
        let once = Self.timing([0])
        #expect(once.silence(at: 301_000_000, cycle: 100_000_000) == 301_000_000)
        #expect(once.silence(at: 301_000_000, cycle: 0) == nil)
        // Sent on events: nobody can say when it should come.
        let unsteady = Self.timing([0, 1, 500, 510, 2_000])
        #expect(unsteady.silence(at: 60_000_000_000, cycle: 0) == nil)
    }

    @Test("intervals of more than one and a half cycle times are counted as late")
    func late() {
        #expect(Self.timing([0, 10, 24, 40, 50], cycle: 10).lateIntervals == 1)
    }
}
