public import CANFrame

/// How fast the time of the log passes.
public enum ReplayPace: Sendable, Hashable {
    /// 1 is the speed at which it was recorded, 2 twice that; greater than zero and finite.
    case factor(Double)
    /// Every frame as soon as the bus takes it.
    case unlimited
}

/// When each frame of a log is due, in nanoseconds since the first one: no clock, only the log.
///
/// The log's time is bus time (``BusTimeline``), so that a clock that was set while recording does
/// not matter. A frame stamped before the one it follows, because two interfaces were read one after
/// the other, is due together with it: order of arrival is kept.
public struct ReplaySchedule: Sendable {
    /// The latest a frame can be due: 146 years, so that a deadline always fits beside a clock.
    static let horizon: Int64 = 1 << 62

    private let pace: ReplayPace
    private let longestGap: Int64?
    private var timeline = BusTimeline()
    /// Subtracted from bus time, this gives the place in the replay before speed; set by the first frame.
    private var origin: Int64?
    /// The furthest place so far, in nanoseconds of the log's time.
    private var reached: Int64 = 0

    /// Gaps longer than `longestGap` nanoseconds of the log's time become that long.
    public init(pace: ReplayPace = .factor(1), longestGap: Int64? = nil) {
        if case .factor(let factor) = pace {
            precondition(factor > 0 && factor.isFinite, "a speed is greater than zero")
        }
        self.pace = pace
        self.longestGap = longestGap
    }

    /// Takes note of an event, since ties carry stamps over to bus time; call in order of arrival.
    public mutating func note(_ event: borrowing BusEvent) {
        timeline.note(event)
    }

    /// Begins the log again: its first frame is due with the last one of the pass before.
    public mutating func beginPass() {
        timeline = BusTimeline()
        origin = nil
    }

    /// When the next frame, stamped `timestamp` on its channel, is due; never before the frame it
    /// follows.
    public mutating func due(_ timestamp: Timestamp, channel: UInt8? = nil) -> Int64 {
        let busTime = timeline.busTime(of: timestamp, channel: channel)
        var place = origin.flatMap { Self.distance(from: $0, to: busTime) }
        if let known = place, known &- reached < -BusTimeline.stepThreshold { place = nil }
        if let known = place, let longestGap, known &- reached > longestGap {
            reached = reached &+ longestGap
            origin = busTime &- reached
        } else if let known = place {
            reached = max(reached, known)
        } else {
            // The first frame of a pass, or time stepped: a gap of zero.
            origin = busTime &- reached
        }
        reached = min(reached, Self.horizon)
        return scaled(reached)
    }

    private func scaled(_ place: Int64) -> Int64 {
        switch pace {
        case .unlimited: 0
        case .factor(1): place
        case .factor(let factor): Int64(min(Double(place) / factor, Double(Self.horizon)))
        }
    }

    /// `later - earlier`, or `nil` when that does not fit or lies beyond the horizon.
    private static func distance(from earlier: Int64, to later: Int64) -> Int64? {
        let (difference, overflow) = later.subtractingReportingOverflow(earlier)
        return overflow || difference.magnitude > horizon.magnitude ? nil : difference
    }
}

/// Turns "due since the start" into deadlines on a monotonic clock, and moves what is to come when
/// the replay had to wait for something.
public struct ReplayDeadlines: Sendable {
    /// The reading of the clock at which a frame due at 0 is to be sent.
    public private(set) var origin: Int64

    /// The first frame is due when the clock reads `start`.
    public init(start: Int64) {
        origin = start
    }

    /// When the clock is to read what for a frame that is due `due` nanoseconds after the start.
    @inlinable
    public func deadline(due: Int64) -> Int64 {
        let (sum, overflow) = origin.addingReportingOverflow(due)
        return overflow ? .max : sum
    }

    /// Moves all deadlines to come later by `nanoseconds`, for example by a pause; never earlier.
    public mutating func postpone(by nanoseconds: Int64) {
        let (sum, overflow) = origin.addingReportingOverflow(max(0, nanoseconds))
        origin = overflow ? .max : sum
    }
}
