/// Which predictor each stream of a group takes, and whose stamps lead its own
/// (LogFile.docc, Times). An encoder's choice: any other decodes as well.
struct LeaderChoice {
    /// What was chosen for a stream.
    struct Choice {
        var mode: UInt8 = 0
        var leader: Int?
    }

    /// A stream is read with the stamps of at most so many others.
    static let depthLimit = 4
    /// With more streams the counts of neighbours would take more memory than the group.
    private static let streamLimit = 512
    /// How many times as many frames a leader has at most: a more frequent one would make its
    /// followers slow to read alone.
    static let ratioLimit = 2
    /// Choosing looks at so many stamps of a stream.
    private static let sampleLimit = 2_048

    private let starts: [Int]
    private let unit: Int64
    private let log2: BinaryLogarithm
    private(set) var choices: [Choice]
    /// About what each stream takes without a leader.
    private var ownCosts: [Int]

    /// Chooses for the streams whose stamps lie in `times` from `starts` on; `arrival` are all slots
    /// in order of arrival.
    init(
        times: Span<Int64>, starts: [Int], arrival: Span<UInt32>, streamOfSlot: Span<UInt16>,
        unit: Int64, _ log2: BinaryLogarithm
    ) {
        let count = starts.count - 1
        self.starts = starts
        self.unit = unit
        self.log2 = log2
        choices = Array(repeating: Choice(), count: count)
        ownCosts = Array(repeating: 0, count: count)
        for stream in 0..<count { choosePredictor(stream, times) }
        guard count > 1, count <= Self.streamLimit else { return }
        let neighbours = Self.neighbours(arrival, streamOfSlot, count: count)
        var edges: [(gain: Int, follower: Int, leader: Int)] = []
        for stream in 0..<count {
            for leader in candidates(for: stream, neighbours.span) {
                let gain = gain(of: stream, behind: leader, times)
                if gain > 0 { edges.append((gain, stream, leader)) }
            }
        }
        edges.sort { $0.gain > $1.gain }
        for edge in edges { take(edge.follower, behind: edge.leader) }
    }

    private func frameCount(_ stream: Int) -> Int { starts[stream + 1] - starts[stream] }

    @_lifetime(copy times)
    private func sample(_ stream: Int, _ times: Span<Int64>) -> Span<Int64> {
        let count = min(frameCount(stream), Self.sampleLimit)
        return times.extracting(starts[stream]..<starts[stream] + count)
    }

    private mutating func choosePredictor(_ stream: Int, _ times: Span<Int64>) {
        var best = Int.max
        let empty = times.extracting(0..<0)
        let own = sample(stream, times)
        for mode in 0..<PhasePredictor.modeCount {
            let cost = TimeCoding.cost(of: own, leader: empty, mode: mode, unit: unit, log2)
            if cost < best {
                best = cost
                choices[stream].mode = mode
            }
        }
        ownCosts[stream] = best
    }

    private func gain(of stream: Int, behind leader: Int, _ times: Span<Int64>) -> Int {
        let own = sample(stream, times)
        let cost = TimeCoding.cost(
            of: own, leader: times.extracting(starts[leader]..<starts[leader + 1]), mode: 0,
            unit: unit, log2)
        return (ownCosts[stream] - cost) / own.count * frameCount(stream)
            - 16 * BinaryLogarithm.bit
    }

    /// How often each stream (column) is among the three different ones before a frame of each
    /// stream (row).
    private static func neighbours(
        _ arrival: Span<UInt32>, _ streamOfSlot: Span<UInt16>, count: Int
    ) -> [UInt32] {
        var counts = [UInt32](repeating: 0, count: count * count)
        var memory = counts.mutableSpan
        var (first, second, third) = (-1, -1, -1)
        for index in arrival.indices {
            let stream = Int(streamOfSlot[Int(arrival[index])])
            // The bundle leads nobody.
            guard stream < count else { continue }
            let row = stream * count
            if first >= 0 { memory[row + first] &+= 1 }
            if second >= 0, second != first { memory[row + second] &+= 1 }
            if third >= 0, third != second, third != first { memory[row + third] &+= 1 }
            (first, second, third) = (stream, first, second)
        }
        return counts
    }

    /// The three most frequent neighbours that may lead `stream`.
    private func candidates(for stream: Int, _ neighbours: Span<UInt32>) -> [Int] {
        let count = choices.count
        var best: [(count: Int, stream: Int)] = []
        for other in 0..<count where other != stream {
            let seen = Int(neighbours[stream * count + other])
            guard seen > 0, seen * 4 >= frameCount(stream) else { continue }
            if best.count == 3, seen <= best[2].count { continue }
            let place = best.firstIndex { seen > $0.count } ?? best.count
            best.insert((seen, other), at: place)
            if best.count > 3 { best.removeLast() }
        }
        return best.map(\.stream).filter {
            frameCount($0) <= frameCount(stream) * Self.ratioLimit
        }
    }

    private mutating func take(_ follower: Int, behind leader: Int) {
        guard choices[follower].leader == nil, !isBehind(leader, follower),
            depth(of: leader) + 1 + height(of: follower) <= Self.depthLimit
        else { return }
        choices[follower].leader = leader
        choices[follower].mode = 0
    }

    /// Whether `stream` follows `other`, maybe by others between.
    private func isBehind(_ stream: Int, _ other: Int) -> Bool {
        var next: Int? = stream
        while let current = next {
            if current == other { return true }
            next = choices[current].leader
        }
        return false
    }

    private func depth(of stream: Int) -> Int {
        var (next, depth) = (choices[stream].leader, 0)
        while let current = next { (next, depth) = (choices[current].leader, depth + 1) }
        return depth
    }

    /// The longest chain of followers behind `stream`.
    private func height(of stream: Int) -> Int {
        var height = 0
        for other in choices.indices {
            var (next, distance): (Int?, Int) = (other, 0)
            while let current = next, current != stream {
                (next, distance) = (choices[current].leader, distance + 1)
            }
            if next == stream { height = max(height, distance) }
        }
        return height
    }
}
