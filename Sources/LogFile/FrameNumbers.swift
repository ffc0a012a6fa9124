import CANFrame

/// The numbers of a group's frames that do not follow from its first one: of a part of a log, or of
/// logs merged (LogFile.docc, Frame numbers of a group).
enum FrameNumbers {
    /// Numbers are below this (LogFile.docc, Blocks).
    static let limit: UInt64 = 1 << 63
    /// A section is at most this long: a length, a gap and a few numbers for each frame.
    static let sizeLimit = LogFormat.groupCapacity * 16

    /// The frames of one recorder in a group.
    private struct Track {
        var recorder: UInt8?
        var first: UInt64
        var next: UInt64
        var lengths: [Int] = [0]
        var gaps: [UInt64] = []

        mutating func add(_ number: UInt64) {
            if number != next {
                gaps.append(number &- next)
                lengths.append(0)
            }
            lengths[lengths.count - 1] += 1
            next = number &+ 1
        }
    }

    /// Replaces `output` by the section of `group`: nothing if its numbers follow from the first.
    static func encode(
        _ group: borrowing FrameBatch, channels: [GroupHead.Channel], into output: inout [UInt8]
    ) {
        output.removeAll(keepingCapacity: true)
        guard !group.numberRuns.isEmpty else { return }
        let recorders = RecorderTable(channels)
        var tracks: [Track] = []
        var trackOf = [Int](repeating: -1, count: RecorderTable.size)
        var run = NumberCursor()
        for row in 0..<group.count {
            let number = run.number(of: row, in: group)
            let recorder = recorders[group.rows[row].channel]
            let key = RecorderTable.key(recorder)
            if trackOf[key] < 0 {
                trackOf[key] = tracks.count
                tracks.append(Track(recorder: recorder, first: number, next: number))
            }
            tracks[trackOf[key]].add(number)
        }
        output.append(varint: UInt64(tracks.count))
        for track in tracks {
            output.append(varint: track.recorder.map { UInt64($0) + 1 } ?? 0)
            output.append(varint: track.first)
            output.append(varint: UInt64(track.lengths.count))
            for length in track.lengths { output.append(varint: UInt64(length)) }
            for gap in track.gaps { output.append(varint: gap) }
        }
    }

    /// The number of each frame of a group, whose channels are given frame by frame; `nil` if the
    /// section contradicts itself or them.
    static func decode(
        _ bytes: Span<UInt8>, rowChannels: [UInt8], channels: [GroupHead.Channel]
    ) -> [UInt64]? {
        var cursor = ByteCursor(bytes)
        guard let trackCount = cursor.count(upTo: RecorderTable.size), trackCount > 0 else {
            return nil
        }
        var ofTrack: [[UInt64]] = []
        var trackOf = [Int](repeating: -1, count: RecorderTable.size)
        var left = rowChannels.count
        for index in 0..<trackCount {
            guard let key = cursor.count(upTo: RecorderTable.size - 1), trackOf[key] < 0,
                let numbers = track(&cursor, limit: left)
            else { return nil }
            trackOf[key] = index
            left -= numbers.count
            ofTrack.append(numbers)
        }
        guard left == 0 else { return nil }
        let recorders = RecorderTable(channels)
        var places = [Int](repeating: 0, count: trackCount)
        var numbers: [UInt64] = []
        numbers.reserveCapacity(rowChannels.count)
        for channel in rowChannels {
            let track = trackOf[RecorderTable.key(recorders[channel])]
            guard track >= 0, places[track] < ofTrack[track].count else { return nil }
            numbers.append(ofTrack[track][places[track]])
            places[track] += 1
        }
        return numbers
    }

    /// The numbers of one track, at most `limit`.
    private static func track(_ cursor: inout ByteCursor, limit: Int) -> [UInt64]? {
        guard let first = cursor.varint(), first < Self.limit,
            let runs = cursor.count(upTo: limit), runs > 0
        else { return nil }
        var lengths: [Int] = []
        var total = 0
        for _ in 0..<runs {
            guard let length = cursor.count(upTo: limit - total), length > 0 else { return nil }
            lengths.append(length)
            total += length
        }
        var numbers: [UInt64] = []
        numbers.reserveCapacity(total)
        var next = first
        for (index, length) in lengths.enumerated() {
            if index > 0 {
                guard let gap = cursor.varint(), gap > 0, gap < Self.limit - next else {
                    return nil
                }
                next += gap
            }
            guard UInt64(length) <= Self.limit - next else { return nil }
            for number in next..<next + UInt64(length) { numbers.append(number) }
            next += UInt64(length)
        }
        return numbers
    }
}

/// Which recorder each channel of a merged log belongs to.
struct RecorderTable {
    /// One for each number, and one for logs of a single recorder.
    static let size = 257

    private var recorders = [UInt8?](repeating: nil, count: 256)

    init() {}

    init(_ channels: [GroupHead.Channel]) {
        for channel in channels { self[channel.number] = channel.description.recorder }
    }

    subscript(channel: UInt8) -> UInt8? {
        get { recorders[Int(channel)] }
        set { recorders[Int(channel)] = newValue }
    }

    /// A number for a recorder: 0 for none, as in the file.
    static func key(_ recorder: UInt8?) -> Int { recorder.map { Int($0) + 1 } ?? 0 }
}
