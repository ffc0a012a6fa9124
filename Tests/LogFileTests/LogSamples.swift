import TestBench
import CANFrame
import Testing

@testable import LogFile

/// What a log gives: frames with their numbers, and events with the number of the frame behind them.
struct LogContent: Equatable {
    struct Event: Equatable {
        var number: UInt64
        var timestamp: Timestamp
        var channel: UInt8?
        var kind: BusEvent.Kind
    }

    var frames: [Frame] = []
    var numbers: [UInt64] = []
    var events: [Event] = []

    mutating func append(_ batch: borrowing FrameBatch) {
        for index in 0..<batch.count {
            frames.append(batch.frame(at: index))
            numbers.append(batch.frameNumber(at: index))
        }
        for index in batch.events.indices {
            let event = batch.events[index]
            events.append(
                Event(
                    number: batch.firstFrameNumber + UInt64(event.rowIndex),
                    timestamp: event.timestamp, channel: event.channel, kind: event.kind))
        }
    }
}

/// Traffic of one kind, made from a seed.
struct Traffic: CustomTestStringConvertible, Sendable {
    var testDescription: String
    /// Fills a batch of this capacity; frames numbered from 0.
    var capacity = 4_096
    var fill: @Sendable (inout FrameBatch) -> Void

    static let start: Int64 = 1_763_800_000_123_456_000

    /// The content as it should come back.
    var content: LogContent {
        var batch = FrameBatch(capacity: capacity)
        fill(&batch)
        var content = LogContent()
        content.append(batch)
        return content
    }

    /// A whole log of it.
    func log(_ metadata: LogMetadata = .sample) throws -> [UInt8] {
        var batch = FrameBatch(capacity: capacity)
        fill(&batch)
        var writer = try LogWriter(file: MemoryBytes(), metadata: metadata, place: "memory")
        try writer.write(batch)
        try writer.finish()
        return writer.intoFile().bytes
    }
}

extension LogMetadata {
    static var sample: LogMetadata {
        var metadata = LogMetadata(
            recording: RecordingID(random: 0x0011_2233_4455_6677, 0x8899_AABB_CCDD_EEFF),
            created: Timestamp(nanoseconds: Traffic.start), program: "canlog 0.1.0")
        metadata.station = "EOL-7"
        metadata.vin = "WVWZZZ1JZXW000001"
        metadata.vinIsDoubtful = true
        metadata.attempt = 2
        metadata.tags = [.init(key: "firmware", value: "3.1"), .init(key: "firmware", value: "ß")]
        return metadata
    }
}

/// Reads all of a log.
func read(
    _ bytes: [UInt8], journal: JournalFolder<MemoryBytes> = .none, alive: Bool = false,
    selection: FrameSelection = FrameSelection(), capacity: Int = 1_000
) throws -> (content: LogContent, damages: [LogDamage], state: LogState, summary: LogSummary) {
    var reader = try LogReader(
        file: MemoryBytes(bytes), journal: journal, writerIsAlive: alive, selection: selection,
        place: "memory")
    var content = LogContent()
    var batch = FrameBatch(capacity: capacity)
    while try reader.read(into: &batch, waiting: .zero) == .batch { content.append(batch) }
    return (content, reader.damages, reader.state, reader.summary)
}

extension Traffic {
    /// One traffic of each kind that must survive.
    static let all: [Traffic] = [
        Traffic(testDescription: "no frame and no event") { _ in },
        Traffic(testDescription: "one frame without payload") { batch in
            batch.append(
                Frame(timestamp: Timestamp(nanoseconds: start), identifier: PackedID(rawValue: 0)))
        },
        classic(count: 700, channels: 1), classic(count: 3_000, channels: 8), flexible, unusual,
        ties, stepBack, inversions, nanoseconds, extremes, events, controllerEvents, randomKinds,
    ]

