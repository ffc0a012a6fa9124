/// Finds what has a name by the bytes that the name is written with, without making a text of it.
///
/// Names belong to a scope, such as those of signals to their message. One name may stand for
/// several things, in the order in which they came.
struct DBCNameTable {
    private struct Entry {
        var hash: Int
        var start: Int
        var count: Int
        var scope: Int
        var value: Int
        /// The entry of the next thing of the same name and scope, -1 for none.
        var next = -1
        /// Of the first of a name: the last of it; of others -1.
        var last = -1
    }

    private var entries: [Entry] = []
    /// Indices of entries that are the first of their name, -1 for none; a power of two.
    private var slots: [Int] = Array(repeating: -1, count: 64)

    mutating func insert(_ name: Range<Int>, in bytes: [UInt8], scope: Int = 0, value: Int) {
        if entries.count * 2 >= slots.count { grow() }
        let hash = Self.hash(name, bytes, scope)
        let slot = slot(of: name, bytes, scope, hash)
        let index = entries.count
        entries.append(
            Entry(
                hash: hash, start: name.lowerBound, count: name.count, scope: scope, value: value))
        let first = slots[slot]
        if first < 0 {
            slots[slot] = index
            entries[index].last = index
        } else {
            entries[entries[first].last].next = index
            entries[first].last = index
        }
    }

    /// The first that has the name.
    func first(_ name: Range<Int>, in bytes: [UInt8], scope: Int = 0) -> Int? {
        let entry = slots[slot(of: name, bytes, scope, Self.hash(name, bytes, scope))]
        return entry < 0 ? nil : entries[entry].value
    }

    /// All that have the name, up to ``DBCIndex/maximumNamesakes``.
    func all(_ name: Range<Int>, in bytes: [UInt8], scope: Int = 0) -> OneOrMore<Int>? {
        let entry = slots[slot(of: name, bytes, scope, Self.hash(name, bytes, scope))]
        guard entry >= 0 else { return nil }
        var found = OneOrMore(entries[entry].value)
        var next = entries[entry].next
        while next >= 0, found.count < DBCIndex.maximumNamesakes {
            found.others.append(entries[next].value)
            next = entries[next].next
        }
        return found
    }

    /// The slot that has the name, or the free one where it would be.
    private func slot(of name: Range<Int>, _ bytes: [UInt8], _ scope: Int, _ hash: Int) -> Int {
        var slot = hash & (slots.count - 1)
        while slots[slot] >= 0, !isEntry(slots[slot], name, bytes, scope, hash) {
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }

    private func isEntry(
        _ index: Int, _ name: Range<Int>, _ bytes: [UInt8], _ scope: Int, _ hash: Int
    ) -> Bool {
        let entry = entries[index]
        guard entry.hash == hash, entry.count == name.count, entry.scope == scope else {
            return false
        }
        return bytes.isSame(entry.start, name.lowerBound, count: entry.count)
    }

    private mutating func grow() {
        slots = Array(repeating: -1, count: slots.count * 4)
        for index in entries.indices {
            let entry = entries[index]
            // Those that are not the first of their name are found through it.
            guard entry.last >= 0 else { continue }
            var slot = entry.hash & (slots.count - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = index
        }
    }

    /// By the standard library's hashing, whose seed no file can know.
    private static func hash(_ name: Range<Int>, _ bytes: [UInt8], _ scope: Int) -> Int {
        var hasher = Hasher()
        hasher.combine(scope)
        // The bytes are read during the call.
        unsafe bytes.span.extracting(name).withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        return hasher.finalize()
    }
}

/// At least one element: nearly always one, which needs no array.
struct OneOrMore<Element>: RandomAccessCollection {
    var first: Element
    var others: [Element] = []

    init(_ first: Element) { self.first = first }

    var startIndex: Int { 0 }
    var endIndex: Int { others.count + 1 }
    subscript(index: Int) -> Element { index == 0 ? first : others[index - 1] }
}
