import CANFrame

/// How one text format writes frames.
///
/// Concrete on purpose: the encoder around it is generic over where its bytes go.
protocol TextLogFormatter: Sendable {
    /// No line is longer; words are stored whole.
    static var longestLine: Int { get }
    /// What was given and cannot be written.
    var unheld: UnheldContent { get set }
    /// Takes note of what a channel stands for.
    mutating func describe(_ event: borrowing BusEvent)
    /// What stands before the first frame.
    mutating func header() -> [UInt8]
    /// What stands behind the last.
    var footer: [UInt8] { get }
    /// Later stamps are multiples of no more than this many nanoseconds.
    mutating func widen(resolution: Int64)
    /// Writes the line of the frame at `index` at `start` of `text`, which has room for
    /// ``longestLine``; gives the place behind it, or `start` if the frame cannot be written.
    mutating func format(
        _ batch: borrowing FrameBatch, at index: Int, into text: inout MutableRawSpan,
        at start: Int
    ) throws(StreamError) -> Int
}

/// Writes a text format in stretches of up to 64 KiB.
///
/// Of the events only the names of the interfaces are used; the others are counted as not held.
struct TextLogEncoder<Formatter: TextLogFormatter>: InterchangeEncoder {
    private var formatter: Formatter
    private var text = [UInt8](repeating: 0, count: 65_536)
    private var hasHeader = false

    init(_ formatter: Formatter) {
        self.formatter = formatter
    }

    var unheld: UnheldContent { formatter.unheld }

    mutating func widen(resolution: Int64, hasFDFBit: Bool) {
        formatter.widen(resolution: resolution)
    }

    mutating func write<Output: ByteSink & ~Copyable>(
        _ batch: borrowing FrameBatch, to output: inout Output
    ) throws(StreamError) {
        try begin(&output)
        formatter.unheld.countEvents(of: batch)
        for index in batch.events.indices {
            formatter.describe(batch.events[index])
        }
        var next = 0
        while next < batch.count {
            let count = try Self.format(batch, from: &next, by: &formatter, into: &text)
            try output.append(text.span.extracting(0..<count))
        }
    }

    mutating func finish<Output: ByteSink & ~Copyable>(
        to output: inout Output
    ) throws(StreamError) {
        try begin(&output)
        try output.append(formatter.footer.span)
    }

    private mutating func begin<Output: ByteSink & ~Copyable>(
        _ output: inout Output
    ) throws(StreamError) {
        guard !hasHeader else { return }
        hasHeader = true
        try output.append(formatter.header().span)
    }

    /// Writes as many lines as find room; gives how many characters they made.
    private static func format(
        _ batch: borrowing FrameBatch, from next: inout Int, by formatter: inout Formatter,
        into text: inout [UInt8]
    ) throws(StreamError) -> Int {
        var span = text.mutableSpan
        // Any bytes are good characters; nothing but bytes is stored.
        var output = unsafe span.mutableBytes
        let limit = output.byteCount - Formatter.longestLine
        let end = batch.count
        var position = 0
        while next < end && position <= limit {
            position = try formatter.format(batch, at: next, into: &output, at: position)
            next &+= 1
        }
        return position
    }
}
