import CANFrame
import LogInterchange

/// A format of another tool, by the first byte of the input: in which stretches the log comes. It must
/// not matter in which; and what is read is written, and must come back as `wanted` says.
func fuzzFormat(
    _ input: [UInt8], decoder: () -> any InterchangeDecoder,
    encoder: ((EncodingOptions) -> any InterchangeEncoder)?,
    wanted: (Frame) -> Frame? = { $0 }
) {
    guard let kind = input.first else { return }
    let bytes = Array(input.dropFirst())
    let content = ReadContent(bytes, decoder(), stretch: [Int.max, 1, 7, 64][Int(kind & 3)])
    let again = ReadContent(bytes, decoder(), stretch: .max)
    precondition(content.frames == again.frames, "stretches change what is read")
    guard let encoder, let start = content.frames.map(\.timestamp).min() else { return }

    var options = EncodingOptions()
    options.start = start
    options.resolution = 1
    var writer = InterchangeWriter(MemoryBytes(), encoder(options))
    var batch = FrameBatch(capacity: content.frames.count)
    for event in content.channels { batch.insert(event) }
    for frame in content.frames { batch.append(frame) }
    do {
        try writer.write(batch)
        try writer.finish()
    } catch {
        return
    }
    let back = ReadContent(writer.intoOutput().bytes, decoder(), stretch: .max)
    let expected = content.frames.compactMap(wanted)
    precondition(back.frames.count == expected.count, "a frame that was written is not read")
    for (frame, original) in zip(back.frames, expected) {
        precondition(
            frame.identifier == original.identifier && frame.payload == original.payload
                && frame.timestamp == original.timestamp && frame.dlc == original.dlc
                && frame.flags.intersection(.wire) == original.flags.intersection(.wire),
            "a frame that was written is another when it is read")
    }
}

/// What a log gives.
private struct ReadContent {
    var frames: [Frame] = []
    var channels: [BusEvent] = []

    init(_ bytes: [UInt8], _ decoder: any InterchangeDecoder, stretch: Int) {
        var reader = InterchangeReader(
            MemoryStream(bytes, place: "fuzz", stretch: stretch), decoder)
        var batch = FrameBatch(capacity: 64)
        var outcome: ReadOutcome?
        repeat {
            outcome = try? reader.read(into: &batch, waiting: .zero)
            // What stood before a fault that ends the reading is in the batch too.
            check(batch)
            for index in 0..<batch.count { frames.append(batch.frame(at: index)) }
            for index in 0..<batch.events.count {
                var event = batch.events[index]
                event.rowIndex = 0
                if case .channel = event.kind { channels.append(event) }
            }
            batch.removeAll()
        } while outcome == .batch
        precondition(reader.gaps.firstSkipped.count <= 10)
    }
}

/// Captures of Wireshark.
func fuzzPcapng(_ input: [UInt8]) {
    fuzzFormat(input, decoder: { PcapDecoder() }, encoder: { PcapngEncoder($0) })
}

/// Vector's binary logs.
func fuzzBLF(_ input: [UInt8]) {
    fuzzFormat(input, decoder: { BLFDecoder() }, encoder: { BLFEncoder($0) })
}
