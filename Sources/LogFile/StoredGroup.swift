import CANFrame

/// A stretch of a log as it stands there: what will be, or is, one group.
enum StoredGroup {
    /// A group of the file; without its head where that cannot be read.
    case group(IndexEntry, GroupHead?)
    /// A segment of the journal, and how many bytes at its end are no whole record.
    case segment(ordinal: Int, head: JournalHead?, tornBytes: UInt64)
    /// A segment that is damaged, or is more than one group can hold.
    case brokenSegment(ordinal: Int)
}

/// What a group takes over from those before it: a copy of a log needs it, to be one of the same
/// recording.
public struct GroupContext: Sendable, Hashable {
    /// The frame and event digests of the group before.
    public var frameDigestBefore: [UInt8]
    public var eventDigestBefore: [UInt8]
    /// The channels that were known when the group began.
    public var channels: [JournalHead.Channel]
}

extension LogAssembler {
    /// Goes on as the group that comes next did where it was written first: after the same digests,
    /// and knowing the same channels.
    public mutating func resume(_ context: GroupContext) {
        lastFrameDigest = context.frameDigestBefore
        lastEventDigest = context.eventDigestBefore
        for channel in context.channels where totals.channels[channel.number] == nil {
            totals.channels[channel.number] = channel.description
        }
    }
}

extension LogReader where File: ~Copyable {
    /// A batch of this capacity holds each group that the file has now, with room to spare.
    var largestGroup: Int {
        layout.steps.reduce(0) { largest, step in
            guard case .group(let entry) = step else { return largest }
            return max(largest, Int(entry.header.frameCount), Int(entry.header.eventCount))
        } + 2
    }

    /// Reads the next group into `batch`, which has room for more than a group, exactly as it stands
    /// there; `nil` behind the last one. `ordinals` are the segments that are left.
    mutating func nextGroup(
        into batch: inout FrameBatch, segments ordinals: inout [Int], expected: JournalExpectation
    ) throws(StreamError) -> StoredGroup? {
        reading.selection.isVerbatim = true
        while true {
            batch.removeAll()
            if nextStep < layout.steps.count {
                let step = layout.steps[nextStep]
                nextStep += 1
                // A hole is in `damages` already. What was read from its segment is passed.
                guard case .group(let entry) = step, Int(entry.header.ordinal) >= expected.ordinal
                else { continue }
                return try read(entry, into: &batch)
            }
            guard let ordinal = ordinals.first else { return nil }
            var known = expected
            if ordinal != expected.ordinal { known.firstFrameNumber = nil }
            known.ordinal = ordinal
            if let segment = try readSegment(known, into: &batch) {
                ordinals.removeFirst()
                return segment
            }
            // A living recorder has made a group of it meanwhile.
            try findNewGroups()
            ordinals.removeAll { $0 <= ordinal }
        }
    }

    private mutating func read(
        _ entry: IndexEntry, into batch: inout FrameBatch
    ) throws(StreamError) -> StoredGroup {
        pendingLoss = nil
        try begin(entry)
        reading.fill(&batch)
        pendingLoss = nil
        switch try scanner.readHead(of: entry, in: file) {
        case .success(let head): return .group(entry, head)
        case .failure: return .group(entry, nil)
        }
    }

    private mutating func readSegment(
        _ expected: JournalExpectation, into batch: inout FrameBatch
    ) throws(StreamError) -> StoredGroup? {
        let ordinal = expected.ordinal
        guard let file = try journal.open(ordinal) else { return nil }
        var decoder = try JournalDecoder(
            file: file, expected: expected, place: "\(place)\(LogFormat.journalSuffix)\(ordinal)")
        let first = decoder.nextFrameNumber
        _ = try decoder.read(into: &batch)
        var rest = FrameBatch(capacity: 4_096)
        let isOneStretch = try !decoder.read(into: &rest)
        guard decoder.damages.isEmpty, isOneStretch, batch.firstFrameNumber == first,
            batch.count <= LogFormat.groupCapacity,
            batch.events.count <= LogFormat.groupEventCapacity
        else { return .brokenSegment(ordinal: ordinal) }
        return .segment(ordinal: ordinal, head: decoder.head, tornBytes: decoder.tornBytes)
    }
}
