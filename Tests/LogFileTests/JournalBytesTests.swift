import CANFrame
import LogFile
import Testing

/// Bytes made by hand from `LogFile.docc/Journal.md`; only the CRCs are computed, bit by bit.
@Suite("Journal bytes written by hand are read as the document says")
struct JournalBytesTests {
    /// Recording 00 01 … 0F, ordinal 2, first frame 5, 1 µs; channel 1 is can1.
    static let head: [UInt8] = {
        var bytes: [UInt8] = [
            0x89, 0x43, 0x4C, 0x4A, 0x4E, 0x0D, 0x0A, 0x1A, 1, 0, 0, 0, 69, 0, 0, 0,
        ]
        bytes += 0...15
        bytes += [2, 0, 0, 0, 0, 0, 0, 0]
        bytes += [5, 0, 0, 0, 0, 0, 0, 0]
        bytes += [0xE8, 0x03, 0, 0, 0, 0, 0, 0]
        // One channel: number, name, no bit rates, clock unknown.
        bytes += [1, 1, 4, 0x63, 0x61, 0x6E, 0x31, 0, 0]
        return bytes + littleEndian(castagnoli(bytes))
    }()
    static let seed = castagnoli(Array(0...15) + [2, 0, 0, 0, 0, 0, 0, 0])

    /// Frame 5: new key 1, 123 on channel 1, received, 3 bytes, time as the base, 11 22 33.
    /// Frame 6: new key 2, 18DAF110 extended FD of 12 bytes, 5 ms later, first and last byte set.
    /// Frame 7: key 1 by its number, 1 unit later, byte 0 plus 1 by a new mask.
    static let restart: [UInt8] = {
        var body: [UInt8] = [0x00, 0xC0, 0xFF, 0x23, 0x01, 0, 0, 1, 0x40, 3, 3]
        body += [0b111, 0x11, 0x22, 0x33]
        body += [0x88, 0xD3, 0xFF, 0x10, 0xF1, 0xDA, 0x98, 1, 0x44, 12, 9]
        body += [0b11, 0b1, 0xAA, 0b1000, 0xBB]
        body += [0x01, 0xC0, 0x01, 0b1, 0x12]
        var fields = littleEndian(UInt32(body.count)) + [3, 0, 0, 0]
        fields += [5, 0, 0, 0, 0, 0, 0, 0]
        fields += [0, 0xCA, 0x9A, 0x3B, 0, 0, 0, 0]
        fields += [0xE8, 0x03, 0, 0, 0, 0, 0, 0]
        let checked = littleEndian(castagnoli(fields) ^ seed) + fields + body
        return [0xFF, 0x43, 0x4C, 0x4A, 0x52, 0x53, 0x54, 0x9E] + checked
            + littleEndian(castagnoli(checked) ^ seed ^ 5)
    }()

    /// Frame 8: key 2 came after key 1, no time, payload as before; a tick 100 ms after the base.
    /// Frame 9: key 1, which came last after key 2, 1.5 s later, byte 0 by the last mask.
    /// Frame 10: key 1 by its number, -1 ns, byte 0 by the last mask.
    static let plain: [UInt8] = {
        var body: [UInt8] = [0x00, 0x00, 0xFE, 0x3F, 0x02, 0x80, 0x84, 0xAF, 0x5F, 0]
        body += [0x16, 0x3F, 0x60, 0xE3, 0x13]
        body += [0xFF, 0x7F, 0x01, 0x01, 0x14]
        let bytes = [UInt8(body.count), 3] + body
        return bytes + littleEndian(castagnoli(bytes) ^ seed ^ 8)
    }()

    static let frames: [Frame] = {
        let second: Int64 = 1_000_000_000
        let first = { (stamp: Int64, byte: UInt8) in
            Frame(
                timestamp: Timestamp(nanoseconds: stamp), identifier: PackedID(rawValue: 0x123),
                channel: 1, flags: FrameFlags(rawValue: 0x40), payload: [byte, 0x22, 0x33])
        }
        let second12 = { (stamp: Int64) in
            Frame(
                timestamp: Timestamp(nanoseconds: stamp),
                identifier: PackedID(rawValue: 0x98DA_F110), channel: 1,
                flags: FrameFlags(rawValue: 0x44),
                payload: [0xAA] + Array(repeating: 0, count: 10) + [0xBB])
        }
        return [
            first(second, 0x11), second12(second + 5_000_000), first(second + 5_001_000, 0x12),
            second12(second + 5_001_000), first(2 * second + 505_001_000, 0x13),
            first(2 * second + 505_000_999, 0x14),
        ]
    }()

    @Test("a head, a restart record and a plain record")
    func byHand() throws {
        let content = try JournalContent(Self.head + Self.restart + Self.plain)
        #expect(content.frames == Self.frames)
        #expect(content.numbers == [5, 6, 7, 8, 9, 10])
        #expect(
            content.events == [
                BusEvent(
                    rowIndex: 4, timestamp: Timestamp(nanoseconds: 1_100_000_000), channel: nil,
                    kind: .tick)
            ])
        #expect(content.damages.isEmpty && content.tornBytes == 0)
    }

    @Test("the encoder writes the same head")
    func sameHead() throws {
        let recording = try #require(RecordingID(Array(0...15)))
        var encoder = JournalEncoder(recording: recording, resolution: 1_000)
        var bytes: [UInt8] = []
        encoder.beginSegment(
            ordinal: 2, firstFrameNumber: 5,
            channels: [(1, ChannelDescription(interface: "can1"))], into: &bytes)
        #expect(bytes == Self.head)
    }
}

private func littleEndian(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}
