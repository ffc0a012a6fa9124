import CANFrame
import Testing

@testable import LogFile

@Suite("A log written and read")
struct LogRoundTripTests {
    @Test("gives back the same frames, numbers and events", arguments: Traffic.all)
    func roundTrip(traffic: Traffic) throws {
        for capacity in [1, 7, 1_000, 131_072]
        where capacity > 1 || traffic.content.frames.count < 1_000 {
            let bytes = try traffic.log()
            let (content, damages, state, summary) = try read(bytes, capacity: capacity)
            #expect(content == traffic.content)
            #expect(damages.isEmpty)
            #expect(state == .closed)
            #expect(summary.frames == UInt64(traffic.content.frames.count))
        }
    }

    @Test("is the same without its index", arguments: Traffic.all)
    func withoutIndex(traffic: Traffic) throws {
        let whole = try traffic.log()
        let tail = Array(whole.suffix(LogFooter.size))
        let footer = LogFooter(tail.span)
        let cut = Array(whole[..<Int(try #require(footer?.indexOffset))])
        let (content, damages, state, summary) = try read(cut)
        #expect(content == traffic.content)
        #expect(damages.isEmpty)
        #expect(state == .truncated)
        var expected = try read(whole).summary
        expected.fileBytes = UInt64(cut.count)
        #expect(summary == expected)
    }

    @Test("keeps its metadata")
    func metadata() throws {
        let reader = try LogReader(
            file: MemoryBytes(try Traffic.ties.log()), place: "memory")
        #expect(reader.metadata == .sample)
    }

    @Test("begins a new group where the clock steps back by more than a second")
    func groups() throws {
        #expect(try read(try Traffic.stepBack.log()).summary.groups == 2)
        #expect(try read(try Traffic.inversions.log()).summary.groups == 1)
    }

    @Test("counts by channel and identifier, events by kind, losses by cause")
    func summary() throws {
        let summary = try read(try Traffic.events.log()).summary
        #expect(summary.streams.map(\.frames) == [13])
        #expect(summary.eventCounts.values.reduce(0, +) == 90)
        #expect(summary.eventCounts[.tick] == 6)
        #expect(
            summary.losses.filter { $0.cause == .socketBuffer }.map(\.frames).reduce(0, +) == 72)
        #expect(summary.unknownEvents == 0)
    }

    @Test("gives only what is selected, as filtering all of it would", arguments: Traffic.all)
    func selection(traffic: Traffic) throws {
        var selection = FrameSelection()
        selection.from = Timestamp(nanoseconds: Traffic.start + 1_000_000)
        selection.to = Timestamp(nanoseconds: Traffic.start + 20_000_000)
        selection.only = [.identifiers(0x10...0x104, isExtended: false), .errorFrames]
        let all = traffic.content
        let wanted = all.frames.indices.filter {
            selection.wants(all.frames[$0].timestamp) && selection.wants(all.frames[$0].identifier)
        }
        let content = try read(try traffic.log(), selection: selection).content
        #expect(content.frames == wanted.map { all.frames[$0] })
    }

    @Test("gives only the interfaces that are selected")
    func interfaces() throws {
        let traffic = Traffic.classic(count: 3_000, channels: 8)
        var selection = FrameSelection()
        selection.interfaces = ["can2", "can5"]
        let content = try read(try traffic.log(), selection: selection).content
        #expect(content.frames == traffic.content.frames.filter { [2, 5].contains($0.channel) })
        #expect(content.events.map(\.channel) == [2, 5])
    }

    @Test("to a pipe says that it was streamed, and is whole")
    func streamed() throws {
        struct Pipe: ByteSink {
            var bytes: [UInt8] = []
            var byteCount: UInt64 { UInt64(bytes.count) }
            var canOverwrite: Bool { false }
            mutating func append(_ more: Span<UInt8>) throws(StreamError) {
                for index in more.indices { bytes.append(more[index]) }
            }
            mutating func overwrite(_ bytes: Span<UInt8>, at offset: UInt64) throws(StreamError) {
                throw StreamError(place: "pipe", cause: "cannot be overwritten")
            }
        }
        var batch = FrameBatch(capacity: 4_096)
        Traffic.ties.fill(&batch)
        var writer = try LogWriter(file: Pipe(), metadata: .sample, place: "pipe")
        try writer.write(batch)
        try writer.finish()
        let (content, _, state, _) = try read(writer.intoFile().bytes)
        #expect(content == Traffic.ties.content)
        #expect(state == .streamed)
    }

    @Test("has groups of at most 131,072 frames")
    func large() throws {
        var batch = FrameBatch(capacity: 300_000)
        for index in 0..<300_000 {
            batch.append(
                FrameRow(
                    timestamp: Timestamp(nanoseconds: Int64(index) * 1_000),
                    identifier: PackedID(rawValue: UInt32(index & 0xFF)), channel: 0, flags: [],
                    length: 8, dlc: 8, payloadWord: UInt64(index)))
        }
        var writer = try LogWriter(file: MemoryBytes(), metadata: .sample, place: "memory")
        try writer.write(batch)
        try writer.finish()
        let (content, _, _, summary) = try read(writer.intoFile().bytes, capacity: 50_000)
        #expect(summary.groups == 3)
        #expect(content.numbers == (0..<300_000).map { UInt64($0) })
        #expect(content.frames.last?.payload == [0xDF, 0x93, 0x04, 0, 0, 0, 0, 0])
    }
}
