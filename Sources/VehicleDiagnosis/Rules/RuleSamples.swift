import VehicleSpec

/// The values that an input had within a window that ends at its last sample, as runs of equal values.
///
/// The first run is the one that held when the window began. The others are in two parts: of the front
/// what they come to is stored with each run, of the back once for all, so that a run may leave at the
/// front and come at the back without looking at those between. Nothing is ever subtracted, so that
/// nothing drifts.
struct RuleSamples {
    private struct Run {
        var time: Int64
        var value: Double
        /// Of this run and those behind it in the front.
        var least = 0.0
        var greatest = 0.0
        var area = 0.0
    }

    private let length: Int64
    private var runs: [Run]
    /// Counted from the first run ever; the place in the ring is the rest by its size, a power of 2.
    private var head = 0
    private var last = -1
    /// The first run of the back.
    private var split = 1
    private var backLeast = 0.0
    private var backGreatest = 0.0
    private var backArea = 0.0
    /// When the last sample was.
    private var now: Int64 = 0
    private let capacity: Int

    init(_ window: RuleWindow) {
        length = window.length
        capacity = max(2, window.capacity)
        var size = 2
        while size < capacity { size *= 2 }
        runs = Array(repeating: Run(time: 0, value: 0), count: size)
    }

    @inline(__always)
    private func run(_ number: Int) -> Run { runs[number & (runs.count - 1)] }

    mutating func forget() {
        head = 0
        last = -1
        split = 1
    }

    /// Takes a sample; `isSame`: of the value of the last.
    mutating func take(_ value: Double, at time: Int64, isSame: Bool) {
        now = time
        if last < 0 || !isSame { append(value, at: time) }
        let start = time - length
        while head < last, run(head + 1).time <= start { dropFirst() }
    }

    private mutating func append(_ value: Double, at time: Int64) {
        if last - head + 1 == capacity { dropFirst() }
        let mask = runs.count - 1
        if last > head {
            let before = run(last)
            // The last run is always of the back, unless it is the first.
            backArea += before.value * Double(time - before.time)
            backLeast = min(backLeast, value)
            backGreatest = max(backGreatest, value)
        } else {
            (split, backArea, backLeast, backGreatest) = (last + 1, 0, value, value)
        }
        last += 1
        runs[last & mask] = Run(time: time, value: value)
    }

    private mutating func dropFirst() {
        head += 1
        if head >= last {
            split = last + 1
        } else if head + 1 > split {
            moveBackToFront()
        }
    }

    /// Stores with each run between the first and the last what it and those behind it come to.
    private mutating func moveBackToFront() {
        let mask = runs.count - 1
        var (least, greatest, area) = (Double.infinity, -Double.infinity, 0.0)
        var number = last - 1
        var end = run(last).time
        while number > head {
            let place = number & mask
            let value = runs[place].value
            least = min(least, value)
            greatest = max(greatest, value)
            area += value * Double(end - runs[place].time)
            end = runs[place].time
            (runs[place].least, runs[place].greatest, runs[place].area) = (least, greatest, area)
            number -= 1
        }
        split = last
        let value = run(last).value
        (backLeast, backGreatest, backArea) = (value, value, 0)
    }

    /// Whether a value was known when the window began.
    private var isFull: Bool { last >= 0 && run(head).time <= now - length }

    var least: Double {
        guard isFull else { return .nan }
        let first = run(head).value
        guard head < last else { return first }
        let back = min(first, backLeast)
        return head + 1 < split ? min(back, run(head + 1).least) : back
    }

    var greatest: Double {
        guard isFull else { return .nan }
        let first = run(head).value
        guard head < last else { return first }
        let back = max(first, backGreatest)
        return head + 1 < split ? max(back, run(head + 1).greatest) : back
    }

    /// The mean over time.
    var average: Double {
        guard isFull else { return .nan }
        let first = run(head)
        guard head < last else { return first.value }
        var area = first.value * Double(run(head + 1).time - (now - length))
        if head + 1 < split { area += run(head + 1).area }
        area += backArea
        area += run(last).value * Double(now - run(last).time)
        return area / Double(length)
    }

    /// What it grew by in a second.
    var rate: Double {
        guard isFull else { return .nan }
        return (run(last).value - run(head).value) / (Double(length) / 1e9)
    }
}
