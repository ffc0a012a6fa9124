/// Watches real time against monotonic time, and says when it was set.
struct ClockWatch {
    /// How far the two may drift apart before a new tie is needed, in nanoseconds.
    static let threshold: Int64 = 1_000_000

    /// The reading that the latest tie told, or has to tell.
    private(set) var tied: ClockReading
    /// The reading before which nothing is known to have changed.
    private(set) var latest: ClockReading
    /// Counts the steps.
    private(set) var epoch = 0
    /// The last epoch whose tie was told.
    private(set) var toldEpoch = 0

    init(at reading: ClockReading) {
        tied = reading
        latest = reading
    }

    /// Takes a reading; true if real time was set since the last tie.
    mutating func look(at reading: ClockReading) -> Bool {
        latest = reading
        guard (reading.offset - tied.offset).magnitude > UInt64(Self.threshold) else {
            return false
        }
        tied = reading
        epoch += 1
        return true
    }

    /// Whether rows of `epoch` need a tie before them.
    func needsTie(before epoch: Int) -> Bool { epoch > toldEpoch }

    /// Takes note that the tie of this reading was told.
    mutating func noteTie(_ reading: ClockReading) {
        tied = reading
        toldEpoch = epoch
    }
}

/// Carries a controller's own stamps to real time.
///
/// Controllers count from any moment on, on a crystal that drifts. The kernel's stamp is later than
/// the controller's by a delay that is never negative, so the smallest difference of the last second
/// or two is the best estimate of the distance between the two clocks.
struct HardwareClock {
    /// A difference that changed by this much is a clock that was set, not a delay.
    static let stepThreshold: Int64 = 100_000_000
    private static let window: Int64 = 1_000_000_000

    private var distance: Int64?
    private var smallest = Int64.max
    private var windowEnd = Int64.min

    /// The real time of the controller's stamp `hardware`, which the kernel stamped `software`.
    mutating func realTime(of hardware: Int64, stamped software: Int64) -> Int64 {
        let difference = software &- hardware
        guard let known = distance, (difference &- known).magnitude < Self.stepThreshold else {
            (distance, smallest) = (difference, difference)
            windowEnd = software &+ Self.window
            return software
        }
        smallest = min(smallest, difference)
        var distance = min(known, difference)
        if software >= windowEnd {
            distance = smallest
            smallest = difference
            windowEnd = software &+ Self.window
        }
        self.distance = distance
        return hardware &+ distance
    }
}
