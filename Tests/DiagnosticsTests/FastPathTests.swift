import Diagnostics
import TestBench
import Testing

@Suite("Diagnostics without allocation")
struct FastPathTests {
    @Test("records of trouble codes are those of the message")
    func sameCodes() {
        for text in [
            "59 02 7F 0A 9B 17 24 08 05 11 2F", "59 0A FF", "59 17 18 FF 01 18 17 2F",
            "59 55 33 FF 00 01 18 17 2F", "59 56 33 FF 04 01 01 18 17 2F",
            "59 02 7F 0A 9B 17 24 08 05",
        ] {
            let payload = bytes(text)
            let message = DiagnosticMessage(payload, isResponse: true)
            var found: [String] = []
            var surplus = 0
            if let records = TroubleCodeRecords(payload.span) {
                for index in 0..<records.count {
                    let record = records[index]
                    found.append("\(record.code) \(record.status.rawValue)")
                }
                surplus = records.surplus
            }
            #expect(
                found == message.troubleCodes.map { "\($0.code) \($0.status?.rawValue ?? 0)" })
            #expect((surplus > 0) == !message.remarks.isEmpty)
        }
    }

    @Test(
        "what is no such answer is none",
        arguments: ["", "59", "59 02", "59 01 FF 00 00 01", "62 F1"])
    func notAnAnswer(text: String) {
        let payload = bytes(text)
        var isAnswer = false
        if TroubleCodeRecords(payload.span) != nil { isAnswer = true }
        if DataIdentifierAnswer(payload.span) != nil { isAnswer = true }
        #expect(!isAnswer)
    }

    @Test("neither codes, their text nor a VIN's answer allocate")
    func noAllocation() {
        let report = bytes("59 02 7F 0A 9B 17 24 08 05 11 2F")
        let answer = bytes("62 F1 90") + Array("W0L000043MB541326".utf8)
        var sum = 0
        let count = allocations {
            sum = 0
            for _ in 0..<1_000 {
                if let records = TroubleCodeRecords(report.span) {
                    for index in 0..<records.count {
                        let record = records[index]
                        sum += record.code.description.utf8.count + Int(record.status.rawValue)
                    }
                }
                if let answer = DataIdentifierAnswer(answer.span) {
                    sum += Int(answer.identifier) + answer.data.count
                }
            }
        }
        #expect(count == nil || count == 0)
        #expect(sum == 1_000 * (8 + 0x24 + 8 + 0x2F + 0xF190 + 17))
    }
}
