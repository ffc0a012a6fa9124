import CANFrame
import LogInterchange

/// The readers of Vector ASC, PEAK TRC and SavvyCAN CSV, by the first byte: how long the stretches
/// are in which the text comes, and whether faults end it or are skipped. What is read is written,
/// and comes back.
func fuzzASC(_ input: [UInt8]) {
    fuzz(input, { ASCDecoder(onFault: $0) }, { ASCEncoder($0) })
}

func fuzzTRC(_ input: [UInt8]) {
    fuzz(input, { TRCDecoder(onFault: $0) }, { TRCEncoder($0) })
}

func fuzzCSV(_ input: [UInt8]) {
    fuzz(input, { CSVDecoder(onFault: $0) }, { CSVEncoder($0) })
}

private func fuzz(
    _ input: [UInt8], _ decoder: (FaultPolicy) -> any InterchangeDecoder,
    _ encoder: (EncodingOptions) -> any InterchangeEncoder
) {
    guard let kind = input.first else { return }
    let text = Array(input.dropFirst())
    let stretch = [Int.max, 1, 7, 64][Int(kind & 3)]
    let policy: FaultPolicy = kind & 4 == 0 ? .skip : .stop
    let content = Content(text, stretch, decoder(policy))
    let again = Content(text, .max, decoder(policy))
    precondition(content.frames == again.frames, "stretches change what is read")
    guard let start = content.frames.map(\.timestamp).min(), content.isWhole else { return }

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
    let left = writer.unheld[.frame]
    let back = Content(writer.intoOutput().bytes, .max, decoder(.skip))
    precondition(
        UInt64(back.frames.count) + left + back.skipped >= UInt64(content.frames.count),
        "a frame that was written is neither read nor counted")
}

private struct Content {
    var frames: [Frame] = []
    var channels: [BusEvent] = []
    var skipped: UInt64 = 0
    /// Whether the reading came to its end.
    var isWhole = false

    init(_ text: [UInt8], _ stretch: Int, _ decoder: any InterchangeDecoder) {
        var reader = InterchangeReader(
            MemoryStream(text, place: "fuzz", stretch: stretch), decoder)
        var batch = FrameBatch(capacity: 64)
        var outcome: ReadOutcome?
        repeat {
            outcome = try? reader.read(into: &batch, waiting: .zero)
            check(batch)
            for index in 0..<batch.count { frames.append(batch.frame(at: index)) }
            for index in 0..<batch.events.count {
                var event = batch.events[index]
                event.rowIndex = 0
                if case .channel = event.kind { channels.append(event) }
            }
            batch.removeAll()
        } while outcome == .batch
        isWhole = outcome == .ended
        skipped = reader.gaps.skipped
        precondition(reader.gaps.firstSkipped.count <= 10)
        // A frame needs a line of ten bytes at least.
        precondition(frames.count <= text.count / 8 + 1)
    }
}
