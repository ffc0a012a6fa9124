import TestBench
import Testing

@testable import LogFile

@Suite("Bits written and read")
struct BitStreamTests {
    @Test("come back, whatever their widths", arguments: [UInt64(1), 2, 3])
    func roundTrip(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var writer = BitWriter()
        var values: [(UInt64, Int)] = []
        for _ in 0..<3_000 {
            let count = Int(random.next() % 65)
            let value = count == 64 ? random.next() : random.next() & ((1 << UInt64(count)) - 1)
            values.append((value, count))
            writer.put(value, count)
        }
        writer.align()
        #expect(writer.bytes.count == (values.map(\.1).reduce(0, +) + 7) / 8)
        let bytes = writer.bytes
        var reader = BitReader(bytes.span)
        for (value, count) in values {
            let read = reader.get(count)
            #expect(read == value)
        }
        let isOverrunBefore = reader.isOverrun
        let beyond = reader.get(64)
        let isOverrun = reader.isOverrun
        #expect(!isOverrunBefore)
        #expect(beyond == 0)
        #expect(isOverrun)
    }
}
