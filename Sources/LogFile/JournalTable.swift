/// A table of a fixed number of entries whose place is allocated once.
///
/// An array would ask at each of the writes per frame whether its storage is shared. Every index is
/// compared with the count, a constant; owned by one value, so it may change threads.
///
/// It stores no value of type `Entry`: Swift 6.3.1 skips the deinitializer of a noncopyable type that
/// has a field of a generic bitwise copyable type, and so leaked every table.
@safe
struct JournalTable<let count: Int, Entry: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
    private let entries: UnsafeMutablePointer<Entry>

    init(repeating initial: Entry) {
        unsafe entries = .allocate(capacity: count)
        unsafe entries.initialize(repeating: initial, count: count)
    }

    deinit { unsafe entries.deallocate() }

    /// Makes every entry the same.
    mutating func reset(to entry: Entry) {
        unsafe entries.update(repeating: entry, count: count)
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
