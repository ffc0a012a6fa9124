import CANFrame
import LogInterchange
import TestBench
import Testing

/// Bytes that go away like through a pipe: none can be written again.
private struct BLFPipe: ByteSink {
    var bytes: [UInt8] = []
    var byteCount: UInt64 { UInt64(bytes.count) }
    var canOverwrite: Bool { false }

    mutating func append(_ bytes: Span<UInt8>) {
        for index in bytes.indices { self.bytes.append(bytes[index]) }
    }

    mutating func overwrite(_ bytes: Span<UInt8>, at offset: UInt64) throws(StreamError) {
        throw StreamError(place: "pipe", cause: "a pipe cannot be written again")
    }
}

@Suite("BLF that is written")
struct BLFEncoderTests {
    typealias Sample = BLFSample

    static func options(start: Int64 = Sample.startNanoseconds) -> EncodingOptions {
        var options = EncodingOptions()
        options.start = Timestamp(nanoseconds: start)
        options.place = "out.blf"
        return options
    }

    static func frame(
        _ identifier: UInt32, _ payload: [UInt8], stamp: Int64 = 0, channel: UInt8 = 0,
        flags: FrameFlags = [], dlc: UInt8? = nil, origin: FrameOrigin = .received
    ) -> Frame {
        var frame = BLFDecoderTests.frame(
            identifier, payload, dlc: dlc, flags: flags, origin: origin, stamp: stamp)
        frame.channel = channel
        return frame
    }

    static func written(
        _ frames: [Frame], start: Int64 = Sample.startNanoseconds
    ) throws -> [UInt8] {
        var writer = InterchangeWriter(MemoryBytes(), BLFEncoder(options(start: start)))
        var batch = FrameBatch(capacity: max(1, frames.count))
        for frame in frames { batch.append(frame) }
        try writer.write(batch)
        try writer.finish()
        return writer.intoOutput().bytes
    }

    @Test("a log begins with its header, whose sizes and times are those of the whole")
    func header() throws {
        let bytes = try Self.written([
            Self.frame(1, [1], stamp: 456_789), Self.frame(2, [2], stamp: 3_000_000_000),
            Self.frame(2, [2], stamp: 4_000_000),
        ])
        let last: [UInt16] = [2023, 11, 2, 14, 22, 13, 23, 123]
        #expect(bytes.prefix(4).elementsEqual("LOGG".utf8))
        #expect(bytes[4..<8] == [144, 0, 0, 0])
        #expect(bytes[16..<24].elementsEqual(Sample.little(UInt64(bytes.count))))
        #expect(bytes[24..<32].elementsEqual(Sample.little(UInt64(144 + 32 + 3 * 48))))
        #expect(bytes[32..<36] == [3, 0, 0, 0])
        #expect(bytes[40..<56].elementsEqual(Sample.start.flatMap { Sample.little($0) }))
        #expect(bytes[56..<72].elementsEqual(last.flatMap { Sample.little($0) }))
        #expect(bytes[72..<144].allSatisfy { $0 == 0 })
        // The container: header of 16 bytes, version 1, type 10, packed by zlib.
        #expect(bytes[144..<152].elementsEqual(Array("LOBJ".utf8) + [16, 0, 1, 0]))
        let size = Int(bytes[152]) | Int(bytes[153]) << 8
        #expect(bytes.count == 144 + size + size % 4)
        #expect(bytes[156..<168] == [10, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0])
        #expect(bytes[168..<172].elementsEqual(Sample.little(UInt32(144))))
    }

    @Test("the start is rounded down to a millisecond, and stamps are exact")
    func start() throws {
        let start = Sample.startNanoseconds + 456_789
        let bytes = try Self.written(
            [Self.frame(1, [1], stamp: 456_789), Self.frame(1, [1], stamp: 456_790)], start: start)
        #expect(bytes[40..<56].elementsEqual(Sample.start.flatMap { Sample.little($0) }))
        #expect(try ReadLog(blf: bytes).stamps == [456_789, 456_790])
    }

    @Test("a stamp before the promised start is an error, not another time")
    func tooEarly() throws {
        let frames = [Self.frame(1, [1]), Self.frame(1, [1], stamp: -1)]
        let error = #expect(throws: StreamError.self) { try Self.written(frames) }
        #expect(error?.place == "out.blf")
        #expect(error?.cause.contains("before the log's start") == true)
    }

    @Test("stamps that step back before the first frame's are kept, with the earliest as the start")
    func stepBack() throws {
        let frames = [
            Self.frame(1, [1], stamp: 307_000_000_000), Self.frame(2, [2], stamp: 0),
            Self.frame(3, [3], stamp: 306_999_999_999),
        ]
        #expect(try ReadLog(blf: Self.written(frames)).frames == frames)
    }

