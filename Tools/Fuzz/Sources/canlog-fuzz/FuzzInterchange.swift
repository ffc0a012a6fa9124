import CANFrame
import LogInterchange

/// A format of another tool, by the first byte of the input: in which stretches the log comes, and
/// whether faults end it or are passed over. In which stretches must not matter; and what is read is
/// written, and comes back.
private struct FuzzedFormat {
    let decoder: (FaultPolicy) -> any InterchangeDecoder
    let encoder: (EncodingOptions) -> any InterchangeEncoder
    /// Whether the format holds every frame whole; where not, none is lost uncounted.
    var isWhole = true

    func fuzz(_ input: [UInt8]) {
        guard let kind = input.first else { return }
        let bytes = Array(input.dropFirst())
        let policy: FaultPolicy = kind & 4 == 0 ? .skip : .stop
        let content = read(bytes, [Int.max, 1, 7, 64][Int(kind & 3)], policy)
        precondition(
            content.frames == read(bytes, .max, policy).frames, "stretches change what is read")
        guard content.isAtEnd,
            let written = content.written(into: MemoryBytes(), encoder, { $0.bytes })
        else { return }
        let back = read(written.bytes, .max, .skip)
        if isWhole {
            back.compare(to: content)
        } else {
            precondition(
                back.frameCount + written.left + back.gaps.skipped >= content.frameCount,
                "a frame that was written is neither read nor counted")
        }
    }

    private func read(_ bytes: [UInt8], _ stretch: Int, _ policy: FaultPolicy) -> FuzzedLog {
        let stream = MemoryStream(bytes, place: "fuzz", stretch: stretch)
        return FuzzedLog(InterchangeReader(stream, decoder(policy)))
    }
}

/// What a log gives.
private struct FuzzedLog {
    var frames: [Frame] = []
    var channels: [BusEvent] = []
    var frameCount: UInt64 = 0
    var gaps = ReadingGaps()
    /// Whether the reading came to its end.
    var isAtEnd = false

    init(_ source: consuming some InterchangeSource & ~Copyable) {
        var batch = FrameBatch(capacity: 64)
        var outcome: ReadOutcome?
        repeat {
            outcome = try? source.read(into: &batch, waiting: .zero)
            // What stood before a fault that ends the reading is in the batch too.
            check(batch)
            add(batch)
            batch.removeAll()
        } while outcome == .batch
        isAtEnd = outcome == .ended
        gaps = source.gaps
        precondition(gaps.firstSkipped.count <= 10)
    }

    /// Frames beyond 100,000 are counted and not kept.
    private mutating func add(_ batch: borrowing FrameBatch) {
        frameCount += UInt64(batch.count)
        if frames.count < 100_000 {
            for index in 0..<batch.count { frames.append(batch.frame(at: index)) }
        }
        for index in 0..<batch.events.count {
            var event = batch.events[index]
            event.rowIndex = 0
            if case .channel = event.kind { channels.append(event) }
        }
    }

    /// The log in a format, and how many frames that does not hold; `nil` if it says that it cannot.
    func written<Output: ByteSink & ~Copyable>(
        into output: consuming Output, _ encoder: (EncodingOptions) -> any InterchangeEncoder,
        _ bytes: (consuming Output) -> [UInt8]
    ) -> (bytes: [UInt8], left: UInt64)? {
        guard let start = frames.map(\.timestamp).min() else { return nil }
        var options = EncodingOptions()
        options.start = start
        options.resolution = 1
        var batch = FrameBatch(capacity: frames.count)
        for event in channels { batch.insert(event) }
        for frame in frames { batch.append(frame) }
        var writer = InterchangeWriter(output, encoder(options))
        do {
            try writer.write(batch)
            try writer.finish()
        } catch {
            return nil
        }
        let left = writer.unheld[.frame]
        return (bytes(writer.intoOutput()), left)
    }

    func compare(to original: FuzzedLog) {
        precondition(gaps.damage == nil && gaps.skipped == 0, "what was written is not read")
        precondition(frames.count == original.frames.count, "a frame that was written is not read")
        for (frame, original) in zip(frames, original.frames) {
            precondition(
                frame.identifier == original.identifier && frame.payload == original.payload
                    && frame.timestamp == original.timestamp && frame.dlc == original.dlc
                    && frame.flags.intersection(.wire) == original.flags.intersection(.wire),
                "a frame that was written is another when it is read")
        }
    }
}

/// Text of candump.
func fuzzCandump(_ input: [UInt8]) {
    FuzzedFormat(
        decoder: { CandumpTextDecoder(onFault: $0) },
        encoder: { _ in
            CandumpTextEncoder(style: CandumpTextStyle(decimals: 9, writesFDFBit: true))
        }
    ).fuzz(input)
}

/// Vector's text logs.
func fuzzASC(_ input: [UInt8]) {
    FuzzedFormat(
        decoder: { ASCDecoder(onFault: $0) }, encoder: { ASCEncoder($0) }, isWhole: false
    ).fuzz(input)
}

/// PEAK's text logs.
func fuzzTRC(_ input: [UInt8]) {
    FuzzedFormat(
        decoder: { TRCDecoder(onFault: $0) }, encoder: { TRCEncoder($0) }, isWhole: false
    ).fuzz(input)
}

/// Tables of SavvyCAN.
func fuzzCSV(_ input: [UInt8]) {
    FuzzedFormat(
        decoder: { CSVDecoder(onFault: $0) }, encoder: { CSVEncoder($0) }, isWhole: false
    ).fuzz(input)
}

/// Captures of Wireshark.
func fuzzPcapng(_ input: [UInt8]) {
    FuzzedFormat(decoder: { _ in PcapDecoder() }, encoder: { PcapngEncoder($0) }).fuzz(input)
}

/// Vector's binary logs.
func fuzzBLF(_ input: [UInt8]) {
    FuzzedFormat(decoder: { _ in BLFDecoder() }, encoder: { BLFEncoder($0) }).fuzz(input)
}

/// A pipe cannot be written again.
private struct Pipe: ByteSink {
    var content = MemoryBytes()
    var byteCount: UInt64 { content.byteCount }
    var canOverwrite: Bool { false }
    mutating func append(_ more: Span<UInt8>) throws(StreamError) { try content.append(more) }
    mutating func overwrite(_ more: Span<UInt8>, at offset: UInt64) throws(StreamError) {
        preconditionFailure("a pipe was written again")
    }
}

/// The reader of MDF 4. What is read is written, into a file and into a pipe, and must come back.
func fuzzMDF(_ input: [UInt8]) {
    guard let content = measurement(input) else { return }
    // Deflate makes at most 1032 bytes of one, and a record has five bytes at least.
    precondition(content.frameCount <= UInt64(input.count) * 1_032 / 5)
    guard content.frameCount < 10_000 else { return }
    let written = [
        content.written(into: MemoryBytes(), { MDFEncoder($0) }, { $0.bytes }),
        content.written(into: Pipe(), { MDFEncoder($0) }, { $0.content.bytes }),
    ]
    for case let written? in written {
        guard let back = measurement(written.bytes) else {
            preconditionFailure("what was written is no MDF")
        }
        back.compare(to: content)
    }
}

private func measurement(_ bytes: [UInt8]) -> FuzzedLog? {
    guard let reader = try? MDFReader(MemoryBytes(bytes), place: "fuzz") else { return nil }
    return FuzzedLog(reader)
}
