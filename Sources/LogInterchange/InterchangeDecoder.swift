public import CANFrame

/// Reads one format of another tool, from the start of a log to its end.
///
/// It holds what it has read ahead and what it learnt, not the input: ``InterchangeReader`` joins
/// the two. Hostile input ends in gaps or in an error, never in a trap, a loop or a memory without
/// bound.
public protocol InterchangeDecoder: Sendable {
    /// Fills the emptied `batch` with what one stretch of input holds; waits as long as the input
    /// does.
    ///
    /// A channel is described before its first frame. What is faulty and can be passed over is
    /// counted in ``gaps`` and stands as a loss in the batch; what is not is thrown, and what ends
    /// the log early is the end: ``ReadingGaps/damage``.
    mutating func read<Input: ByteStream & ~Copyable>(
        from input: inout Input, into batch: inout FrameBatch
    ) throws(StreamError) -> ReadOutcome

    /// What could not be read so far.
    var gaps: ReadingGaps { get }
    /// All stamps so far are multiples of this many nanoseconds.
    var resolution: Int64 { get }
    /// Whether the flags of CAN FD frames had the bit `CANFD_FDF`; `nil` where the format has no
    /// such thing, or no such frame came yet.
    var hasFDFBit: Bool? { get }
}

extension InterchangeDecoder {
    public var hasFDFBit: Bool? { nil }
}

/// What of a log was not read.
public struct ReadingGaps: Sendable, Hashable {
    /// How many faulty lines or objects were passed over; each may have been a frame.
    public var skipped: UInt64 = 0
    /// The first of them, at most ten, with place and cause.
    public var firstSkipped: [StreamError] = []
    /// Lines or objects that the format allows and that are no frames of CAN: statistics, other
    /// buses, comments with a meaning. They are passed over and no loss.
    public var otherContent: UInt64 = 0
    /// The last line is whole but has no line end, so that it may have been cut.
    public var isLastLineOpen = false
    /// Why the log ends before its end; what precedes it was read.
    public var damage: StreamError?

    public init() {}

    /// Counts what was passed over.
    public mutating func skip(_ error: StreamError) {
        if firstSkipped.count < 10 { firstSkipped.append(error) }
        skipped += 1
    }
}

/// What to do with a line of a text log that cannot be understood.
public enum FaultPolicy: Sendable {
    /// End the reading with an error that names it.
    case stop
    /// Pass over it and count it as a loss.
    case skip
}

/// A log of another tool as a source, whatever its format and wherever its bytes come from.
public protocol InterchangeSource: FrameSource, ~Copyable {
    /// What could not be read so far.
    var gaps: ReadingGaps { get }
    /// All stamps so far are multiples of this many nanoseconds: a power of 10.
    var resolution: Int64 { get }
}

/// A log that is read from its start to its end.
public struct InterchangeReader<Input: ByteStream & ~Copyable>: InterchangeSource, ~Copyable {
    private var input: Input
    private var decoder: any InterchangeDecoder

    public init(_ input: consuming Input, _ decoder: any InterchangeDecoder) {
        self.input = input
        self.decoder = decoder
    }

    public mutating func read(
        into batch: inout FrameBatch, waiting limit: Duration
    ) throws(StreamError) -> ReadOutcome {
        try decoder.read(from: &input, into: &batch)
    }

    public var gaps: ReadingGaps {
        var gaps = decoder.gaps
        gaps.damage = gaps.damage ?? input.damage
        return gaps
    }
    public var resolution: Int64 { decoder.resolution }
    /// Whether the flags of CAN FD frames had the bit `CANFD_FDF`, where the format tells.
    public var hasFDFBit: Bool? { decoder.hasFDFBit }
}
