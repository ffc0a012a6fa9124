public import CANFrame
public import SignalDatabase

/// The wanted signals of one message from one sender on one interface.
public struct SignalStream: Sendable {
    /// The channel's number in the log, and the name of its interface.
    public var channel: UInt8
    public var interface: String
    /// Its database among those that are bound, and its message there.
    public var database: Int
    public var message: Int
    /// Of the first frame that carried it.
    public var identifier: PackedID
    /// The sender of a J1939 message.
    public var sourceAddress: UInt8?
    /// The wanted signals as places in the message, ascending.
    public var places: [Int]
}

/// One decoded frame: where its values lie in its batch.
public struct SignalRow: Sendable, BitwiseCopyable {
    /// An index into the reader's streams.
    public var stream: Int
    /// Bus time in nanoseconds since the log's first frame.
    public var time: Int64
    /// As the frame was stamped.
    public var timestamp: Timestamp
    public var identifier: PackedID
    /// Its first value.
    var firstValue: Int
}

/// A moment of a log that somebody marked, or at which frames are missing.
public struct LogMark: Sendable, Hashable {
    /// More are counted and not kept.
    static let limit = 1_000

    /// Bus time in nanoseconds since the log's first frame.
    public var time: Int64
    public var text: String
    /// Whether frames are missing here.
    public var isLoss: Bool

    public init(time: Int64, text: String, isLoss: Bool) {
        (self.time, self.text, self.isLoss) = (time, text, isLoss)
    }
}

/// Decoded frames in the order of the log: of each the values of its stream's wanted signals.
public struct SignalBatch: ~Copyable, Sendable {
    /// How many values are enough: a message may have thousands of signals.
    static let maximumValues = 65_536

    /// How many frames are decoded at once; reassembled messages come on top.
    let capacity: Int
    var storedRows: [SignalRow] = []
    var storedValues: [SignalValue] = []
    var storedChanges: [Bool] = []

    public init(capacity: Int = 2_048) {
        self.capacity = capacity
    }

    public var rows: Span<SignalRow> {
        @_lifetime(borrow self) borrowing get { storedRows.span }
    }

    /// The values of a row's wanted signals, in the order of its stream's places.
    @_lifetime(borrow self)
    public borrowing func values(of row: SignalRow, count: Int) -> Span<SignalValue> {
        storedValues.span.extracting(row.firstValue..<row.firstValue + count)
    }

    /// Which of these values are not what they were in the stream's frame before.
    @_lifetime(borrow self)
    public borrowing func changes(of row: SignalRow, count: Int) -> Span<Bool> {
        storedChanges.span.extracting(row.firstValue..<row.firstValue + count)
    }

    mutating func removeAll() {
        storedRows.removeAll(keepingCapacity: true)
        storedValues.removeAll(keepingCapacity: true)
        storedChanges.removeAll(keepingCapacity: true)
    }
}
