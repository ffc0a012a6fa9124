import Diagnostics
import TestBench
import Testing

/// Bytes as candump writes them, spaces between.
func bytes(_ text: String) -> [UInt8] {
    text.split(separator: " ").compactMap { UInt8($0, radix: 16) }
}

@Suite("Diagnostic messages")
struct DiagnosticMessageTests {
    @Test("a VIN is read as text, with its identifier's name")
    func vehicleIdentificationNumber() {
        // ISO 14229-1, the example of service 22: W0L000043MB541326.
        let answer = DiagnosticMessage(
            bytes("62 F1 90") + Array("W0L000043MB541326".utf8), isResponse: true)
        #expect(answer.summary == "ReadDataByIdentifier F190 vehicleIdentificationNumber")
        #expect(answer.identifiers == [0xF190])
        #expect(answer.fields.map(\.text) == ["W0L000043MB541326"])
        #expect(answer.fields[0].range == 3..<20)
        #expect(answer.remarks.isEmpty)
    }

    @Test("the request's identifiers split an answer whose last data have no known length")
    func severalIdentifiers() {
        // ISO 14229-1, the example of service 22 with 010A and 0110: 11 bytes and 1.
        let request = DiagnosticMessage(bytes("22 01 0A 01 10"), isResponse: false)
        #expect(request.identifiers == [0x010A, 0x0110])
        let payload = bytes("62 01 0A A6 66 07 50 20 1A 00 63 4A 82 7E 01 10 8C")
        var table = DataIdentifierTable.standard
        table[0x010A] = .init(name: "engineData", length: 11)
        let first = DiagnosticMessage(
            payload, isResponse: true, request: request, identifiers: table)
        #expect(first.fields.map(\.range) == [3..<14, 16..<17])
        #expect(first.fields[0].name == "engineData")
        #expect(first.fields[0].title == "010A engineData")
        #expect(first.field(of: 0x0110)?.text == "8C")
        // The length of the second tells the first's.
        table[0x010A] = nil
        table[0x0110] = .init(name: "battery", length: 1)
        let second = DiagnosticMessage(
            payload, isResponse: true, request: request, identifiers: table)
        #expect(second.fields.map(\.range) == [3..<14, 16..<17])
        #expect(second.remarks.isEmpty)
        // With neither, the identifier's own bytes do, where they are but once.
        let shown = DiagnosticMessage(payload, isResponse: true, request: request)
        #expect(shown.fields.map(\.range) == [3..<14, 16..<17])
        // Else the bytes are left, those of the identifier too, and the identifier is told.
        let third = DiagnosticMessage(
            bytes("62 01 0A A6 01 10 50 01 10 8C"), isResponse: true, request: request)
        #expect(third.fields.map(\.range) == [1..<10])
        #expect(third.fields.map(\.name) == ["raw"])
        #expect(third.remarks == [.unknownLength(field: "010A")])
        #expect(third.identifiers == [0x010A])
    }

    @Test("a length that disagrees with the standard's does not hide the identifiers behind it")
    func shortIdentification() {
        let request = DiagnosticMessage(bytes("22 F1 90 F1 87 F1 8C"), isResponse: false)
        let answer = DiagnosticMessage(
            bytes("62 F1 90 41 42 43 F1 87 30 31 32 F1 8C 20 26 11 22"), isResponse: true,
            request: request)
        #expect(answer.identifiers == [0xF190, 0xF187, 0xF18C])
        #expect(answer.fields.map(\.range) == [3..<6, 8..<11, 13..<17])
        #expect(answer.remarks.isEmpty)
    }

    @Test(
        "a byte or two that happen to be printable are no text",
        arguments: [
            // 0110 is a maker's; F187 and F18A are texts by the standard.
            ("62 01 10 7D", "0110 7D"), ("62 01 10 41 42 43", "0110 414243"),
            ("62 01 10 41 42 43 44", "0110 ABCD"), ("62 01 10 41 00 00 00 00", "0110 4100000000"),
            ("62 F1 8A 41 42", "F18A systemSupplierIdentifier AB"),
            ("62 F1 8A 41", "F18A systemSupplierIdentifier 41"),
        ])
    func shortTexts(payload: String, expected: String) {
        let answer = DiagnosticMessage(bytes(payload), isResponse: true)
        #expect(answer.fields.map(\.description) == [expected])
    }

    @Test("an identifier that was not asked for ends the splitting, not the reading")
    func unexpectedIdentifier() {
        let request = DiagnosticMessage(bytes("22 F1 90"), isResponse: false)
        let answer = DiagnosticMessage(bytes("62 F1 87 31"), isResponse: true, request: request)
        #expect(answer.remarks == [.notRequested(0xF187)])
        #expect(answer.fields.map(\.range) == [1..<4])
    }

