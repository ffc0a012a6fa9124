import TestBench
import Glibc
import Testing

@testable import LogFile

@Suite("Runs of symbols")
struct EntropyCodingTests {
    @Test(
        "come back, with one state and two, at every effort, in groups of every size",
        arguments: SampleRuns.all)
    func roundTrip(sample: SampleRuns) throws {
        for seed in 1...2 as ClosedRange<UInt64> {
            var random = SeededGenerator(seed: seed)
            let runs = sample.runs(&random)
            for (twoStates, frames) in [(false, 3_000), (true, 20_000), (true, 131_072)] {
                for effort in CodingEffort.allCases {
                    let coded = try CodedSegment(
                        runs, frames: frames, twoStates: twoStates, effort: effort)
                    let (result, trouble) = try coded.read()
                    #expect(trouble == nil)
                    #expect(result == runs)
                }
            }
        }
    }

    @Test("never cost more than the symbols and a few bytes", arguments: SampleRuns.all)
    func bound(sample: SampleRuns) throws {
        var random = SeededGenerator(seed: 5)
        let runs = sample.runs(&random)
        let coded = try CodedSegment(runs, twoStates: true)
        #expect(coded.size <= runs.map { $0.count + 2 }.reduce(16, +))
    }

    @Test("of chance are stored as they are")
    func incompressible() throws {
        var random = SeededGenerator(seed: 8)
        let runs = (0..<40).map { _ in
            (0..<2_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        }
        let coded = try CodedSegment(runs, twoStates: true)
        #expect(coded.codings.allSatisfy { $0 == RunCoding.stored })
    }

    @Test("cost no more than 2 % above their entropy", arguments: 0...6)
    func entropy(rate: Int) throws {
        var random = SeededGenerator(seed: 11)
        // Symbols that no sequence repeats, so that only their frequencies can help.
        let run = (0..<60_000).map { _ in SampleRuns.skewed(&random, rate) }
        var counts = [Double](repeating: 0, count: 256)
        for symbol in run { counts[Int(symbol)] += 1 }
        // Shannon's formula.
        let bits = counts.filter { $0 > 0 }
            .map { $0 * log2(Double(run.count) / $0) }.reduce(0, +)
        let coded = try CodedSegment([run], twoStates: true)
        #expect(Double(coded.size) <= bits / 8 * 1.02 + 32)
        #expect(Double(coded.size) >= bits / 8 * (rate == 0 ? 0.99 : 0.9))
    }

    @Test("that repeat themselves go through zstd")
    func repeating() throws {
        var random = SeededGenerator(seed: 12)
        let sequence = (0..<97).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let coded = try CodedSegment([(0..<6_000).map { sequence[$0 % 97] }], twoStates: true)
        #expect(coded.codings == [RunCoding.zstandard])
        #expect(coded.size < 200)
    }

    @Test("of the same kind share a table")
    func sharing() throws {
        var random = SeededGenerator(seed: 13)
        let runs = (0..<200).map { _ in (0..<300).map { _ in SampleRuns.skewed(&random, 2) } }
        let coded = try CodedSegment(runs, twoStates: false)
        #expect(Set(coded.codings).count <= 4)
    }

    @Test("may be thousands", .timeLimit(.minutes(1)))
    func many() throws {
        var random = SeededGenerator(seed: 14)
        let runs = (0..<4_000).map { index in
            (0..<8).map { _ in SampleRuns.skewed(&random, 1 + index % 5) }
        }
        let coded = try CodedSegment(runs, twoStates: false)
        #expect(try coded.read().runs == runs)
    }

    @Test("leave the raw bits of their segment alone")
    func bits() throws {
        let bits: [UInt8] = [1, 2, 3, 4, 5]
        let coded = try CodedSegment([[1, 2, 3, 1, 1]], bits: bits, twoStates: false)
        let reader = RunReader(coded.bytes.span, runCount: 1, twoStates: false)
        guard var reader else {
            Issue.record("the sizes of the segment contradict each other")
            return
        }
        let word = reader.bits.get(40)
        #expect(word == 0x05_0403_0201)
    }

    @Test("are coded again by an encoder that kept its memory")
    func reuse() throws {
        var encoder = try EntropyEncoder(effort: .standard)
        var symbols = SymbolRuns()
        var random = SeededGenerator(seed: 15)
        for sample in SampleRuns.all {
            let runs = sample.runs(&random)
            symbols.removeAll()
            for run in runs {
                symbols.open(run.count, .payloads)
                for symbol in run { symbols.append(symbol) }
                symbols.close(run.count)
            }
            var coded = try CodedSegment([], twoStates: false)
            coded.tables = []
            coded.bytes = []
            coded.counts = runs.map(\.count)
            encoder.makeTables(&symbols, frames: 9_000, into: &coded.tables)
            let none: [UInt8] = []
            encoder.appendSegment(
                symbols, 0..<runs.count, bits: none.span, twoStates: false, into: &coded.bytes)
            let (result, trouble) = try coded.read()
            #expect(trouble == nil)
            #expect(result == runs)
        }
    }
}

@Suite("Damaged runs of symbols")
struct EntropyDamageTests {
    /// Runs of every coding.
    static func sample(twoStates: Bool) throws -> (coded: CodedSegment, runs: [[UInt8]]) {
        var random = SeededGenerator(seed: 21)
        let sequence = (0..<40).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        var runs = [(0..<400).map { sequence[$0 % 40] }, [UInt8](repeating: 4, count: 50)]
        for rate in 0...3 {
            runs.append((0..<150).map { _ in SampleRuns.skewed(&random, rate) })
        }
        let coded = try CodedSegment(runs, frames: 1_000, twoStates: twoStates)
        return (coded, runs)
    }

