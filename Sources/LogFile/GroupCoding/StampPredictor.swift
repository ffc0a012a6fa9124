/// Predicts the stamps of one stream: from its leader if it has one, else from its own phase.
struct StampPredictor {
    private var own: PhasePredictor
    private var led: LeaderPredictor
    private let hasLeader: Bool

    /// `mode` is below ``PhasePredictor/modeCount``; `unit` in nanoseconds, at least 1.
    init(mode: UInt8, unit: Int64, hasLeader: Bool) {
        own = PhasePredictor(mode: mode, unit: unit)
        led = LeaderPredictor(unit: unit)
        self.hasLeader = hasLeader
    }

    /// What the next stamp is expected to be; `leader` is only looked at if there is one.
    @inline(__always)
    mutating func predict(leader: Span<Int64>) -> Int64 {
        hasLeader ? led.predict(own.prediction, leader: leader) : own.prediction
    }

    /// Takes the stamp that came.
    @inline(__always)
    mutating func learn(_ stamp: Int64, leader: Span<Int64>) {
        if hasLeader { led.learn(stamp, leader: leader) }
        own.learn(stamp)
    }
}

/// Predicts the stamps of a stream from the nearest stamp of another one, its leader.
///
/// Messages that a control unit sends in one burst share their jitter: the distance to the leader
/// changes less than the period.
struct LeaderPredictor {
    /// The leader's stamp that is nearest to what was expected.
    private var place = 0
    /// The distance to the leader, with 4 bits behind the point.
    private var distance: Int64 = 0
    private var isLocked = false
    private let stepLimit: Int64

    /// `unit` in nanoseconds, at least 1.
    init(unit: Int64) {
        stepLimit = max(4, 64_000 / unit)
    }

    /// What the next stamp is expected to be, when the stream's own phase expects `own`; `leader`
    /// holds all stamps of the leader, at least one.
    @inline(__always)
    mutating func predict(_ own: Int64, leader: Span<Int64>) -> Int64 {
        guard isLocked else { return own }
        let wanted = own &- (distance &>> 4)
        var best = Self.distance(leader[place], wanted)
        while place + 1 < leader.count {
            let next = Self.distance(leader[place + 1], wanted)
            if next > best { break }
            best = next
            place += 1
        }
        return leader[place] &+ (distance &>> 4)
    }

    /// Takes the stamp that came.
    @inline(__always)
    mutating func learn(_ stamp: Int64, leader: Span<Int64>) {
        if isLocked {
            let error = stamp &- leader[place] &- (distance &>> 4)
            distance = distance &+ max(0 &- stepLimit, min(stepLimit, error))
        } else {
            while place + 1 < leader.count, leader[place + 1] <= stamp { place += 1 }
            distance = (stamp &- leader[place]) &<< 4
            isLocked = true
        }
    }

    @inline(__always)
    private static func distance(_ left: Int64, _ right: Int64) -> UInt64 {
        let difference = left &- right
        return UInt64(bitPattern: difference < 0 ? 0 &- difference : difference)
    }
}