    @Test("a negative response names the service and the reason")
    func negative() {
        let answer = DiagnosticMessage(bytes("7F 22 31"), isResponse: true)
        #expect(answer.service.rawValue == 0x22)
        #expect(answer.negative?.name == "requestOutOfRange")
        #expect(answer.summary == "ReadDataByIdentifier 31 requestOutOfRange")
        #expect(DiagnosticMessage(bytes("7F 31 78"), isResponse: true).isPending)
        #expect(
            DiagnosticMessage(bytes("7F 22"), isResponse: true).remarks
                == [.tooShort(field: "responseCode", missing: 1)])
    }

    @Test("the suppress bit belongs to the request and is not part of the sub-function")
    func suppression() {
        let request = DiagnosticMessage(bytes("3E 80"), isResponse: false)
        #expect(request.subFunction == 0)
        #expect(request.suppressesPositiveResponse)
        #expect(request.summary == "TesterPresent zeroSubFunction")
        #expect(!DiagnosticMessage(bytes("3E 00"), isResponse: false).suppressesPositiveResponse)
    }

    @Test("a session's answer gives P2 and P2* in milliseconds")
    func session() {
        let answer = DiagnosticMessage(bytes("50 03 00 32 01 F4"), isResponse: true)
        #expect(answer.summary == "DiagnosticSessionControl extendedDiagnosticSession")
        #expect(answer.fields.map(\.description) == ["P2ServerMax 50 ms", "P2*ServerMax 5000 ms"])
        #expect(DiagnosticMessage(bytes("50 03"), isResponse: true).remarks.isEmpty)
    }

    @Test("trouble codes by status mask have code, status and place")
    func troubleCodes() {
        // ISO 14229-1, the example of reportDTCByStatusMask.
        let answer = DiagnosticMessage(
            bytes("59 02 7F 0A 9B 17 24 08 05 11 2F"), isResponse: true)
        #expect(answer.troubleCodes.map(\.text) == ["P0A9B-17", "P0805-11"])
        #expect(answer.troubleCodes.map { $0.status?.rawValue } == [0x24, 0x2F])
        #expect(answer.troubleCodes.map(\.range) == [3..<7, 7..<11])
        #expect(
            answer.summary == "ReadDTCInformation reportDTCByStatusMask 2 trouble codes")
        let count = DiagnosticMessage(bytes("59 01 2F 01 00 01"), isResponse: true)
        #expect(
            count.fields.map(\.text).suffix(2) == ["ISO_14229-1_DTCFormat", "1"])
    }

    @Test("codes of world-wide harmonised OBD are read in the format that the answer names")
    func formats() {
        // SPN 110 FMI 3 in format 2.
        let answer = DiagnosticMessage(
            bytes("59 55 33 FF 02 6E 00 03 08"), isResponse: true)
        #expect(answer.troubleCodes.map(\.text) == ["SPN 110 FMI 3"])
        #expect(answer.fields[0].text == "emissionsSystemGroup")
    }

    @Test("a snapshot is split as far as lengths are known")
    func snapshots() {
        // ISO 14229-1, the example of reportDTCSnapshotRecordByDTCNumber: identifier 4711, 5 bytes.
        let payload = bytes("59 04 12 34 56 24 02 01 47 11 A6 66 07 50 20")
        let request = DiagnosticMessage(bytes("19 04 12 34 56 02"), isResponse: false)
        #expect(request.troubleCodes.map(\.text) == ["P1234-56"])
        let one = DiagnosticMessage(payload, isResponse: true, request: request)
        #expect(one.remarks.isEmpty)
        #expect(one.fields.last?.range == 10..<15)
        let all = DiagnosticMessage(bytes("19 04 12 34 56 FF"), isResponse: false)
        let unknown = DiagnosticMessage(payload, isResponse: true, request: all)
        #expect(unknown.remarks == [.unknownLength(field: "4711")])
        #expect(unknown.troubleCodes.count == 1)
    }

    /// ISO 14229-1 10.5 and 14.2: a periodic identifier is the low byte of F2xx.
    @Test(
        "numbers that people write in hexadecimal are so in text",
        arguments: [
            ("2A 01 0A", false, "periodicDataIdentifier 0A"),
            ("6A E3 01", true, "periodicDataIdentifier E3"),
            ("74 20 0F FF", true, "lengthFormatIdentifier 20"),
        ])
    func hexadecimalNumbers(payload: String, isResponse: Bool, text: String) {
        let message = DiagnosticMessage(bytes(payload), isResponse: isResponse)
        #expect(message.fields.map(\.description).contains(text))
    }

    @Test("masks of bits are a byte where room is short, and their names else")
    func masks() {
        let request = DiagnosticMessage(bytes("19 02 0D"), isResponse: false)
        #expect(request.fields.map(\.brief) == ["DTCStatusMask 0D"])
        #expect(
            request.fields.map(\.description) == [
                "DTCStatusMask testFailed pendingDTC confirmedDTC"
            ])
    }

    @Test("memory is addressed in as many bytes as the message says")
    func memory() {
        let request = DiagnosticMessage(bytes("23 24 20 48 13 92 01 03"), isResponse: false)
        #expect(request.field("memoryAddress")?.number == 0x2048_1392)
        #expect(request.field("memorySize")?.number == 259)
        #expect(
            request.fields.map(\.description) == [
                "addressAndLengthFormatIdentifier 24", "memoryAddress 20481392", "memorySize 259",
            ])
        let short = DiagnosticMessage(bytes("23 24 20 48"), isResponse: false)
        #expect(short.remarks == [.tooShort(field: "memoryAddress", missing: 2)])
        #expect(short.fields.last?.name == "raw")
    }

    @Test("a routine, a transfer and a file say their parts")
    func others() {
        #expect(
            DiagnosticMessage(bytes("31 01 FF 00"), isResponse: false).summary
                == "RoutineControl startRoutine FF00 eraseMemory")
        #expect(
            DiagnosticMessage(bytes("74 20 0F FA"), isResponse: true)
                .field("maxNumberOfBlockLength")?.number == 4_090)
        let file = DiagnosticMessage(
            bytes("38 01 00 03 61 2E 62 11 02 C3 50 75 30"), isResponse: false)
        #expect(file.field("filePathAndName")?.text == "a.b")
        #expect(file.field("fileSizeUncompressed")?.number == 50_000)
        #expect(file.field("fileSizeCompressed")?.number == 30_000)
        #expect(file.remarks.isEmpty)
    }

    @Test("clearing says which codes")
    func clearing() {
        #expect(
            DiagnosticMessage(bytes("14 FF FF FF"), isResponse: false).field("groupOfDTC")?.text
                == "allGroups")
        #expect(
            DiagnosticMessage(bytes("14 01 18 17"), isResponse: false).field("groupOfDTC")?.text
                == "P0118-17")
    }

    @Test(
        "of endless messages a bounded number of values is held, and the rest as bytes",
        arguments: ["22", "59 02 FF", "41", "2C 02 F3 01 14"])
    func bounded(start: String) {
        let payload = bytes(start) + [UInt8](repeating: 0x0D, count: 1_000_000)
        let message = DiagnosticMessage(payload, isResponse: payload[0] & 0x40 != 0)
        #expect(message.fields.count <= 4_097)
        #expect(message.troubleCodes.count <= 65_536)
        #expect(message.identifiers.count <= 4_096)
        #expect(message.remarks == [.tooMany])
        #expect(message.fields.last?.name == "raw")
        #expect(message.fields.last?.range.upperBound == payload.count)
    }

    @Test("what no standard has is bytes")
    func unknown() {
        let request = DiagnosticMessage(bytes("B5 01 02"), isResponse: false)
        #expect(request.fields.map(\.text) == ["0102"])
        #expect(request.remarks == [.unknownService(0xB5)])
        #expect(DiagnosticMessage([], isResponse: true).remarks == [.empty])
        #expect(
            DiagnosticMessage(bytes("22 F1 90"), isResponse: true).remarks == [.notAResponse])
        #expect(
            DiagnosticMessage(bytes("19 3F 01"), isResponse: false).remarks
                == [.unknownSubFunction(0x3F)])
        #expect(
            DiagnosticMessage(bytes("54 01"), isResponse: true).remarks == [.surplus(1..<2)])
    }

    @Test("all pairs of service and sub-function are read in any length", arguments: 0..<256)
    func everything(service: Int) {
        var generator = SeededGenerator(seed: UInt64(service))
        for subFunction in UInt8.min...UInt8.max {
            var payload = [UInt8(service), subFunction]
            for length in [0, 1, 2, 5, 21] {
                let tail = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
                payload = [UInt8(service), subFunction] + tail
                check(payload)
            }
        }
        check([UInt8(service)])
    }

    /// All bytes behind service and sub-function are in a field or a code.
    private func check(_ payload: [UInt8]) {
        let request = DiagnosticMessage(payload, isResponse: false)
        for message in [request, DiagnosticMessage(payload, isResponse: true, request: request)] {
            var isSaid = [Bool](repeating: false, count: payload.count)
            for range in message.fields.map(\.range) + message.troubleCodes.map(\.range) {
                guard range.upperBound <= payload.count else {
                    Issue.record("\(payload): a field ends behind the message")
                    return
                }
                for index in range { isSaid[index] = true }
            }
            // Identifiers stand before their data.
            let start = message.service.hasSubFunction && message.negative == nil ? 2 : 1
            let isPlain = message.service.rawValue == 0x22 || message.service.rawValue == 0x19
            if !isPlain, payload.count > start, !isSaid[start...].allSatisfy({ $0 }) {
                Issue.record("\(payload): bytes are left out of \(message.fields)")
            }
            if payload.count > 20 { _ = message.summary + message.fields.description }
        }
    }
}
