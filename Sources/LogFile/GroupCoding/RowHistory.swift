/// Finds the row that a row is predicted from; encoder and decoder do the same.
struct RowHistory {
    /// The last row of each hash or value, -1 for none.
    var latest: [Int32] = []

    /// How many bits of a hash are used for `count` rows.
    static func hashBits(rows count: Int) -> Int {
        min(14, max(4, Int.bitWidth - count.leadingZeroBitCount + 1))
    }

    /// Forgets all rows; `slots` is the number of hashes or values.
    mutating func begin(slots: Int) {
        latest.removeAll(keepingCapacity: true)
        latest.append(contentsOf: repeatElement(-1, count: slots))
    }

    /// Continues the hash of a row by one word; begins with 0.
    @inline(__always)
    static func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
        return product ^ product &>> 29
    }

    /// The slot of a row's hash.
    @inline(__always)
    static func slot(_ hash: UInt64, bits: Int) -> Int {
        Int(truncatingIfNeeded: (hash &* 0xBF58_476D_1CE4_E5B9) &>> UInt64(64 &- bits))
    }

    /// The slot of the row whose words begin at `start`.
    @inline(__always)
    static func slot(of words: Span<UInt64>, at start: Int, width: Int, bits: Int) -> Int {
        var hash: UInt64 = 0
        for word in 0..<width { hash = mixed(hash, words[start + word]) }
        return slot(hash, bits: bits)
    }
}

// Memory that the encoder fills: the reference of each row.
extension RowHistory {
    /// Fills `rows[1...]` with the references of the first `count` rows of a stream of `total`.
    mutating func fillSuccessors(
        _ rows: inout [Int32], of words: Span<UInt64>, count: Int, width: Int, total: Int
    ) {
        let bits = Self.hashBits(rows: total)
        begin(slots: 1 << bits)
        var latest = self.latest.mutableSpan
        var output = rows.mutableSpan
        var start = 0
        for index in 1..<count {
            let slot = Self.slot(of: words, at: start, width: width, bits: bits)
            let row = latest[slot]
            output[index] = row >= 0 ? row : Int32(truncatingIfNeeded: index &- 1)
            latest[slot] = Int32(truncatingIfNeeded: index)
            start &+= width
        }
    }

    /// The same for the value of `field`, which has at most 8 bits.
    mutating func fillSelections(
        _ rows: inout [Int32], of words: Span<UInt64>, count: Int, width: Int, field: RowField
    ) {
        begin(slots: 256)
        latest[Int(field.value(in: words[field.word]))] = 0
        var latest = self.latest.mutableSpan
        var output = rows.mutableSpan
        var place = field.word
        for index in 1..<count {
            place &+= width
            let slot = Int(truncatingIfNeeded: field.value(in: words[place]))
            let row = latest[slot]
            output[index] = row >= 0 ? row : Int32(truncatingIfNeeded: index &- 1)
            latest[slot] = Int32(truncatingIfNeeded: index)
        }
    }

    /// The row before.
    static func fillPrevious(_ rows: inout [Int32], count: Int) {
        var output = rows.mutableSpan
        for index in 1..<count { output[index] = Int32(truncatingIfNeeded: index &- 1) }
    }
}
