/// How the payloads of a stream are told from each other: the parameters before its runs.
///
/// Everything is written as bits, the low ones first, and filled up to a byte at the end.
struct PayloadPlan: Equatable {
    /// The row that a row is predicted from.
    enum Reference: Equatable {
        case previous
        /// The row that followed the last row like the one before.
        case successor
        /// The last row with the same value of a field (a multiplexer), which is narrow, dense and
        /// in the first word: its index.
        case selector(Int)
    }

    /// At most this many masks, so that their tokens are bytes.
    static let maskLimit = 255

    let length: Int
    var checksum: ChecksumRule?
    /// The first row, as it is without its checksum.
    var first: [UInt64]
    /// Whether the rows differ; what is below has no meaning if they do not.
    var isVarying = false
    /// Big-endian signals: fields lie in the words with their bytes turned round.
    var isBigEndian = false
    var reference = Reference.previous
    var fields: [RowField] = []
    /// What a token says: the sparse fields that are coded in its row, the first as bit 0. In
    /// ascending order, no two the same; empty if there are no sparse fields.
    var masks: [UInt64] = []

    init(length: Int, first: [UInt64]) {
        self.length = length
        self.first = first
    }

    /// How many runs of symbols belong to the stream.
    var runCount: Int {
        guard isVarying else { return 0 }
        return fields.reduce(masks.isEmpty ? 0 : 1) { $0 + $1.runCount }
    }

    // MARK: Writing

    func append(to output: inout [UInt8]) {
        var bits = BitWriter()
        appendFirst(to: &bits)
        bits.put(isVarying ? 1 : 0, 1)
        if isVarying {
            appendReference(to: &bits)
            appendFields(to: &bits)
            appendMasks(to: &bits)
        }
        bits.align()
        output += bits.bytes
    }

    private func appendFirst(to bits: inout BitWriter) {
        bits.put(checksum == nil ? 0 : 1, 1)
        if let checksum {
            bits.put(UInt64(checksum.kind.rawValue), 4)
            bits.put(UInt64(checksum.position), 6)
        }
        let bytes = (0..<length).map { first[$0 / 8] >> UInt64(8 * ($0 % 8)) & 0xFF }
        let zeros = bytes.count { $0 == 0 }
        // A bit per byte tells the zeros where that is shorter.
        let isMasked = 8 * zeros > length
        bits.put(isMasked ? 1 : 0, 1)
        if isMasked { for byte in bytes { bits.put(byte == 0 ? 0 : 1, 1) } }
        for byte in bytes where !isMasked || byte != 0 { bits.put(byte, 8) }
    }

    private func appendReference(to bits: inout BitWriter) {
        switch reference {
        case .previous: bits.put(0, 2)
        case .successor: bits.put(1, 2)
        case .selector(let index):
            bits.put(2, 2)
            bits.put(UInt64(index), 6)
        }
        bits.put(isBigEndian ? 1 : 0, 1)
    }

    private func appendFields(to bits: inout BitWriter) {
        bits.put(UInt64(fields.count - 1), 6)
        var end = 0
        for field in fields {
            let start = 64 * field.word + field.shift
            bits.put(golomb: UInt64(start - end), order: 0)
            end = start + field.width
            bits.put(UInt64(field.width - 1), 4)
            bits.put(field.isDense ? 1 : 0, 1)
            bits.put(UInt64(field.transform.rawValue), 2)
            if field.isWide, field.transform != .never {
                bits.put(field.hasEscapes ? 1 : 0, 1)
                if field.transform == .value { bits.put(field.base, field.width) }
            }
            bits.put(field.increment == 0 ? 0 : 1, 1)
            if field.increment != 0 { bits.put(field.increment, field.width) }
        }
    }

    private func appendMasks(to bits: inout BitWriter) {
        guard !masks.isEmpty else { return }
        bits.put(UInt64(masks.count - 1), 8)
        let gaps = masks.indices.map { $0 == 0 ? masks[0] : masks[$0] - masks[$0 - 1] - 1 }
        let order = golombOrder(for: gaps)
        bits.put(UInt64(order), 6)
        for gap in gaps { bits.put(golomb: gap, order: order) }
    }

    // MARK: Reading

    /// Takes the parameters of a stream of `count` rows; nil if they contradict each other.
    init?(_ cursor: inout ByteCursor, length: Int, count: Int) {
        guard (0...64).contains(length), count > 0 else { return nil }
        let rest = cursor.bytes.extracting(cursor.offset..<cursor.bytes.count)
        var bits = PlanReader(rest)
        self.init(length: length, first: Array(repeating: 0, count: rowWidth(ofLength: length)))
        guard readFirst(&bits), readVarying(&bits, count: count), !bits.isOverrun,
            cursor.take((bits.used + 7) / 8) != nil
        else { return nil }
    }

