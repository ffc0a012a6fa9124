public import CANFrame

/// Writes one format of another tool.
///
/// It holds what it has not written yet and what it learnt, not the output: ``InterchangeWriter``
/// joins the two. What the format cannot hold is counted in ``unheld``.
public protocol InterchangeEncoder: Sendable {
    /// Writes all frames of `batch`, and of its events what the format holds, in order.
    mutating func write<Output: ByteSink & ~Copyable>(
        _ batch: borrowing FrameBatch, to output: inout Output
    ) throws(StreamError)
    /// Writes what was held back and completes the log, exactly once; the start of the output can
    /// only be written again if ``ByteSink/canOverwrite`` says so.
    mutating func finish<Output: ByteSink & ~Copyable>(
        to output: inout Output
    ) throws(StreamError)
    /// Later stamps have more digits than ``EncodingOptions/resolution`` promised; formats whose
    /// lines may differ write them from here on.
    mutating func widen(resolution: Int64, hasFDFBit: Bool)
    /// What was given and is not in the log.
    var unheld: UnheldContent { get }
}

extension InterchangeEncoder {
    public mutating func widen(resolution: Int64, hasFDFBit: Bool) {}
}

/// What an encoder has to know before the first frame.
public struct EncodingOptions: Sendable {
    /// No stamp is earlier; formats that count from a start count from here, rounded down as they
    /// need it. An earlier stamp is an error, never another time.
    public var start = Timestamp(nanoseconds: 0)
    /// The stamps are multiples of this many nanoseconds.
    public var resolution: Int64 = 1_000
    /// The program that writes, with its version, for formats that name it.
    public var program = "canlog"
    /// For formats that write dates without a zone.
    public var localClock = LocalClock.utc
    /// Where the log goes, for messages.
    public var place = "log"

    public init() {}

    /// What an encoder throws for a stamp before ``start``.
    func tooEarly(_ stamp: Timestamp) -> StreamError {
        StreamError(
            place: place,
            cause:
                "a frame is stamped \(stamp.nanoseconds) ns, before the log's start at \(start.nanoseconds) ns",
            remedy: "convert from a file, whose earliest stamp is looked up first")
    }
}

/// A log of another tool as a sink.
public struct InterchangeWriter<Output: ByteSink & ~Copyable>: FrameSink, ~Copyable {
    private var output: Output
    private var encoder: any InterchangeEncoder

    public init(_ output: consuming Output, _ encoder: any InterchangeEncoder) {
        self.output = output
        self.encoder = encoder
    }

    public mutating func write(_ batch: borrowing FrameBatch) throws(StreamError) {
        try encoder.write(batch, to: &output)
    }

    public mutating func finish() throws(StreamError) {
        try encoder.finish(to: &output)
    }

    /// Later stamps have more digits than was promised, or CAN FD flags other bits.
    public mutating func widen(resolution: Int64, hasFDFBit: Bool) {
        encoder.widen(resolution: resolution, hasFDFBit: hasFDFBit)
    }

    /// What was given and is not in the log.
    public var unheld: UnheldContent { encoder.unheld }

    /// Gives the output back, to be closed by its owner.
    public consuming func intoOutput() -> Output { output }
}
