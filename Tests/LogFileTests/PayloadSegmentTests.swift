import Testing

@testable import LogFile

@Suite("streams of a group")
struct PayloadSegmentTests {
    /// Where a stream of a group lies.
    private struct Stream {
        var rows: PayloadRows
        var parameters: [UInt8]
        var runs: Range<Int>
        var segment: [UInt8] = []
    }

    @Test("come back through the tables that they share", arguments: CodingEffort.allCases)
    func roundTrip(effort: CodingEffort) throws {
        var encoder = PayloadEncoder()
        var runs = SymbolRuns()
        var streams: [Stream] = []
        for rows in PayloadRows.shapes {
            var words = rows.words
            var memory = words.mutableSpan
            let first = runs.runs.count
            var parameters: [UInt8] = []
            encoder.encode(
                &memory, count: rows.rows.count, length: rows.length, effort: effort, runs: &runs,
                parameters: &parameters)
            streams.append(
                Stream(rows: rows, parameters: parameters, runs: first..<runs.runs.count))
        }
        var entropy = try EntropyEncoder(effort: effort)
        var section: [UInt8] = []
        entropy.makeTables(
            &runs, frames: streams.reduce(0) { $0 + $1.rows.rows.count }, into: &section)
        let noBits: [UInt8] = []
        for index in streams.indices {
            entropy.appendSegment(
                runs, streams[index].runs, bits: noBits.span,
                twoStates: streams[index].rows.rows.count >= 1_024,
                into: &streams[index].segment)
        }
        try decode(streams, section)
    }

    private func decode(_ streams: [Stream], _ section: [UInt8]) throws {
        var tables = TableSet()
        #expect(tables.read(section.span) == nil)
        var decoder = PayloadDecoder()
        var zstandard = try ZstandardDecoder()
        for stream in streams {
            let decoded = DecodedPayload(
                parameters: stream.parameters, segment: stream.segment,
                count: stream.rows.rows.count, length: stream.rows.length, decoder: &decoder,
                tables: &tables, zstandard: &zstandard)
            let isSame = decoded == .words(stream.rows.words)
            #expect(isSame, "\(stream.rows.testDescription)")
        }
    }
}
