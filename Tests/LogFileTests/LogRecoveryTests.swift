import CANFrame
import Testing

@testable import LogFile

@Suite("A log that was not closed")
struct LogRecoveryTests {
    /// What a recorder leaves: the header, one group of 100 frames in the file, and the segments
    /// of that group and of the next one with 40 frames.
    private struct Recording {
        var file: [UInt8]
        var segments: [Int: [UInt8]] = [:]
        var content = LogContent()

        init() throws {
            let description = ChannelDescription(interface: "can0")
            var assembler = try LogAssembler(metadata: .sample)
            file = assembler.header
            for (ordinal, range) in [0..<100, 100..<140].enumerated() {
                var batch = FrameBatch(capacity: 200)
                batch.firstFrameNumber = UInt64(range.lowerBound)
                if ordinal == 0 {
                    let start = Timestamp(nanoseconds: Traffic.start)
                    batch.append(.channel(description), at: start, channel: 0)
                }
                for index in range {
                    batch.append(
                        Frame(
                            timestamp: Timestamp(
                                nanoseconds: Traffic.start + Int64(index) * 1_000_000),
                            identifier: PackedID(rawValue: 0x123), payload: [UInt8(index)]))
                }
                content.append(batch)
                var encoder = JournalEncoder(
                    recording: LogMetadata.sample.recording, resolution: 1_000)
                var bytes: [UInt8] = []
                encoder.beginSegment(
                    ordinal: ordinal, firstFrameNumber: batch.firstFrameNumber,
                    channels: ordinal == 0 ? [] : [(number: UInt8(0), description: description)],
                    into: &bytes)
                encoder.encode(
                    batch, rows: 0..<batch.count, events: 0..<batch.events.count, into: &bytes)
                segments[ordinal] = bytes
                var block: [UInt8] = []
                if ordinal == 0 {
                    try assembler.encode(batch, into: &block)
                    file += block
                }
            }
        }

        func journal(_ ordinals: [Int]) -> JournalFolder<MemoryBytes> {
            let segments = segments
            return JournalFolder(ordinals: ordinals) { (ordinal) throws(StreamError) in
                segments[ordinal].map { MemoryBytes($0) }
            }
        }
    }

    @Test("is continued in its journal", arguments: [[1], [0, 1]])
    func recovered(ordinals: [Int]) throws {
        let recording = try Recording()
        let result = try read(recording.file, journal: recording.journal(ordinals))
        #expect(result.content == recording.content)
        #expect(result.damages.isEmpty)
        #expect(result.state == .recovered)
        #expect(result.summary.frames == 140)
        #expect(result.summary.streams.map(\.frames) == [140])
        let alive = try read(recording.file, journal: recording.journal(ordinals), alive: true)
        #expect(alive.state == .recording)
    }

    @Test("is read from its journal alone when no group was written")
    func noGroup() throws {
        let recording = try Recording()
        let result = try read(
            Array(recording.file[..<LogHeader.size]), journal: recording.journal([0, 1]))
        #expect(result.content == recording.content)
        #expect(result.damages.isEmpty && result.summary.frames == 140)
    }

    @Test("takes the journal where a group was only half written")
    func halfGroup() throws {
        let recording = try Recording()
        for count in stride(from: LogHeader.size, to: recording.file.count, by: 7) {
            let zeros = Array(repeating: UInt8(0), count: recording.file.count - count)
            for tail in [[], zeros] {
                let result = try read(
                    Array(recording.file[..<count]) + tail, journal: recording.journal([0, 1]))
                #expect(result.content == recording.content, "cut at \(count)")
                #expect(result.damages.isEmpty && result.summary.frames == 140)
            }
        }
    }

    @Test("without its journal says from which time on frames are missing")
    func noJournal() throws {
        let recording = try Recording()
        let result = try read(recording.file)
        #expect(result.content.frames == Array(recording.content.frames[..<100]))
        #expect(result.state == .journalMissing(from: recording.content.frames[99].timestamp))
        let empty = try read(Array(recording.file[..<LogHeader.size]))
        #expect(empty.state == .journalMissing(from: nil))
    }

    @Test("is whole without its end when the segment of its last group is all that is beside it")
    func killedBeforeEnd() throws {
        let recording = try Recording()
        let result = try read(recording.file, journal: recording.journal([0]))
        #expect(result.content.frames == Array(recording.content.frames[..<100]))
        #expect(result.state == .recovered && result.damages.isEmpty)
    }

    @Test("goes on with the group when its segment went while it was read")
    func segmentGone() throws {
        let recording = try Recording()
        var journal = recording.journal([0, 1])
        let segments = recording.segments
        journal.open = { (ordinal) throws(StreamError) in
            ordinal == 0 ? nil : segments[ordinal].map { MemoryBytes($0) }
        }
        let result = try read(recording.file, journal: journal)
        #expect(result.content == recording.content)
    }

    @Test("gives only what is selected of its journal too")
    func selection() throws {
        let recording = try Recording()
        var selection = FrameSelection()
        selection.from = recording.content.frames[90].timestamp
        selection.to = recording.content.frames[109].timestamp
        let result = try read(
            recording.file, journal: recording.journal([1]), selection: selection)
        #expect(result.content.numbers == Array(90..<110))
        selection.interfaces = ["can1"]
        #expect(
            try read(recording.file, journal: recording.journal([1]), selection: selection)
                .content.frames.isEmpty)
    }
}

@Suite("Checksums and digests")
struct ChecksumTests {
    @Test("CRC-32C is that of RFC 3720 appendix B.4")
    func checksum() {
        #expect(Array("123456789".utf8).span.crc32c == 0xE306_9283)
        #expect([UInt8](repeating: 0, count: 32).span.crc32c == 0x8A91_36AA)
        #expect([UInt8](repeating: 0xFF, count: 32).span.crc32c == 0x62A8_AB43)
    }

    @Test("SHA-256 is that of FIPS 180-4, whose example is abc")
    func digest() throws {
        let hash = try SHA256()
        try hash.begin()
        hash.update(Array("abc".utf8).span)
        let digest = hash.finish().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
}
