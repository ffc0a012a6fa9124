import CANFrame
import LogInterchange
import Testing

/// A format as the suite sees it: how it is written and read, and what it cannot hold.
struct TestedFormat: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let encoder: @Sendable (EncodingOptions) -> any InterchangeEncoder
    let decoder: @Sendable () -> any InterchangeDecoder
    /// Nanoseconds to which stamps are rounded down.
    var resolution: Int64 = 1
    /// What becomes of a frame on the way, by the format's own rules; `nil` if it is left out.
    var held: @Sendable (Frame) -> Frame? = { $0 }

    /// Error frames have no direction there.
    static let receivedErrors: @Sendable (Frame) -> Frame? = { frame in
        var frame = frame
        if frame.identifier.isError { frame.flags.origin = .received }
        return frame
    }

    /// No error nor remote frames, and of CAN FD only the longer payloads.
    static let plainFrames: @Sendable (Frame) -> Frame? = { frame in
        guard !frame.identifier.isError, !frame.identifier.isRemote else { return nil }
        var frame = frame
        let origin = frame.flags.origin
        frame.flags = frame.payload.count > 8 ? .flexibleDataRate : []
        frame.flags.origin = origin
        frame.dlc = DataLengthCode.code(for: UInt8(frame.payload.count))
        return frame
    }

    static let all: [TestedFormat] = [
        TestedFormat(
            testDescription: "candump text",
            encoder: { _ in
                CandumpTextEncoder(style: CandumpTextStyle(decimals: 9, showsDirection: true))
            },
            decoder: { CandumpTextDecoder() }),
        TestedFormat(
            testDescription: "pcapng", encoder: { PcapngEncoder($0) }, decoder: { PcapDecoder() }),
        TestedFormat(
            testDescription: "BLF", encoder: { BLFEncoder($0) }, decoder: { BLFDecoder() },
            held: receivedErrors),
        TestedFormat(
            testDescription: "ASC", encoder: { ASCEncoder($0) }, decoder: { ASCDecoder() },
            held: receivedErrors),
        TestedFormat(
            testDescription: "TRC", encoder: { TRCEncoder($0) }, decoder: { TRCDecoder() },
            resolution: 1_000),
        TestedFormat(
            testDescription: "CSV", encoder: { CSVEncoder($0) }, decoder: { CSVDecoder() },
            resolution: 1_000, held: plainFrames),
    ]
}

/// Every format passes these.
@Suite("interchange: every format")
struct InterchangeFormatTests {
    static let traffic = InterchangeTraffic()

    static func written(
        _ format: TestedFormat, _ traffic: InterchangeTraffic = traffic
    ) throws -> (bytes: [UInt8], unheld: UnheldContent) {
        var options = EncodingOptions()
        options.start = traffic.start
        options.resolution = 1
        var writer = InterchangeWriter(MemoryBytes(), format.encoder(options))
        try traffic.write(to: { try writer.write($0) })
        try writer.finish()
        let unheld = writer.unheld
        return (writer.intoOutput().bytes, unheld)
    }

    @Test(
        "comes back: order, times, identifiers, flags, lengths, payloads",
        arguments: TestedFormat.all)
    func roundTrip(format: TestedFormat) throws {
        let bytes = try Self.written(format).bytes
        let read = ReadLog(bytes, format.decoder())
        let expected = Self.traffic.frames.compactMap { frame -> Frame? in
            guard var frame = format.held(frame) else { return nil }
            frame.timestamp = frame.timestamp.truncated(to: format.resolution)
            return frame
        }
        #expect(read.failure == nil && read.gaps.skipped == 0 && read.gaps.damage == nil)
        try #require(read.frames.count == expected.count)
        for (index, (frame, wanted)) in zip(read.frames, expected).enumerated() {
            var wanted = wanted
            let name = Self.traffic.interfaces[Int(wanted.channel)]
            #expect(read.interfaces[frame.channel] == name, "frame \(index)")
            wanted.channel = frame.channel
            #expect(frame == wanted, "frame \(index)")
            if frame != wanted { break }
        }
    }

    @Test("is read the same in stretches of any size", arguments: TestedFormat.all, [1, 7, 4_096])
    func stretches(format: TestedFormat, stretch: Int) throws {
        let traffic = InterchangeTraffic(count: 300)
        let bytes = try Self.written(format, traffic).bytes
        let whole = ReadLog(bytes, format.decoder())
        let parts = ReadLog(bytes, format.decoder(), stretch: stretch, capacity: 10)
        #expect(parts.frames == whole.frames && parts.interfaces == whole.interfaces)
    }

    @Test("keeps what precedes a cut, wherever it is", arguments: TestedFormat.all)
    func cut(format: TestedFormat) throws {
        let traffic = InterchangeTraffic(count: 40)
        let bytes = try Self.written(format, traffic).bytes
        let whole = ReadLog(bytes, format.decoder()).frames
        var most = 0
        for length in stride(from: 0, to: bytes.count, by: 3) {
            let read = ReadLog(Array(bytes.prefix(length)), format.decoder())
            #expect(read.failure == nil || read.frames.isEmpty, "cut at \(length)")
            // A line that is open may be shorter than it was, and says so.
            let certain = read.frames.count - (read.gaps.isLastLineOpen ? 1 : 0)
            let isPrefix = read.frames.prefix(certain).elementsEqual(whole.prefix(certain))
            #expect(isPrefix && certain >= most, "cut at \(length)")
            most = max(most, certain)
        }
        #expect(most >= whole.count - 1)
    }

    @Test("survives flipped bytes", arguments: TestedFormat.all)
    func flips(format: TestedFormat) throws {
        let bytes = try Self.written(format, InterchangeTraffic(count: 60)).bytes
        var random = SmallGenerator(seed: 11)
        for _ in 0..<400 {
            var damaged = bytes
            for _ in 0...random.next(below: 4) {
                let place = Int(random.next(below: UInt64(bytes.count)))
                damaged[place] = UInt8(random.next(below: 256))
            }
            let read = ReadLog(damaged, format.decoder())
            #expect(read.frames.count <= 10_000 && read.gaps.firstSkipped.count <= 10)
        }
    }
}