    @Test("years before 1970 and far ahead are held", arguments: [-9_000_000_000, 9_200_000_000])
    func years(second: Int64) throws {
        let start = second * 1_000_000_000
        var frame = Self.frame(1, [1])
        frame.timestamp = Timestamp(nanoseconds: start + 1)
        #expect(try ReadLog(blf: Self.written([frame], start: start)).frames == [frame])
    }

    @Test("every kind of frame comes back as it was")
    func roundTrip() throws {
        var frames: [Frame] = []
        for length in 0...8 {
            let payload = Array([UInt8](1...8).prefix(length))
            frames.append(Self.frame(0x7FF, payload, stamp: Int64(length)))
            frames.append(Self.frame(0x9FFF_FFFF, payload, origin: .thisHost))
            frames.append(Self.frame(0x4000_0000, [], dlc: UInt8(length)))
            frames.append(Self.frame(0xC000_0001, [], dlc: UInt8(length)))
            frames.append(Self.frame(0x2000_0004, payload, dlc: UInt8(length)))
        }
        for dlc: UInt8 in 9...15 {
            frames.append(Self.frame(0x123, Array(1...8), dlc: dlc))
            frames.append(Self.frame(0x4000_0123, [], dlc: dlc))
        }
        for length in 0...64 {
            let payload = Array([UInt8](100...163).prefix(length))
            frames.append(Self.frame(0x123, payload, flags: .flexibleDataRate))
            frames.append(Self.frame(0x8000_0123, payload, flags: .wire, origin: .thisHost))
            frames.append(
                Self.frame(0x1, payload, flags: [.flexibleDataRate, .bitRateSwitch]))
            frames.append(
                Self.frame(0x1, payload, flags: [.flexibleDataRate, .errorStateIndicator]))
        }
        for errorClass: UInt32 in [0x01, 0x02, 0x04, 0x08, 0x20, 0x88, 0x100, 0x1FFF_FFFF] {
            for place: UInt8 in [0, 0x08, 0x19, 0x1B] {
                for kind: UInt8 in [0, 1, 2, 4, 0x20, 0x80, 0x84] {
                    let payload: [UInt8] = [9, 8, kind, place, 5, 4, 3, 2]
                    frames.append(Self.frame(0x2000_0000 | errorClass, payload))
                }
            }
        }
        let read = try ReadLog(blf: Self.written(frames))
        #expect(read.frames.count == frames.count)
        for (frame, original) in zip(read.frames, frames) { #expect(frame == original) }
        #expect(read.gaps == ReadingGaps())
    }

    @Test(
        "an error frame says its cause in Vector's words too", arguments: BLFErrorFrameTests.codes)
    func errorCode(_ flagsExt: UInt16, _ errorClass: UInt32, _ kind: UInt8, _ place: UInt8) throws {
        let payload: [UInt8] = [0, 0, kind, place, 0, 0, 0, 0]
        let bytes = try Self.written([Self.frame(0x2000_0000 | errorClass, payload)])
        let object = try Self.unpacked(bytes)
        #expect(object.count == 64)
        #expect(object[12] == 73)
        #expect(object[36..<40] == [2, 0, 0, 0])
        #expect(object[48..<52].elementsEqual(Sample.little(errorClass)))
        // A missing acknowledge is one of a frame that was sent, whatever the kernel said of it.
        let expected = errorClass == 0xA8 ? 1 << 12 | 7 << 6 : flagsExt
        #expect(object[52..<54].elementsEqual(Sample.little(expected)))
    }

    /// What Python's zlib unpacks of the first container.
    static func unpacked(_ bytes: [UInt8]) throws -> [UInt8] {
        let digits = bytes.dropFirst(176).map { String($0, radix: 16) }.joined(separator: " ")
        let program =
            "import sys, zlib; d = bytes(int(x, 16) for x in sys.argv[1].split()); "
            + "print(*zlib.decompressobj().decompress(d))"
        let result = try Program.run("python3", "-c", program, digits)
        return result.output.split(whereSeparator: \.isWhitespace).compactMap { UInt8($0) }
    }

    @Test("256 channels keep their numbers")
    func channels() throws {
        let frames = (0...255).map { Self.frame(1, [1], channel: $0) }
        let read = try ReadLog(blf: Self.written(frames))
        #expect(read.frames == frames)
        #expect(read.interfaces == (0...255).map { "can\($0)" })
    }

    @Test("can3 is channel 4, other names are counted as lost")
    func names() throws {
        var batch = FrameBatch(capacity: 4)
        for (channel, name) in [(UInt8(0), "can3"), (1, "PT"), (2, "can0")] {
            batch.append(
                .channel(ChannelDescription(interface: name)), at: Timestamp(nanoseconds: 0),
                channel: channel)
            batch.append(Self.frame(1, [channel], channel: channel))
        }
        var writer = InterchangeWriter(MemoryBytes(), BLFEncoder(Self.options()))
        try writer.write(batch)
        try writer.finish()
        #expect(writer.unheld.description == "the name of 2 interfaces")
        let read = try ReadLog(blf: writer.intoOutput().bytes)
        #expect(read.interfaces == ["can3", "can0", "can1"])
    }

    @Test("containers hold up to 128 KiB of whole objects")
    func containers() throws {
        let frames = (0..<6_000).map { Self.frame(UInt32($0 % 2_000), [1, 2], stamp: Int64($0)) }
        let bytes = try Self.written(frames)
        var sizes: [Int] = []
        var place = 144
        while place < bytes.count {
            let size = Int(bytes[place + 8]) | Int(bytes[place + 9]) << 8
            sizes.append(
                Int(bytes[place + 24]) | Int(bytes[place + 25]) << 8 | Int(bytes[place + 26]) << 16)
            place += size + size % 4
        }
        #expect(place == bytes.count)
        #expect(sizes.allSatisfy { $0 <= 131_072 && $0 % 48 == 0 })
        #expect(sizes.reduce(0, +) == 6_000 * 48)
        #expect(try ReadLog(blf: bytes, capacity: 7_000).frames == frames)
    }

    @Test("through a pipe the header keeps its zeros, and all frames are there")
    func pipe() throws {
        var writer = InterchangeWriter(BLFPipe(), BLFEncoder(Self.options()))
        var batch = FrameBatch(capacity: 1)
        batch.append(Self.frame(1, [1]))
        try writer.write(batch)
        try writer.finish()
        let bytes = writer.intoOutput().bytes
        #expect(bytes[16..<24].allSatisfy { $0 == 0 })
        #expect(try ReadLog(blf: bytes).payloads == [[1]])
    }

    @Test("a log without frames is a header")
    func empty() throws {
        let bytes = try Self.written([])
        #expect(bytes.count == 144)
        #expect(try ReadLog(blf: bytes) == ReadLog(blf: Sample.header()))
    }

    @Test("markers are kept, other events and the direction of error frames are counted")
    func events() throws {
        var batch = FrameBatch(capacity: 4)
        let time = Timestamp(nanoseconds: Sample.startNanoseconds)
        batch.append(.marker("door opened"), at: time)
        batch.append(Self.frame(1, [1]))
        batch.append(.linkDown, at: time, channel: 0)
        batch.append(.tick, at: time)
        batch.append(.marker("T\u{FC}r"), at: time)
        batch.append(.marker(String(repeating: "x", count: 40_000)), at: time)
        batch.append(Self.frame(0x2000_0004, [0, 4, 0, 0, 0, 0, 0, 0], origin: .thisHost))
        var writer = InterchangeWriter(MemoryBytes(), BLFEncoder(Self.options()))
        try writer.write(batch)
        try writer.finish()
        #expect(writer.unheld.description == "the direction of 1 frame, 2 events")
        let read = try ReadLog(blf: writer.intoOutput().bytes)
        #expect(read.markers == ["door opened", "T\u{FC}r"])
        #expect(read.payloads == [[1], [0, 4, 0, 0, 0, 0, 0, 0]])
        #expect(read.gaps == ReadingGaps())
    }

    @Test("writing frames allocates nothing for each")
    func allocation() throws {
        // Twice less than a container, so that nothing is packed.
        var batch = FrameBatch(capacity: 1_000)
        for index in 0..<1_000 { batch.append(Self.frame(UInt32(index), [1])) }
        var encoder = BLFEncoder(Self.options())
        var output = MemoryBytes()
        let count = allocations { try? encoder.write(batch, to: &output) }
        if let count { #expect(count < 10) }
    }

    @Test("reading frames allocates nothing for each")
    func readingAllocation() throws {
        let objects = (0..<900).flatMap { Sample.message(UInt32($0), [1]) }
        var stream = MemoryStream(Sample.header() + objects)
        var decoder = BLFDecoder()
        var batch = FrameBatch(capacity: 300)
        // Holds all of the log from here on.
        _ = try decoder.read(from: &stream, into: &batch)
        let count = allocations {
            batch.removeAll()
            _ = try? decoder.read(from: &stream, into: &batch)
        }
        #expect(batch.count == 300)
        if let count { #expect(count < 10) }
    }
}
