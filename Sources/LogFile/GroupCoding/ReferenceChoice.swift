/// Chooses the row that rows are predicted from, by what differs (encoder only).
struct ReferenceChoice {
    enum Kind: Equatable {
        case previous
        case successor
        /// Byte 0...3 selects.
        case byte(Int)
    }

    /// Rows that are looked at.
    private static let standardRows = 4_096
    /// Bytes from the first on that may select.
    private static let selectors = 4

    private var history = RowHistory()
    private var tally = SymbolTally()
    private var symbols: [UInt8] = []

    /// The kind of reference that leaves least, and what it leaves per 64 rows, in rough bits.
    mutating func choose(
        _ words: Span<UInt64>, count: Int, length: Int, active: [UInt64], effort: CodingEffort,
        scratch: inout [Int32]
    ) -> (kind: Kind, cost: Int) {
        let width = active.count
        let rows = effort == .best ? count : min(count, Self.standardRows)
        RowHistory.fillPrevious(&scratch, count: rows)
        let none = [UInt64](repeating: 0, count: width)
        var cost = self.cost(words, scratch.span, rows: rows, width: width, increments: none)
        var best = Kind.previous
        if cost > rows, count >= 8 {
            let increments = self.increments(words, count: rows, active: active)
            if increments != none {
                cost = self.cost(
                    words, scratch.span, rows: rows, width: width, increments: increments)
            }
        }
        guard cost > rows, count >= 8 else { return (best, cost * 64 / rows) }
        var kinds = [Kind.successor]
        for byte in 0..<min(Self.selectors, length)
        where active[0] >> UInt64(8 * byte) & 0xFF != 0 { kinds.append(.byte(byte)) }
        for kind in kinds {
            fill(&scratch, kind, words, count: rows, width: width, total: count)
            var other = self.cost(words, scratch.span, rows: rows, width: width, increments: none)
            other += kind == .successor ? 40 : 40 + 2 * rows
            if other * 100 < cost * 96 {
                cost = other
                best = kind
            }
        }
        return (best, cost * 64 / rows)
    }

    /// Fills the references of the first `count` rows of `total`.
    mutating func fill(
        _ rows: inout [Int32], _ kind: Kind, _ words: Span<UInt64>, count: Int, width: Int,
        total: Int, isBigEndian: Bool = false
    ) {
        switch kind {
        case .previous: RowHistory.fillPrevious(&rows, count: count)
        case .successor:
            history.fillSuccessors(&rows, of: words, count: count, width: width, total: total)
        case .byte(let byte):
            let shift = isBigEndian ? 56 - 8 * byte : 8 * byte
            history.fillSelections(
                &rows, of: words, count: count, width: width,
                field: RowField(word: 0, shift: shift, width: 8))
        }
    }

    /// Three bits for each byte that differs and one for each bit.
    private func cost(
        _ words: Span<UInt64>, _ references: Span<Int32>, rows: Int, width: Int,
        increments: [UInt64]
    ) -> Int {
        let increments = increments.span
        var cost = 0
        for index in 1..<rows {
            let reference = Int(references[index])
            for word in 0..<width {
                let predicted = bytewiseSum(words[reference &* width &+ word], increments[word])
                let differing = words[index &* width &+ word] ^ predicted
                guard differing != 0 else { continue }
                let bytes = (nonzeroBytes(differing) &* 0x0101_0101_0101_0101) &>> 56
                cost &+= 3 &* Int(truncatingIfNeeded: bytes) &+ differing.nonzeroBitCount
            }
        }
        return cost
    }

    /// What bytes count up by from row to row, where they often do.
    private mutating func increments(
        _ words: Span<UInt64>, count: Int, active: [UInt64]
    ) -> [UInt64] {
        var increments = [UInt64](repeating: 0, count: active.count)
        let rows = min(count, 384)
        for byte in 0..<8 * active.count
        where active[byte / 8] >> UInt64(8 * (byte % 8)) & 0xFF != 0 {
            let shift = UInt64(8 * (byte % 8))
            symbols.removeAll(keepingCapacity: true)
            for index in 1..<rows {
                let place = index * active.count + byte / 8
                let difference = words[place] &>> shift &- words[place - active.count] &>> shift
                symbols.append(UInt8(truncatingIfNeeded: difference))
            }
            tally.count(symbols)
            let mode = tally.mode
            if mode != 0, tally.count(of: mode) * 4 > rows,
                tally.count(of: mode) * 4 > tally.count(of: 0) * 5,
                tally.count(of: 0) * 10 < rows * 6
            {
                increments[byte / 8] |= UInt64(mode) << shift
            }
        }
        return increments
    }
}
