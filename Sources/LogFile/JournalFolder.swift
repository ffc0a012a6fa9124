public import CANFrame

/// Where the journal segments of a log are: files, or memory in tests.
public struct JournalFolder<File: ByteSource & ~Copyable> {
    /// The ordinals of the segments that are there, ascending: the N of `NAME.canlog.journal-N`.
    public var ordinals: [Int]
    /// Opens a segment; `nil` when it is not there, or no longer, because its group was written.
    public var open: (Int) throws(StreamError) -> File?

    public init(ordinals: [Int], open: @escaping (Int) throws(StreamError) -> File?) {
        self.ordinals = ordinals.sorted()
        self.open = open
    }

    /// No journal at all.
    public static var none: Self { Self(ordinals: []) { (_) throws(StreamError) in nil } }
}
