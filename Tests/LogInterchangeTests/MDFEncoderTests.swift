import CANFrame
import LogInterchange
import TestBench
import Testing

/// Frames of all kinds, whose stamps are multiples of `resolution` and step back now and then.
func mixedFrames(_ count: Int, resolution: Int64, seed: UInt64 = 1) -> [Frame] {
    var generator = SeededGenerator(seed: seed)
    var time: Int64 = 1_700_000_000_123_456_000
    return (0..<count).map { _ in
        time += Int64.random(in: -2...50, using: &generator) * resolution * 7
        time -= time % resolution
        let isExtended = generator.next() % 2 == 0
        var identifier = UInt32.random(in: 0...0x7FF, using: &generator)
        if isExtended { identifier = identifier << 18 | 0x8000_0005 }
        var flags = FrameFlags()
        flags.origin = generator.next() % 4 == 0 ? .thisHost : .received
        var payload = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
        var dlc: UInt8?
        switch generator.next() % 8 {
        case 0:
            return Frame(
                timestamp: Timestamp(nanoseconds: time),
                identifier: PackedID(rawValue: identifier | 0x4000_0000),
                channel: UInt8(generator.next() % 3), flags: flags,
                dlc: UInt8(generator.next() % 16))
        case 1:
            payload += [UInt8](repeating: 0, count: 8 - payload.count)
            return Frame(
                timestamp: Timestamp(nanoseconds: time),
                identifier: PackedID(
                    errorClass: UInt32.random(in: 0...0x1FF, using: &generator)),
                channel: UInt8(generator.next() % 3), flags: flags, payload: payload)
        case 2:
            let code = UInt8(generator.next() % 16)
            let length = DataLengthCode.length(of: code, isFD: true)
            payload = (0..<length).map { $0 &* 3 }
            flags.insert(.flexibleDataRate)
            if generator.next() % 2 == 0 { flags.insert(.bitRateSwitch) }
            if generator.next() % 2 == 0 { flags.insert(.errorStateIndicator) }
        case 3 where payload.count == 8: dlc = UInt8(9 + generator.next() % 7)
        default: break
        }
        return Frame(
            timestamp: Timestamp(nanoseconds: time), identifier: PackedID(rawValue: identifier),
            channel: UInt8(generator.next() % 3), flags: flags, dlc: dlc, payload: payload)
    }
}

/// Frames as a file, or as what goes into a pipe.
func writtenMDF(
    _ frames: [Frame], interfaces: [String] = ["can0", "vcan0", "bus<&>"], isPipe: Bool = false,
    resolution: Int64 = 1_000, start: Int64? = nil, batchSize: Int = 100
) throws -> (bytes: [UInt8], unheld: UnheldContent) {
    var options = EncodingOptions()
    options.resolution = resolution
    options.start = Timestamp(
        nanoseconds: start ?? frames.map(\.timestamp.nanoseconds).min() ?? 0)
    var file = InterchangeWriter(MemoryBytes(), MDFEncoder(options))
    var pipe = InterchangeWriter(MemoryPipe(), MDFEncoder(options))
    var batch = FrameBatch(capacity: batchSize)
    for (channel, name) in interfaces.enumerated() {
        batch.append(
            .channel(ChannelDescription(interface: name)), at: options.start,
            channel: UInt8(channel))
    }
    for place in stride(from: 0, through: frames.count, by: batchSize) {
        for frame in frames[place..<min(place + batchSize, frames.count)] { batch.append(frame) }
        if isPipe { try pipe.write(batch) } else { try file.write(batch) }
        batch.removeAll()
    }
    if isPipe { try pipe.finish() } else { try file.finish() }
    let unheld = isPipe ? pipe.unheld : file.unheld
    return (isPipe ? pipe.intoOutput().content.bytes : file.intoOutput().bytes, unheld)
}

@Suite("MDF encoder")
struct MDFEncoderTests {
    @Test(
        "frames of all kinds come back as they were, in their order",
        arguments: [false, true], [1, 1_000] as [Int64])
    func everyKind(isPipe: Bool, resolution: Int64) throws {
        let frames = mixedFrames(20_000, resolution: resolution)
        let written = try writtenMDF(frames, isPipe: isPipe, resolution: resolution)
        let read = try ReadLog(mdf: written.bytes)
        #expect(read.frames.count == frames.count)
        let differing = zip(read.frames, frames).map {
            var frame = $1
            // Channels are numbered as they come.
            frame.channel = $0.channel
            return $0 == frame
        }.firstIndex(of: false)
        #expect(differing == nil)
        #expect(Set(read.interfaces) == ["can0", "vcan0", "bus<&>"])
        let first = read.interfaces[Int(read.frames[0].channel)]
        #expect(first == ["can0", "vcan0", "bus<&>"][Int(frames[0].channel)])
        #expect(read.gaps == ReadingGaps())
        #expect(written.unheld.isEmpty)
        #expect(read.resolution == resolution)
    }

