/// The tables of a group, read from its tables section.
struct TableSet: ~Copyable {
    init() {}

    /// Takes the tables of a group; says why it cannot.
    mutating func read(_ section: Span<UInt8>) -> String? { nil }
}

/// Reads the runs of one segment, in their order.
struct RunReader: ~Escapable {
    /// The segment's bits beside its symbols.
    var bits: BitReader
    private let codings: Span<UInt8>
    private var nextRun = 0
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
            cursor.take(codedSize) != nil,
            let bits = cursor.take(bitsSize)
        else { return nil }
        self.codings = codings
        self.bits = BitReader(bits)
        plain = cursor
    }

    /// Reads the next run, which has `count` symbols, into the first of `output`; says why it cannot.
    mutating func next(
        _ count: Int, into output: inout MutableSpan<UInt8>, tables: inout TableSet,
        zstandard: inout ZstandardDecoder
    ) -> String? {
        guard nextRun < codings.count else { return "more runs than the segment has" }
        let coding = codings[nextRun]
        nextRun += 1
        guard count > 0 else { return nil }
        precondition(count <= output.count, "no room for the run")
        switch coding {
        case RunCoding.repeated:
            guard let symbol = plain.byte() else { return "a repeated symbol is missing" }
            for index in 0..<count { output[index] = symbol }
        case RunCoding.stored:
            guard let symbols = plain.take(count) else { return "stored symbols are missing" }
            for index in 0..<count { output[index] = symbols[index] }
        default:
            return "run coding \(coding) is unknown"
        }
        return nil
    }
}