    @Test("are noticed or read as others, never more", arguments: [false, true])
    func bitFlips(twoStates: Bool) throws {
        let (coded, runs) = try Self.sample(twoStates: twoStates)
        let kinds = Set(coded.codings.map { min($0, RunCoding.repeated - 1) })
        try #require(kinds.count >= 1 && coded.codings.contains(RunCoding.stored))
        try #require(coded.codings.contains(RunCoding.zstandard))
        try #require(coded.codings.contains(RunCoding.repeated))
        #expect(try coded.read().runs == runs)
        for bit in 0..<coded.bytes.count * 8 {
            var damaged = coded
            damaged.bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            _ = try damaged.read()
        }
        for bit in 0..<coded.tables.count * 8 {
            var damaged = coded
            damaged.tables[bit / 8] ^= 1 << UInt8(bit % 8)
            _ = try damaged.read()
        }
    }

    @Test("that are cut short are noticed", arguments: [false, true])
    func cuts(twoStates: Bool) throws {
        let coded = try Self.sample(twoStates: twoStates).coded
        for count in 0..<coded.bytes.count {
            var damaged = coded
            damaged.bytes.removeLast(coded.bytes.count - count)
            #expect(try damaged.read().trouble != nil)
        }
        for count in 0..<coded.tables.count {
            var damaged = coded
            damaged.tables.removeLast(coded.tables.count - count)
            #expect(try damaged.read().trouble != nil)
        }
    }

    @Test("that go on are noticed")
    func excess() throws {
        var coded = try Self.sample(twoStates: true).coded
        coded.bytes.append(0)
        #expect(try coded.read().trouble != nil)
    }

    @Test("may be any bytes", arguments: [UInt64(1), 2, 3])
    func garbage(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let valid = try Self.sample(twoStates: false).coded
        for _ in 0..<500 {
            var coded = valid
            coded.twoStates = random.next() % 2 == 0
            if random.next() % 2 == 0 {
                let count = Int(random.next() % 200)
                coded.tables = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                if count > 0 { coded.tables[0] = 10 + UInt8(random.next() % 3) }
            }
            let count = Int(random.next() % 400)
            coded.bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            // Sizes that hold, so that the symbols themselves are read.
            if count > 100, random.next() % 2 == 0 {
                for index in 0..<coded.counts.count { coded.bytes[index] &= 3 }
                coded.bytes[coded.counts.count] = 60
                coded.bytes[coded.counts.count + 1] = 10
            }
            coded.counts = coded.counts.map { _ in Int(random.next() % 300) }
            _ = try coded.read()
        }
    }

    /// Tables written by hand from the format: 10 bits, then the sizes, then the tables.
    @Test(
        "name tables that cannot be",
        arguments: [
            ([], "cut short"), ([10], "cut short"), ([9, 0], "9 bits"), ([13, 0], "13 bits"),
            ([10, 254], "too many"), ([10, 1], "size"), ([10, 1, 3, 0, 0], "2 bytes"),
            ([10, 1, 1, 0, 0], "2 bytes"),
        ] as [([UInt8], String)])
    func tables(section: [UInt8], reason: String) throws {
        var set = TableSet()
        let trouble = set.read(section.span)
        #expect(trouble?.contains(reason) == true)
        #expect(set.prepare(0) == nil)
    }
}

@Suite("A table of symbols")
struct SymbolTableTests {
    @Test("comes back from its bits, and its shares fill the whole", arguments: 10...12)
    func roundTrip(bits: Int) {
        var random = SeededGenerator(seed: UInt64(bits))
        for round in 0..<200 {
            var counts = [UInt32](repeating: 0, count: 256)
            let different = 2 + Int(random.next() % 255)
            while counts.count(where: { $0 > 0 }) < different {
                let scale = random.next() % 20
                counts[Int(random.next() % 256)] = 1 + UInt32(random.next() % (1 << scale))
            }
            var table = SymbolTable()
            table.fit(counts.span, bits: bits, precision: 2 + round % 3)
            #expect(table.shares.map(Int.init).reduce(0, +) == 1 << bits)
            for symbol in 0..<256 { #expect((table.shares[symbol] > 0) == (counts[symbol] > 0)) }
            var writer = BitWriter()
            table.append(to: &writer)
            writer.align()
            let bytes = writer.bytes
            var reader = BitReader(bytes.span)
            var copy = SymbolTable()
            let isRead = copy.read(from: &reader, bits: bits)
            #expect(isRead)
            #expect(copy.shares == table.shares)
        }
    }

    @Test("is read from bits written by hand")
    func golden() {
        // Two symbols: others 1 (code 1), leader 5, precision 4 (3), gap 2 (code 0 1 then 1),
        // length 3 (no change: 1), bits behind the leading one 01: symbol 2 has 5 of 1,024.
        // Low bits first: 1 10100000 11 | 011 1 10
        let bytes: [UInt8] = [0x0B, 0xF6, 0x00]
        var reader = BitReader(bytes.span)
        var table = SymbolTable()
        let isRead = table.read(from: &reader, bits: 10)
        #expect(isRead)
        #expect(table.shares[2] == 5)
        #expect(table.shares[5] == 1_019)
    }
}
