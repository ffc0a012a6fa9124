/// The tables of a group, read from its tables section.
///
/// A table is looked into when its first run comes: reading one stream costs its own tables only.
struct TableSet: ~Copyable {
    /// The section of the group.
    private var section: [UInt8] = []
    /// Where each table lies in it.
    private var places: [Range<Int>] = []
    /// The shares of all tables add up to two to the power of this.
    private(set) var bits = SymbolTable.probabilityBits.upperBound
    /// Decoder slots of the tables used so far, `1 << bits` each: symbol, 12 bits of its share, 12
    /// bits of the slot's place in the share.
    private(set) var slots: [UInt32] = []
    private var used = 0
    /// Where the slots of each table begin; negative while there are none.
    private var starts: [Int] = []
    private var table = SymbolTable()

    init() {}

    /// Takes the tables of a group; says why it cannot.
    mutating func read(_ section: Span<UInt8>) -> String? {
        places.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        used = 0
        self.section.removeAll(keepingCapacity: true)
        self.section.append(section)
        var cursor = ByteCursor(section)
        guard let bits = cursor.byte(), let count = cursor.byte() else {
            return "the tables are cut short"
        }
        guard SymbolTable.probabilityBits.contains(Int(bits)) else {
            return "tables of \(bits) bits are unknown"
        }
        guard count <= RunCoding.tables else { return "there are too many tables" }
        self.bits = Int(bits)
        var end = 0
        for _ in 0..<Int(count) {
            guard let size = cursor.count(upTo: section.count) else {
                places.removeAll(keepingCapacity: true)
                return "the size of a table is wrong"
            }
            places.append(end..<end + size)
            starts.append(-1)
            end += size
        }
        guard end == cursor.left else {
            places.removeAll(keepingCapacity: true)
            return "the tables have \(cursor.left) bytes instead of \(end)"
        }
        let offset = cursor.offset
        for index in places.indices {
            places[index] = places[index].lowerBound + offset..<places[index].upperBound + offset
        }
        return nil
    }

    /// Makes the slots of a table and says where they begin; nil without such a table.
    mutating func prepare(_ number: Int) -> Int? {
        guard number < places.count else { return nil }
        if starts[number] >= 0 { return starts[number] }
        let stored = section
        var reader = BitReader(stored.span.extracting(places[number]))
        guard table.read(from: &reader, bits: bits) else { return nil }
        let start = used
        used += 1 << bits
        if slots.count < used {
            slots.append(contentsOf: repeatElement(0, count: used - slots.count))
        }
        fill(from: start)
        starts[number] = start
        return start
    }

    private mutating func fill(from start: Int) {
        let shares = table.shares
        var memory = slots.mutableSpan
        var place = start
        for symbol in 0..<256 where shares[symbol] > 0 {
            let share = UInt32(shares[symbol])
            let slot = UInt32(symbol) | share << 8
            for offset in 0..<share {
                memory[place] = slot | offset << 20
                place += 1
            }
        }
    }
}
