import TestBench
import CANFrame
import LogFile
import Testing

@Suite("A journal segment gives back what was written")
struct JournalRoundTripTests {
    @Test("random batches of every kind of traffic come out as they went in", arguments: 0..<40)
    func randomBatches(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let identifiers = [1, 3, 40, 2_000][seed % 4]
        var stamp: Int64 = 1_700_000_000_000_000_000
        var parts: [JournalPart] = []
        for _ in 0..<60 {
            var part = JournalPart()
            for _ in 0..<Int.random(in: 0...50, using: &generator) {
                stamp += Self.step(using: &generator)
                part.frames.append(
                    .random(at: stamp, identifiers: identifiers, using: &generator))
            }
            for _ in 0..<Int.random(in: 0...2, using: &generator) {
                guard let kind = BusEvent.Kind.samples.randomElement(using: &generator) else {
                    break
                }
                part.events.append(
                    BusEvent(
                        rowIndex: Int.random(in: 0...part.frames.count, using: &generator),
                        timestamp: Timestamp(nanoseconds: stamp - 1),
                        channel: Bool.random(using: &generator) ? 3 : nil, kind: kind))
            }
            part.events.sort { $0.rowIndex < $1.rowIndex }
            parts.append(part)
        }
        let segment = JournalSegment(parts, firstFrameNumber: 1_000)
        let content = try JournalContent(segment.bytes, capacity: [1, 7, 10_000][seed % 3])
        #expect(content.frames == parts.flatMap(\.frames))
        #expect(content.numbers == (0..<content.frames.count).map { 1_000 + UInt64($0) })
        #expect(content.events == Self.eventsOfAll(parts))
        #expect(content.damages.isEmpty && content.tornBytes == 0)
    }

    /// Ties, microseconds, odd nanoseconds, long pauses and steps backwards.
    private static func step(using generator: inout SeededGenerator) -> Int64 {
        switch Int.random(in: 0..<12, using: &generator) {
        case 0: 0
        case 1: Int64.random(in: -2_000_000_000...2_000_000_000, using: &generator)
        case 2: 1_000 * Int64.random(in: 4_000...70_000, using: &generator)
        case 3: 1_000_000 * Int64.random(in: 60...100_000, using: &generator)
        default: 1_000 * Int64.random(in: 0...3_100, using: &generator)
        }
    }

    private static func eventsOfAll(_ parts: [JournalPart]) -> [BusEvent] {
        var frames = 0
        return parts.flatMap { part in
            defer { frames += part.frames.count }
            return part.events.map { event in
                var event = event
                event.rowIndex += frames
                return event
            }
        }
    }

    @Test("every kind of event comes out as it went in, in its place")
    func everyEvent() throws {
        var part = JournalPart()
        for (index, kind) in BusEvent.Kind.samples.enumerated() {
            part.frames.append(
                Frame(
                    timestamp: Timestamp(nanoseconds: Int64(index) * 1_000),
                    identifier: PackedID(rawValue: 0x100)))
            part.events.append(
                BusEvent(
                    rowIndex: index, timestamp: Timestamp(nanoseconds: Int64(index) * 999),
                    channel: index % 3 == 0 ? nil : UInt8(index), kind: kind))
        }
        let content = try JournalContent(JournalSegment([part]).bytes)
        #expect(content.events == part.events)
        #expect(content.frames == part.frames)
    }

    @Test("the head tells what it was given")
    func head() throws {
        let channels: [(number: UInt8, description: ChannelDescription)] = [
            (0, ChannelDescription(interface: "can0", bitRate: 500_000, clock: .kernelRealTime)),
            (7, ChannelDescription(interface: "can1")),
        ]
        let segment = JournalSegment(
            [], ordinal: 12, firstFrameNumber: 1_572_864, resolution: 1, channels: channels)
        let decoder = try JournalDecoder(file: MemoryBytes(segment.bytes), place: "segment")
        let found = decoder.head
        let head = try #require(found)
        #expect(head.recording == journalRecording)
        #expect(head.ordinal == 12 && head.firstFrameNumber == 1_572_864 && head.resolution == 1)
        #expect(head.channels.map(\.number) == [0, 7])
        #expect(head.channels.map(\.description) == channels.map(\.description))
    }

    @Test("a hundred thousand random identifiers come out exactly, in bounded memory")
    func manyIdentifiers() throws {
        var generator = SeededGenerator(seed: 9)
        let frames = (0..<100_000).map { index in
            Frame(
                timestamp: Timestamp(nanoseconds: Int64(index) * 200_000),
                identifier: PackedID(
                    rawValue: UInt32.random(in: 0..<0x2000_0000, using: &generator) | 0x8000_0000),
                payload: [UInt8(truncatingIfNeeded: index)])
        }
        let parts = stride(from: 0, to: frames.count, by: 3_000).map { start in
            JournalPart(frames: Array(frames[start..<min(frames.count, start + 3_000)]))
        }
        let segment = JournalSegment(parts)
        let content = try JournalContent(segment.bytes)
        #expect(content.frames == frames)
        // Control, key, time and payload of a frame whose key is new: at most 13 bytes.
        #expect(segment.bytes.count < frames.count * 14)
    }

    @Test("stamps at the ends of their range come out exactly")
    func extremeStamps() throws {
        let stamps: [Int64] = [.max, .min, 0, .min, .max, -1, 1, .max - 999, 12_345]
        let frames = stamps.map {
            Frame(timestamp: Timestamp(nanoseconds: $0), identifier: PackedID(rawValue: 1))
        }
        let content = try JournalContent(JournalSegment([JournalPart(frames: frames)]).bytes)
        #expect(content.frames == frames)
    }
}
