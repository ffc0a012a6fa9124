import CANFrame
import LocalFiles
import Replaying
import TestBench
import Testing

/// Frames of a test as a source: the channel events first, then `batchSize` frames at a time.
struct MemorySource: FrameSource, ~Copyable {
    var frames: [Frame]
    var channels = ["can0"]
    var batchSize = 100
    private var position = 0

    init(_ frames: [Frame], channels: [String] = ["can0"]) {
        self.frames = frames
        self.channels = channels
    }

    mutating func read(
        into batch: inout FrameBatch, waiting limit: Duration
    ) throws(StreamError) -> ReadOutcome {
        if position == frames.count { return .ended }
        if position == 0 {
            for (number, name) in channels.enumerated() {
                batch.append(
                    .channel(ChannelDescription(interface: name)), at: frames[0].timestamp,
                    channel: UInt8(number))
            }
        }
        let end = min(frames.count, position + min(batchSize, batch.capacity))
        for frame in frames[position..<end] { batch.append(frame) }
        position = end
        return .batch
    }
}

/// A frame of the channel `channel`, `microseconds` after the beginning of the log.
func frame(
    at microseconds: Int64, _ identifier: PackedID, _ payload: [UInt8] = [],
    flags: FrameFlags = [], dlc: UInt8? = nil, channel: UInt8 = 0
) -> Frame {
    Frame(
        timestamp: Timestamp(nanoseconds: 1_600_000_000_000_000_000 + microseconds * 1000),
        identifier: identifier, channel: channel, flags: flags, dlc: dlc, payload: payload)
}

/// `count` frames with the identifier 123 and their number in 8 bytes, `gap` µs apart.
func numbered(_ count: Int, gap: Int64) -> [Frame] {
    (0..<count).map { number in
        frame(
            at: Int64(number) * gap, PackedID(rawValue: 0x123),
            (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) })
    }
}

/// What candump prints of ``numbered(_:gap:)``, without stamp and interface.
func numberedText(_ count: Int) -> [String] {
    (0..<count).map { number in
        "123#"
            + (0..<8).map {
                let digits = String(number >> ($0 * 8) & 0xFF, radix: 16, uppercase: true)
                return digits.count == 1 ? "0" + digits : digits
            }.joined()
    }
}

/// Starts to play `frames`, channel `can0`, to `interface`.
func startReplay(
    _ frames: [Frame], to interface: String = "vcan0", takesFD: Bool = true,
    control: ReplayControl = ReplayControl(), _ change: (inout ReplayOptions) -> Void = { _ in }
) throws -> Replayer {
    var options = ReplayOptions()
    change(&options)
    return try Replayer(
        to: ReplayRouting(everythingTo: interface), takesFD: [takesFD], options: options,
        place: "test", control: control
    ) { () throws(StreamError) in MemorySource(frames) }
}

/// candump's log lines of `result` without stamp and interface.
func contents(_ result: ProgramResult) -> [String] {
    result.lines.map { line in line.split(separator: " ").last.map(String.init) ?? "" }
}

/// candump for `count` frames of `interface`, already listening, with room for all of them.
func candump(_ count: Int, of interface: String = "vcan0", filter: String = "") throws -> Program {
    let program = try Program(
        ["candump", "-L", "-r", "33554432", "-n", "\(count)", interface + filter])
    try #require(waitForReceivers(on: interface), "candump does not listen")
    return program
}