    @Test("a file begins as the standard wants it", arguments: [false, true])
    func head(isPipe: Bool) throws {
        let bytes = try writtenMDF(mixedFrames(10, resolution: 1_000), isPipe: isPipe).bytes
        // IDBLOCK: id_file, id_vers, id_prog; id_ver; id_unfin_flags (ASAM MDF 4.1, 5.4).
        let magic = isPipe ? "UnFinMF " : "MDF     "
        #expect(bytes.starts(with: Array((magic + "4.10    canlog  ").utf8)))
        #expect(bytes[28] == 0x9A && bytes[29] == 0x01)
        #expect(Array(bytes[60..<64]) == [isPipe ? 5 : 0, 0, 0, 0])
        #expect(Array(bytes[64..<68]) == Array("##HD".utf8))
        // hd_start_time_ns, a whole second in UTC; no offsets, no flags.
        let start = bytes[136..<144].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        #expect(start == 1_700_000_000_000_000_000)
        #expect(Array(bytes[144..<151]) == [0, 0, 0, 0, 0, 0, 0])
    }

    @Test("stamps that become finer go on in nanoseconds")
    func finer() throws {
        var frames = mixedFrames(5_000, resolution: 1_000)
        for index in 3_000..<5_000 { frames[index].timestamp.nanoseconds += 7 }
        let read = try ReadLog(mdf: try writtenMDF(frames).bytes)
        #expect(read.frames.map(\.timestamp) == frames.map(\.timestamp))
        #expect(read.frames.map(\.payload) == frames.map(\.payload))
    }

    @Test(
        "stamps before the start and before 1970 are exact",
        arguments: [-5, -1_700_000_000_000_000_001])
    func early(offset: Int64) throws {
        let frames = [1_700_000_000_000_000_000, 1_700_000_000_000_000_000 + offset].map {
            Frame(timestamp: Timestamp(nanoseconds: $0), identifier: PackedID(rawValue: 1))
        }
        let written = try writtenMDF(frames, start: 1_700_000_000_000_000_000)
        #expect(try ReadLog(mdf: written.bytes).frames.map(\.timestamp) == frames.map(\.timestamp))
    }

    @Test("stamps further from the start than 292 years are an error")
    func tooEarly() throws {
        let frame = Frame(
            timestamp: Timestamp(nanoseconds: .min), identifier: PackedID(rawValue: 1))
        #expect(throws: StreamError.self) { try writtenMDF([frame], start: .max) }
    }

    @Test("256 channels keep their numbers")
    func manyChannels() throws {
        let frames = (0..<256).map {
            Frame(
                timestamp: Timestamp(nanoseconds: Int64($0)), identifier: PackedID(rawValue: 5),
                channel: UInt8($0), payload: [UInt8($0)])
        }
        let names = (0..<256).map { "can\($0)" }
        let read = try ReadLog(
            mdf:
                try writtenMDF(frames, interfaces: names, resolution: 1).bytes, capacity: 300)
        #expect(read.interfaces == names)
        #expect(read.frames.map(\.channel) == frames.map(\.channel))
    }

    @Test("a log without frames is a file")
    func empty() throws {
        for isPipe in [false, true] {
            let read = try ReadLog(mdf: try writtenMDF([], isPipe: isPipe).bytes)
            #expect(read.frames.isEmpty && read.gaps == ReadingGaps())
        }
    }

    @Test("a pipe that breaks keeps all records before the break")
    func brokenMemoryPipe() throws {
        let frames = mixedFrames(200, resolution: 1)
        let bytes = try writtenMDF(frames, isPipe: true).bytes
        for cut in stride(from: bytes.count - 2_000, to: bytes.count, by: 7) {
            let read = try ReadLog(mdf: Array(bytes.prefix(cut)))
            let count = read.frames.count
            #expect(count >= 100 && count < 200)
            #expect(read.frames.map(\.timestamp) == frames.prefix(count).map(\.timestamp))
            #expect(read.gaps.skipped == 0)
        }
    }

    @Test("what the format does not hold is counted")
    func unheld() throws {
        var batch = FrameBatch(capacity: 4)
        batch.append(.marker("here"), at: Timestamp(nanoseconds: 0))
        var writer = InterchangeWriter(MemoryBytes(), MDFEncoder(EncodingOptions()))
        try writer.write(batch)
        try writer.finish()
        #expect(writer.unheld[.event] == 1)
    }
}
