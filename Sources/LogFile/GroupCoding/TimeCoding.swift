/// Codes the stamps of one stream: how far each is from its prediction (LogFile.docc, Times).
///
/// The bit length of the zigzag difference is a symbol of a run; the bits below its highest are
/// stored as they are. An empty leader means that there is none.
enum TimeCoding {
    /// Bit lengths 0 to 64.
    static let classCount = 65

    /// About what the stamps would take, in the unit of ``BinaryLogarithm``.
    static func cost(
        of times: Span<Int64>, leader: Span<Int64>, mode: UInt8, unit: Int64,
        _ log2: BinaryLogarithm
    ) -> Int {
        var predictor = StampPredictor(mode: mode, unit: unit, hasLeader: !leader.isEmpty)
        var counts = InlineArray<65, Int32>(repeating: 0)
        var bits = 0
        for index in times.indices {
            let stamp = times[index]
            let value = zigzag(stamp &- predictor.predict(leader: leader))
            predictor.learn(stamp, leader: leader)
            let length = 64 - value.leadingZeroBitCount
            counts[length] &+= 1
            bits &+= length
        }
        let total = log2(times.count)
        // The highest bit of each is known from its class.
        var cost = (bits - times.count + Int(counts[0])) * BinaryLogarithm.bit
        for length in counts.indices where counts[length] > 0 {
            let count = Int(counts[length])
            cost += count * (total - log2(count)) + BinaryLogarithm.bit
        }
        return cost
    }

    /// Appends the run of classes to `runs`, and the bits to `bits`.
    static func encode(
        _ times: Span<Int64>, leader: Span<Int64>, mode: UInt8, unit: Int64,
        runs: inout SymbolRuns, bits: inout BitWriter
    ) {
        var predictor = StampPredictor(mode: mode, unit: unit, hasLeader: !leader.isEmpty)
        runs.open(times.count, .times)
        let start = runs.openStart
        var symbols = runs.symbols.mutableSpan
        for index in times.indices {
            let stamp = times[index]
            let value = zigzag(stamp &- predictor.predict(leader: leader))
            predictor.learn(stamp, leader: leader)
            let length = 64 - value.leadingZeroBitCount
            symbols[start + index] = UInt8(truncatingIfNeeded: length)
            if length > 1 {
                bits.put(value & ((1 &<< UInt64(length - 1)) &- 1), length - 1)
            }
        }
        runs.close(times.count)
    }

    /// Fills `times` from the classes in `classes` and the bits; false if there is no such class.
    static func decode(
        _ classes: Span<UInt8>, bits: inout BitReader, leader: Span<Int64>, mode: UInt8,
        unit: Int64, into times: inout MutableSpan<Int64>
    ) -> Bool {
        var predictor = StampPredictor(mode: mode, unit: unit, hasLeader: !leader.isEmpty)
        var largest: UInt8 = 0
        for index in times.indices {
            let length = classes[index]
            largest = max(largest, length)
            let expected = predictor.predict(leader: leader)
            let stamp = expected &+ difference(length, &bits)
            times[index] = stamp
            predictor.learn(stamp, leader: leader)
        }
        return Int(largest) < classCount
    }

    @inline(__always)
    private static func difference(_ length: UInt8, _ bits: inout BitReader) -> Int64 {
        guard length > 1 else { return length == 0 ? 0 : -1 }
        let low = Int(min(length, 64)) - 1
        return unzigzag(bits.get(low) | 1 &<< UInt64(low))
    }
}
