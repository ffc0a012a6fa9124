/// A table of a fixed number of entries whose place is allocated once.
///
/// An array would ask at each of the five writes per frame whether its storage is shared. Every
/// index is compared with the count; owned by one value, so it may change threads.
@safe
struct JournalTable<Entry: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
    private let entries: UnsafeMutablePointer<Entry>
    let count: Int
    private let initial: Entry

    init(repeating initial: Entry, count: Int) {
        self.count = count
        self.initial = initial
        unsafe entries = .allocate(capacity: count)
        unsafe entries.initialize(repeating: initial, count: count)
    }

    deinit { unsafe entries.deallocate() }

    /// Makes every entry what it was at first.
    mutating func reset() {
        unsafe entries.update(repeating: initial, count: count)
    }

    subscript(index: Int) -> Entry {
        @inline(__always)
        get {
            // One comparison covers both ends: a negative index is a huge unsigned one.
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return unsafe entries[index]
        }
        @inline(__always)
        _modify {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            yield unsafe &entries[index]
        }
    }
}
