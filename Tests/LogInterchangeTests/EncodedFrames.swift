import CANFrame
import LogInterchange
import TestBench

/// An output that cannot be written again.
struct MemoryPipe: ByteSink {
    var content = MemoryBytes()
    var byteCount: UInt64 { content.byteCount }
    var canOverwrite: Bool { false }
    mutating func append(_ bytes: Span<UInt8>) throws(StreamError) { try content.append(bytes) }
    mutating func overwrite(_ bytes: Span<UInt8>, at offset: UInt64) throws(StreamError) {
        throw StreamError(place: "pipe", cause: "it cannot be written again")
    }
}

/// What an encoder makes of frames.
struct Encoded {
    var bytes: [UInt8]
    var unheld: UnheldContent
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var lines: [String] { text.split(whereSeparator: \.isNewline).map(String.init) }

    init(
        _ frames: [Frame], _ encoder: any InterchangeEncoder, interfaces: [String] = ["can0"]
    ) throws(StreamError) {
        var writer = InterchangeWriter(MemoryBytes(), encoder)
        var batch = FrameBatch(capacity: max(1, frames.count))
        for (index, name) in interfaces.enumerated() {
            batch.append(
                .channel(ChannelDescription(interface: name)),
                at: Timestamp(nanoseconds: 0), channel: UInt8(index))
        }
        for frame in frames { batch.append(frame) }
        try writer.write(batch)
        try writer.finish()
        unheld = writer.unheld
        bytes = writer.intoOutput().bytes
    }
}

/// The stamp `nanoseconds` after 2023-11-14 22:13:20.123 UTC.
func stamp(_ nanoseconds: Int64) -> Timestamp {
    Timestamp(nanoseconds: 1_700_000_000_123_000_000 + nanoseconds)
}

/// A frame of SocketCAN's identifier, flags and payload, with the DLC that belongs to it.
func frame(
    _ nanoseconds: Int64, _ identifier: UInt32, _ payload: [UInt8] = [],
    flags: FrameFlags = [], origin: FrameOrigin = .received, dlc: UInt8? = nil, channel: UInt8 = 0
) -> Frame {
    var flags = flags
    flags.origin = origin
    return Frame(
        timestamp: stamp(nanoseconds), identifier: PackedID(rawValue: identifier),
        channel: channel, flags: flags,
        dlc: dlc ?? DataLengthCode.code(for: UInt8(payload.count)), payload: payload)
}

/// One frame of each kind, a microsecond apart.
func framesOfEachKind() -> [Frame] {
    var frames: [Frame] = []
    func add(
        _ identifier: UInt32, _ payload: [UInt8] = [], _ flags: FrameFlags = [],
        _ origin: FrameOrigin = .received, dlc: UInt8? = nil, channel: UInt8 = 0
    ) {
        frames.append(
            frame(
                Int64(frames.count) * 1_001_000, identifier, payload, flags: flags,
                origin: origin, dlc: dlc, channel: channel))
    }
    func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: 255 - $0 * 7) }
    }
    for length in 0...8 {
        add(UInt32(length) * 0x80, bytes(length), channel: UInt8(length % 2))
        add(0x8000_0000 | UInt32(length) * 0x0200_0001, bytes(length), [], .thisHost)
    }
    for dlc in UInt8(9)...15 { add(0x7FF, bytes(8), dlc: dlc) }
    for dlc in UInt8(0)...8 { add(0x4000_0123 | UInt32(dlc % 2) << 31, dlc: dlc) }
    for length in [0, 1, 7, 8, 12, 16, 20, 24, 32, 48, 64] {
        for bits: FrameFlags in [
            [], .bitRateSwitch, .errorStateIndicator, [.bitRateSwitch, .errorStateIndicator],
        ] {
            add(
                length % 3 == 0 ? 0x9FFF_FFFF : 0x3A5, bytes(length),
                bits.union(.flexibleDataRate), length % 2 == 0 ? .received : .thisHost,
                channel: 1)
        }
    }
    // CAN_ERR_PROT alone; then a stuff error in the data while receiving, and no acknowledge while
    // sending, as the driver of the SJA1000 tells them.
    add(0x2000_0008, [UInt8](repeating: 0, count: 8))
    add(0x2000_0088, [0, 0, 0x04, 0x0A, 0, 0, 0, 0])
    add(0x2000_0088, [0, 0, 0x80, 0x19, 0, 0, 0, 0])
    return frames
}
