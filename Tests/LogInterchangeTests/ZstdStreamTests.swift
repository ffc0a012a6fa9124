import CANFrame
import LogInterchange
import Testing

@Suite("zstd")
struct ZstdStreamTests {
    /// `printf '(1700000000.123456) can0 123#DEADBEEF\n' | zstd -3 -c`, zstd 1.5.4.
    static let line: [UInt8] = [
        0x28, 0xB5, 0x2F, 0xFD, 0x04, 0x58, 0x31, 0x01, 0x00, 0x28, 0x31, 0x37,
        0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x2E, 0x31, 0x32, 0x33,
        0x34, 0x35, 0x36, 0x29, 0x20, 0x63, 0x61, 0x6E, 0x30, 0x20, 0x31, 0x32,
        0x33, 0x23, 0x44, 0x45, 0x41, 0x44, 0x42, 0x45, 0x45, 0x46, 0x0A, 0x89,
        0xF6, 0x5E, 0x8F,
    ]

    @Test("a compressed text is read, however small its stretches", arguments: [1, 5, 1000])
    func decompress(stretch: Int) throws {
        let stream = try ZstdStream(
            MemoryStream(Self.line + Self.line, place: "a.log.zst", stretch: stretch))
        var reader = InterchangeReader(stream, CandumpTextDecoder())
        var batch = FrameBatch(capacity: 16)
        var payloads: [[UInt8]] = []
        while try reader.read(into: &batch, waiting: .zero) != .ended {
            for index in 0..<batch.count { payloads.append(batch.payloadBytes(at: index)) }
            batch.removeAll()
        }
        #expect(payloads == [[0xDE, 0xAD, 0xBE, 0xEF], [0xDE, 0xAD, 0xBE, 0xEF]])
    }

    @Test("a cut or damaged text says so", arguments: 1..<50)
    func cut(length: Int) throws {
        guard length < Self.line.count else { return }
        let stream = MemoryStream(Array(Self.line.prefix(length)), place: "a.log.zst")
        var reader = InterchangeReader(try ZstdStream(stream), CandumpTextDecoder())
        var batch = FrameBatch(capacity: 16)
        let error = #expect(throws: StreamError.self) {
            while try reader.read(into: &batch, waiting: .zero) != .ended { batch.removeAll() }
        }
        #expect(
            error?.description
                == "a.log.zst: the zstd data ends inside a frame: the file was cut off"
        )
    }
}
