import CANFrame
import LogInterchange

/// The reader of BLF, by the first byte: how long the stretches are in which the file comes. What is
/// read is written, and must come back.
func fuzzBLF(_ input: [UInt8]) {
    guard let kind = input.first else { return }
    let bytes = Array(input.dropFirst())
    let content = read(bytes, [Int.max, 1, 7, 64][Int(kind & 3)])
    let again = read(bytes, .max)
    precondition(content.frames == again.frames, "stretches change what is read")
    guard let start = content.frames.map(\.timestamp).min() else { return }

    var options = EncodingOptions()
    options.start = start
    var writer = InterchangeWriter(MemoryBytes(), BLFEncoder(options))
    var batch = FrameBatch(capacity: content.frames.count)
    for event in content.channels { batch.insert(event) }
    for frame in content.frames { batch.append(frame) }
    do {
        try writer.write(batch)
        try writer.finish()
    } catch {
        return
    }
    let back = read(writer.intoOutput().bytes, .max)
    precondition(back.frames.count == content.frames.count, "a frame that was written is not read")
    for (frame, original) in zip(back.frames, content.frames) {
        precondition(frame == original, "a frame that was written is another when it is read")
    }
}

private struct Content {
    var frames: [Frame] = []
    var channels: [BusEvent] = []
}

private func read(_ bytes: [UInt8], _ stretch: Int) -> Content {
    var reader = InterchangeReader(
        MemoryStream(bytes, place: "fuzz", stretch: stretch), BLFDecoder())
    var content = Content()
    var batch = FrameBatch(capacity: 64)
    while let outcome = try? reader.read(into: &batch, waiting: .zero), outcome == .batch {
        check(batch)
        for index in 0..<batch.count { content.frames.append(batch.frame(at: index)) }
        for index in 0..<batch.events.count {
            var event = batch.events[index]
            event.rowIndex = 0
            if case .channel = event.kind { content.channels.append(event) }
        }
        batch.removeAll()
    }
    precondition(reader.gaps.firstSkipped.count <= 10)
    return content
}
