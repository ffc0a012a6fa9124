/// Predicts the stamps of one stream from its own period and phase (LogFile.docc, Times).
///
/// A phase-locked loop in fixed point: phase and period have 8 bits behind the point. All arithmetic
/// is modulo 2^64, so that every input gives the same predictions everywhere.
struct PhasePredictor {
    /// How many predictors there are; they differ in how fast they follow.
    static let modeCount: UInt8 = 4
    /// After so many stamps the loop is taken as locked.
    private static let lockedCount = 12

    private var phase: Int64 = 0
    private var period: Int64 = 0
    private var last: Int64 = 0
    private var seen = 0
    private let slack: Int64
    private let phaseShift: Int64
    private let periodShift: Int64

    /// `mode` is below ``modeCount``; `unit` in nanoseconds, at least 1.
    init(mode: UInt8, unit: Int64) {
        // A stamp that is off by half a period and 200 µs is no jitter: the phase starts anew.
        slack = max(1, 200_000 / unit) << 8
        switch mode {
        case 0: (phaseShift, periodShift) = (3, 8)
        case 1: (phaseShift, periodShift) = (1, 6)
        case 2: (phaseShift, periodShift) = (5, 12)
        default: (phaseShift, periodShift) = (0, 3)
        }
    }

    /// What the next stamp is expected to be.
    @inline(__always)
    var prediction: Int64 { seen >= 2 ? (phase &+ period) &>> 8 : last }

    /// Takes the stamp that came.
    @inline(__always)
    mutating func learn(_ stamp: Int64) {
        let position = stamp &<< 8
        let error = position &- phase &- period
        let limit = (period &>> 1) &+ slack
        let isNear = error <= limit && error >= 0 &- limit
        if seen >= Self.lockedCount {
            phase = isNear ? phase &+ period &+ (error &>> phaseShift) : position
            period = isNear ? period &+ (error &>> periodShift) : period
        } else {
            learnEarly(stamp, position: position, error: error, isNear: isNear)
        }
        last = stamp
    }

    private mutating func learnEarly(
        _ stamp: Int64, position: Int64, error: Int64, isNear: Bool
    ) {
        switch seen {
        case 0: phase = position
        case 1:
            period = position &- (last &<< 8)
            phase = position
        default:
            if isNear {
                phase = phase &+ period &+ (error &>> 1)
                period = period &+ (error &>> 3)
            } else {
                phase = position
                if seen < 8, error > 0 { period = position &- (last &<< 8) }
            }
        }
        seen += 1
    }
}
