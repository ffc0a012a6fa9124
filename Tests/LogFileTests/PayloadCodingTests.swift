import TestBench
import Testing

@testable import LogFile

/// A stream as it is coded: its parameters, and its runs as they are.
struct CodedPayload {
    var parameters: [UInt8] = []
    var segment: [UInt8] = []
    var runCount = 0
    var symbolCount = 0

    /// Codes `rows` with an encoder that has seen other streams.
    init(_ rows: PayloadRows, _ effort: CodingEffort, encoder: inout PayloadEncoder) {
        var words = rows.words
        var runs = SymbolRuns()
        var memory = words.mutableSpan
        encoder.encode(
            &memory, count: rows.rows.count, length: rows.length, effort: effort, runs: &runs,
            parameters: &parameters)
        runCount = runs.runs.count
        segment = Array(repeating: RunCoding.stored, count: runCount) + [0, 0]
        for run in runs.runs {
            segment += runs.symbols[run.range]
            symbolCount += run.count
        }
    }
}

/// What a decoder makes of a stream: its words, or why it has none.
enum DecodedPayload: Equatable {
    case words([UInt64])
    case refused(String)

    /// Decodes a segment that needs no tables.
    init(
        parameters: [UInt8], segment: [UInt8], count: Int, length: Int,
        decoder: inout PayloadDecoder, zstandard: inout ZstandardDecoder
    ) {
        var tables = TableSet()
        self.init(
            parameters: parameters, segment: segment, count: count, length: length,
            decoder: &decoder, tables: &tables, zstandard: &zstandard)
    }

    init(
        parameters: [UInt8], segment: [UInt8], count: Int, length: Int,
        decoder: inout PayloadDecoder, tables: inout TableSet, zstandard: inout ZstandardDecoder
    ) {
        var cursor = ByteCursor(parameters.span)
        guard let plan = PayloadPlan(&cursor, length: length, count: count) else {
            self = .refused("parameters")
            return
        }
        guard cursor.left == 0 else {
            self = .refused("bytes are left")
            return
        }
        guard
            var reader = RunReader(
                segment.span, runCount: plan.runCount, twoStates: count >= 1_024)
        else {
            self = .refused("runs")
            return
        }
        // Memory that was used before: what is there must not matter.
        var words = [UInt64](repeating: .max, count: count * rowWidth(ofLength: length))
        var memory = words.mutableSpan
        let reason = decoder.decode(
            plan, count: count, length: length, from: &reader, tables: &tables,
            zstandard: &zstandard, into: &memory)
        if let reason {
            self = .refused(reason)
        } else {
            self = .words(words)
        }
    }
}

@Suite("payloads of a stream")
struct PayloadCodingTests {
    @Test("come back as they were", arguments: CodingEffort.allCases)
    func roundTrip(effort: CodingEffort) throws {
        var encoder = PayloadEncoder()
        var decoder = PayloadDecoder()
        var zstandard = try ZstandardDecoder()
        for rows in PayloadRows.shapes {
            let coded = CodedPayload(rows, effort, encoder: &encoder)
            let decoded = DecodedPayload(
                parameters: coded.parameters, segment: coded.segment, count: rows.rows.count,
                length: rows.length, decoder: &decoder, zstandard: &zstandard)
            let isSame = decoded == .words(rows.words)
            #expect(isSame, "\(rows.testDescription)")
        }
    }

    @Test("that are all the same take their first row and a byte")
    func constant() {
        var encoder = PayloadEncoder()
        let rows = PayloadRows("constant", length: 8, count: 1_000) { _, _, _ in }
        let coded = CodedPayload(rows, .standard, encoder: &encoder)
        #expect(coded.parameters.count == 9)
        #expect(coded.runCount == 0)
    }

    @Test("with a counter and a checksum of it take no symbols")
    func counterWithChecksum() {
        var encoder = PayloadEncoder()
        let rows = PayloadRows("counter", length: 8, count: 1_000) { row, index, _ in
            row[2] = UInt8(truncatingIfNeeded: index)
            row[7] = PayloadRows.crcJ1850(row)
        }
        // The first row keeps the rule as well.
        var kept = rows
        kept.rows.removeFirst()
        let coded = CodedPayload(kept, .standard, encoder: &encoder)
        #expect(coded.runCount == 0)
    }

