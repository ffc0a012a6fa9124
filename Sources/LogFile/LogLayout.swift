import CANFrame

/// What a log consists of, found without decoding a column: by its index, or else by its blocks.
struct LogLayout {
    /// One step of reading.
    enum Step {
        case group(IndexEntry)
        /// Bytes that cannot be read; what they cost stands in ``damages`` at this place.
        case hole(damage: Int)
    }

    var metadata: LogMetadata
    var headerState: LogHeader.State
    var steps: [Step] = []
    var damages: [LogDamage] = []
    var totals = ContentTotals()
    var unknownBlocks: UInt64 = 0
    /// The block that carries the spec.
    var specification: SpecificationBlock?
    /// Whether the footer stands where it should.
    var hasFooter: Bool { fileSize != nil }
    /// How large the file is by its footer, where that stands as it should.
    var fileSize: UInt64?
    /// Where the groups end: more may be appended there.
    var end = UInt64(LogHeader.size)
    /// The check that all blocks of this log carry; `nil` until the first, if the header is damaged.
    var recordingCheck: UInt32?

    /// The ordinal that the next group will have.
    var nextOrdinal: UInt32 = 0
    /// The number that the next frame will have, if nothing is missing or left out.
    var nextFrameNumber: UInt64 = 0
    /// The last stamp of the groups so far.
    var lastStamp: Timestamp?
    /// The bytes that were skipped since the last group, if any.
    private var openHole: Int?

    init(metadata: LogMetadata, state: LogHeader.State) {
        self.metadata = metadata
        headerState = state
    }

    /// Whether a group may follow those so far: ordinals and frame numbers ascend.
    func isNext(_ header: BlockHeader) -> Bool {
        header.ordinal >= nextOrdinal && header.firstFrameNumber >= nextFrameNumber
    }

    /// Appends a group, and closes the hole before it, whose costs are now known.
    mutating func append(_ entry: IndexEntry) {
        let number = entry.header.firstFrameNumber
        if let hole = openHole {
            let groups = UInt64(entry.header.ordinal) &- UInt64(nextOrdinal)
            let most = groups < 1 << 32 ? groups * UInt64(LogFormat.groupCapacity) : 0
            let missing = number > nextFrameNumber ? number - nextFrameNumber : 0
            // A part of a log leaves out numbers that were never lost.
            damages[hole].frames =
                metadata.cuts.isEmpty || missing == 0 ? min(missing, most) : nil
            damages[hole].from = lastStamp
            damages[hole].to = entry.first
            damages[hole].firstFrame = nextFrameNumber
            openHole = nil
        }
        steps.append(.group(entry))
        pass(entry)
    }

    /// Notes a group as read or lost: what comes next follows it.
    private mutating func pass(_ entry: IndexEntry) {
        nextOrdinal = entry.header.ordinal &+ 1
        nextFrameNumber = entry.header.firstFrameNumber + UInt64(entry.header.frameCount)
        if entry.header.frameCount > 0 { lastStamp = entry.last }
    }

    /// Notes bytes that cannot be read; the next group tells how many frames they cost.
    mutating func appendHole(_ error: LogError, bytes: Range<UInt64>) {
        openHole = damages.count
        steps.append(.hole(damage: damages.count))
        damages.append(
            LogDamage(
                error, bytes: bytes, frames: nil, from: lastStamp, firstFrame: nextFrameNumber))
    }

    /// Notes a group whose header can be read and whose frames cannot.
    mutating func appendLost(_ error: LogError, entry: IndexEntry) {
        steps.append(.hole(damage: damages.count))
        damages.append(
            LogDamage(
                error, bytes: entry.bytes, frames: UInt64(entry.header.frameCount),
                events: UInt64(entry.header.eventCount), from: lastStamp,
                firstFrame: entry.header.firstFrameNumber))
        nextOrdinal = entry.header.ordinal &+ 1
        nextFrameNumber = entry.header.firstFrameNumber + UInt64(entry.header.frameCount)
    }

    /// The counts of the groups, without the totals.
    var summary: LogSummary {
        var summary = LogSummary()
        summary.unknownBlocks = unknownBlocks
        for case .group(let entry) in steps {
            summary.groups += 1
            summary.frames += UInt64(entry.header.frameCount)
            let hasFrames = entry.header.frameCount > 0
            summary.extend(
                first: hasFrames ? entry.first : nil, last: hasFrames ? entry.last : nil,
                earliest: entry.earliest, latest: entry.latest)
        }
        return summary
    }

    /// How many of the file's bytes stand behind the log's own end.
    func trailingBytes(of size: UInt64) -> UInt64 {
        if let fileSize { return size - min(size, fileSize) }
        guard case .closed(let finalSize) = headerState else { return 0 }
        return size - min(size, finalSize)
    }

    /// How the log ends, given its size and what is beside it.
    func state(size: UInt64, hasJournal: Bool, writerIsAlive: Bool) -> LogState {
        switch headerState {
        case .closed(let finalSize): return size < finalSize ? .truncated : .closed
        case .streamed: return hasFooter ? .streamed : .truncated
        case .recording, .damaged:
            if hasFooter { return .closed }
            if writerIsAlive { return .recording }
            return hasJournal ? .recovered : .journalMissing(from: lastStamp)
        }
    }
}
