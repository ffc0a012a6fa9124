/// All symbols of a group, run after run, before they are coded.
///
/// A run is a row of bytes of one meaning, such as the time classes of a stream; its model decides
/// how many there are, so a run's count is not stored with it.
struct SymbolRuns: ~Copyable {
    /// Runs of different families never share a table.
    enum Family: UInt8, CaseIterable {
        case times, payloads
    }

    struct Run {
        var start: Int
        var count: Int
        var family: Family
        /// How it is coded: ``RunCoding``, set by ``EntropyEncoder/makeTables(_:frames:into:)``.
        var table: UInt8

        var range: Range<Int> { start..<start + count }
    }

    /// Memory of the symbols; what lies behind the runs has no meaning.
    var symbols: [UInt8] = []
    var runs: [Run] = []
    /// Where the open run begins, which is where the closed ones end.
    private(set) var openStart = 0
    private var openFamily = Family.times
    private var openCapacity = 0
    private var appended = 0

    init() {}

    /// Forgets all runs and keeps the memory.
    mutating func removeAll() {
        runs.removeAll(keepingCapacity: true)
        openStart = 0
        openCapacity = 0
        appended = 0
    }

    /// Opens a run at the end and makes room for `capacity` symbols of it: the writer fills
    /// ``symbols`` from ``openStart`` on, or appends.
    mutating func open(_ capacity: Int, _ family: Family) {
        let missing = openStart + capacity - symbols.count
        if missing > 0 { symbols.append(contentsOf: repeatElement(0, count: missing)) }
        openFamily = family
        openCapacity = capacity
        appended = 0
    }

    /// One more symbol of the open run; for the paths where speed does not matter.
    mutating func append(_ symbol: UInt8) {
        precondition(appended < openCapacity, "more symbols than there is room for")
        symbols[openStart + appended] = symbol
        appended += 1
    }

    /// Closes the open run, which has `count` symbols, and gives the rest of its room back.
    mutating func close(_ count: Int) {
        precondition(count >= 0 && count <= openCapacity, "more symbols than there is room for")
        runs.append(Run(start: openStart, count: count, family: openFamily, table: 0))
        openStart += count
        openCapacity = 0
        appended = 0
    }

    /// Closes the open run, whose symbols were appended.
    mutating func close() { close(appended) }
}

/// What the byte of a run in its segment says beside the number of a table.
enum RunCoding {
    /// A table of the group is named by its number, 0 to 252.
    static let tables = 253
    /// All symbols are the same: it follows, one byte.
    static let repeated: UInt8 = 253
    /// The symbols follow as they are.
    static let stored: UInt8 = 254
    /// A size (varint) and a zstd frame without its magic number follow.
    static let zstandard: UInt8 = 255
}
