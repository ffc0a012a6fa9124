public import CANFrame

/// What a log says about its own end.
public enum LogState: Hashable, Sendable {
    /// Closed in order: everything is there.
    case closed
    /// Written to something that cannot be overwritten, and whole: its footer is there.
    case streamed
    /// A live writer goes on; what is read is what there was.
    case recording
    /// The writer ended without closing; the rest was read from the journal.
    case recovered
    /// The writer ended without closing and the journal is not there: frames after this moment are
    /// missing (`nil`: all of them).
    case journalMissing(from: Timestamp?)
    /// The file is shorter than it was when it was closed, or lacks its footer.
    case truncated
}

/// A stretch of a log that cannot be read, and what is lost with it.
public struct LogDamage: Hashable, Sendable {
    /// What is wrong.
    public var error: LogError
    /// Bytes from the start of the file, or of the journal segment.
    public var bytes: Range<UInt64>
    /// The ordinal of the journal segment, or `nil` for the log itself.
    public var segment: Int?
    /// How many frames are lost with it; `nil` where nothing left in the file tells.
    public var frames: UInt64?
    /// How many events are lost with it, as far as it is known.
    public var events: UInt64
    /// The first and the last stamp in it, or of the frames around it.
    public var from: Timestamp?
    public var to: Timestamp?
    /// The number of the first frame that is lost, where it is known.
    public var firstFrame: UInt64?

    init(
        _ error: LogError, bytes: Range<UInt64>, segment: Int? = nil, frames: UInt64? = 0,
        events: UInt64 = 0, from: Timestamp? = nil, to: Timestamp? = nil, firstFrame: UInt64? = nil
    ) {
        self.error = error
        self.bytes = bytes
        self.segment = segment
        self.frames = frames
        self.events = events
        self.from = from
        self.to = to
        self.firstFrame = firstFrame
    }
}

extension LogDamage: CustomStringConvertible {
    /// One line: where, why, how much is lost.
    public var description: String {
        let place = segment.map { "journal segment \($0): " } ?? ""
        let count = frames.map { $0.counting("frame") } ?? "an unknown number of frames"
        return "\(place)\(error) (bytes \(bytes.lowerBound) to \(bytes.upperBound), \(count) lost)"
    }
}
