public import CANFrame
import LocalFiles
public import LogFile

/// A `.canlog` file with its journal, to loop over its frames or to take columns of one identifier.
///
/// It may still be recorded: then each reading gives what is there by then. Nothing is lost in
/// silence: what cannot be read is thrown behind all that can.
public struct CANLog: Sendable {
    public let path: String
    /// Who, where and what.
    public let metadata: LogMetadata
    /// How the log ends.
    public let state: LogState
    /// What is in it: channels, identifiers with their counts, the time range, losses of the
    /// recording; counted without reading a frame.
    public let summary: LogSummary
    /// What of its structure cannot be read.
    public let damages: [LogDamage]

    private let file: CanlogFile

    /// Opens the log; its frames are read when they are asked for.
    public init(path: String) throws(StreamError) {
        file = CanlogFile(path)
        let reader = try file.reader()
        self.path = path
        metadata = reader.metadata
        state = reader.state
        summary = reader.summary
        damages = reader.damages
    }

    /// Lends the frames that are wanted to `body`, for a `for` loop, and gives what that returns.
    ///
    /// Throws what `body` throws; else why the log could not be read to its end, or, unless
    /// `acceptsDamage`, what of it could not be read, when all else was.
    public func read<Result>(
        _ wanted: LogSelection = LogSelection(), acceptsDamage: Bool = false,
        _ body: (LoggedFrames) throws -> Result
    ) throws -> Result {
        let frames = try LoggedFrames(frames(wanted, acceptsDamage: acceptsDamage))
        let result = try body(frames)
        try frames.check()
        return result
    }

    /// The frames that are wanted, one `next()` at a time.
    public func frames(
        _ wanted: LogSelection = LogSelection(), acceptsDamage: Bool = false
    ) throws(StreamError) -> FrameCursor {
        FrameCursor(
            try file.reader(wanted), losses: LossWatch(place: path, isAccepted: acceptsDamage))
    }

    /// Times and payloads of all data frames of one identifier, of `interface` if that is given.
    ///
    /// No other frames are decoded, so that this takes milliseconds in a log of hours.
    public func columns(
        of identifier: ArbitrationID, on interface: String? = nil, from: TimeBound? = nil,
        to: TimeBound? = nil, acceptsDamage: Bool = false
    ) throws(StreamError) -> FrameColumns {
        var wanted = LogSelection()
        wanted.interfaces = interface.map { [$0] } ?? []
        (wanted.from, wanted.to) = (from, to)
        return try columns(of: identifier, wanted, acceptsDamage: acceptsDamage)
    }

    /// The same, of the channel with this number.
    public func columns(
        of identifier: ArbitrationID, channel: UInt8, from: TimeBound? = nil,
        to: TimeBound? = nil, acceptsDamage: Bool = false
    ) throws(StreamError) -> FrameColumns {
        var wanted = LogSelection()
        wanted.channels = [channel]
        (wanted.from, wanted.to) = (from, to)
        return try columns(of: identifier, wanted, acceptsDamage: acceptsDamage)
    }

    private func columns(
        of identifier: ArbitrationID, _ selection: LogSelection, acceptsDamage: Bool
    ) throws(StreamError) -> FrameColumns {
        var wanted = selection
        wanted.only = [
            .identifiers(identifier.value...identifier.value, isExtended: identifier.isExtended)
        ]
        wanted.except = [.remoteFrames]
        wanted.isFramesOnly = true
        var losses = LossWatch(place: path, isAccepted: acceptsDamage)
        var reader = try file.reader(wanted)
        var columns = FrameColumns(of: identifier)
        columns.reserve(reader.summary)
        var batch = FrameBatch(capacity: 4_096)
        while try reader.read(into: &batch, waiting: .zero) != .ended {
            columns.append(batch)
            losses.note(batch)
        }
        columns.damages = reader.damages
        try losses.check(end: reader)
        return columns
    }
}
