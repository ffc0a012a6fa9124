public import CANFrame

/// A bound of a time range, as a person gives it.
public enum TimeBound: Hashable, Sendable {
    case absolute(Timestamp)
    /// Nanoseconds after the log's first frame.
    case afterStart(Int64)

    /// The moment, in a log that starts at `start`.
    func timestamp(start: Timestamp) -> Timestamp {
        switch self {
        case .absolute(let timestamp): timestamp
        case .afterStart(let distance):
            Timestamp(nanoseconds: start.nanoseconds.addingClamped(distance))
        }
    }

    /// Whether the log's start must be known.
    var isRelative: Bool {
        if case .afterStart = self { true } else { false }
    }
}

/// Which frames of a log are wanted, before the log is known.
public struct LogSelection: Hashable, Sendable {
    /// Frames before this moment are left out.
    public var from: TimeBound?
    /// Frames after this moment are left out.
    public var to: TimeBound?
    /// If not empty, only frames that match one of these are wanted.
    public var only: [FrameSelection.Pattern] = []
    /// Frames that match one of these are not wanted.
    public var except: [FrameSelection.Pattern] = []
    /// If not empty, only frames of these interfaces are wanted.
    public var interfaces: [String] = []

    /// If not empty, only frames of the channels with these numbers are wanted.
    public var channels: [UInt8] = []
    /// Neither frame numbers nor events are wanted (``CANFrame/FrameSelection/isFramesOnly``).
    public var isFramesOnly = false

    /// All frames.
    public init() {}

    /// Whether the log's start must be known.
    public var needsStart: Bool { from?.isRelative == true || to?.isRelative == true }

    /// The selection in a log that starts at `start`.
    public func resolved(start: Timestamp) -> FrameSelection {
        var selection = FrameSelection()
        selection.from = from?.timestamp(start: start)
        selection.to = to?.timestamp(start: start)
        selection.only = only
        selection.except = except
        selection.interfaces = interfaces
        selection.channels = channels
        selection.isFramesOnly = isFramesOnly
        return selection
    }
}

extension Int64 {
    /// The sum, or the bound of 64 bits that it would pass.
    fileprivate func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}
