/// Real time and monotonic time read at one moment.
struct ClockReading: Hashable, Sendable {
    var realTime: Int64
    var monotonic: Int64
    /// What is added to monotonic time to give real time.
    var offset: Int64 { realTime &- monotonic }
}

/// Finds, in the stamps of one socket, the first that was taken after the wall clock was set.
///
/// Stamps are real time, so a step of the wall clock hides between two of them. It is found by
/// carrying each to monotonic time by the old and by the new offset: only one of the two lies
/// between the frame before it and the reading of the clocks that showed the step. Where both do (a
/// step that is shorter than a silence around it), a step forward counts as early and a step
/// backwards as late as it can: on a busy bus this is the exact place, on a quiet one the error is
/// no more than the step.
struct StampEpoch {
    /// How far stamps of one interface may be out of order; half of the smallest step.
    static let tolerance: Int64 = 500_000

    /// Which tie's offset carries the stamps: counts the steps.
    private(set) var number = 0
    private var offset: Int64
    /// The latest monotonic time at which a frame or an empty socket was seen.
    private var floor: Int64
    private var coming: (number: Int, offset: Int64, seenAt: Int64)?

    init(at reading: ClockReading) {
        offset = reading.offset
        floor = reading.monotonic
    }

    /// Whether a step was seen whose place among the stamps is not found yet.
    var isPassing: Bool { coming != nil }

    /// Takes note that a reading of the clocks showed a step.
    mutating func expect(_ number: Int, from reading: ClockReading) {
        coming = (number, reading.offset, reading.monotonic)
    }

    /// Takes note that the socket was empty, at this reading or after it.
    mutating func noteEmpty(since reading: ClockReading) {
        if let coming, coming.seenAt <= reading.monotonic { begin(coming.number, coming.offset) }
        floor = max(floor, reading.monotonic)
    }

    /// The monotonic time of a stamp; call in order of arrival.
    mutating func monotonic(of stamp: Int64) -> Int64 {
        if let coming, isAfterStep(stamp, coming.offset, coming.seenAt) {
            begin(coming.number, coming.offset)
        }
        let time = stamp &- offset
        floor = max(floor, time)
        return time
    }

    private mutating func begin(_ number: Int, _ offset: Int64) {
        self.number = number
        self.offset = offset
        coming = nil
    }

    private func isAfterStep(_ stamp: Int64, _ newOffset: Int64, _ seenAt: Int64) -> Bool {
        let (old, new) = (stamp &- offset, stamp &- newOffset)
        let couldBeOld = old >= floor - Self.tolerance && old <= seenAt + Self.tolerance
        let couldBeNew = new >= floor - Self.tolerance
        return couldBeOld ? couldBeNew && newOffset > offset : true
    }
}
