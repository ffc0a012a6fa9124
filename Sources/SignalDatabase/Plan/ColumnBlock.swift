/// Frames of one stream of a batch that carry the same signals.
///
/// A stream has one block for the frames that are as long as its message, one for those of each
/// shorter length, and behind each of these one for each branch of a multiplexer that occurs, with
/// the frames that carry it.
public struct ColumnBlock: Sendable {
    public let stream: Int
    /// How many frames.
    public let count: Int
    /// Its columns, among those of the batch.
    public internal(set) var columns: Range<Int>
    /// Where its stamps and payloads begin, and how many words each payload takes.
    let firstTime: Int
    let firstWord: Int
    let stride: Int
}

/// One signal of the frames of a block.
public struct SignalColumn: Sendable {
    public let block: Int
    /// The signal's place in its message.
    public let signal: Int
    /// Whether its values may stand for something else than values (J1939 "not available"), which
    /// ``ColumnDecoder/value(of:at:)`` tells.
    public let hasStates: Bool
    /// How many bytes a raw value takes: 1, 2, 4 or 8.
    public let rawWidth: Int
    /// Where its values begin.
    let start: Int
}

/// Raw values of a column, each in as few bytes as the signal's length needs.
public struct RawColumn: ~Escapable {
    public let count: Int
    /// In bytes: 1, 2, 4 or 8.
    public let width: Int
    public let isSigned: Bool
    private let words: Span<UInt64>

    @_lifetime(copy words)
    init(_ words: Span<UInt64>, count: Int, width: Int, isSigned: Bool) {
        self.words = words
        (self.count, self.width, self.isSigned) = (count, width, isSigned)
    }

    /// The raw value of a frame, sign extended of a signed signal; of 64 bits without sign, and of
    /// floating-point signals, the bits.
    public subscript(index: Int) -> Int64 {
        precondition(index >= 0 && index < count, "the block has no such frame")
        let byte = index * width
        let word = words[byte >> 3] >> UInt64((byte & 7) * 8)
        let unused = UInt64(64 - width * 8)
        guard isSigned else { return Int64(bitPattern: (word << unused) >> unused) }
        return Int64(bitPattern: word << unused) >> Int64(unused)
    }
}
