import CANFrame
import LocalFiles
import LogFile
import TestBench
import Testing

/// A log of several groups, and what a recorder leaves of it that died after some of them.
struct SampleLog {
    static let recording = RecordingID(random: 0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210)

    var metadata: LogMetadata = {
        var metadata = LogMetadata(
            recording: recording, created: Timestamp(nanoseconds: 1_763_800_000_000_000_000),
            program: "canlog 0.1.0")
        metadata.vin = "WVWZZZ1JZXW000001"
        metadata.station = "EOL-7"
        return metadata
    }()
    var groups = 4
    var framesPerGroup = 250

    var frames: Int { groups * framesPerGroup }

    /// The content of a group: frames of seven identifiers, a tick each tenth, a channel at first.
    private func fill(_ batch: inout FrameBatch, group: Int) {
        let first = group * framesPerGroup
        batch.removeAll()
        batch.firstFrameNumber = UInt64(first)
        var numbers = SeededGenerator(seed: UInt64(first))
        for index in first..<first + framesPerGroup {
            let time = Timestamp(
                nanoseconds: 1_763_800_000_000_000_000 + Int64(index) * 1_234_000)
            if index == 0 { batch.append(.channel(Self.channel), at: time, channel: 0) }
            if index.isMultiple(of: 10) { batch.append(.tick, at: time) }
            let noise = numbers.next()
            batch.append(
                Frame(
                    timestamp: time, identifier: PackedID(rawValue: 0x100 + UInt32(index % 7)),
                    payload: (0..<8).map { (byte: UInt64) in
                        UInt8(truncatingIfNeeded: noise >> (byte * 8))
                    }))
        }
    }

    private static let channel = ChannelDescription(interface: "can0", bitRate: 500_000)

    /// Writes the log to `path` with the first `closed` groups in the file and the others in its
    /// journal; all groups, and the state closed, if `closed` is `nil`.
    func write(to path: String, groupsInFile closed: Int? = nil) throws {
        var assembler = try LogAssembler(metadata: metadata)
        var file = MemoryBytes(assembler.header)
        var batch = FrameBatch(capacity: framesPerGroup + 1)
        var block: [UInt8] = []
        for group in 0..<groups {
            fill(&batch, group: group)
            if group < closed ?? groups {
                try assembler.encode(batch, into: &block)
                try file.append(block.span)
            } else {
                try store(segment(of: batch, group), at: "\(path).journal-\(group)")
            }
        }
        if closed == nil {
            let (tail, state) = assembler.finish()
            try file.append(tail.span)
            try file.overwrite(state.bytes.span, at: state.offset)
        }
        try store(file.bytes, at: path)
    }

    private func segment(of batch: borrowing FrameBatch, _ group: Int) -> [UInt8] {
        var encoder = JournalEncoder(recording: metadata.recording, resolution: 1_000)
        var bytes: [UInt8] = []
        encoder.beginSegment(
            ordinal: group, firstFrameNumber: batch.firstFrameNumber,
            channels: group == 0 ? [] : [(number: UInt8(0), description: Self.channel)],
            into: &bytes)
        encoder.encode(batch, rows: 0..<batch.count, events: 0..<batch.events.count, into: &bytes)
        return bytes
    }

    private func store(_ bytes: [UInt8], at path: String) throws {
        try? Folder.remove(path)
        var file = try WritableFile(creating: path)
        try file.append(bytes.span)
    }
}
