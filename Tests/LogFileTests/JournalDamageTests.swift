import TestBench
import CANFrame
import Testing

@testable import LogFile

@Suite("A damaged journal segment gives what is whole and tells what is not")
struct JournalDamageTests {
    /// Some hundred bytes: seven records of classic, FD, remote and error frames, with events.
    static let parts: [JournalPart] = {
        var generator = SeededGenerator(seed: 4)
        var stamp: Int64 = 1_700_000_000_000_000_000
        return (0..<7).map { part in
            var frames: [Frame] = []
            for _ in 0...part {
                stamp += 1_000 * Int64.random(in: 0..<4_000, using: &generator)
                frames.append(.random(at: stamp, identifiers: 5, using: &generator))
            }
            let event = BusEvent(
                rowIndex: part / 2, timestamp: Timestamp(nanoseconds: stamp), channel: 1,
                kind: BusEvent.Kind.samples[part])
            return JournalPart(frames: frames, events: [event])
        }
    }()
    static let frames = parts.flatMap(\.frames)
    static let small = JournalSegment(parts, firstFrameNumber: 10)
    static let expected = JournalExpectation(
        recording: journalRecording, ordinal: 0, firstFrameNumber: 10)

    @Test("a segment cut anywhere gives exactly the frames of the records that are whole")
    func everyCut() throws {
        let bytes = Self.small.bytes
        for length in 0..<bytes.count {
            let content = try JournalContent(Array(bytes[..<length]), expected: Self.expected)
            let whole = Self.small.ends.last { $0.offset <= length } ?? (0, 0)
            #expect(content.frames == Array(Self.frames[..<whole.frames]), "cut at \(length)")
            #expect(content.tornBytes == UInt64(length - whole.offset), "cut at \(length)")
            #expect(content.damages.isEmpty, "cut at \(length)")
        }
    }

    @Test("zeros or garbage behind the last record are a torn end and no damage", arguments: 0..<8)
    func tail(kind: UInt8) throws {
        var generator = SeededGenerator(seed: UInt64(kind))
        let tail = (0..<5_000).map { _ in
            kind == 0 ? 0 : UInt8.random(in: 0...255, using: &generator)
        }
        let content = try JournalContent(Self.small.bytes + tail)
        #expect(content.frames == Self.frames)
        #expect(content.tornBytes == 5_000 && content.damages.isEmpty)
    }

    @Test("a last record whose pages were never written is a torn end", arguments: 1..<60)
    func unwrittenPages(count: Int) throws {
        var bytes = Self.small.bytes
        let start = Self.small.ends[Self.small.ends.count - 2]
        for index in max(start.offset, bytes.count - count)..<bytes.count { bytes[index] = 0 }
        guard bytes != Self.small.bytes else { return }
        let content = try JournalContent(bytes)
        #expect(content.frames == Array(Self.frames[..<start.frames]))
        #expect(content.damages.isEmpty && content.tornBytes > 0)
    }

