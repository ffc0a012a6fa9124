/// Range asymmetric numeral systems (Duda, arXiv:1311.2540): 32-bit states, 16-bit words.
enum AnsState {
    /// States lie from here to 2^32 - 1; the encoder begins with this one.
    static let lowest: UInt32 = 1 << 16
    /// With two states, even symbols of a run belong to the first, odd ones to the second.
    static let size = 4
}

/// Codes symbols from the last to the first, so that they can be read from the first to the last.
struct AnsEncoder: ~Copyable {
    /// What coding a symbol needs, so that there is no division.
    private struct Slot {
        /// 2^64 / share, rounded up.
        var reciprocal: UInt64 = 0
        /// From this state on, a word must be written first.
        var limit: UInt32 = 0
        /// What the other symbols of the table have.
        var complement: UInt16 = 0
        /// Where the symbol's share begins.
        var bias: UInt16 = 0
    }

    /// 256 per table.
    private var slots: [Slot] = []
    /// Words of the segment, written from the end.
    private var words: [UInt16] = []
    private var states = States(place: 0)
    private var stateCount = 0

    init() {}

    mutating func removeTables() { slots.removeAll(keepingCapacity: true) }

    mutating func addTable(_ table: borrowing SymbolTable, bits: Int) {
        var start: UInt32 = 0
        let whole: UInt32 = 1 << UInt32(bits)
        for symbol in 0..<256 {
            let share = UInt32(table.shares[symbol])
            guard share > 0 else {
                slots.append(Slot())
                continue
            }
            var slot = Slot()
            slot.limit = share << UInt32(32 - bits)
            slot.complement = UInt16(whole - share)
            if share == 1 {
                // 2^64 does not fit; 2^64 - 1 makes the quotient one too small, which the bias
                // makes good.
                slot.reciprocal = .max
                slot.bias = UInt16(start + whole - 1)
            } else {
                // Exact for all states: state · share < 2^64.
                slot.reciprocal = .max / UInt64(share) + 1
                slot.bias = UInt16(start)
            }
            slots.append(slot)
            start += share
        }
    }

    /// Codes those of the runs in `range` that have a table; ``append(to:)`` gives the result, which
    /// has as many bytes as this returns.
    mutating func encode(
        _ runs: borrowing SymbolRuns, _ range: Range<Int>, twoStates: Bool
    ) -> Int {
        var room = 1
        for index in range where runs.runs[index].table < RunCoding.tables {
            room += runs.runs[index].count
        }
        if words.count < room { words = [UInt16](repeating: 0, count: room) }
        states = States(place: words.count)
        stateCount = room == 1 ? 0 : twoStates ? 2 : 1
        guard stateCount > 0 else { return 0 }
        // A second reference: a span of a stored property would hold all of self.
        let tables = slots
        for index in range.reversed() where runs.runs[index].table < RunCoding.tables {
            let run = runs.runs[index]
            let first = Int(run.table) * 256
            Self.encode(
                runs.symbols.span.extracting(run.range),
                tables.span.extracting(first..<first + 256), twoStates: twoStates, &states,
                &words)
        }
        return stateCount * AnsState.size + 2 * (words.count - states.place)
    }

    /// Appends the states and words of the runs coded last.
    func append(to output: inout [UInt8]) {
        if stateCount > 0 { output.append(littleEndian: states.first) }
        if stateCount > 1 { output.append(littleEndian: states.second) }
        var place = output.count
        output.append(contentsOf: repeatElement(0, count: 2 * (words.count - states.place)))
        var memory = output.mutableSpan
        for index in states.place..<words.count {
            memory[place] = UInt8(truncatingIfNeeded: words[index])
            memory[place + 1] = UInt8(truncatingIfNeeded: words[index] >> 8)
            place += 2
        }
    }

    private struct States {
        var first = AnsState.lowest
        var second = AnsState.lowest
        /// Where the words begin.
        var place: Int
    }

    private static func encode(
        _ symbols: Span<UInt8>, _ slots: Span<Slot>, twoStates: Bool, _ states: inout States,
        _ words: inout [UInt16]
    ) {
        var memory = words.mutableSpan
        var (first, second, place) = (states.first, states.second, states.place)
        var index = symbols.count - 1
        if twoStates {
            if index & 1 == 0 {
                put(slots[Int(symbols[index])], &first, &place, &memory)
                index -= 1
            }
            while index > 0 {
                put(slots[Int(symbols[index])], &second, &place, &memory)
                put(slots[Int(symbols[index &- 1])], &first, &place, &memory)
                index &-= 2
            }
        } else {
            while index >= 0 {
                put(slots[Int(symbols[index])], &first, &place, &memory)
                index &-= 1
            }
        }
        states = States(first: first, second: second, place: place)
    }

    /// Codes one symbol; without a branch, since whether a word is written is chance.
    @inline(__always)
    private static func put(
        _ slot: Slot, _ state: inout UInt32, _ place: inout Int, _ words: inout MutableSpan<UInt16>
    ) {
        let isFull = state >= slot.limit
        words[place &- 1] = UInt16(truncatingIfNeeded: state)
        place &-= isFull ? 1 : 0
        state = isFull ? state &>> 16 : state
        // state / share · 2^bits + state % share + start
        let quotient = slot.reciprocal.multipliedFullWidth(by: UInt64(state)).high
        state =
            state &+ UInt32(slot.bias)
            &+ UInt32(truncatingIfNeeded: quotient) &* UInt32(slot.complement)
    }
}
