public import CANFrame

/// What is in a log, counted without decoding a column (of the journal, frame by frame).
public struct LogSummary: Sendable, Hashable {
    /// The frames of one identifier on one channel.
    public struct Stream: Sendable, Hashable {
        public var channel: UInt8
        public var identifier: PackedID
        public var frames: UInt64
    }

    /// A channel with its latest description.
    public struct Channel: Sendable, Hashable {
        public var number: UInt8
        public var description: ChannelDescription
    }

    /// Frames that the log itself says were lost when it was recorded.
    public struct LossTotal: Sendable, Hashable {
        public var cause: Loss.Cause
        public var channel: UInt8?
        public var frames: UInt64
    }

    /// Frames in the file and its journal.
    public var frames: UInt64 = 0
    /// By channel, then by identifier.
    public var streams: [Stream] = []
    /// By number.
    public var channels: [Channel] = []
    /// The stamp of the first and of the last frame, in order of arrival.
    public var firstStamp: Timestamp?
    public var lastStamp: Timestamp?
    /// The least and the greatest stamp of all frames and events.
    public var earliest: Timestamp?
    public var latest: Timestamp?
    /// Events by kind.
    public var eventCounts: [EventKind: UInt64] = [:]
    public var losses: [LossTotal] = []
    /// Groups in the file; a journal segment is none yet.
    public var groups = 0
    /// Bytes of the file, and of its journal.
    public var fileBytes: UInt64 = 0
    public var journalBytes: UInt64 = 0
    /// Bytes of the file behind the log's own end: something was appended to it.
    public var trailingBytes: UInt64 = 0
    /// Blocks that were skipped because this version does not know them.
    public var unknownBlocks: UInt64 = 0
    /// Events of kinds that this version does not know.
    public var unknownEvents: UInt64 = 0

    /// Takes over what was counted.
    mutating func take(_ totals: ContentTotals) {
        streams = totals.streams.sorted { $0.key < $1.key }.map {
            Stream(
                channel: UInt8(truncatingIfNeeded: $0.key >> 32),
                identifier: PackedID(rawValue: UInt32(truncatingIfNeeded: $0.key)),
                frames: $0.value)
        }
        channels = totals.channels.sorted { $0.key < $1.key }.map {
            Channel(number: $0.key, description: $0.value)
        }
        losses = totals.lossTotals.compactMap { total in
            Loss.Cause(rawValue: total.cause).map {
                LossTotal(cause: $0, channel: total.channel, frames: total.frames)
            }
        }
        unknownEvents = 0
        for (kind, count) in totals.events {
            if let kind = EventKind(rawValue: kind) {
                eventCounts[kind] = count
            } else {
                unknownEvents += count
            }
        }
    }

    /// Notes a stretch of frames and events.
    mutating func extend(
        first: Timestamp?, last: Timestamp?, earliest: Timestamp, latest: Timestamp
    ) {
        if firstStamp == nil { firstStamp = first }
        if let last { lastStamp = last }
        self.earliest = self.earliest.map { min($0, earliest) } ?? earliest
        self.latest = self.latest.map { max($0, latest) } ?? latest
    }
}