    static func classic(count: Int, channels: UInt8) -> Traffic {
        Traffic(testDescription: "\(count) classic frames on \(channels) channels") { batch in
            var numbers = SeededGenerator(seed: UInt64(count))
            var stamp = start
            for channel in 0..<channels {
                batch.append(
                    .channel(ChannelDescription(interface: "can\(channel)", bitRate: 500_000)),
                    at: Timestamp(nanoseconds: start), channel: channel)
            }
            for index in 0..<count {
                stamp += Int64.random(in: 100...900, using: &numbers) * 1_000
                let length = UInt8.random(in: 0...8, using: &numbers)
                batch.append(
                    Frame(
                        timestamp: Timestamp(nanoseconds: stamp),
                        identifier: PackedID(rawValue: 0x100 + UInt32(index % 7)),
                        channel: UInt8(index % Int(channels)),
                        payload: (0..<length).map { UInt8(truncatingIfNeeded: index) &* ($0 + 1) }))
            }
        }
    }

    static let flexible = Traffic(testDescription: "CAN FD of every length with BRS and ESI") {
        batch in
        var numbers = SeededGenerator(seed: 5)
        for index in 0..<500 {
            var flags: FrameFlags = [.flexibleDataRate]
            if index % 2 == 0 { flags.insert(.bitRateSwitch) }
            if index % 5 == 0 { flags.insert(.errorStateIndicator) }
            flags.origin = FrameOrigin.allCases[index % 4]
            let length = [0, 1, 8, 12, 16, 20, 24, 32, 48, 64, 63, 9][index % 12]
            batch.append(
                Frame(
                    timestamp: Timestamp(nanoseconds: start + Int64(index) * 5_000),
                    identifier: PackedID(rawValue: 0x8000_0000 | 0x18DA_F110),
                    channel: 3, flags: flags,
                    payload: (0..<length).map { _ in UInt8.random(in: 0...255, using: &numbers) }))
        }
    }

    static let unusual = Traffic(testDescription: "remote, error and classic DLC above 8") {
        batch in
        let stamp = { (index: Int) in Timestamp(nanoseconds: start + Int64(index) * 1_000_000) }
        for index in 0..<60 {
            batch.append(
                Frame(
                    timestamp: stamp(index), identifier: PackedID(rawValue: 0x4000_0123),
                    dlc: UInt8(index % 16)))
            batch.append(
                Frame(timestamp: stamp(index), identifier: PackedID(rawValue: 0xC123_4567), dlc: 8))
            batch.append(
                Frame(
                    timestamp: stamp(index), identifier: PackedID(errorClass: 0x84),
                    payload: [0, 4, 0, 0, 0, 0, 0, UInt8(index)]))
            batch.append(
                Frame(
                    timestamp: stamp(index), identifier: PackedID(rawValue: 0x7FF),
                    dlc: UInt8(9 + index % 7), payload: Array(repeating: 0xA5, count: 8)))
        }
    }

    static let ties = Traffic(testDescription: "all stamps equal") { batch in
        for index in 0..<300 {
            batch.append(
                Frame(
                    timestamp: Timestamp(nanoseconds: start),
                    identifier: PackedID(rawValue: UInt32(index % 3)), payload: [UInt8(index % 256)]
                ))
        }
    }

    static let stepBack = Traffic(testDescription: "a clock that steps back 300 s after 106 frames")
    { batch in
        for index in 0..<250 {
            let step: Int64 = index >= 106 ? 300_000_000_000 : 0
            batch.append(
                Frame(
                    timestamp: Timestamp(nanoseconds: start + Int64(index) * 10_000_000 - step),
                    identifier: PackedID(rawValue: 0x321), payload: [1, 2, UInt8(index)]))
        }
    }

    static let inversions = Traffic(testDescription: "inversions between two interfaces") { batch in
        for index in 0..<400 {
            let early: Int64 = index % 3 == 0 ? 40_000 : 0
            batch.append(
                Frame(
                    timestamp: Timestamp(nanoseconds: start + Int64(index) * 30_000 - early),
                    identifier: PackedID(rawValue: 0x10), channel: UInt8(index % 3 == 0 ? 1 : 0),
                    payload: [UInt8(index % 256), 0]))
        }
    }

    static let nanoseconds = Traffic(testDescription: "stamps of single nanoseconds") { batch in
        var numbers = SeededGenerator(seed: 9)
        var stamp = start
        for _ in 0..<400 {
            stamp += Int64.random(in: 1...999_999, using: &numbers)
            batch.append(
                Frame(
                    timestamp: Timestamp(nanoseconds: stamp), identifier: PackedID(rawValue: 0x55),
                    payload: [0xFF]))
        }
    }

