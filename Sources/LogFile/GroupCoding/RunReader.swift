/// Reads the runs of one segment, in their order.
struct RunReader: ~Escapable {
    /// The segment's bits beside its symbols.
    var bits: BitReader
    private let codings: Span<UInt8>
    private var nextRun = 0
    private let twoStates: Bool
    /// The words of the runs with tables, and where the next one is.
    private let words: Span<UInt8>
    private var place = 0
    private var states: (first: UInt32, second: UInt32)
    /// Runs that are coded apart.
    private var plain: ByteCursor

    /// `bytes` begin with how each of `runCount` runs is coded and end with the segment; nil if its
    /// sizes contradict each other.
    @_lifetime(copy bytes)
    init?(_ bytes: Span<UInt8>, runCount: Int, twoStates: Bool) {
        var cursor = ByteCursor(bytes)
        guard let codings = cursor.take(runCount),
            let codedSize = cursor.count(upTo: bytes.count),
            let bitsSize = cursor.count(upTo: bytes.count),
            let coded = cursor.take(codedSize),
            let bits = cursor.take(bitsSize)
        else { return nil }
        self.codings = codings
        self.bits = BitReader(bits)
        self.twoStates = twoStates
        var head = ByteCursor(coded)
        states = (AnsState.lowest, AnsState.lowest)
        if codedSize > 0 {
            guard let first = head.uint32() else { return nil }
            states.first = first
            if twoStates {
                guard let second = head.uint32() else { return nil }
                states.second = second
            }
        }
        words = coded.extracting(head.offset..<coded.count)
        plain = cursor
    }

    /// Reads the next run, which has `count` symbols, into the first of `output`; says why it cannot.
    ///
    /// After the last run all bytes of the segment must have been read.
    mutating func next(
        _ count: Int, into output: inout MutableSpan<UInt8>, tables: inout TableSet,
        zstandard: inout ZstandardDecoder
    ) -> String? {
        precondition(count >= 0 && count <= output.count, "no room for the run")
        guard nextRun < codings.count else { return "more runs than the segment has" }
        let coding = codings[nextRun]
        nextRun += 1
        if count > 0 {
            let trouble =
                switch coding {
                case RunCoding.repeated: readRepeated(count, into: &output)
                case RunCoding.stored: readStored(count, into: &output)
                case RunCoding.zstandard: readZstandard(count, into: &output, &zstandard)
                default: read(Int(coding), count, into: &output, &tables)
                }
            if let trouble { return trouble }
        }
        return nextRun == codings.count ? troubleAtEnd() : nil
    }

    /// What is left over tells damage that gave plausible symbols.
    private func troubleAtEnd() -> String? {
        guard place == words.count, states == (AnsState.lowest, AnsState.lowest) else {
            return "the coded symbols do not end with the last run"
        }
        return plain.left == 0 ? nil : "\(plain.left) bytes follow the last run"
    }

    private mutating func readRepeated(_ count: Int, into output: inout MutableSpan<UInt8>)
        -> String?
    {
        guard let symbol = plain.byte() else { return "a repeated symbol is missing" }
        for index in 0..<count { output[index] = symbol }
        return nil
    }

    private mutating func readStored(_ count: Int, into output: inout MutableSpan<UInt8>) -> String?
    {
        guard let symbols = plain.take(count) else { return "stored symbols are missing" }
        for index in symbols.indices { output[index] = symbols[index] }
        return nil
    }

    private mutating func readZstandard(
        _ count: Int, into output: inout MutableSpan<UInt8>, _ zstandard: inout ZstandardDecoder
    ) -> String? {
        guard let size = plain.count(upTo: plain.left), let frame = plain.take(size) else {
            return "a zstd run is cut short"
        }
        return zstandard.decodeHeadless(frame, count, into: &output)
    }

    private mutating func read(
        _ number: Int, _ count: Int, into output: inout MutableSpan<UInt8>,
        _ tables: inout TableSet
    ) -> String? {
        guard let start = tables.prepare(number) else { return "table \(number) is damaged" }
        let all = tables.slots
        let slots = all.span.extracting(start..<start + 1 << tables.bits)
        let isWhole =
            twoStates
            ? readTwo(slots, UInt32(tables.bits), count, into: &output)
            : readOne(slots, UInt32(tables.bits), count, into: &output)
        return isWhole ? nil : "the coded symbols are cut short"
    }

    /// Symbols of both states in turn; false where words are missing.
    private mutating func readTwo(
        _ slots: Span<UInt32>, _ bits: UInt32, _ count: Int,
        into output: inout MutableSpan<UInt8>
    ) -> Bool {
        let words = words
        var (first, second, place, index) = (states.first, states.second, place, 0)
        // Two symbols need at most two words: no check between them.
        while count &- index >= 2, words.count &- place >= 4 {
            output[index] = Self.step(slots, bits, &first, words, &place)
            output[index &+ 1] = Self.step(slots, bits, &second, words, &place)
            index &+= 2
        }
        self.place = place
        states = (first, second)
        return readRest(slots, bits, index..<count, into: &output)
    }

    private mutating func readOne(
        _ slots: Span<UInt32>, _ bits: UInt32, _ count: Int,
        into output: inout MutableSpan<UInt8>
    ) -> Bool {
        let words = words
        var (state, place, index) = (states.first, place, 0)
        while index < count, words.count &- place >= 2 {
            output[index] = Self.step(slots, bits, &state, words, &place)
            index &+= 1
        }
        self.place = place
        states.first = state
        return readRest(slots, bits, index..<count, into: &output)
    }

    /// The symbol of a state, which moves on; takes a word where it must, without a branch, since
    /// that is chance. At least one word must be left.
    @inline(__always)
    private static func step(
        _ slots: Span<UInt32>, _ bits: UInt32, _ state: inout UInt32, _ words: Span<UInt8>,
        _ place: inout Int
    ) -> UInt8 {
        let slot = slots[Int(state & (1 &<< bits &- 1))]
        let next = ((slot &>> 8) & 0xFFF) &* (state &>> bits) &+ (slot &>> 20)
        let word = UInt32(words.uint16(at: place))
        let isLow = next < AnsState.lowest
        state = isLow ? next &<< 16 | word : next
        place &+= isLow ? 2 : 0
        return UInt8(truncatingIfNeeded: slot)
    }

    /// The symbols of a run at its end, while hardly a word is left.
    private mutating func readRest(
        _ slots: Span<UInt32>, _ bits: UInt32, _ range: Range<Int>,
        into output: inout MutableSpan<UInt8>
    ) -> Bool {
        for index in range {
            let isSecond = twoStates && index & 1 == 1
            var state = isSecond ? states.second : states.first
            let slot = slots[Int(state & (1 &<< bits &- 1))]
            state = ((slot &>> 8) & 0xFFF) &* (state &>> bits) &+ (slot &>> 20)
            if state < AnsState.lowest {
                guard words.count - place >= 2 else { return false }
                state = state &<< 16 | UInt32(words.uint16(at: place))
                place += 2
            }
            if isSecond { states.second = state } else { states.first = state }
            output[index] = UInt8(truncatingIfNeeded: slot)
        }
        return true
    }
}
