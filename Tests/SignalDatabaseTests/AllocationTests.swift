import CANFrame
import SignalDatabase
import TestBench
import Testing

@Suite("memory of decoders")
struct AllocationTests {
    @Test("is counted")
    func counting() {
        var grown: [Int] = []
        let count = allocations { grown = Array(repeating: 1, count: 1_000) }
        #expect(count == nil || count == 1)
        #expect(grown.count == 1_000)
    }

    @Test(
        "is not allocated for frames of known streams", arguments: [DecodeKernel.vector, .scalar])
    func live(kernel: DecodeKernel) {
        var random = RandomDatabase(seed: 5)
        let plan = DecodePlan(database(random.text))
        let batch = random.batch(count: 2_000)
        var live = LiveDecoder(plan, kernel: kernel)
        let count = allocations {
            for _ in 0..<5 { live.decode(batch) }
            for row in 0..<batch.count {
                _ = live.decode(batch.rows[row], longPayload: batch.longPayload(at: row))
            }
        }
        #expect(count ?? 0 == 0)
        #expect(live.streams.count > 5)
    }

    @Test(
        "is not allocated for columns of batches that are not greater",
        arguments: [ColumnDecoder.Form.physical, .raw], [DecodeKernel.vector, .scalar])
    func columns(form: ColumnDecoder.Form, kernel: DecodeKernel) {
        var random = RandomDatabase(seed: 5)
        let plan = DecodePlan(database(random.text))
        let batch = random.batch(count: 2_000)
        var decoder = ColumnDecoder(plan, form: form, kernel: kernel)
        let count = allocations {
            for _ in 0..<5 { decoder.decode(batch) }
        }
        #expect(count ?? 0 == 0)
        #expect(decoder.columns.count > 50)
    }
}
