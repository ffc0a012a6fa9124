import TestBench
import CANFrame
import LogFile

/// What one call of the encoder gets: frames and events, as the recorder hands them over.
struct JournalPart {
    var frames: [Frame] = []
    var events: [BusEvent] = []
}

let journalRecording = RecordingID(random: 0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210)

/// A segment and where each record in it ends.
struct JournalSegment {
    var bytes: [UInt8] = []
    /// The size of the head, then the end of each part, with how many frames are whole there.
    var ends: [(offset: Int, frames: Int)] = []

    init(
        _ parts: [JournalPart], ordinal: Int = 0, firstFrameNumber: UInt64 = 0,
        resolution: Int64 = 1_000, channels: [(number: UInt8, description: ChannelDescription)] = []
    ) {
        var encoder = JournalEncoder(recording: journalRecording, resolution: resolution)
        encoder.beginSegment(
            ordinal: ordinal, firstFrameNumber: firstFrameNumber, channels: channels, into: &bytes)
        var frames = 0
        ends.append((bytes.count, 0))
        for part in parts {
            var batch = FrameBatch(capacity: max(1, part.frames.count))
            batch.firstFrameNumber = firstFrameNumber + UInt64(frames)
            for frame in part.frames { batch.append(frame) }
            for event in part.events { batch.insert(event) }
            encoder.encode(
                batch, rows: 0..<batch.count, events: 0..<batch.events.count, into: &bytes)
            frames += part.frames.count
            ends.append((bytes.count, frames))
        }
    }
}

/// All that a decoder says about the bytes of a segment.
struct JournalContent: Equatable {
    var numbers: [UInt64] = []
    var frames: [Frame] = []
    /// Row indices count from the segment's first frame that was read.
    var events: [BusEvent] = []
    var damages: [JournalDamage] = []
    var tornBytes: UInt64 = 0

    var losses: [UInt64] {
        events.compactMap { event in
            if case .loss(let loss) = event.kind { loss.frames } else { nil }
        }
    }

    init(
        _ bytes: [UInt8], expected: JournalExpectation? = nil, capacity: Int = 10_000
    ) throws(StreamError) {
        var decoder = try JournalDecoder(
            file: MemoryBytes(bytes), expected: expected, place: "segment")
        var batch = FrameBatch(capacity: capacity)
        while try decoder.read(into: &batch) {
            for index in 0..<batch.events.count {
                var event = batch.events[index]
                event.rowIndex += frames.count
                events.append(event)
            }
            for index in 0..<batch.count {
                numbers.append(batch.firstFrameNumber + UInt64(index))
                frames.append(batch.frame(at: index))
            }
            batch.removeAll()
        }
        damages = decoder.damages
        tornBytes = decoder.tornBytes
    }
}

extension Frame {
    /// A frame of any kind that a bus or an imported log can bring.
    static func random(
        at stamp: Int64, identifiers: Int, using generator: inout SeededGenerator
    ) -> Frame {
        let number = UInt32.random(in: 0..<UInt32(identifiers), using: &generator)
        var flags = FrameFlags()
        flags.origin = FrameOrigin.allCases.randomElement(using: &generator) ?? .unknown
        var frame = Frame(
            timestamp: Timestamp(nanoseconds: stamp), identifier: PackedID(rawValue: number),
            channel: UInt8.random(in: 0..<4, using: &generator), flags: flags)
        var length = Int.random(in: 0...8, using: &generator)
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: frame.identifier = PackedID(rawValue: number | 0x8000_0000)
        case 1: frame.identifier = PackedID(rawValue: number | 0x4000_0000); length = 0
        case 2: frame.identifier = PackedID(errorClass: number); length = 8
        case 3, 4:
            frame.flags.insert(.flexibleDataRate)
            frame.flags.insert(FrameFlags(rawValue: UInt8.random(in: 0...3, using: &generator)))
            length =
                [0, 7, 8, 12, 16, 20, 24, 32, 48, 63, 64].randomElement(using: &generator) ?? 0
        default: break
        }
        frame.payload = (0..<length).map { _ in
            Bool.random(using: &generator) ? 0 : UInt8.random(in: 0...255, using: &generator)
        }
        frame.dlc = DataLengthCode.code(for: UInt8(length))
        // A classic frame of 8 bytes may say 9 to 15, and a remote frame any code.
        if length == 8 || frame.identifier.isRemote {
            frame.dlc = UInt8.random(in: 8...15, using: &generator)
        }
        return frame
    }
}

extension BusEvent.Kind {
    /// One of each kind, with values at their edges.
    static let samples: [BusEvent.Kind] = [
        .channel(ChannelDescription(interface: "can0")),
        .channel(
            ChannelDescription(
                interface: "vcan-ü", bitRate: 500_000, dataBitRate: .max, clock: .hardware)),
        .tick, .clockTie(ClockTie(monotonic: 12_345_678_901)),
        .clockTie(ClockTie(monotonic: 13_345_678_901)),
        .clockSynchronisation(
            ClockSynchronisation(isSynchronised: true, estimatedError: 12, maximumError: .max)),
        .loss(Loss(cause: .socketBuffer, frames: 17)),
        .loss(Loss(cause: .recorderMemory, frames: .max)),
        .linkUp, .linkDown, .linkGone,
        .statistics(InterfaceStatistics(receivedFrames: 10, receivedBytes: 80, sendDropped: .max)),
        .statistics(InterfaceStatistics(receivedFrames: 12, receivedBytes: 96, sendDropped: 0)),
        .controllerState(.busOff), .restarted,
        .errorCounters(ErrorCounters(transmit: .max, receive: 127)),
        .interfaceSettings(InterfaceSettings(bitRate: .max, modes: [.listenOnly, .oneShot])),
        .silence(3_000_000_000), .marker("door open"), .note("the VIN is doubtful"), .marker(""),
    ]
}
