import CANFrame

/// The latest frames of identifiers that may turn out to be a tester's or a control unit's, so that
/// their first exchange is not lost. Memory is bounded: the oldest are forgotten.
struct CandidateFrames: Sendable {
    struct Entry: Sendable {
        var row: FrameRow
        var longPayload: [UInt8]
        var number: UInt64
        var time: Int64
    }

    static let capacity = 512

    private var entries: [Entry] = []
    private var next = 0

    mutating func add(_ row: FrameRow, _ longPayload: Span<UInt8>, number: UInt64, at time: Int64) {
        let entry = Entry(
            row: row, longPayload: row.isShort ? [] : Array(copying: longPayload), number: number,
            time: time)
        if entries.count < Self.capacity {
            entries.append(entry)
        } else {
            entries[next] = entry
        }
        next = (next + 1) % Self.capacity
    }

    /// The frames of these identifiers on a channel since `time`, in order of arrival.
    func frames(of identifiers: [PackedID], channel: UInt8, since time: Int64) -> [Entry] {
        let start = entries.count < Self.capacity ? 0 : next
        return entries.indices.lazy.map { entries[(start + $0) % entries.count] }.filter {
            $0.row.channel == channel && $0.time >= time && identifiers.contains($0.row.identifier)
        }
    }
}

/// How much the frames of an identifier so far speak for conversations.
struct CandidateTrust: Sendable {
    /// Rises with each frame that fits, and falls deep with each that does not.
    private var points: Int8 = 0

    /// Judges one more frame by what it looks like; `nil` where it does not fit, or too many did not.
    mutating func take(_ glance: FrameGlance?, needsEvenPadding: Bool) -> FrameGlance? {
        guard let glance, glance.head.map({ $0.isRequest || $0.isAnswer }) ?? true,
            glance.isEvenlyPadded || !needsEvenPadding
        else {
            points = max(-112, points) - 16
            return nil
        }
        if glance.head != nil { points = min(7, points) + 1 }
        return points >= 0 ? glance : nil
    }
}
