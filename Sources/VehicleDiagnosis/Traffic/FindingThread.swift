/// What one check of one subject remembers: whether its finding is open, and since when it is not
/// seen any more.
struct FindingThread: Sendable, BitwiseCopyable {
    private static let none: Int32 = -2

    /// The finding's place in the book, -1 of one that is not listed.
    private var index = Self.none
    private var lastSeen: Int64 = 0
    private var goodSince: Int64?

    var isOpen: Bool { index != Self.none }

    /// The violation was established.
    mutating func open(_ finding: Finding, in book: inout FindingBook) {
        index = book.open(finding).index
        lastSeen = finding.opened
        goodSince = nil
    }

    /// It was seen again.
    mutating func extend(at time: Int64, frame: UInt64?, in book: inout FindingBook) {
        book.extend(FindingBook.Place(index: index), at: time, frame: frame)
        lastSeen = time
        goodSince = nil
    }

    /// What was looked at is as it should be: after `clear` nanoseconds of that it is over, since the
    /// first of them.
    mutating func settle(at time: Int64, clear: Int64, in book: inout FindingBook) {
        guard isOpen else { return }
        let since = goodSince ?? time
        goodSince = since
        if time &- lastSeen >= clear { close(at: since, in: &book) }
    }

    /// It is over since `time`.
    mutating func close(at time: Int64, in book: inout FindingBook, text: String? = nil) {
        guard isOpen else { return }
        book.close(FindingBook.Place(index: index), at: time, text: text)
        index = Self.none
        goodSince = nil
    }

    /// Nothing has been seen for `clear` nanoseconds.
    mutating func expire(at time: Int64, clear: Int64, in book: inout FindingBook) {
        guard isOpen, time &- lastSeen >= clear else { return }
        close(at: lastSeen, in: &book)
    }
}
