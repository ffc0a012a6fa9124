import TestBench
import Testing

@testable import LogFile

/// Runs of one kind, made from a seed.
struct SampleRuns: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var runs: @Sendable (inout SeededGenerator) -> [[UInt8]]

    static let all: [SampleRuns] = [
        SampleRuns(testDescription: "no runs") { _ in [] },
        SampleRuns(testDescription: "empty runs") { _ in [[], [], []] },
        SampleRuns(testDescription: "single symbols") { _ in [[7], [0], [255], [7]] },
        SampleRuns(testDescription: "one symbol many times") { _ in
            [[UInt8](repeating: 9, count: 5_000), [UInt8](repeating: 0, count: 2)]
        },
        SampleRuns(testDescription: "all symbols alike") { random in
            [(0..<9_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }]
        },
        SampleRuns(testDescription: "skewed") { random in
            (1...6).map { rate in (0..<3_000).map { _ in skewed(&random, rate) } }
        },
        SampleRuns(testDescription: "one rare symbol among thousands") { random in
            (0..<3).map { _ in
                (0..<8_000).map { _ in random.next() % 4_000 == 0 ? 200 : 3 }
            }
        },
        SampleRuns(testDescription: "repeated sequences") { random in
            let sequence = (0..<97).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            return [(0..<6_000).map { sequence[$0 % 97] }, (0..<100).map { sequence[$0 % 10] }]
        },
        SampleRuns(testDescription: "many short runs") { random in
            (0..<300).map { index in
                (0..<Int(random.next() % 90)).map { _ in skewed(&random, 1 + index % 7) }
            }
        },
        SampleRuns(testDescription: "of all kinds") { random in
            (0..<60).map { _ in
                let count = Int(random.next() % 2_500)
                let rate = Int(random.next() % 9)
                return (0..<count).map { index in
                    rate == 8 ? UInt8(truncatingIfNeeded: index) : skewed(&random, rate)
                }
            }
        },
    ]

    /// A byte whose high bits are ever rarer; the rarer the larger `rate` is.
    static func skewed(_ random: inout SeededGenerator, _ rate: Int) -> UInt8 {
        var mask: UInt64 = 0xFF
        for _ in 0..<rate { mask &= random.next() }
        return UInt8(mask & random.next() & 0xFF)
    }
}

/// Runs coded as one segment, and what reading it back takes.
struct CodedSegment {
    var tables: [UInt8] = []
    var bytes: [UInt8] = []
    var counts: [Int] = []
    var twoStates = false
    /// How each run is coded.
    var codings: [UInt8] = []

    var size: Int { tables.count + bytes.count }

    init(
        _ runs: [[UInt8]], bits: [UInt8] = [], frames: Int = 131_072, twoStates: Bool,
        effort: CodingEffort = .standard
    ) throws {
        var encoder = try EntropyEncoder(effort: effort)
        var symbols = SymbolRuns()
        self.twoStates = twoStates
        for (index, run) in runs.enumerated() {
            symbols.open(run.count + 3, index % 4 == 0 ? .times : .payloads)
            for symbol in run { symbols.append(symbol) }
            symbols.close()
            counts.append(run.count)
        }
        encoder.makeTables(&symbols, frames: frames, into: &tables)
        encoder.appendSegment(
            symbols, 0..<runs.count, bits: bits.span, twoStates: twoStates, into: &bytes)
        codings = symbols.runs.map(\.table)
    }

    /// The runs, or why they cannot be read.
    func read() throws -> (runs: [[UInt8]], trouble: String?) {
        var set = TableSet()
        var zstandard = try ZstandardDecoder()
        if let trouble = set.read(tables.span) { return ([], trouble) }
        guard var reader = RunReader(bytes.span, runCount: counts.count, twoStates: twoStates)
        else { return ([], "sizes") }
        var runs: [[UInt8]] = []
        for count in counts {
            var output = [UInt8](repeating: 0xEE, count: count + 1)
            var memory = output.mutableSpan
            if let trouble = reader.next(
                count, into: &memory, tables: &set, zstandard: &zstandard)
            {
                return (runs, trouble)
            }
            guard output.removeLast() == 0xEE else { return (runs, "a symbol too many") }
            runs.append(output)
        }
        return (runs, nil)
    }
}
