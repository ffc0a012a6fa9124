import CANFrame
import LogInterchange
import Testing

/// A format as the suite sees it: how it is written and read, and what it cannot hold.
struct TestedFormat: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let encoder: @Sendable (EncodingOptions) -> any InterchangeEncoder
    /// Whether what is written may be changed later, as in a file.
    var isFile = false
    let reading: @Sendable (_ bytes: [UInt8], _ stretch: Int, _ capacity: Int) -> ReadLog
    /// Nanoseconds to which stamps are rounded down.
    var resolution: Int64 = 1
    /// How many of the last frames may be lost where a log is cut.
    var lastFrames = 1
    /// What becomes of a frame on the way, by the format's own rules; `nil` if it is left out.
    var held: @Sendable (Frame) -> Frame? = { $0 }

    init(
        _ description: String,
        _ encoder: @escaping @Sendable (EncodingOptions) -> any InterchangeEncoder,
        _ decoder: @escaping @Sendable () -> any InterchangeDecoder
    ) {
        testDescription = description
        self.encoder = encoder
        reading = { bytes, stretch, capacity in
            let stream = MemoryStream(bytes, place: "log", stretch: stretch)
            return ReadLog(until: InterchangeReader(stream, decoder()), capacity: capacity)
        }
    }

    /// MDF, whose reader goes back and forth in the file.
    init(mdfAsFile isFile: Bool) {
        testDescription = isFile ? "MDF" : "MDF in a pipe"
        encoder = { MDFEncoder($0) }
        self.isFile = isFile
        // The records of a file lie compressed in blocks.
        lastFrames = isFile ? .max : 1
        reading = { bytes, _, capacity in
            do throws(StreamError) {
                return ReadLog(until: try MDFReader(MemoryBytes(bytes)), capacity: capacity)
            } catch {
                return ReadLog(failure: error)
            }
        }
    }

    func read(_ bytes: [UInt8], stretch: Int = .max, capacity: Int = 512) -> ReadLog {
        reading(bytes, stretch, capacity)
    }

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
            "candump text",
            { _ in
                CandumpTextEncoder(style: CandumpTextStyle(decimals: 9, showsDirection: true))
            }, { CandumpTextDecoder() }),
        TestedFormat("pcapng", { PcapngEncoder($0) }, { PcapDecoder() }),
        TestedFormat("BLF", { BLFEncoder($0) }, { BLFDecoder() }).holding(receivedErrors),
        TestedFormat("ASC", { ASCEncoder($0) }, { ASCDecoder() }).holding(receivedErrors),
        TestedFormat("TRC", { TRCEncoder($0) }, { TRCDecoder() }).holding(resolution: 1_000),
        TestedFormat("CSV", { CSVEncoder($0) }, { CSVDecoder() })
            .holding(resolution: 1_000, plainFrames),
        TestedFormat(mdfAsFile: true),
        TestedFormat(mdfAsFile: false),
    ]

    private func holding(
        resolution: Int64 = 1, _ held: @escaping @Sendable (Frame) -> Frame? = { $0 }
    ) -> TestedFormat {
        var format = self
        format.resolution = resolution
        format.held = held
        return format
    }
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
        return format.isFile
            ? try written(traffic, into: MemoryBytes(), format.encoder(options)) { $0.bytes }
            : try written(traffic, into: MemoryPipe(), format.encoder(options)) { $0.content.bytes }
    }

    private static func written<Output: ByteSink & ~Copyable>(
        _ traffic: InterchangeTraffic, into output: consuming Output,
        _ encoder: any InterchangeEncoder, _ bytes: (consuming Output) -> [UInt8]
    ) throws -> (bytes: [UInt8], unheld: UnheldContent) {
        var writer = InterchangeWriter(output, encoder)
        try traffic.write(to: { try writer.write($0) })
        try writer.finish()
        let unheld = writer.unheld
        return (bytes(writer.intoOutput()), unheld)
    }

    @Test(
        "comes back: order, times, identifiers, flags, lengths, payloads",
        arguments: TestedFormat.all)
    func roundTrip(format: TestedFormat) throws {
        let bytes = try Self.written(format).bytes
        let read = format.read(bytes)
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
            #expect(read.channels[frame.channel] == name, "frame \(index)")
            wanted.channel = frame.channel
            #expect(frame == wanted, "frame \(index)")
            if frame != wanted { break }
        }
    }

    @Test("is read the same in stretches of any size", arguments: TestedFormat.all, [1, 7, 4_096])
    func stretches(format: TestedFormat, stretch: Int) throws {
        let traffic = InterchangeTraffic(count: 300)
        let bytes = try Self.written(format, traffic).bytes
        let whole = format.read(bytes)
        let parts = format.read(bytes, stretch: stretch, capacity: 10)
        #expect(parts.frames == whole.frames && parts.channels == whole.channels)
    }

    @Test("keeps what precedes a cut, wherever it is", arguments: TestedFormat.all)
    func cut(format: TestedFormat) throws {
        let traffic = InterchangeTraffic(count: 40)
        let bytes = try Self.written(format, traffic).bytes
        let whole = format.read(bytes).frames
        var most = 0
        for length in stride(from: 0, to: bytes.count, by: 3) {
            let read = format.read(Array(bytes.prefix(length)))
            #expect(read.failure == nil || read.frames.isEmpty, "cut at \(length)")
            // A line that is open may be shorter than it was, and says so.
            let certain = read.frames.count - (read.gaps.isLastLineOpen ? 1 : 0)
            let isPrefix = read.frames.prefix(certain).elementsEqual(whole.prefix(certain))
            #expect(isPrefix && certain >= most, "cut at \(length)")
            most = max(most, certain)
        }
        #expect(whole.count - most <= format.lastFrames)
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
            let read = format.read(damaged)
            #expect(read.frames.count <= 10_000 && read.gaps.firstSkipped.count <= 10)
        }
    }
}
