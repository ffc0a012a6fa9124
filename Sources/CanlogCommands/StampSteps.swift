import CANFrame

/// How often the stamps of a log fell back by more than a moment, as after somebody set the clock, or in
/// a log whose lines were put in another order.
///
/// Bus time shows such a step as no time at all (``BusTimeline``), so that times of exchanges are not
/// those of the stamps from there on. With clock ties it does not: then nothing is counted.
struct StampSteps: Sendable {
    private(set) var count: UInt64 = 0
    /// The farthest step back, in nanoseconds.
    private(set) var greatest: Int64 = 0
    /// The first frame that was behind the one before it, by its number in the log.
    private(set) var firstFrame: UInt64?
    private var latest: Int64?
    private var hasTies = false

    mutating func take(_ batch: borrowing FrameBatch) {
        let (events, rows) = (batch.events, batch.rows)
        for index in events.indices {
            if case .clockTie = events[index].kind { hasTies = true }
        }
        guard !hasTies else { return }
        for index in rows.indices {
            let stamp = rows[index].timestamp.nanoseconds
            guard let newest = latest else {
                latest = stamp
                continue
            }
            let back = newest.subtractingReportingOverflow(stamp).partialValue
            if back > BusTimeline.stepThreshold {
                count += 1
                greatest = max(greatest, back)
                if firstFrame == nil { firstFrame = batch.firstFrameNumber &+ UInt64(index) }
                latest = stamp
            } else if back < 0 {
                latest = stamp
            }
        }
    }

    /// For people.
    var notices: [String] {
        guard let firstFrame else { return [] }
        let times = count == 1 ? "once" : "\(count) times"
        return [
            "the stamps went backwards \(times), at first at frame \(firstFrame), at most by "
                + "\(FigureText.seconds(greatest)): times are bus time, in which such a step takes none"
        ]
    }
}