    static let extremes = Traffic(testDescription: "the least and the greatest stamps") { batch in
        for stamp in [Int64.min, .max, 0, .max, .min, -1, 1, .min + 1] {
            batch.append(.tick, at: Timestamp(nanoseconds: stamp))
            batch.append(
                Frame(
                    timestamp: Timestamp(nanoseconds: stamp), identifier: PackedID(rawValue: .max),
                    channel: 255, flags: FrameFlags(rawValue: 0xFF), dlc: 255))
        }
    }

    static let events = Traffic(testDescription: "every event, alone and among frames") { batch in
        let kinds: [BusEvent.Kind] = [
            .channel(
                ChannelDescription(
                    interface: "can0", bitRate: 500_000, dataBitRate: 2_000_000, clock: .hardware)),
            .channel(ChannelDescription(interface: "vcan0", clock: .kernelRealTime)),
            .tick, .clockTie(ClockTie(monotonic: 77_000_000_001)),
            .clockSynchronisation(
                ClockSynchronisation(
                    isSynchronised: true, estimatedError: 12, maximumError: 16_000_000)),
            .loss(Loss(cause: .socketBuffer, frames: 12)),
            .loss(Loss(cause: .controller, frames: .max)),
            .linkUp, .linkDown, .linkGone,
            .statistics(
                InterfaceStatistics(receivedFrames: 5, receivedBytes: 40, receiveOverruns: 1)),
            .silence(2_000_000_000), .marker("door closed"), .note("the VIN ß is doubtful"),
            .marker(""),
        ]
        for index in 0..<90 {
            let time = Timestamp(nanoseconds: start + Int64(index) * 100_000_000)
            let kind = kinds[index % kinds.count]
            let isOfAll = index % 4 == 0 && index % kinds.count > 1
            batch.append(kind, at: time, channel: isOfAll ? nil : UInt8(index % 3))
            if index % 7 == 3 {
                batch.append(
                    Frame(
                        timestamp: time, identifier: PackedID(rawValue: 0x1), channel: 1,
                        payload: [9]))
            }
        }
    }

    static let controllerEvents = Traffic(testDescription: "what becomes of controllers") { batch in
        // Each with values at their edges.
        let kinds =
            ControllerState.allCases.map { BusEvent.Kind.controllerState($0) } + [
                .restarted, .errorCounters(ErrorCounters()),
                .errorCounters(ErrorCounters(transmit: 135, receive: .max)),
                .interfaceSettings(InterfaceSettings()),
                .interfaceSettings(
                    InterfaceSettings(
                        bitRate: 500_000, samplePoint: 875, modes: [.listenOnly], restartDelay: 100,
                        mtu: 16)),
                .interfaceSettings(
                    InterfaceSettings(
                        bitRate: 500_000, samplePoint: 800, dataBitRate: .max, dataSamplePoint: 750,
                        modes: ControllerModes(rawValue: .max), restartDelay: 0, mtu: 72)),
            ]
        for (index, kind) in kinds.enumerated() {
            let time = Timestamp(nanoseconds: start + Int64(index) * 1_000_000)
            batch.append(
                Frame(
                    timestamp: time, identifier: PackedID(errorClass: 0x204), channel: 2,
                    payload: [0, 8, 0, 0, 0, 0, UInt8(96 + index), 0]))
            batch.append(kind, at: time, channel: index % 5 == 4 ? nil : 2)
        }
    }

    static let randomKinds = Traffic(testDescription: "random identifiers, lengths and payloads") {
        batch in
        var numbers = SeededGenerator(seed: 77)
        for index in 0..<2_000 {
            let length = Int.random(in: 0...64, using: &numbers)
            batch.append(
                Frame(
                    timestamp: Timestamp(nanoseconds: start + Int64(index) * 1_000),
                    identifier: PackedID(rawValue: UInt32.random(in: 0...(.max), using: &numbers)),
                    channel: UInt8.random(in: 0...255, using: &numbers),
                    flags: FrameFlags(rawValue: UInt8.random(in: 0...255, using: &numbers)),
                    payload: (0..<length).map { _ in UInt8.random(in: 0...255, using: &numbers) }))
        }
    }
}
