import CANFrame
import LogInterchange

/// The reader of MDF 4. What is read is written, into a file and into a pipe, and must come back.
func fuzzMDF(_ input: [UInt8]) {
    guard let content = read(input), !content.frames.isEmpty else { return }
    // Deflate makes at most 1032 bytes of one, and a record has five bytes at least.
    precondition(content.frames.count <= input.count * 1_032 / 5)
    guard content.frames.count < 10_000 else { return }
    for isPipe in [false, true] {
        guard let bytes = written(content, isPipe: isPipe) else { continue }
        let back = read(bytes)
        precondition(back?.damage == nil && back?.skipped == 0, "what was written is not read")
        precondition(back?.frames.count == content.frames.count, "frames were lost")
        for (frame, original) in zip(back?.frames ?? [], content.frames) {
            precondition(
                frame.identifier == original.identifier && frame.payload == original.payload)
            precondition(frame.timestamp == original.timestamp && frame.dlc == original.dlc)
            precondition(frame.flags.intersection(.wire) == original.flags.intersection(.wire))
        }
    }
}

private struct Content {
    var frames: [Frame] = []
    var channels: [BusEvent] = []
    var damage: StreamError?
    var skipped: UInt64 = 0
}

/// A pipe cannot be written again.
private struct Pipe: ByteSink {
    var bytes = MemoryBytes()
    var byteCount: UInt64 { bytes.byteCount }
    var canOverwrite: Bool { false }
    mutating func append(_ more: Span<UInt8>) throws(StreamError) { try bytes.append(more) }
    mutating func overwrite(_ more: Span<UInt8>, at offset: UInt64) throws(StreamError) {
        preconditionFailure("a pipe was written again")
    }
}

private func read(_ bytes: [UInt8]) -> Content? {
    guard var reader = try? MDFReader(MemoryBytes(bytes), place: "fuzz") else { return nil }
    var content = Content()
    var batch = FrameBatch(capacity: 64)
    while (try? reader.read(into: &batch, waiting: .zero)) == .batch {
        check(batch)
        // Frames beyond these are read and not kept.
        if content.frames.count < 100_000 {
            for index in 0..<batch.count { content.frames.append(batch.frame(at: index)) }
        }
        for index in 0..<batch.events.count {
            var event = batch.events[index]
            event.rowIndex = 0
            if case .channel = event.kind { content.channels.append(event) }
        }
        batch.removeAll()
    }
    precondition(reader.gaps.firstSkipped.count <= 10)
    content.damage = reader.gaps.damage
    content.skipped = reader.gaps.skipped
    return content
}

private func written(_ content: Content, isPipe: Bool) -> [UInt8]? {
    var options = EncodingOptions()
    options.start = content.frames[0].timestamp
    var batch = FrameBatch(capacity: content.frames.count)
    for event in content.channels { batch.insert(event) }
    for frame in content.frames { batch.append(frame) }
    do throws(StreamError) {
        if isPipe {
            var writer = InterchangeWriter(Pipe(), MDFEncoder(options))
            try writer.write(batch)
            try writer.finish()
            return writer.intoOutput().bytes.bytes
        }
        var writer = InterchangeWriter(MemoryBytes(), MDFEncoder(options))
        try writer.write(batch)
        try writer.finish()
        return writer.intoOutput().bytes
    } catch {
        // Stamps more than 292 years apart.
        return nil
    }
}
