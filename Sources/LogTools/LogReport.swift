public import CANFrame
public import LogFile

/// What is in a log: counted from the directories of a `.canlog`, or by reading a text.
public struct LogReport: Sendable {
    /// The frames of one identifier on one channel.
    public struct Stream: Sendable, Hashable {
        public var identifier: PackedID
        public var frames: UInt64
    }

    /// An interface as the log numbers it, with its identifiers in ascending order.
    public struct Channel: Sendable, Hashable {
        public var number: UInt8
        public var description: ChannelDescription
        public var streams: [Stream] = []
        /// Frames on this channel.
        public var frames: UInt64 { streams.reduce(into: 0) { $0.add(upToLimit: $1.frames) } }
    }

    /// Identifiers that are told apart in a text; the frames of further ones are counted together.
    static let streamLimit = 65_536

    public let place: String
    public let format: LogFileFormat
    public private(set) var frames: UInt64 = 0
    public private(set) var channels: [Channel] = []
    /// Frames of identifiers that were too many to be told apart.
    public private(set) var otherFrames: UInt64 = 0
    /// The stamps of the first and the last frame, in order of arrival.
    public private(set) var first: Timestamp?
    public private(set) var last: Timestamp?
    /// The least and the greatest stamp.
    public private(set) var earliest: Timestamp?
    public private(set) var latest: Timestamp?
    /// Nanoseconds to which the stamps are exact.
    public private(set) var resolution: Int64
    /// Losses that the log itself tells of.
    public private(set) var recordedLosses: [LogSummary.LossTotal] = []
    public private(set) var eventCounts: [EventKind: UInt64] = [:]
    /// Bytes of the file, and of its journal; 0 for a pipe.
    public private(set) var fileBytes: UInt64 = 0
    public private(set) var journalBytes: UInt64 = 0
    public private(set) var groups = 0
    /// Who, where and what; `nil` for text.
    public let metadata: LogMetadata?
    /// What the log lacks.
    public private(set) var losses: LogLosses

    /// Reads what `input` tells, or the whole of it if it is a text.
    public init(of input: consuming LogInput) throws(StreamError) {
        var input = input
        place = input.place
        format = input.format
        metadata = input.metadata
        fileBytes = input.fileBytes
        resolution = input.resolution
        losses = LogLosses(of: input)
        if let summary = input.summary {
            take(summary)
        } else {
            try count(&input)
            resolution = input.resolution
            losses = LogLosses(of: input)
        }
    }

    /// Nanoseconds from the first to the last frame; between the least and the greatest stamp where
    /// the clock stepped back in between, or where there is no frame.
    public var duration: Int64? {
        if let first, let last, last >= first { return last.nanoseconds(since: first) }
        guard let earliest, let latest else { return nil }
        return latest.nanoseconds(since: earliest)
    }

    /// How many different identifiers there are on all channels.
    public var identifiers: Int { channels.reduce(0) { $0 + $1.streams.count } }

    /// Bytes of file and journal for each frame.
    public var bytesPerFrame: Double? {
        let bytes = fileBytes + journalBytes
        return frames > 0 && bytes > 0 ? Double(bytes) / Double(frames) : nil
    }

    private mutating func take(_ summary: LogSummary) {
        frames = summary.frames
        (first, last) = (summary.firstStamp, summary.lastStamp)
        (earliest, latest) = (summary.earliest, summary.latest)
        recordedLosses = summary.losses
        eventCounts = summary.eventCounts
        fileBytes = summary.fileBytes
        journalBytes = summary.journalBytes
        groups = summary.groups
        var byNumber = [UInt8: Channel](minimumCapacity: summary.channels.count)
        for channel in summary.channels {
            byNumber[channel.number] = Channel(
                number: channel.number, description: channel.description)
        }
        for stream in summary.streams {
            let unknown = ChannelDescription(interface: "can\(stream.channel)")
            byNumber[
                stream.channel, default: Channel(number: stream.channel, description: unknown)
            ].streams.append(Stream(identifier: stream.identifier, frames: stream.frames))
        }
        arrange(byNumber)
        otherFrames =
            frames - min(frames, channels.reduce(into: 0) { $0.add(upToLimit: $1.frames) })
    }

    private mutating func count(_ input: inout LogInput) throws(StreamError) {
        var counts = StreamCounts()
        var batch = FrameBatch(capacity: 8_192)
        while try input.read(into: &batch, waiting: .zero) != .ended {
            counts.add(batch)
            batch.removeAll()
        }
        frames = counts.frames
        otherFrames = counts.otherFrames
        if frames > 0 {
            (first, last) = (counts.first, counts.last)
            (earliest, latest) = (counts.earliest, counts.latest)
        }
        var byNumber = counts.channels.mapValues { Channel(number: 0, description: $0) }
        for (key, frames) in counts.streams {
            let number = UInt8(truncatingIfNeeded: key >> 32)
            let identifier = PackedID(rawValue: UInt32(truncatingIfNeeded: key))
            byNumber[number]?.streams.append(Stream(identifier: identifier, frames: frames))
        }
        for number in byNumber.keys { byNumber[number]?.number = number }
        arrange(byNumber)
    }

    private mutating func arrange(_ byNumber: [UInt8: Channel]) {
        channels = byNumber.values.sorted { $0.number < $1.number }
        for index in channels.indices {
            channels[index].streams.sort { $0.identifier.order < $1.identifier.order }
        }
    }
}

extension PackedID {
    /// Standard before extended before error frames; remote frames behind data of the same number.
    fileprivate var order: UInt64 {
        UInt64(isError ? 2 : isExtended ? 1 : 0) << 33 | UInt64(number) << 1
            | (isRemote ? 1 : 0)
    }
}

/// Counts the frames of a source that does not count them itself.
private struct StreamCounts {
    /// By channel in the high and identifier in the low 32 bits.
    var streams: [UInt64: UInt64] = [:]
    var channels: [UInt8: ChannelDescription] = [:]
    var frames: UInt64 = 0
    var otherFrames: UInt64 = 0
    var first = Timestamp(nanoseconds: 0)
    var last = Timestamp(nanoseconds: 0)
    var earliest = Timestamp(nanoseconds: .max)
    var latest = Timestamp(nanoseconds: .min)

    mutating func add(_ batch: borrowing FrameBatch) {
        for index in 0..<batch.events.count {
            let event = batch.events[index]
            if case .channel(let description) = event.kind, let channel = event.channel {
                channels[channel] = description
            }
        }
        let rows = batch.rows
        guard rows.count > 0 else { return }
        if frames == 0 { first = rows[0].timestamp }
        last = rows[rows.count - 1].timestamp
        frames += UInt64(rows.count)
        for index in rows.indices {
            let row = rows[index]
            earliest = min(earliest, row.timestamp)
            latest = max(latest, row.timestamp)
            let key = UInt64(row.channel) << 32 | UInt64(row.identifier.rawValue)
            if streams.count < LogReport.streamLimit || streams[key] != nil {
                streams[key, default: 0] += 1
            } else {
                otherFrames += 1
            }
        }
    }
}
