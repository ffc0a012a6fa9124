import CANFrame
import LogInterchange

/// The reader of candump text, by the first byte: how long the stretches are in which the text comes,
/// and whether faults end it or are skipped. What is read is written, and must come back.
func fuzzCandump(_ input: [UInt8]) {
    guard let kind = input.first else { return }
    let text = Array(input.dropFirst())
    let stretch = [Int.max, 1, 7, 64][Int(kind & 3)]
    let policy: FaultPolicy = kind & 4 == 0 ? .skip : .stop
    let content = read(text, stretch, policy)
    let again = read(text, .max, policy)
    precondition(content.frames == again.frames, "stretches change what is read")
    guard !content.frames.isEmpty, content.isWhole else { return }

    var writer = InterchangeWriter(
        MemoryBytes(),
        CandumpTextEncoder(style: CandumpTextStyle(decimals: 9, writesFDFBit: true)))
    var batch = FrameBatch(capacity: content.frames.count)
    for event in content.channels { batch.insert(event) }
    for frame in content.frames { batch.append(frame) }
    do {
        try writer.write(batch)
        try writer.finish()
    } catch {
        return
    }
    let back = read(writer.intoOutput().bytes, .max, .stop)
    precondition(back.frames.count == content.frames.count, "a frame that was written is not read")
    for (frame, original) in zip(back.frames, content.frames) {
        precondition(frame.identifier == original.identifier && frame.payload == original.payload)
        precondition(frame.timestamp == original.timestamp)
    }
}

private struct Content {
    var frames: [Frame] = []
    var channels: [BusEvent] = []
    /// Whether the reading came to its end.
    var isWhole = false
}

private func read(_ text: [UInt8], _ stretch: Int, _ policy: FaultPolicy) -> Content {
    var reader = InterchangeReader(
        MemoryStream(text, place: "fuzz", stretch: stretch), CandumpTextDecoder(onFault: policy))
    var content = Content()
    var batch = FrameBatch(capacity: 64)
    var outcome: ReadOutcome?
    repeat {
        outcome = try? reader.read(into: &batch, waiting: .zero)
        // What stood before a fault that ends the reading is in the batch too.
        check(batch)
        for index in 0..<batch.count { content.frames.append(batch.frame(at: index)) }
        for index in 0..<batch.events.count {
            var event = batch.events[index]
            event.rowIndex = 0
            if case .channel = event.kind { content.channels.append(event) }
        }
        batch.removeAll()
    } while outcome == .batch
    content.isWhole = outcome == .ended
    precondition(reader.gaps.firstSkipped.count <= 10)
    // A frame needs a line of ten bytes at least: "(0) a 1#R" and its end.
    precondition(content.frames.count <= text.count / 8 + 1)
    return content
}