    private mutating func readFirst(_ bits: inout PlanReader) -> Bool {
        if bits.flag() {
            guard let kind = ChecksumRule.Kind(rawValue: UInt8(bits.get(4))) else { return false }
            let position = Int(bits.get(6))
            guard length >= 3, position < length else { return false }
            checksum = ChecksumRule(kind: kind, position: position)
        }
        let isMasked = bits.flag()
        let mask = isMasked ? bits.get(length) : .max
        for index in 0..<length where mask >> UInt64(index) & 1 != 0 {
            first[index / 8] |= bits.get(8) << UInt64(8 * (index % 8))
        }
        return true
    }

    private mutating func readVarying(_ bits: inout PlanReader, count: Int) -> Bool {
        isVarying = bits.flag()
        guard isVarying else { return true }
        guard count >= 2, length > 0 else { return false }
        let kind = bits.get(2)
        let selector = kind == 2 ? Int(bits.get(6)) : 0
        isBigEndian = bits.flag()
        guard readFields(&bits) else { return false }
        switch kind {
        case 0: reference = .previous
        case 1: reference = .successor
        case 2:
            guard selector < fields.count, fields[selector].isDense, !fields[selector].isWide,
                fields[selector].word == 0
            else { return false }
            reference = .selector(selector)
        default: return false
        }
        return readMasks(&bits)
    }

    private mutating func readFields(_ bits: inout PlanReader) -> Bool {
        var end = 0
        for _ in 0...Int(bits.get(6)) {
            guard let gap = bits.golomb(order: 0), gap < 512 else { return false }
            let start = end + Int(gap)
            var field = RowField(word: start / 64, shift: start % 64, width: Int(bits.get(4)) + 1)
            end = start + field.width
            guard field.word < first.count, field.shift + field.width <= 64 else { return false }
            field.isDense = bits.flag()
            guard let transform = RowField.Transform(rawValue: UInt8(bits.get(2))) else {
                return false
            }
            field.transform = transform
            if transform == .never, field.isDense { return false }
            if field.isWide, transform != .never {
                guard transform != .flips else { return false }
                field.hasEscapes = bits.flag()
                if transform == .value { field.base = bits.get(field.width) }
            }
            if bits.flag() { field.increment = bits.get(field.width) }
            fields.append(field)
        }
        return !bits.isOverrun
    }

    private mutating func readMasks(_ bits: inout PlanReader) -> Bool {
        let sparse = fields.count { $0.isSparse }
        guard sparse > 0 else { return true }
        let count = Int(bits.get(8)) + 1
        let order = Int(bits.get(6))
        var mask: UInt64 = 0
        guard count <= Self.maskLimit else { return false }
        for index in 0..<count {
            guard var gap = bits.golomb(order: order) else { return false }
            if index > 0 {
                guard gap < .max - mask else { return false }
                gap += 1
            }
            mask += gap
            guard sparse == 64 || mask >> UInt64(sparse) == 0 else { return false }
            masks.append(mask)
        }
        return !bits.isOverrun
    }
}

/// Bits that are counted, so that the bytes behind them can be found.
private struct PlanReader: ~Escapable {
    private var bits: BitReader
    private(set) var used = 0

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) { bits = BitReader(bytes) }

    var isOverrun: Bool { bits.isOverrun }

    mutating func get(_ count: Int) -> UInt64 {
        used += count
        return bits.get(count)
    }

    mutating func flag() -> Bool { get(1) != 0 }

    /// Exponential Golomb code: nil if the number has more than 64 bits.
    mutating func golomb(order: Int) -> UInt64? {
        var zeros = 0
        while !flag() {
            zeros += 1
            if zeros > 63 { return nil }
        }
        let high = (1 << UInt64(zeros) | get(zeros)) - 1
        guard order == 0 || high >> UInt64(64 - order) == 0 else { return nil }
        return high << UInt64(order) | get(order)
    }
}

extension BitWriter {
    /// Exponential Golomb code: the number of bits by zeros and a one, then the bits; the `order`
    /// low ones plain.
    fileprivate mutating func put(golomb value: UInt64, order: Int) {
        let high = (value >> UInt64(order)) + 1
        let bits = 63 - high.leadingZeroBitCount
        put(0, bits)
        put(1, 1)
        put(high & ((1 << UInt64(bits)) - 1), bits)
        put(value & ((1 << UInt64(order)) - 1), order)
    }
}

/// The order that holds `values` in the fewest bits.
private func golombOrder(for values: [UInt64]) -> Int {
    let mean = values.reduce(0) { $0 + $1 / UInt64(values.count) }
    let middle = 64 - mean.leadingZeroBitCount
    // Order 0 cannot hold the largest number of 64 bits.
    let orders = max(values.contains(.max) ? 1 : 0, middle - 2)...max(1, min(middle, 63))
    let sizes = orders.map { order in values.reduce(0) { $0 + golombSize($1, order: order) } }
    return zip(orders, sizes).min { $0.1 < $1.1 }?.0 ?? orders.upperBound
}

private func golombSize(_ value: UInt64, order: Int) -> Int {
    let high = (value >> UInt64(order)) + 1
    return 2 * (63 - high.leadingZeroBitCount) + 1 + order
}
