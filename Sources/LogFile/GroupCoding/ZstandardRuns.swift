/// Runs that repeat themselves, which zstd codes shorter than tables do.
struct ZstandardRuns: ~Copyable {
    private let effort: CodingEffort
    private var encoder: ZstandardEncoder
    /// For ``CodingEffort/best``.
    private var thorough: ZstandardEncoder
    /// Sizes and frames of the runs, one after another.
    private var frames: [UInt8] = []
    private var trial: [UInt8] = []
    /// Where each run of the group lies among `frames`, empty for those that do not.
    private var places: [Range<Int>] = []
    /// The six symbols of each hash that were seen last.
    private var seen = [UInt64](repeating: .max, count: 1024)

    init(effort: CodingEffort) throws(LogError) {
        self.effort = effort
        let encoder = try ZstandardEncoder(contentSize: false)
        let thorough = try ZstandardEncoder(level: 19, contentSize: false)
        self.encoder = encoder
        self.thorough = thorough
    }

    /// Forgets all, for a group with as many `runs`.
    mutating func removeAll(runs: Int) {
        frames.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        places.append(contentsOf: repeatElement(0..<0, count: runs))
    }

    /// Keeps the run with this number, if zstd codes it clearly shorter than in `size` bytes.
    mutating func append(_ symbols: Span<UInt8>, of index: Int, insteadOf size: Int) -> Bool {
        switch effort {
        case .standard:
            // Trying costs more than all else: only runs that promise something.
            guard symbols.count >= 48, size >= 24, repeats(symbols) else { return false }
        case .best:
            guard symbols.count >= 24, size >= 14 else { return false }
        }
        // Decoding runs of zstd takes longer.
        let limit = size - max(1, size / 32)
        let start = frames.count
        var isKept = encoder.appendHeadless(symbols, to: &frames, atMost: limit)
        if effort == .best {
            trial.removeAll(keepingCapacity: true)
            // Where the first one is far off, the other is, too, and takes long to find that out.
            let bound = isKept ? frames.count - start - 1 : limit
            if isKept || repeats(symbols),
                thorough.appendHeadless(symbols, to: &trial, atMost: bound)
            {
                frames.removeLast(frames.count - start)
                frames += trial
                isKept = true
            }
        }
        if isKept { places[index] = start..<frames.count }
        return isKept
    }

    /// Appends what was kept of a run.
    func append(_ index: Int, to output: inout [UInt8]) { output += frames[places[index]] }

    /// Whether at least 15 % of the positions in the middle repeat six symbols seen before.
    private mutating func repeats(_ symbols: Span<UInt8>) -> Bool {
        let count = min(symbols.count, 2048) - 8
        guard count >= 16 else { return false }
        let first = (symbols.count - count - 8) / 2
        let middle = symbols.extracting(first..<first + count + 6)
        var words = seen.mutableSpan
        for index in words.indices { words[index] = .max }
        // Six symbols, the last one on top.
        var word: UInt64 = 0
        var hits = 0
        for index in middle.indices {
            word = word >> 8 | UInt64(middle[index]) << 40
            guard index >= 5 else { continue }
            let hash = Int(truncatingIfNeeded: (word &* 0x9E37_79B9_7F4A_7C15) >> 54)
            hits &+= words[hash] == word ? 1 : 0
            words[hash] = word
        }
        return hits * 100 >= count * 15
    }
}
