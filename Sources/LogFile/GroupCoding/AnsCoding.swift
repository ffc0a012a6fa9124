/// Chooses tables for all runs of a group and codes its segments (LogFile.docc, Coding 2).
///
/// All buffers are kept from one group to the next.
struct EntropyEncoder: ~Copyable {
    private let effort: CodingEffort

    init(effort: CodingEffort) throws(LogError) {
        self.effort = effort
    }

    /// Decides how each run is coded and appends the tables section to `output`.
    mutating func makeTables(_ runs: inout SymbolRuns, frames: Int, into output: inout [UInt8]) {
        for index in runs.runs.indices { runs.runs[index].table = RunCoding.stored }
        output.append(12)
        output.append(0)
    }

    /// Appends one segment: how each of the runs in `range` is coded, the sizes, the coded symbols,
    /// `bits`, and the runs that are coded apart.
    mutating func appendSegment(
        _ runs: borrowing SymbolRuns, _ range: Range<Int>, bits: Span<UInt8>, twoStates: Bool,
        into output: inout [UInt8]
    ) {
        for index in range { output.append(runs.runs[index].table) }
        output.append(varint: 0)
        output.append(varint: UInt64(bits.count))
        output.append(bits)
        for index in range { output += runs.symbols[runs.runs[index].range] }
    }
}
