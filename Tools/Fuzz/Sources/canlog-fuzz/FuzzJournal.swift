import CANFrame
import LogFile

private let recording = RecordingID(random: 1, 2)

/// The journal decoder, by the first byte: bytes as they are, records with right CRCs around bodies
/// as they are, or frames that are written and must come back.
func fuzzJournal(_ input: [UInt8]) {
    guard let kind = input.first else { return }
    let rest = Array(input.dropFirst())
    switch kind % 3 {
    case 0: decode(rest)
    case 1: decode(segment(ofBodies: rest))
    default: roundTrip(rest)
    }
}

/// Reads everything; whatever comes, batches keep their promises and reading ends.
private func decode(_ bytes: [UInt8]) {
    let expected = JournalExpectation(recording: recording, ordinal: 0, firstFrameNumber: 0)
    guard
        var decoder = try? JournalDecoder(
            file: MemoryBytes(bytes), expected: expected, place: "fuzz")
    else { return }
    var batch = FrameBatch(capacity: 64)
    var next: UInt64 = 0
    while (try? decoder.read(into: &batch)) == true {
        precondition(!batch.isEmpty && batch.count <= 64)
        precondition(batch.firstFrameNumber >= next, "numbers step back")
        next = batch.firstFrameNumber &+ UInt64(batch.count)
        check(batch)
        batch.removeAll()
    }
    precondition(decoder.tornBytes <= UInt64(bytes.count))
}

/// A restart record and plain records whose bodies are stretches of `input`: a byte of length, a byte
/// of frames, the body.
private func segment(ofBodies input: [UInt8]) -> [UInt8] {
    var encoder = JournalEncoder(recording: recording, resolution: 1_000)
    var bytes: [UInt8] = []
    encoder.beginSegment(ordinal: 0, firstFrameNumber: 0, channels: [], into: &bytes)
    var batch = FrameBatch(capacity: 1)
    batch.append(
        Frame(timestamp: Timestamp(nanoseconds: 0), identifier: PackedID(rawValue: 1), payload: [1])
    )
    encoder.encode(batch, rows: 0..<1, events: 0..<0, into: &bytes)
    let seed = castagnoli(recording.bytes + [UInt8](repeating: 0, count: 8))
    var number: UInt32 = 1
    var place = 0
    while input.count - place > 2 {
        let size = min(Int(input[place] % 239) + 1, input.count - place - 2)
        let frames = min(Int(input[place + 1] & 0x7F), size)
        let record =
            [UInt8(size), UInt8(frames)] + Array(input[place + 2..<place + 2 + size])
        let check = castagnoli(record) ^ seed ^ number
        bytes += record + (0..<4).map { UInt8(truncatingIfNeeded: check >> (8 * $0)) }
        number &+= UInt32(frames)
        place += 2 + size
    }
    return bytes
}

/// Frames made of `input` are written in small parts, and must come back as they were.
private func roundTrip(_ input: [UInt8]) {
    var batch = FrameBatch(capacity: max(1, input.count))
    var place = 0
    var stamp: Int64 = 0
    while input.count - place >= 8 {
        let head = Array(input[place..<place + 8])
        let payload = Array(input[place + 8..<min(input.count, place + 8 + Int(head[7] % 65))])
        stamp &+= Int64(head[0]) &* [1, 50_000, -1_000_000, 1 << 40][Int(head[1] & 3)]
        batch.append(
            Frame(
                timestamp: Timestamp(nanoseconds: stamp),
                identifier: PackedID(rawValue: UInt32(head[2]) << 24 | UInt32(head[3])),
                channel: head[4], flags: FrameFlags(rawValue: head[5]), dlc: head[6],
                payload: payload))
        place += 8 + payload.count
    }
    var encoder = JournalEncoder(recording: recording, resolution: 1_000)
    var bytes: [UInt8] = []
    encoder.beginSegment(ordinal: 0, firstFrameNumber: 0, channels: [], into: &bytes)
    for start in stride(from: 0, to: batch.count, by: 3) {
        encoder.encode(
            batch, rows: start..<min(batch.count, start + 3), events: 0..<0, into: &bytes)
    }
    guard var decoder = try? JournalDecoder(file: MemoryBytes(bytes), place: "fuzz") else {
        fatalError("our own segment is refused")
    }
    var back = FrameBatch(capacity: max(1, batch.count))
    _ = try? decoder.read(into: &back)
    precondition(back.count == batch.count && decoder.tornBytes == 0)
    for index in 0..<batch.count {
        precondition(back.frame(at: index) == batch.frame(at: index))
    }
}

/// CRC-32C bit by bit (RFC 3720, appendix B.4), not the one that is tested.
func castagnoli(_ bytes: [UInt8]) -> UInt32 {
    var crc = ~UInt32(0)
    for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 {
            let carry: UInt32 = crc & 1 == 0 ? 0 : 0x82F6_3B78
            crc = (crc >> 1) ^ carry
        }
    }
    return ~crc
}