    @Test("of signals that cross bytes take a symbol a signal")
    func signals() throws {
        var encoder = PayloadEncoder()
        let rows = try #require(
            PayloadRows.shapes.first { $0.testDescription.contains("10 bits") })
        let coded = CodedPayload(rows, .standard, encoder: &encoder)
        #expect(coded.symbolCount == 4 * (rows.rows.count - 1))
    }
}

@Suite("damaged payloads")
struct PayloadDamageTests {
    /// Shapes that use all of the coding, few rows each.
    static let shapes = PayloadRows.shapes.map { shape in
        var shape = shape
        shape.rows = Array(shape.rows.prefix(40))
        return shape
    }.filter { $0.rows.count == 40 && [1, 3, 8, 12, 64].contains($0.length) }

    @Test("cut anywhere are refused or have as many rows")
    func truncated() throws {
        var encoder = PayloadEncoder()
        var decoder = PayloadDecoder()
        var zstandard = try ZstandardDecoder()
        for rows in Self.shapes {
            let coded = CodedPayload(rows, .standard, encoder: &encoder)
            for size in 0..<coded.parameters.count {
                let decoded = DecodedPayload(
                    parameters: Array(coded.parameters.prefix(size)), segment: coded.segment,
                    count: rows.rows.count, length: rows.length, decoder: &decoder,
                    zstandard: &zstandard)
                #expect(decoded == .refused("parameters"))
            }
            for size in stride(from: 0, to: coded.segment.count, by: 1 + coded.segment.count / 60) {
                let decoded = DecodedPayload(
                    parameters: coded.parameters, segment: Array(coded.segment.prefix(size)),
                    count: rows.rows.count, length: rows.length, decoder: &decoder,
                    zstandard: &zstandard)
                guard case .refused = decoded else {
                    Issue.record("\(rows.testDescription) cut to \(size)")
                    continue
                }
            }
        }
    }

    @Test("with any bit turned end, within their memory")
    func flippedBits() throws {
        var encoder = PayloadEncoder()
        var decoder = PayloadDecoder()
        var zstandard = try ZstandardDecoder()
        for rows in Self.shapes {
            let coded = CodedPayload(rows, .standard, encoder: &encoder)
            var numbers = SeededGenerator(seed: 5)
            let bits = 8 * coded.parameters.count
            for bit in stride(from: 0, to: bits, by: 1 + bits / 150) {
                var damaged = coded.parameters
                damaged[bit / 8] ^= 1 << UInt8(bit % 8)
                _ = DecodedPayload(
                    parameters: damaged, segment: coded.segment, count: rows.rows.count,
                    length: rows.length, decoder: &decoder, zstandard: &zstandard)
            }
            for _ in 0..<40 where coded.runCount > 0 {
                var damaged = coded.segment
                damaged[numbers.number(below: damaged.count)] ^=
                    1 << UInt8(numbers.number(below: 8))
                _ = DecodedPayload(
                    parameters: coded.parameters, segment: damaged, count: rows.rows.count,
                    length: rows.length, decoder: &decoder, zstandard: &zstandard)
            }
        }
    }

    @Test("of random bytes end, within their memory", arguments: 0..<8)
    func garbage(seed: Int) throws {
        var decoder = PayloadDecoder()
        var zstandard = try ZstandardDecoder()
        var numbers = SeededGenerator(seed: UInt64(seed))
        var accepted = 0
        for _ in 0..<1_500 {
            let length = numbers.number(below: 65)
            let count = 1 + numbers.number(below: 90)
            var parameters = (0..<160).map { _ in numbers.byte() }
            // A byte that says that rows vary, or garbage would mostly be constant rows.
            if length == 8 { parameters[0] &= 0xFC }
            var cursor = ByteCursor(parameters.span)
            guard let plan = PayloadPlan(&cursor, length: length, count: count) else { continue }
            accepted += 1
            var segment = [UInt8](repeating: RunCoding.stored, count: plan.runCount) + [0, 0]
            for _ in 0..<plan.runCount * 2 * count {
                segment.append(UInt8(numbers.number(below: numbers.number(below: 256) + 1)))
            }
            _ = DecodedPayload(
                parameters: Array(parameters.prefix(cursor.offset)), segment: segment,
                count: count, length: length, decoder: &decoder, zstandard: &zstandard)
        }
        #expect(accepted > 0)
    }
}
