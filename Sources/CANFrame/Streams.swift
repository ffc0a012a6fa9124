/// What a source had to give.
public enum ReadOutcome: Sendable, Hashable {
    /// The batch holds frames or events.
    case batch
    /// Nothing came within the limit; the source goes on.
    case idle
    /// There will be nothing more.
    case ended
}

/// Where frames come from: a bus, a log, another tool's file.
///
/// A channel's ``BusEvent/Kind/channel(_:)`` event comes before its first frame.
public protocol FrameSource: ~Copyable {
    /// Fills the emptied `batch`, waiting at most `limit` for the first frame.
    mutating func read(
        into batch: inout FrameBatch, waiting limit: Duration
    ) throws(StreamError) -> ReadOutcome
}

/// Where frames go: a log, a bus, another tool's file.
public protocol FrameSink: ~Copyable {
    /// Takes all frames and events of `batch`, in order.
    mutating func write(_ batch: borrowing FrameBatch) throws(StreamError)
    /// Completes the sink, exactly once; a deinitializer never writes.
    mutating func finish() throws(StreamError)
}

/// Bytes that can be read at any place: a file, or memory.
public protocol ByteSource: ~Copyable {
    /// How many bytes there are now; a file that is being written may grow.
    var byteCount: UInt64 { get }
    /// Fills `buffer` from `offset` on; leaves it shorter only where the bytes end.
    borrowing func read(
        at offset: UInt64, into buffer: inout OutputRawSpan
    ) throws(StreamError)
}

extension ByteSource where Self: ~Copyable {
    /// At most `count` bytes from `offset` on; fewer only where the bytes end.
    public borrowing func bytes(at offset: UInt64, count: Int) throws(StreamError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let filled = try read(at: offset, into: &bytes)
        bytes.removeLast(count - filled)
        return bytes
    }

    /// Fills `bytes` from `offset` on; the number filled is smaller only where the bytes end.
    public borrowing func read(
        at offset: UInt64, into bytes: inout [UInt8]
    ) throws(StreamError) -> Int {
        var failure: StreamError?
        // The output span covers exactly the array's memory, and the count it reports is its own.
        let filled = unsafe bytes.withUnsafeMutableBytes { memory in
            var output = unsafe OutputRawSpan(buffer: memory, initializedCount: 0)
            do throws(StreamError) { try read(at: offset, into: &output) } catch { failure = error }
            return unsafe output.finalize(for: memory)
        }
        if let failure { throw failure }
        return filled
    }
}

/// Where bytes are written one after another, and a few of them again at their place.
public protocol ByteSink: ~Copyable {
    /// How many bytes were appended so far.
    var byteCount: UInt64 { get }
    /// Whether ``overwrite(_:at:)`` works; a pipe cannot.
    var canOverwrite: Bool { get }
    /// Writes all of `bytes` at the end.
    mutating func append(_ bytes: Span<UInt8>) throws(StreamError)
    /// Replaces bytes that were appended before; the end stays where it is.
    mutating func overwrite(_ bytes: Span<UInt8>, at offset: UInt64) throws(StreamError)
}

extension ByteSink where Self: ~Copyable {
    /// True unless the sink says otherwise.
    public var canOverwrite: Bool { true }
}

/// What went wrong at a source or a sink, in the words that a person acts on.
public struct StreamError: Error, Hashable, Sendable {
    /// Where: a file with its byte or line, an interface.
    public var place: String
    /// What is wrong, with the numbers.
    public var cause: String
    /// What to do about it, if we know.
    public var remedy: String?

    public init(place: String, cause: String, remedy: String? = nil) {
        self.place = place
        self.cause = cause
        self.remedy = remedy
    }
}

extension StreamError: CustomStringConvertible {
    /// `place: cause; remedy`
    public var description: String {
        "\(place): \(cause)" + (remedy.map { "; \($0)" } ?? "")
    }
}