    @Test("no flipped bit gives a wrong frame or a wrong number", arguments: 0..<8)
    func everyBit(bit: UInt8) throws {
        for index in Self.small.bytes.indices {
            var bytes = Self.small.bytes
            bytes[index] ^= 1 << bit
            // A flipped version may make the segment one of a later version: then it is refused.
            guard let content = try? JournalContent(bytes, expected: Self.expected) else {
                #expect((8..<16).contains(index))
                continue
            }
            for (number, frame) in zip(content.numbers, content.frames) {
                #expect(frame == Self.frames[Int(number) - 10], "bit \(bit) of byte \(index)")
            }
            #expect(
                content.frames.count < Self.frames.count || index < Self.small.ends[0].offset,
                "bit \(bit) of byte \(index) was not noticed")
            #expect(
                !content.damages.isEmpty || content.tornBytes > 0, "bit \(bit) of byte \(index)")
        }
    }

    /// 30,000 frames with restart records at 0, 8192, 16384 and 24576.
    static let large: (segment: JournalSegment, frames: [Frame]) = {
        var generator = SeededGenerator(seed: 77)
        let frames = (0..<30_000).map { index in
            Frame.random(at: Int64(index) * 250_000, identifiers: 30, using: &generator)
        }
        let parts = stride(from: 0, to: frames.count, by: 100).map {
            JournalPart(frames: Array(frames[$0..<$0 + 100]))
        }
        return (JournalSegment(parts), frames)
    }()

    @Test(
        "damage inside costs at most the frames up to the next restart record, and says how many",
        arguments: [1, 50, 100, 5_000, 70_000])
    func damageInside(length: Int) throws {
        let (segment, frames) = Self.large
        var bytes = segment.bytes
        // In the record that begins at frame 9,000.
        let start = segment.ends[90].offset + 20
        for index in start..<start + length { bytes[index] ^= 0x5A }
        let content = try JournalContent(bytes)
        let resumed = try #require(content.numbers.first { $0 > 9_000 })
        #expect(resumed % 8_192 == 0)
        #expect(content.numbers == Array(0..<9_000) + Array(resumed..<30_000))
        for (number, frame) in zip(content.numbers, content.frames) {
            #expect(frame == frames[Int(number)])
        }
        #expect(content.losses == [resumed - 9_000])
        #expect(content.damages.map(\.missingFrames) == [resumed - 9_000])
        #expect(content.damages.map(\.offset) == [UInt64(segment.ends[90].offset)])
        #expect(content.tornBytes == 0)
    }

    @Test("damage behind the last restart record is told apart from a torn end")
    func damageNearTheEnd() throws {
        let (segment, frames) = Self.large
        var bytes = segment.bytes
        bytes[segment.ends[260].offset + 30] ^= 1
        let content = try JournalContent(bytes)
        #expect(content.frames == Array(frames[..<26_000]))
        #expect(content.losses == [4_000])
        #expect(content.damages.map(\.missingFrames) == [4_000])
        #expect(content.tornBytes == 0)
    }

    @Test("two damages are two losses")
    func twoDamages() throws {
        let (segment, _) = Self.large
        var bytes = segment.bytes
        bytes[segment.ends[10].offset] ^= 0x80
        bytes[segment.ends[200].offset + 9] ^= 1
        let content = try JournalContent(bytes)
        #expect(content.losses == [8_192 - 1_000, 24_576 - 20_000])
        #expect(
            content.numbers == Array(0..<1_000) + Array(8_192..<20_000) + Array(24_576..<30_000))
    }

    @Test("a segment whose head is damaged is read when the log says what it must be")
    func damagedHead() throws {
        var bytes = Self.small.bytes
        bytes[20] ^= 0xFF
        let content = try JournalContent(bytes, expected: Self.expected)
        #expect(content.frames == Self.frames)
        // The seventh event of the segment's own is a loss of 17 frames.
        #expect(content.losses == [0, 17])
        #expect(content.damages.map(\.missingFrames) == [0])
        #expect(throws: StreamError.self) { try JournalContent(bytes) }
    }

    @Test("a segment whose first number no count can reach is refused")
    func impossibleNumber() throws {
        for (number, isRead) in [(UInt64(Int64.max), true), (UInt64(Int64.max) + 1, false)] {
            let head = JournalHead(
                recording: journalRecording, ordinal: 0, firstFrameNumber: number, resolution: 1,
                channels: [])
            let bytes = head.encoded()
            let read = try? JournalHead.read(from: bytes.span).head
            #expect(read == (isRead ? head : nil))
        }
    }

    @Test("a segment of another recording, ordinal or place is refused")
    func anotherRecording() {
        for expected in [
            JournalExpectation(recording: .unknown, ordinal: 0),
            JournalExpectation(recording: journalRecording, ordinal: 1),
        ] {
            #expect(throws: StreamError.self) {
                try JournalContent(Self.small.bytes, expected: expected)
            }
        }
    }

    @Test("records of an older file behind the end, as in reused blocks, do not count")
    func staleRecords() throws {
        let records = Self.small.bytes[Self.small.ends[0].offset...]
        let other = JournalSegment(Self.parts, ordinal: 3, firstFrameNumber: 10)
        let content = try JournalContent(other.bytes + records)
        #expect(content.frames == Self.frames)
        #expect(content.tornBytes == UInt64(records.count) && content.damages.isEmpty)
        // The same records of the same segment: their frames have numbers that are over.
        let twice = try JournalContent(Self.small.bytes + records)
        #expect(twice.frames == Self.frames && twice.tornBytes == UInt64(records.count))
    }

    @Test("random bytes behind a right CRC end the record and never trap", arguments: 0..<20)
    func hostileBodies(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<200 {
            var segment = JournalSegment(Array(Self.parts[..<2]), firstFrameNumber: 10)
            let size = Int.random(in: 1...200, using: &generator)
            let body = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
            segment.bytes += Self.record(
                body, frames: Int.random(in: 0...min(size, 100), using: &generator), number: 13)
            let content = try JournalContent(segment.bytes)
            #expect(content.frames.starts(with: Self.frames[..<3]))
        }
    }

    @Test("a text whose length leads just beyond its body ends the record")
    func textBeyondItsBody() throws {
        // Event, channel without a channel number, time 0, a body of 4 bytes: a text of 4, of which
        // 3 are there.
        let body: [UInt8] = [0xFE, 0x3F, 0x01, 0x00, 0x04, 0x04, 0x61, 0x62, 0x63]
        var segment = JournalSegment(Array(Self.parts[..<2]), firstFrameNumber: 10)
        segment.bytes += Self.record(body, frames: 0, number: 13)
        let content = try JournalContent(segment.bytes)
        #expect(content.frames == Array(Self.frames[..<3]))
        #expect(content.damages.map(\.missingFrames) == [0])
    }

    /// A plain record as `Journal.md` describes it, made without the encoder.
    static func record(_ body: [UInt8], frames: Int, number: UInt32) -> [UInt8] {
        let bytes = [UInt8(body.count), UInt8(frames)] + body
        let seed = castagnoli(journalRecording.bytes + [UInt8](repeating: 0, count: 8))
        let check = castagnoli(bytes) ^ seed ^ number
        return bytes + (0..<4).map { UInt8(truncatingIfNeeded: check >> (8 * $0)) }
    }
}

/// CRC-32C bit by bit (RFC 3720, appendix B.4: polynomial 0x1EDC6F41, reflected).
func castagnoli(_ bytes: [UInt8]) -> UInt32 {
    var crc = ~UInt32(0)
    for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 {
            let carry: UInt32 = crc & 1 == 0 ? 0 : 0x82F6_3B78
            crc = (crc >> 1) ^ carry
        }
    }
    return ~crc
}
